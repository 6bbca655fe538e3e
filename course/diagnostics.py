"""Measures of what a network does: codes and their Gaussians, and strokes of digits.

They take arrays, so they do not depend on how a network is written.
"""

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "active_units",
    "kl_per_dimension",
    "measure_slant",
    "measure_thickness",
    "negative_elbo",
]

ACTIVE_VARIANCE = 0.01  # Burda, Grosse and Salakhutdinov 2016, Importance Weighted Autoencoders.


def kl_per_dimension(mu: ArrayLike, log_var: ArrayLike) -> np.ndarray:
    """KL divergence of the codes' Gaussians to the prior, for each latent dimension.

    Args:
        mu: means, shape (n, k).
        log_var: logarithms of the variances, shape (n, k).

    Returns:
        Float64 (k,) in nats: *mean* over the n images. Their sum is the KL part of the
        negative ELBO; a dimension with 0 carries no information about the image.
    """
    mu, log_var = np.asarray(mu, dtype=float), np.asarray(log_var, dtype=float)
    return -0.5 * np.mean(1 + log_var - mu**2 - np.exp(log_var), axis=0)


def active_units(mu: ArrayLike) -> np.ndarray:
    """Which latent dimensions react to the image: the variance of their mean is above 0.01.

    Args:
        mu: means of the codes of many images, shape (n, k).

    Returns:
        Bool (k,).

    Source: Burda, Grosse and Salakhutdinov 2016, Importance Weighted Autoencoders, 5.1.
    """
    return np.var(np.asarray(mu, dtype=float), axis=0) > ACTIVE_VARIANCE


def negative_elbo(
    images: ArrayLike, reconstructions: ArrayLike, mu: ArrayLike, log_var: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """The negative evidence lower bound of each image, in its two parts.

    Args:
        images: targets in [0, 1], shape (n, 28, 28, 1).
        reconstructions: the decoder's probabilities, one draw of z per image, same shape.
        mu: means, shape (n, k).
        log_var: logarithms of the variances, shape (n, k).

    Returns:
        Two float64 arrays (n,) in nats: cross-entropy, *summed* over the pixels, and KL
        divergence, *summed* over the dimensions. Their sum bounds -log p(x) from above
        for black and white images. The lecture's loss is a rescaling of this sum.

    Raises:
        ValueError: if images and reconstructions differ in shape.
    """
    images, reconstructions = (np.asarray(a, dtype=float) for a in (images, reconstructions))
    if images.shape != reconstructions.shape:  # NumPy would broadcast one over the other.
        raise ValueError(
            "negative_elbo needs one reconstruction of the same shape per image, got images "
            f"{images.shape} and reconstructions {reconstructions.shape}"
        )
    likely = np.clip(reconstructions, 1e-7, 1 - 1e-7)
    pixels = -(images * np.log(likely) + (1 - images) * np.log1p(-likely))
    mu, log_var = np.asarray(mu, dtype=float), np.asarray(log_var, dtype=float)
    kl = -0.5 * np.sum(1 + log_var - mu**2 - np.exp(log_var), axis=1)
    return pixels.reshape(len(pixels), -1).sum(axis=1), kl


def measure_slant(images: ArrayLike) -> np.ndarray:
    """How far digits lean to the right, measured in their pixels.

    Args:
        images: in [0, 1], white on black, shape (n, height, width, 1).

    Returns:
        Float64 (n,): pixels to the right for each pixel up, by least squares over the ink;
        0 for an upright digit or an empty image.

    Raises:
        ValueError: if the images are not a batch with one channel.
    """
    ink, x, y = _ink(images)
    x, y = x - ink @ x[:, None], y - ink @ y[:, None]  # (n, P), from the centre of the ink
    return -np.sum(ink * x * y, axis=1) / (np.sum(ink * y * y, axis=1) + 1e-9)


def measure_thickness(images: ArrayLike) -> np.ndarray:
    """Width of a digit's strokes, measured in its pixels.

    Args:
        images: in [0, 1], white on black, shape (n, height, width, 1).

    Returns:
        Float64 (n,) in pixels: twice the ink over the length of its outline, which is the
        width of a long stroke; 0 where there is no ink.

    Raises:
        ValueError: if the images are not a batch with one channel.
    """
    images = _grey(images)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    across = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    along = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    outline = np.hypot(across, along).sum(axis=(1, 2)) / 2
    return 2 * images.sum(axis=(1, 2)) / (outline + 1e-9)


def _grey(images: ArrayLike) -> np.ndarray:
    """Images without their channel, float64 (n, height, width)."""
    images = np.asarray(images, dtype=float)
    if images.ndim != 4 or images.shape[-1] != 1:
        raise ValueError(
            f"strokes are measured in images (n, height, width, 1), got {images.shape}: "
            "pass one image as images[None], and add a missing channel with images[..., None]"
        )
    return images[..., 0]


def _ink(images: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares of the ink (n, P), and their positions x and y (P,)."""
    images = _grey(images)
    n, height, width = images.shape
    y, x = np.indices((height, width)).reshape(2, -1).astype(float)
    ink = images.reshape(n, -1)
    return ink / (ink.sum(axis=1, keepdims=True) + 1e-9), x, y
