"""How good samples are: four measures on any features, in NumPy (lecture 07)."""

import numpy as np

__all__ = ["frechet_distance", "nearest_neighbours", "precision_recall"]


def frechet_distance(features, others):
    """Fréchet distance of two clouds, each taken for a Gaussian.

    It grows with the difference of the means and of the covariances. It is biased: fewer
    points give a larger distance, so compare clouds of equal sizes only; and features of
    another network give other numbers, so this is not the FID of papers.

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


def precision_recall(real, fake, neighbours=3):
    """How many fakes look real, and how much of the real the fakes reach.

    Each point of a cloud brings a ball that reaches to its third nearest fellow; together
    the balls are the ground that the cloud covers.

    Args:
        real, fake: features, shapes (n, f) and (m, f).
        neighbours: which fellow the balls reach to.

    Returns:
        Precision, the share of fakes on real ground, and recall, the share of real points
        on the fakes' ground; both in [0, 1]. Two samples of one law reach about 0.9, not 1.

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


def nearest_neighbours(images, known):
    """For each image the known one that is most like it, pixel by pixel.

    Args:
        images: shape (n, ...).
        known: shape (m, ...), the same but for the number.

    Returns:
        Indices into ``known`` (n,), and l2 distances (n,).
    """
    flat = [np.asarray(part, dtype=np.float32).reshape(len(part), -1) for part in (images, known)]
    distances = _distances(*flat)
    nearest = distances.argmin(axis=1)
    return nearest, distances[np.arange(len(nearest)), nearest]


def _distances(points, others):
    squares = np.sum(points**2, axis=1)[:, None] - 2 * points @ others.T + np.sum(others**2, axis=1)
    return np.sqrt(np.maximum(squares, 0))
