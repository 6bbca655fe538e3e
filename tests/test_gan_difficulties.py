"""What goes wrong with a GAN, measured: the smallest GAN, and the failures of lecture 08."""

import numpy as np
import pytest

from course.gan.dirac import dirac_gradients, dirac_jacobian, dirac_orbit


def value(theta, psi):
    """V of the smallest GAN, written down once more from the paper."""
    return np.log(1 / (1 + np.exp(-psi * theta))) + np.log(0.5)


@pytest.mark.parametrize("penalty", [0.0, 0.7])
def test_dirac_gradients_are_those_of_the_value(penalty):
    """The generator goes down the value, the discriminator up, less its penalty."""
    theta, psi, h = 0.8, -1.3, 1e-6

    def paid(psi):
        return value(theta, psi) - penalty / 2 * psi**2

    of_theta, of_psi = dirac_gradients(theta, psi, penalty)
    down = -(value(theta + h, psi) - value(theta - h, psi)) / (2 * h)
    up = (paid(psi + h) - paid(psi - h)) / (2 * h)
    assert of_theta == pytest.approx(down, abs=1e-8)
    assert of_psi == pytest.approx(up, abs=1e-8)


@pytest.mark.parametrize("rate", [0.1, 0.5])
@pytest.mark.parametrize("penalty", [0.0, 1.0])
@pytest.mark.parametrize("alternating", [False, True])
def test_dirac_jacobian_is_the_derivative_of_a_step(rate, penalty, alternating):
    """Close to the equilibrium, a step multiplies by the matrix."""
    matrix = dirac_jacobian(rate, alternating=alternating, gradient_penalty=penalty)
    for start in np.eye(2) * 1e-6:
        orbit = dirac_orbit(1, rate, start=start, alternating=alternating, gradient_penalty=penalty)
        np.testing.assert_allclose(orbit[1], matrix @ start, atol=1e-14)


def test_dirac_eigenvalues_are_those_of_the_closed_form():
    """At once: 1 + i h / 2, outside of the circle; in turns: on it; with R1: inside."""
    rate = 0.4
    at_once = np.linalg.eigvals(dirac_jacobian(rate))
    np.testing.assert_allclose(np.sort(at_once.imag), [-rate / 2, rate / 2])
    np.testing.assert_allclose(at_once.real, 1)
    # Trace 2 - (h / 2) ** 2 and determinant 1: a turn by the angle arccos(trace / 2).
    in_turns = np.linalg.eigvals(dirac_jacobian(rate, alternating=True))
    np.testing.assert_allclose(np.abs(in_turns), 1)
    np.testing.assert_allclose(in_turns.real, 1 - rate**2 / 8)
    # Mescheder et al. 2018, lemma 4.1 on the flow: -gamma / 2 +- sqrt(gamma ** 2 / 4 - 1 / 4).
    gamma = 0.6
    cured = np.linalg.eigvals(dirac_jacobian(rate, gradient_penalty=gamma))
    root = np.sqrt(complex(gamma**2 / 4 - 1 / 4))
    flow = -gamma / 2 + root * np.array([1, -1])
    np.testing.assert_allclose(np.sort_complex(cured), np.sort_complex(1 + rate * flow))
    assert np.all(np.abs(cured) < 1)


def test_dirac_orbits_leave_circle_or_arrive():
    """Far from the equilibrium too: at once it spirals out, in turns it stays, R1 arrives."""
    out = np.linalg.norm(dirac_orbit(500, 0.2), axis=1)
    assert out[-1] > 2 * out[0]
    stays = np.linalg.norm(dirac_orbit(5000, 0.2, alternating=True), axis=1)
    assert 0.8 < stays.min() and stays.max() < 1.25
    arrives = np.linalg.norm(dirac_orbit(500, 0.2, gradient_penalty=0.5), axis=1)
    assert arrives[-1] < 1e-6
