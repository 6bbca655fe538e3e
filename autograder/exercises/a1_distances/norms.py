"""The length of a vector, and how it goes wrong."""

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a1_distances as probes
from course import distances

lp_norm = Exercise(distances.lp_norm, probes.lp_norm)


@lp_norm.misconception
def signs_kept(x, p):
    """Negative entries keep their sign. A length must not care about direction, yet odd
    powers of a negative entry subtract from it, and fractional powers do not exist."""
    if p < 1:
        raise ValueError
    return np.max(np.abs(x)) if p == np.inf else np.sum(x**p) ** (1 / p)


@lp_norm.misconception
def no_root(x, p):
    """The sum of powers is not brought back by the p-th root. Without it the result is
    not in the unit of x: twice the vector would not be twice as long."""
    if p < 1:
        raise ValueError
    return np.max(np.abs(x)) if p == np.inf else np.sum(np.abs(x) ** p)


@lp_norm.misconception
def averaged_entries(x, p):
    """The powers are averaged over the entries instead of added up. A vector never becomes
    shorter when an entry is appended; an average can."""
    if p < 1:
        raise ValueError
    return np.max(np.abs(x)) if p == np.inf else np.mean(np.abs(x) ** p) ** (1 / p)


@lp_norm.misconception
def infinity_in_the_formula(x, p):
    """p = inf goes through the general formula. The power inf, and then the power 1/inf = 0,
    give 1 or nan whatever x is, not the limit that is meant: that norm needs a case of its
    own."""
    if p < 1:
        raise ValueError
    return np.sum(np.abs(x) ** p) ** (1 / p)


@lp_norm.misconception
def signed_maximum(x, p):
    """For p = inf the largest entry is taken with its sign. A large negative entry is as
    far from 0 as a large positive one."""
    return np.max(x) if p == np.inf else distances.lp_norm(x, p)


@lp_norm.misconception
def small_p_accepted(x, p):
    """p below 1 is accepted. The formula still gives a number there, but the way round
    would be shorter than the straight way (no triangle inequality): refuse it with a
    ValueError, as the docstring asks."""
    return np.max(np.abs(x)) if p == np.inf else np.sum(np.abs(x) ** p) ** (1 / p)
