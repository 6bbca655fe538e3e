"""The density of a Gaussian, with known mistakes."""

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a1_distances as probes
from course import distances
from course.distances import gaussian_pdf as right_pdf

gaussian_pdf = Exercise(distances.gaussian_pdf, probes.gaussian_pdf)


# Each mistake below raises the errors that the docstring asks for, so that it is the only one.
def _raise_unless_positive(std):
    if not np.all(np.asarray(std) > 0):
        raise ValueError


@gaussian_pdf.misconception
def std_read_as_variance(x, mean, std):
    """You used the third argument as the variance. It is the standard deviation. The variance
    is its square, both in the exponent and in the normalising factor."""
    return right_pdf(x, mean, np.sqrt(std))


@gaussian_pdf.misconception
def variance_in_the_factor(x, mean, std):
    """In the factor before the exponential, you wrote std where the variance belongs. The
    variance stands under the root; with std there, the area under your curve is not 1."""
    _raise_unless_positive(std)
    return np.exp(-0.5 * ((x - mean) / std) ** 2) / np.sqrt(2 * np.pi * std)


@gaussian_pdf.misconception
def variance_in_the_exponent(x, mean, std):
    """In the exponent, you wrote std where the variance belongs. The distance from the mean is
    squared there, so its scale must be squared as well."""
    _raise_unless_positive(std)
    return np.exp(-0.5 * (x - mean) ** 2 / std) / (std * np.sqrt(2 * np.pi))


@gaussian_pdf.misconception
def not_normalised(x, mean, std):
    """You returned the exponential without the factor before it. The area under a density is 1,
    but the area under yours grows with std."""
    _raise_unless_positive(std)
    return np.exp(-0.5 * ((x - mean) / std) ** 2)


@gaussian_pdf.misconception
def factor_without_std(x, mean, std):
    """Your factor before the exponential does not depend on std. A wider curve must be lower,
    or the area under it is no longer 1."""
    _raise_unless_positive(std)
    return np.exp(-0.5 * ((x - mean) / std) ** 2) / np.sqrt(2 * np.pi)


@gaussian_pdf.misconception
def no_half_in_exponent(x, mean, std):
    """Your exponent lacks the factor 1/2. The curve is too narrow, and the area under it is
    below 1."""
    _raise_unless_positive(std)
    return np.exp(-(((x - mean) / std) ** 2)) / (std * np.sqrt(2 * np.pi))


@gaussian_pdf.misconception
def log_density(x, mean, std):
    """You returned the logarithm of the density. A density is never negative, and its area is
    1."""
    return np.log(right_pdf(x, mean, std))


@gaussian_pdf.misconception
def any_std_accepted(x, mean, std):
    """Your code accepts a standard deviation of 0 or below. No density is that narrow: your
    formula divides by 0 or gives a negative density. Raise a ValueError, as the docstring asks."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.exp(-0.5 * ((x - mean) / np.asarray(std)) ** 2) / (std * np.sqrt(2 * np.pi))
