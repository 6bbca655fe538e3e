"""The length of a vector, with known mistakes."""

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a1_distances as probes
from course import distances

lp_norm = Exercise(distances.lp_norm, probes.lp_norm)


@lp_norm.misconception
def signs_kept(x, p):
    """Your code keeps the sign of negative entries. A length must not depend on direction, but
    an odd power of a negative entry subtracts from the sum, and a fractional power of it does
    not exist."""
    if p < 1:
        raise ValueError
    return np.max(np.abs(x)) if p == np.inf else np.sum(x**p) ** (1 / p)


@lp_norm.misconception
def no_root(x, p):
    """You did not take the p-th root of the sum of powers. Without the root, the result is not
    in the unit of x: twice the vector would not be twice as long."""
    if p < 1:
        raise ValueError
    return np.max(np.abs(x)) if p == np.inf else np.sum(np.abs(x) ** p)


@lp_norm.misconception
def averaged_entries(x, p):
    """You averaged the powers over the entries instead of adding them up. A vector never
    becomes shorter when an entry is appended, but an average can become smaller."""
    if p < 1:
        raise ValueError
    return np.max(np.abs(x)) if p == np.inf else np.mean(np.abs(x) ** p) ** (1 / p)


@lp_norm.misconception
def infinity_in_the_formula(x, p):
    """You used the general formula for p = inf. The power inf, and then the power 1/inf = 0,
    give 1 or nan for every x instead of the limit that is meant. That norm needs a case of its
    own."""
    if p < 1:
        raise ValueError
    return np.sum(np.abs(x) ** p) ** (1 / p)


@lp_norm.misconception
def signed_maximum(x, p):
    """For p = inf, you took the largest entry with its sign. A large negative entry is as far
    from 0 as a large positive one."""
    return np.max(x) if p == np.inf else distances.lp_norm(x, p)


@lp_norm.misconception
def small_p_accepted(x, p):
    """Your code accepts p below 1. The formula still gives a number there, but a detour would
    be shorter than the straight line (no triangle inequality). Raise a ValueError, as the
    docstring asks."""
    return np.max(np.abs(x)) if p == np.inf else np.sum(np.abs(x) ** p) ** (1 / p)
