"""What is observed of the functions of assignment a1_distances."""

import copy
import functools

import numpy as np

from autograder.inside.probes.words import error_raised

__all__ = ["gaussian_pdf", "kl_continuous", "kl_discrete", "kl_gaussian", "lp_norm"]


def _on_copies(probe):
    """The probe, with every call on copies: a change in place affects no other call."""

    @functools.wraps(probe)
    def copying(implementation, rng):
        return probe(lambda *inputs: implementation(*copy.deepcopy(inputs)), rng)

    return copying


@_on_copies
def lp_norm(lp_norm, rng):
    x = rng.normal(size=7)
    x[2] = -1 - np.abs(x).max()  # The largest entry is negative: signs and the maximum matter.
    yield "p = 1", lambda: lp_norm(x, 1)
    yield "p = 2", lambda: lp_norm(x, 2)
    yield "p = 3, odd", lambda: lp_norm(x, 3)
    yield "p = 1.5, a fraction", lambda: lp_norm(x, 1.5)
    yield "p = inf", lambda: lp_norm(x, np.inf)
    yield "p = 0.5 raises ValueError", lambda: error_raised(lambda: lp_norm(x, 0.5))


@_on_copies
def gaussian_pdf(gaussian_pdf, rng):
    mean, std = rng.normal(), rng.uniform(1.5, 3.0)
    points = rng.normal(mean, std, size=6)
    grid = np.linspace(mean - 8 * std, mean + 8 * std, 2_001)
    means, stds = rng.normal(size=(3, 1)), rng.uniform(0.2, 0.8, size=4)
    yield "at one point", lambda: gaussian_pdf(points[0], mean, std)
    yield "at six points", lambda: gaussian_pdf(points, mean, std)
    yield "a narrow curve, std below 1", lambda: gaussian_pdf(points, points[0] + 0.1, std / 8)
    yield "area under the curve", lambda: _area(gaussian_pdf(grid, mean, std), grid)
    yield "three means by four stds", lambda: gaussian_pdf(0.1, means, stds)
    yield (
        "std = 0, and one std of four below 0, raise ValueError",
        lambda: _errors_raised(
            lambda: gaussian_pdf(points, mean, 0.0),
            lambda: gaussian_pdf(0.1, means, stds * [1, 1, -1, 1]),
        ),
    )


@_on_copies
def kl_discrete(kl_discrete, rng):
    p, q = rng.dirichlet(np.ones(5) * 2, size=2)
    impossible = np.array([0.0, *rng.dirichlet(np.ones(3) * 2), 0.0])
    yield "five outcomes", lambda: kl_discrete(p, q)
    yield "p and q swapped, and p with itself", lambda: [kl_discrete(q, p), kl_discrete(p, p)]
    yield "outcomes with p = 0", lambda: kl_discrete(impossible, q)
    # In words: the size of a wrong finite result depends on how infinity was avoided.
    yield "outcomes with q = 0 and p above 0", lambda: _size(kl_discrete(p, impossible))
    yield (
        "outcomes with p = q = 0",
        lambda: kl_discrete(impossible, np.array([0.0, 0.2, 0.3, 0.5, 0.0])),
    )
    # These shapes broadcast. For others NumPy itself raises a ValueError.
    yield (
        "p with five outcomes and q with one raise ValueError",
        lambda: error_raised(lambda: kl_discrete(p, np.ones(1))),
    )


@_on_copies
def kl_continuous(kl_continuous, rng):
    mean, std = rng.normal(), rng.uniform(0.8, 1.2)
    p = _gaussian(mean, std)
    q = _gaussian(mean + rng.uniform(1.0, 2.0), std * rng.uniform(1.5, 2.0))
    lower, upper = mean - 9 * std, mean + 9 * std
    bump = _bump(mean, std)
    yield "two Gaussians", lambda: kl_continuous(p, q, lower, upper)
    yield "the same two, swapped", lambda: kl_continuous(q, p, lower, upper)
    yield "only part of the line", lambda: kl_continuous(p, q, mean - std, mean + 2 * std)
    yield (
        "sum of the two halves of the interval",
        lambda: _is_additive(kl_continuous, p, q, lower, mean, upper),
    )
    yield "p is 0 outside an interval", lambda: kl_continuous(bump, q, lower, upper)
    yield "q is 0 where p is not", lambda: _size(kl_continuous(p, bump, lower, upper))
    yield (
        "swapped limits, and equal limits, raise ValueError",
        lambda: _errors_raised(
            lambda: kl_continuous(p, q, upper, lower), lambda: kl_continuous(p, q, mean, mean)
        ),
    )


@_on_copies
def kl_gaussian(kl_gaussian, rng):
    mu, log_var = rng.normal(size=(2, 5, 3)) * 1.5
    yield "five Gaussians, k = 3", lambda: kl_gaussian(mu, log_var)
    yield (
        "a batch of one, k = 4",
        lambda: kl_gaussian(np.array([[0.5, -1.0, 2.0, 0.1]]), np.array([[0.3, -0.2, 1.0, -2.0]])),
    )
    yield "k = 1", lambda: kl_gaussian(mu[:, :1], log_var[:, :1])
    yield (
        "the prior itself, and a mean that moved by 1",
        lambda: kl_gaussian(np.array([[0.0, 0.0], [1.0, 0.0]]), np.zeros((2, 2))),
    )
    yield "a variance of exp(-12)", lambda: kl_gaussian(np.ones((2, 2)), np.full((2, 2), -12.0))


def _errors_raised(*calls):
    return "; ".join(error_raised(call) for call in calls)


def _size(value):
    value = float(np.asarray(value))
    if np.isnan(value):
        return "not a number"
    if np.isfinite(value):
        return "finite"
    return "infinite" if value > 0 else "minus infinity"


def _area(density, grid):
    return np.trapezoid(np.asarray(density, dtype=float), grid)


def _is_additive(kl, p, q, lower, middle, upper):
    whole, parts = kl(p, q, lower, upper), kl(p, q, lower, middle) + kl(p, q, middle, upper)
    if np.isclose(parts, whole, rtol=1e-3):
        return "adds up to the whole"
    return f"adds up to {float(np.round(parts / whole, 2)):g} times the whole"


def _gaussian(mean, std):
    return lambda x: np.exp(-0.5 * ((x - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))


def _bump(centre, half_width):
    """A density that is 0 outside an interval and falls to 0 smoothly at its ends."""

    def density(x):
        standardised = (np.asarray(x, dtype=float) - centre) / half_width
        return np.where(np.abs(standardised) < 1, 1 - standardised**2, 0.0) * 0.75 / half_width

    return density
