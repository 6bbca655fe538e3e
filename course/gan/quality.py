"""How good samples are: four measures on any features, in NumPy (lecture 07)."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["frechet_distance", "nearest_neighbours", "precision_recall"]


def frechet_distance(features: ArrayLike, others: ArrayLike) -> float:
    """Fréchet distance between two clouds of points, as if each were Gaussian.

    It grows with the difference of the means and of the covariances. It is biased: fewer
    points give a larger distance, so compare only clouds of equal size. Features of another
    network give other numbers, so this is not the FID of papers.

    Args:
        features: shape (n, f).
        others: shape (m, f); n and m larger than f, or the covariances are singular.

    Returns:
        Float, at least 0, in squared units of the features.

    Source: Heusel et al. 2017, GANs Trained by a Two Time-Scale Update Rule, equation 6.
    """
    features, others = np.asarray(features, dtype=float), np.asarray(others, dtype=float)
    shift = features.mean(axis=0) - others.mean(axis=0)
    one, two = np.cov(features, rowvar=False), np.cov(others, rowvar=False)
    # The trace of (one two)^(1/2), by the symmetric one^(1/2) two one^(1/2).
    values, vectors = np.linalg.eigh(one)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    common = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ two @ root), 0)).sum()
    return float(max(shift @ shift + np.trace(one) + np.trace(two) - 2 * common, 0))


def precision_recall(real: ArrayLike, fake: ArrayLike, neighbours: int = 3) -> tuple[float, float]:
    """Which share of fakes looks real, and which share of the real points the fakes cover.

    Each point of a cloud is the centre of a ball that reaches its third nearest neighbour in
    the cloud. All balls together are the area that the cloud covers.

    Args:
        real, fake: features, shapes (n, f) and (m, f).
        neighbours: which nearest neighbour the balls reach.

    Returns:
        Precision, the share of fakes in the area of the real points, and recall, the share
        of real points in the area of the fakes; both in [0, 1]. Two samples from the same
        distribution reach about 0.9, not 1.

    Source: Kynkäänniemi et al. 2019, Improved Precision and Recall Metric, equation 1.
    """
    real, fake = np.asarray(real, dtype=float), np.asarray(fake, dtype=float)
    between = _distances(fake, real)  # (m, n)
    # Entry 0 of a sorted row is the point's distance to itself.
    real_reach = np.partition(_distances(real, real), neighbours, axis=1)[:, neighbours]
    fake_reach = np.partition(_distances(fake, fake), neighbours, axis=1)[:, neighbours]
    precision = np.mean((between <= real_reach).any(axis=1))
    recall = np.mean((between.T <= fake_reach).any(axis=1))
    return float(precision), float(recall)


def nearest_neighbours(images: ArrayLike, known: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """For each image the most similar known image, pixel by pixel.

    Args:
        images: shape (n, ...).
        known: shape (m, ...), images of the same shape.

    Returns:
        Indices into ``known`` (n,), and l2 distances (n,).
    """
    images, known = np.asarray(images, np.float32), np.asarray(known, np.float32)
    distances = _distances(images.reshape(len(images), -1), known.reshape(len(known), -1))
    nearest = distances.argmin(axis=1)
    return nearest, distances[np.arange(len(nearest)), nearest]


def _distances(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    squares = np.sum(points**2, axis=1)[:, None] - 2 * points @ others.T + np.sum(others**2, axis=1)
    return np.sqrt(np.maximum(squares, 0))
