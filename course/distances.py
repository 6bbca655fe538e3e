"""Distances between vectors and between probability distributions (lecture 01).

NumPy only. Logarithms are natural, so every divergence is in nats.
"""

import numpy as np

__all__ = ["gaussian_pdf", "kl_continuous", "kl_discrete", "kl_gaussian", "lp_norm"]


def lp_norm(x, p):
    """Length of a vector: its l_p norm.

    Args:
        x: real vector, shape (n,).
        p: real number of at least 1, or ``inf`` for the largest absolute entry.

    Returns:
        Float, in the unit of ``x``. It *sums* over all entries (``p = inf``: takes
        the maximum); 0.0 for a vector without entries.

    Raises:
        ValueError: if ``p`` is below 1 or not a number, where the triangle
            inequality would not hold.

    Source: slide 'Distance between Two Vectors'.
    Deviation: the slide's l_p sums (a_j - b_j)^p without the absolute value, which is
        negative or undefined for odd or fractional p.
    """
    if not p >= 1:
        raise ValueError(f"lp_norm needs p >= 1 or p = inf, got p = {p!r}")
    magnitudes = np.abs(np.asarray(x, dtype=float))
    largest = magnitudes.max(initial=0.0)
    if np.isinf(p) or largest == 0.0:
        return float(largest)
    # Dividing by the largest entry first keeps huge and tiny entries in range.
    return float(largest * np.sum((magnitudes / largest) ** p) ** (1 / p))


def gaussian_pdf(x, mean, std):
    """Density of the one-dimensional Gaussian N(mean, std^2) at each point.

    Args:
        x: real number or array of any shape.
        mean: real number, or array that broadcasts against ``x``.
        std: standard deviation, positive, broadcasts against ``x``.

    Returns:
        Array of the broadcast shape (a scalar for scalars): density in 1 / unit of ``x``.

    Raises:
        ValueError: if ``std`` is not positive everywhere.

    Source: slide 'Distance between Two Probability Distributions'.
    """
    std = np.asarray(std, dtype=float)
    if not np.all(std > 0):
        raise ValueError(f"gaussian_pdf needs std > 0, got std = {std}")
    standardised = (np.asarray(x, dtype=float) - mean) / std
    return np.exp(-0.5 * standardised**2) / (std * np.sqrt(2 * np.pi))


def kl_discrete(p, q):
    """KL divergence D(p || q) of two discrete distributions.

    Args:
        p, q: arrays of one shape, entries of at least 0 that sum to 1.

    Returns:
        Float in nats, *summed* over the outcomes. A term with p = 0 counts 0;
        the result is ``inf`` where q = 0 < p.

    Raises:
        ValueError: if the shapes differ.

    Source: slide 'Definition: The Kullback-Leibler (KL) divergence'.
    """
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    if p.shape != q.shape:
        raise ValueError(f"kl_discrete needs one shape, got {p.shape} and {q.shape}")
    possible = p != 0
    if np.any(q[possible] == 0):
        return float("inf")
    return float(np.sum(p[possible] * (np.log(p[possible]) - np.log(q[possible]))))


def kl_continuous(p, q, lower, upper):
    """KL divergence D(p || q) of two densities, by numerical quadrature.

    Args:
        p, q: functions from an array of points (n,) to their densities (n,).
        lower, upper: ends of the interval to integrate over. For the whole divergence
            it must hold practically all mass of ``p``; a shorter interval is allowed.

    Returns:
        Float in nats: the *integral* from ``lower`` to ``upper`` (trapezoidal rule,
        20,001 points). Points with p = 0 count 0; ``inf`` where q = 0 < p.

    Raises:
        ValueError: if ``lower`` is not below ``upper``.

    Source: slide 'Definition: The Kullback-Leibler (KL) divergence'.
    """
    if not lower < upper:
        raise ValueError(f"kl_continuous needs lower < upper, got {lower} and {upper}")
    x = np.linspace(lower, upper, 20_001)
    density_p, density_q = np.asarray(p(x), dtype=float), np.asarray(q(x), dtype=float)
    possible = density_p != 0
    if np.any(density_q[possible] == 0):
        return float("inf")
    integrand = np.zeros_like(x)
    log_ratio = np.log(density_p[possible]) - np.log(density_q[possible])
    integrand[possible] = density_p[possible] * log_ratio
    return float(np.trapezoid(integrand, x))


def kl_gaussian(mu, log_var):
    """KL divergence of N(mu, diag(exp(log_var))) to N(0, I), for each row.

    Args:
        mu: means, real, shape (B, k).
        log_var: logarithms of the variances, real, shape (B, k).

    Returns:
        Array (B,) in nats: *summed* over the k dimensions, one value per row.

    Source: Kingma and Welling (2014), appendix B; derived in lecture 01.
    """
    mu, log_var = np.asarray(mu, dtype=float), np.asarray(log_var, dtype=float)
    # expm1 keeps the difference exp(v) - 1 - v accurate near the prior, where v is 0.
    return 0.5 * np.sum(mu**2 + np.expm1(log_var) - log_var, axis=-1)
