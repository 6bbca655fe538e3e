"""Assignment a1_distances: norms, densities and KL divergences, and how they go wrong."""

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a1_distances as probes
from course import distances
from course.distances import gaussian_pdf as right_pdf
from course.distances import kl_discrete as right_kl

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


gaussian_pdf = Exercise(distances.gaussian_pdf, probes.gaussian_pdf)


# Mistakes that are written out refuse what is to be refused, so that each shows alone.
def _refuse_not_positive(std):
    if not np.all(np.asarray(std) > 0):
        raise ValueError


@gaussian_pdf.misconception
def std_read_as_variance(x, mean, std):
    """The third argument is used as the variance. It is the standard deviation: the
    variance is its square, in the exponent and in the normalising factor."""
    return right_pdf(x, mean, np.sqrt(std))


@gaussian_pdf.misconception
def variance_in_the_factor(x, mean, std):
    """In the factor before the bell, std stands where the variance belongs. Under the root
    is the variance; the area under your curve is not 1."""
    _refuse_not_positive(std)
    return np.exp(-0.5 * ((x - mean) / std) ** 2) / np.sqrt(2 * np.pi * std)


@gaussian_pdf.misconception
def variance_in_the_exponent(x, mean, std):
    """In the exponent, std stands where the variance belongs. The distance from the mean is
    squared there, so what it is measured by must be squared as well."""
    _refuse_not_positive(std)
    return np.exp(-0.5 * (x - mean) ** 2 / std) / (std * np.sqrt(2 * np.pi))


@gaussian_pdf.misconception
def not_normalised(x, mean, std):
    """Only the bell is there, not the factor before it. The area under a density is 1;
    under yours it grows with std."""
    _refuse_not_positive(std)
    return np.exp(-0.5 * ((x - mean) / std) ** 2)


@gaussian_pdf.misconception
def factor_without_std(x, mean, std):
    """The factor before the bell does not depend on std. A wider bell must be lower, or
    the area under it is no longer 1."""
    _refuse_not_positive(std)
    return np.exp(-0.5 * ((x - mean) / std) ** 2) / np.sqrt(2 * np.pi)


@gaussian_pdf.misconception
def no_half_in_exponent(x, mean, std):
    """The exponent lacks its factor 1/2. The bell comes out too narrow, and the area
    under it is below 1."""
    _refuse_not_positive(std)
    return np.exp(-(((x - mean) / std) ** 2)) / (std * np.sqrt(2 * np.pi))


@gaussian_pdf.misconception
def log_density(x, mean, std):
    """The logarithm of the density is returned. A density is never negative and its area
    is 1."""
    return np.log(right_pdf(x, mean, std))


@gaussian_pdf.misconception
def any_std_accepted(x, mean, std):
    """A standard deviation of 0, or below, is accepted. No bell is that narrow: your formula
    divides by 0, or gives a negative density. Refuse it with a ValueError, as the docstring
    asks."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.exp(-0.5 * ((x - mean) / np.asarray(std)) ** 2) / (std * np.sqrt(2 * np.pi))


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


kl_gaussian = Exercise(distances.kl_gaussian, probes.kl_gaussian)


def _terms(mu, log_var):
    return mu**2 + np.exp(log_var) - 1 - log_var


@kl_gaussian.misconception
def mean_over_latent(mu, log_var):
    """You averaged over the latent dimensions. The divergence of independent dimensions
    adds up: with twice as many dimensions it doubles, and an average would hide that."""
    return 0.5 * np.mean(_terms(mu, log_var), axis=-1)


@kl_gaussian.misconception
def half_forgotten(mu, log_var):
    """The factor 1/2 is missing. It comes from the exponent of the Gaussian density; a
    mean moved by 1 costs half a nat."""
    return np.sum(_terms(mu, log_var), axis=-1)


@kl_gaussian.misconception
def sign_of_elbo(mu, log_var):
    """The sign is wrong: your divergences are negative. A divergence is at least 0; the
    expression with the minus sign is the one that is maximised."""
    return -0.5 * np.sum(_terms(mu, log_var), axis=-1)


@kl_gaussian.misconception
def summed_over_batch(mu, log_var):
    """The rows are summed as well. Each row is one Gaussian with a divergence of its own: a
    batch of B rows gives B numbers."""
    return 0.5 * np.sum(_terms(mu, log_var))


@kl_gaussian.misconception
def averaged_over_batch(mu, log_var):
    """The rows are averaged as well. That is for the loss, later; here each row is one
    Gaussian with a divergence of its own: a batch of B rows gives B numbers."""
    return np.mean(0.5 * np.sum(_terms(mu, log_var), axis=-1))


@kl_gaussian.misconception
def log_var_read_as_log_std(mu, log_var):
    """log_var is used as the logarithm of the standard deviation. It is the logarithm of
    the variance, so its exponential is already the square."""
    return 0.5 * np.sum(mu**2 + np.exp(2 * log_var) - 1 - 2 * log_var, axis=-1)


@kl_gaussian.misconception
def log_var_read_as_variance(mu, log_var):
    """log_var is used as the variance itself. It is a logarithm, and may be negative,
    which no variance can."""
    with np.errstate(invalid="ignore"):
        return 0.5 * np.sum(mu**2 + log_var - 1 - np.log(log_var), axis=-1)


@kl_gaussian.misconception
def mu_not_squared(mu, log_var):
    """The means enter without being squared. Moving a mean to the left must cost as much
    as moving it to the right."""
    return 0.5 * np.sum(mu + np.exp(log_var) - 1 - log_var, axis=-1)


@kl_gaussian.misconception
def one_once_per_row(mu, log_var):
    """The constant 1 is taken once a row. Every dimension brings its own, or the
    divergence at the prior is not 0."""
    return 0.5 * (np.sum(mu**2 + np.exp(log_var) - log_var, axis=-1) - 1)
