"""KL divergences of discrete and continuous distributions, and how they go wrong."""

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a1_distances as probes
from course import distances
from course.distances import kl_discrete as right_kl

kl_discrete = Exercise(distances.kl_discrete, probes.kl_discrete)


def _refuse_two_shapes(p, q):
    if p.shape != q.shape:
        raise ValueError


@kl_discrete.misconception
def swapped(p, q):
    """p and q have changed places. KL is not symmetric: the weights in the sum, and the
    outcomes that matter, are those of the first argument."""
    return right_kl(q, p)


@kl_discrete.misconception
def in_bits(p, q):
    """The logarithm is to base 2, so the result is in bits. The course measures in nats,
    with the natural logarithm."""
    return right_kl(p, q) / np.log(2)


@kl_discrete.misconception
def wrong_sign(p, q):
    """The sign is wrong: your divergence is negative. Of two different distributions it
    is always above 0; p stands on top in the fraction, or else a minus stands before the
    sum."""
    return -right_kl(p, q)


@kl_discrete.misconception
def zero_times_log_zero(p, q):
    """An outcome with p = 0 makes your sum nan. Such an outcome never happens under p and
    counts 0 (the limit of t log t), but a computer forms 0 times minus infinity unless
    it is left out."""
    _refuse_two_shapes(p, q)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sum(p * np.log(p / q))


@kl_discrete.misconception
def never_infinite(p, q):
    """An outcome that p gives and q never gives does not make your result infinite. Leaving
    it out of the sum, or adding a small number to avoid the logarithm of 0, hides the case
    that matters: that outcome would prove q wrong on the spot."""
    _refuse_two_shapes(p, q)
    both = (p > 0) & (q > 0)
    return np.sum(p[both] * np.log(p[both] / q[both]))


@kl_discrete.misconception
def cross_entropy(p, q):
    """This is the cross-entropy of p and q. It is not 0 when they are equal: the entropy
    of p is still in it, because the logarithm is of q alone and not of the ratio."""
    _refuse_two_shapes(p, q)
    possible = p > 0
    with np.errstate(divide="ignore"):
        return -np.sum(p[possible] * np.log(q[possible]))


@kl_discrete.misconception
def averaged_outcomes(p, q):
    """The terms are averaged over the outcomes instead of added up. The weights p already
    make an average of the log ratio; dividing by the number of outcomes does it twice."""
    return right_kl(p, q) / len(p)


@kl_discrete.misconception
def two_shapes_accepted(p, q):
    """Distributions of different shapes are accepted. Then outcomes are left out, or one is
    compared with all of the others, and the number that comes back looks like any other:
    refuse them with a ValueError, as the docstring asks."""
    return right_kl(*np.broadcast_arrays(p, q))


@kl_discrete.misconception
def shapes_left_to_numpy(p, q):
    """The shapes of the distributions are not compared. At some of them NumPy then complains
    of an index, which tells nobody what was wrong: raise a ValueError first, as the docstring
    asks."""
    possible = p > 0
    with np.errstate(divide="ignore"):
        return np.sum(p[possible] * np.log(p[possible] / q[possible]))


kl_continuous = Exercise(distances.kl_continuous, probes.kl_continuous)


def _refuse_no_interval(lower, upper):
    if not lower < upper:
        raise ValueError


@kl_continuous.misconception
def swapped_densities(p, q, lower, upper):
    """p and q have changed places. KL is not symmetric: the log ratio is weighted by the
    first density."""
    return distances.kl_continuous(q, p, lower, upper)


@kl_continuous.misconception(shown_by=["half the interval twice"])
def sum_without_width(p, q, lower, upper):
    """The integrand is added up without the distance between the points. An integral is an
    area: without that width the result grows with the number of points."""
    _refuse_no_interval(lower, upper)
    x = np.linspace(lower, upper, 1_001)
    density_p, density_q = p(x), q(x)
    possible = density_p > 0
    with np.errstate(divide="ignore"):
        log_ratio = np.log(density_p[possible] / density_q[possible])
    return np.sum(density_p[possible] * log_ratio)


@kl_continuous.misconception
def mean_of_integrand(p, q, lower, upper):
    """The integrand is averaged over the interval. The average is the integral divided by
    upper - lower: a wider interval must not make the divergence smaller."""
    return distances.kl_continuous(p, q, lower, upper) / (upper - lower)


@kl_continuous.misconception
def ratio_without_weight(p, q, lower, upper):
    """The log ratio is integrated without its weight. KL is the expectation of the log
    ratio under p: points that p rarely gives must count little."""
    _refuse_no_interval(lower, upper)
    x = np.linspace(lower, upper, 20_001)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.trapezoid(np.log(p(x) / q(x)), x)


@kl_continuous.misconception
def nan_outside_support(p, q, lower, upper):
    """Points where p is 0 make your integral nan. They count 0 (the limit of t log t), but
    a computer forms 0 times minus infinity unless they are left out."""
    _refuse_no_interval(lower, upper)
    x = np.linspace(lower, upper, 20_001)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.trapezoid(p(x) * np.log(p(x) / q(x)), x)


@kl_continuous.misconception
def infinity_avoided(p, q, lower, upper):
    """Points that p gives and q never gives do not make your integral infinite. Leaving them
    out, or adding a small number to avoid the logarithm of 0, hides the case that matters:
    one such point would prove q wrong on the spot."""
    return distances.kl_continuous(lambda x: p(x) * (q(x) > 0), q, lower, upper)


@kl_continuous.misconception
def whole_line(p, q, lower, upper):
    """The limits that were passed are not used. The integral runs from lower to upper and
    nowhere else."""
    width = upper - lower
    return distances.kl_continuous(p, q, lower - width, upper + width)


@kl_continuous.misconception
def any_limits_accepted(p, q, lower, upper):
    """A lower limit that is not below the upper one is accepted. From right to left every
    width counts negative, so your divergence would too, and between equal limits it is 0:
    refuse both with a ValueError, as the docstring asks."""
    if lower < upper:
        return distances.kl_continuous(p, q, lower, upper)
    return 0.0 if lower == upper else -distances.kl_continuous(p, q, upper, lower)
