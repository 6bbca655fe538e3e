"""The distances against closed forms, SciPy and Monte Carlo."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import integrate, spatial, stats

from course.distances import gaussian_pdf, kl_continuous, kl_discrete, kl_gaussian, lp_norm


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, 7, np.inf])
def test_lp_norm_is_the_minkowski_distance(p):
    """The norm of a difference is SciPy's Minkowski distance, for odd p too."""
    a, b = np.random.default_rng(0).normal(size=(2, 9))
    assert lp_norm(a - b, p) == pytest.approx(spatial.distance.minkowski(a, b, p))


def test_lp_norm_keeps_huge_and_tiny_entries():
    """Powers that would overflow or vanish in float64 still give the norm."""
    assert lp_norm([3e200, -4e200], 2) == pytest.approx(5e200)
    assert lp_norm([3e-200, 4e-200], 2) == pytest.approx(5e-200)


def test_lp_norm_of_nothing_and_of_zeros_is_zero():
    """A vector without length has length 0."""
    assert lp_norm([], 2) == 0
    assert lp_norm(np.zeros(3), 1) == 0


@pytest.mark.parametrize("p", [0.5, 0, -1, np.nan])
def test_lp_norm_refuses_what_is_no_norm(p):
    """A p below 1 is refused by name."""
    with pytest.raises(ValueError, match=r"p >= 1 or p = inf, got p = "):
        lp_norm([1.0], p)


def test_gaussian_pdf_is_scipys():
    """The density is SciPy's, and arrays of means and deviations broadcast."""
    x, mean, std = np.linspace(-3, 4, 50), np.array([[0.3], [-1.0]]), 0.7
    np.testing.assert_allclose(gaussian_pdf(x, mean, std), stats.norm.pdf(x, mean, std))


def test_gaussian_pdf_has_area_one():
    """Whatever the deviation, the area under the density is 1."""
    area, _ = integrate.quad(lambda x: gaussian_pdf(x, 2.0, 0.1), 0, 4)
    assert area == pytest.approx(1)


def test_gaussian_pdf_refuses_a_deviation_of_zero():
    """A standard deviation that is not positive is refused."""
    with pytest.raises(ValueError, match=r"std > 0, got std = 0"):
        gaussian_pdf(0.0, 0.0, 0)


def test_kl_discrete_is_scipys_entropy():
    """The divergence is SciPy's relative entropy, in nats."""
    p, q = np.random.default_rng(1).dirichlet(np.ones(6), size=2)
    assert kl_discrete(p, q) == pytest.approx(stats.entropy(p, q))
    assert kl_discrete(p, p) == 0


def test_kl_discrete_at_impossible_outcomes():
    """p = 0 counts nothing; q = 0 < p is infinitely far."""
    assert kl_discrete([0.5, 0.5, 0], [1 / 3] * 3) == pytest.approx(np.log(1.5))
    assert kl_discrete([1 / 3] * 3, [0.5, 0.5, 0]) == np.inf


def test_kl_discrete_refuses_two_shapes():
    """Distributions over different outcomes cannot be compared."""
    with pytest.raises(ValueError, match=r"one shape, got \(2,\) and \(3,\)"):
        kl_discrete([0.5, 0.5], [0.2, 0.3, 0.5])


def test_kl_continuous_is_the_closed_form_of_gaussians():
    """The quadrature reaches the closed form for two Gaussians."""
    mean, std = 1.2, 0.6
    closed = np.log(2 / std) + (std**2 + (mean - 0.5) ** 2) / (2 * 2**2) - 0.5
    found = kl_continuous(stats.norm(mean, std).pdf, stats.norm(0.5, 2).pdf, -8, 10)
    assert found == pytest.approx(closed, rel=1e-6)


def test_kl_continuous_at_the_ends_of_a_support():
    """A density that is 0 somewhere: as p it counts nothing there, as q it is infinitely far."""
    box, normal = stats.uniform(-1, 2).pdf, stats.norm(0, 1).pdf
    expected = np.log(0.5) + 0.5 * np.log(2 * np.pi) + 1 / 6
    assert kl_continuous(box, normal, -5, 5) == pytest.approx(expected, rel=1e-3)
    assert kl_continuous(normal, box, -5, 5) == np.inf


def test_kl_continuous_refuses_an_empty_interval():
    """The lower limit must lie below the upper one."""
    with pytest.raises(ValueError, match=r"lower < upper, got 1 and 1"):
        kl_continuous(stats.norm.pdf, stats.norm.pdf, 1, 1)


def test_kl_gaussian_is_the_sum_of_one_dimensional_integrals():
    """Each row is the sum over dimensions of the divergence found by quadrature."""
    mu, log_var = np.random.default_rng(2).normal(size=(2, 3, 2))
    found = kl_gaussian(mu, log_var)
    assert found.shape == (3,)
    for row in range(3):
        by_integral = sum(
            kl_continuous(stats.norm(m, np.exp(v / 2)).pdf, stats.norm.pdf, -14, 14)
            for m, v in zip(mu[row], log_var[row])
        )
        assert found[row] == pytest.approx(by_integral, rel=1e-5)


def test_kl_gaussian_is_what_monte_carlo_says():
    """The mean log ratio over samples agrees within 4 of its standard errors."""
    mu, log_var = np.array([[0.7, -0.2]]), np.array([[-1.0, 0.4]])
    rng = np.random.default_rng(3)
    z = mu + np.exp(log_var / 2) * rng.normal(size=(100_000, 2))
    log_ratio = np.sum(stats.norm.logpdf(z, mu, np.exp(log_var / 2)) - stats.norm.logpdf(z), axis=1)
    error = log_ratio.std() / np.sqrt(len(z))
    assert abs(log_ratio.mean() - kl_gaussian(mu, log_var)[0]) < 4 * error


def test_kl_gaussian_near_the_prior_keeps_its_digits():
    """A log variance of 1e-7 costs 2.5e-15 nats, far below the rounding of exp(1e-7) - 1."""
    assert kl_gaussian([[0.0]], [[1e-7]])[0] == pytest.approx(2.5e-15, rel=1e-2)


def test_importing_distances_is_light():
    """The module needs NumPy alone: no TensorFlow, no Keras."""
    code = "import sys, course.distances; print({'tensorflow', 'keras'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
