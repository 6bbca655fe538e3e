"""The KL divergence of a Gaussian to the prior, with known mistakes."""

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a1_distances as probes
from course import distances

kl_gaussian = Exercise(distances.kl_gaussian, probes.kl_gaussian)


def _terms(mu, log_var):
    return mu**2 + np.exp(log_var) - 1 - log_var


@kl_gaussian.misconception
def mean_over_latent(mu, log_var):
    """You averaged over the latent dimensions. The divergences of independent dimensions add
    up: twice as many dimensions double the divergence, and an average would hide that."""
    return 0.5 * np.mean(_terms(mu, log_var), axis=-1)


@kl_gaussian.misconception
def half_forgotten(mu, log_var):
    """The factor 1/2 is missing. It comes from the exponent of the Gaussian density. A mean
    that moves by 1 costs half a nat."""
    return np.sum(_terms(mu, log_var), axis=-1)


@kl_gaussian.misconception
def sign_of_elbo(mu, log_var):
    """The sign is wrong: your divergences are negative. A divergence is at least 0. The
    expression with the minus sign is the one that is maximised."""
    return -0.5 * np.sum(_terms(mu, log_var), axis=-1)


@kl_gaussian.misconception
def summed_over_batch(mu, log_var):
    """You summed over the rows as well. Each row is one Gaussian with its own divergence: a
    batch of B rows gives B numbers."""
    return 0.5 * np.sum(_terms(mu, log_var))


@kl_gaussian.misconception
def averaged_over_batch(mu, log_var):
    """You averaged over the rows as well. The loss does that later. Here each row is one
    Gaussian with its own divergence: a batch of B rows gives B numbers."""
    return np.mean(0.5 * np.sum(_terms(mu, log_var), axis=-1))


@kl_gaussian.misconception
def log_var_read_as_log_std(mu, log_var):
    """You used log_var as the logarithm of the standard deviation. It is the logarithm of the
    variance, so its exponential is already the square."""
    return 0.5 * np.sum(mu**2 + np.exp(2 * log_var) - 1 - 2 * log_var, axis=-1)


@kl_gaussian.misconception
def log_var_read_as_variance(mu, log_var):
    """You used log_var as the variance itself. It is a logarithm and may be negative, but a
    variance cannot be negative."""
    with np.errstate(invalid="ignore"):
        return 0.5 * np.sum(mu**2 + log_var - 1 - np.log(log_var), axis=-1)


@kl_gaussian.misconception
def mu_not_squared(mu, log_var):
    """You did not square the means. Moving a mean to the left must cost as much as moving it to
    the right."""
    return 0.5 * np.sum(mu + np.exp(log_var) - 1 - log_var, axis=-1)


@kl_gaussian.misconception
def one_once_per_row(mu, log_var):
    """You used the constant 1 only once per row. Every dimension has its own 1, or the
    divergence at the prior is not 0."""
    return 0.5 * (np.sum(mu**2 + np.exp(log_var) - log_var, axis=-1) - 1)
