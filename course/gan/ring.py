"""A GAN that trains in seconds: eight Gaussians on a ring (lectures 08 and 09)."""

from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import ArrayLike

from course.gan.model import GAN
from course.gan.recipes import Recipe

__all__ = [
    "CENTRES",
    "RING_RECIPE",
    "STD",
    "count_modes",
    "draw_ring",
    "maybe_batch_norm",
    "maybe_spectral_norm",
    "ring_gan",
]

STD = 0.05  # Of each mode, along each axis.
ANGLES = 2 * np.pi * np.arange(8) / 8
CENTRES = 2 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)  # (8, 2)
WIDTH = 128
# Settings that work on the ring. The lecture's rates are for its own large networks.
RING_RECIPE = Recipe(
    optimizer="adam",
    discriminator_rate=1e-3,
    generator_rate=1e-3,
    batch_size=256,
    latent_law="normal",
)


def draw_ring(n: int, rng: np.random.Generator) -> np.ndarray:
    """Points from eight Gaussians, all equally likely, in the plane.

    Args:
        n: number of points.
        rng: ``numpy.random.Generator``.

    Returns:
        Float32 (n, 2): around centres on a circle of radius 2, with a standard deviation
        of 0.05.

    Source: Metz et al. 2017, Unrolled Generative Adversarial Networks, 3.1.
    """
    centres = CENTRES[rng.integers(8, size=n)]
    return (centres + STD * rng.normal(size=(n, 2))).astype("float32")


def ring_gan(recipe: Recipe = RING_RECIPE, seed: int = 0) -> GAN:
    """A GAN of two small networks for the ring.

    Both have two hidden layers of 128 units with relu. In the discriminator their width is
    multiplied by ``recipe.capacity``, and it has the other layers that the recipe asks for.

    Args:
        recipe: ``course.gan.recipes.Recipe``.
        seed: integer that also fixes the initial weights: one seed gives one run.

    Returns:
        ``course.gan.model.GAN``; latent vectors have 2 entries.
    """
    keras.utils.set_random_seed(seed)
    latent = keras.Input((2,))
    x = layers.Dense(WIDTH, "relu")(latent)
    x = layers.Dense(WIDTH, "relu")(x)
    generator = keras.Model(latent, layers.Dense(2)(x), name="generator")
    points = x = keras.Input((2,))
    for _ in range(2):
        x = _hidden(x, recipe)
    real = layers.Dense(1, "sigmoid")(x)
    return GAN(generator, keras.Model(points, real, name="discriminator"), recipe, seed)


def maybe_spectral_norm(layer: keras.layers.Layer, recipe: Recipe) -> keras.layers.Layer:
    """The layer, with its kernel divided by its largest singular value if the recipe says so."""
    return layers.SpectralNormalization(layer) if recipe.spectral_norm else layer


def maybe_batch_norm(x: Any, recipe: Recipe) -> Any:
    """The output of a layer, normalized by batch if the recipe says so."""
    return layers.BatchNormalization(momentum=0.9)(x) if recipe.batch_norm else x


def count_modes(points: ArrayLike) -> tuple[int, float]:
    """How well a cloud of points covers the ring.

    Args:
        points: shape (n, 2).

    Returns:
        Two numbers: modes that hold at least 1 % of the points within three standard
        deviations of their centre (0 to 8), and the share of all points that lie
        this close to any centre.
    """
    points = np.asarray(points)
    distances = np.linalg.norm(points[:, None] - CENTRES, axis=2)  # (n, 8)
    near = distances.min(axis=1) < 3 * STD
    shares = np.bincount(distances.argmin(axis=1)[near], minlength=8) / len(points)
    return int(np.sum(shares >= 0.01)), float(near.mean())


def _hidden(x: Any, recipe: Recipe) -> Any:
    dense = layers.Dense(max(1, round(WIDTH * recipe.capacity)))
    x = maybe_batch_norm(maybe_spectral_norm(dense, recipe)(x), recipe)
    x = layers.Activation("relu")(x)
    return layers.Dropout(recipe.dropout)(x) if recipe.dropout else x
