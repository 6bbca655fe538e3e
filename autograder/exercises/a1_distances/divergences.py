"""KL divergences of discrete and continuous distributions, with known mistakes."""

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a1_distances as probes
from course import distances
from course.distances import kl_discrete as right_kl

kl_discrete = Exercise(distances.kl_discrete, probes.kl_discrete)


# Each mistake below raises the errors that the docstring asks for, so that it is the only one.
def _raise_unless_same_shape(p, q):
    if p.shape != q.shape:
        raise ValueError


@kl_discrete.misconception
def swapped(p, q):
    """You swapped p and q. KL is not symmetric: the first argument gives the weights in the
    sum, and decides which outcomes matter."""
    return right_kl(q, p)


@kl_discrete.misconception
def in_bits(p, q):
    """You took the logarithm to base 2, so your result is in bits. The course measures in nats,
    with the natural logarithm."""
    return right_kl(p, q) / np.log(2)


@kl_discrete.misconception
def wrong_sign(p, q):
    """The sign is wrong: your divergence is negative. For two different distributions it is
    always above 0. Either p is the numerator of the fraction, or a minus sign stands before the
    sum."""
    return -right_kl(p, q)


@kl_discrete.misconception
def zero_times_log_zero(p, q):
    """An outcome with p = 0 makes your sum nan. Such an outcome never happens under p and
    counts 0 (the limit of t log t). A computer multiplies 0 by minus infinity unless you leave
    the outcome out."""
    _raise_unless_same_shape(p, q)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sum(p * np.log(p / q))


@kl_discrete.misconception
def never_infinite(p, q):
    """Your result stays finite when p gives an outcome that q never gives. If you leave that
    outcome out, or add a small number to avoid the logarithm of 0, you hide the case that
    matters: the outcome would prove at once that q is wrong."""
    _raise_unless_same_shape(p, q)
    both = (p > 0) & (q > 0)
    return np.sum(p[both] * np.log(p[both] / q[both]))


@kl_discrete.misconception
def cross_entropy(p, q):
    """You computed the cross-entropy of p and q. It is not 0 when they are equal: it still
    contains the entropy of p, because you took the logarithm of q alone and not of the ratio."""
    _raise_unless_same_shape(p, q)
    possible = p > 0
    with np.errstate(divide="ignore"):
        return -np.sum(p[possible] * np.log(q[possible]))


@kl_discrete.misconception
def averaged_outcomes(p, q):
    """You averaged the terms over the outcomes instead of adding them up. The weights p already
    make the sum an average of the log ratio. Dividing by the number of outcomes averages twice."""
    return right_kl(p, q) / len(p)


@kl_discrete.misconception
def two_shapes_accepted(p, q):
    """Your code accepts distributions of different shapes. It then leaves outcomes out, or
    compares one outcome with all the others, and returns a number that looks like any other.
    Raise a ValueError, as the docstring asks."""
    return right_kl(*np.broadcast_arrays(p, q))


@kl_discrete.misconception
def shapes_left_to_numpy(p, q):
    """You did not compare the shapes of the distributions. For some shapes, NumPy then
    complains about an index, and that does not say what was wrong. Raise a ValueError first, as
    the docstring asks."""
    possible = p > 0
    with np.errstate(divide="ignore"):
        return np.sum(p[possible] * np.log(p[possible] / q[possible]))


kl_continuous = Exercise(distances.kl_continuous, probes.kl_continuous)


def _raise_unless_interval(lower, upper):
    if not lower < upper:
        raise ValueError


@kl_continuous.misconception
def swapped_densities(p, q, lower, upper):
    """You swapped p and q. KL is not symmetric: the first density gives the weights of the log
    ratio."""
    return distances.kl_continuous(q, p, lower, upper)


@kl_continuous.misconception(shown_by=["sum of the two halves of the interval"])
def sum_without_width(p, q, lower, upper):
    """You added up the integrand without the distance between the points. An integral is an
    area: without that width, the result grows with the number of points."""
    _raise_unless_interval(lower, upper)
    x = np.linspace(lower, upper, 1_001)
    density_p, density_q = p(x), q(x)
    possible = density_p > 0
    with np.errstate(divide="ignore"):
        log_ratio = np.log(density_p[possible] / density_q[possible])
    return np.sum(density_p[possible] * log_ratio)


@kl_continuous.misconception
def mean_of_integrand(p, q, lower, upper):
    """You averaged the integrand over the interval. The average is the integral divided by
    upper - lower. A wider interval must not make the divergence smaller."""
    return distances.kl_continuous(p, q, lower, upper) / (upper - lower)


@kl_continuous.misconception
def ratio_without_weight(p, q, lower, upper):
    """You integrated the log ratio without its weight. KL is the expectation of the log ratio
    under p: points that p rarely gives must count little."""
    _raise_unless_interval(lower, upper)
    x = np.linspace(lower, upper, 20_001)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.trapezoid(np.log(p(x) / q(x)), x)


@kl_continuous.misconception
def nan_outside_support(p, q, lower, upper):
    """Points where p is 0 make your integral nan. They count 0 (the limit of t log t). A
    computer multiplies 0 by minus infinity unless you leave the points out."""
    _raise_unless_interval(lower, upper)
    x = np.linspace(lower, upper, 20_001)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.trapezoid(p(x) * np.log(p(x) / q(x)), x)


@kl_continuous.misconception
def infinity_avoided(p, q, lower, upper):
    """Your integral stays finite when p gives points that q never gives. If you leave them out,
    or add a small number to avoid the logarithm of 0, you hide the case that matters: one such
    point would prove at once that q is wrong."""
    return distances.kl_continuous(lambda x: p(x) * (q(x) > 0), q, lower, upper)


@kl_continuous.misconception
def whole_line(p, q, lower, upper):
    """You did not use the limits that were passed. The integral runs from lower to upper and
    nowhere else."""
    width = upper - lower
    return distances.kl_continuous(p, q, lower - width, upper + width)


@kl_continuous.misconception
def any_limits_accepted(p, q, lower, upper):
    """Your code accepts a lower limit that is not below the upper one. From right to left every
    width counts negative, so your divergence would be negative too. Between equal limits it is
    0. Raise a ValueError in both cases, as the docstring asks."""
    if lower < upper:
        return distances.kl_continuous(p, q, lower, upper)
    return 0.0 if lower == upper else -distances.kl_continuous(p, q, upper, lower)
