"""New generators against a discriminator that does not change (lecture 08)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from course.gan.model import GAN
from course.gan.ring import RING_RECIPE, count_modes, ring_gan
from course.gan.training import generator_step

__all__ = ["Newcomer", "newcomers_on_the_ring", "train_alone"]


@dataclass(frozen=True)
class Newcomer:
    """A new generator on the ring after its training.

    Attributes:
        points: 2,000 of its samples, (2000, 2).
        modes: number of modes that they cover, 0 to 8.
        share: share of them that lie near a mode.
        spread: standard deviation of the samples, mean over both axes.
        opinion: the frozen discriminator's mean probability that they are real.
    """

    seed: int
    points: np.ndarray
    modes: int
    share: float
    spread: float
    opinion: float


def train_alone(
    gan: GAN,
    discriminator: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    moments: Iterable[int],
) -> Iterator[int]:
    """Train the generator of a GAN against a frozen discriminator.

    Args:
        gan: its generator learns, from its latent vectors.
        discriminator: model from data to the probability of being real (B, 1).
        optimizer: for the generator's weights.
        moments: numbers of steps at which the training pauses.

    Returns:
        Iterator over the moments, which trains up to each before it yields it.
    """
    # A partial is a function of its own: TensorFlow would warn that one is compiled too often.
    step = tf.function(functools.partial(generator_step))
    moments = set(moments)
    for count in range(max(moments) + 1):
        if count in moments:
            yield count
        latent = gan.draw_latent(gan.recipe.batch_size, seed=count)
        step(gan.generator, discriminator, optimizer, latent)


def newcomers_on_the_ring(
    discriminator: keras.Model, seeds: Iterable[int], steps: int = 300
) -> list[Newcomer]:
    """Train new generators, one per seed, against one frozen discriminator of the ring.

    Args:
        discriminator: model from points to the probability of being real (B, 1).
        seeds: integers.
        steps: updates of each generator, with Adam at a learning rate of 1e-3.
    """
    newcomers = []
    for seed in seeds:
        gan = ring_gan(RING_RECIPE, seed)
        list(train_alone(gan, discriminator, keras.optimizers.Adam(1e-3), [steps]))
        points = np.asarray(gan.generator(gan.draw_latent(2000, seed=1), training=False))
        opinion = float(np.mean(discriminator(points, training=False)))
        spread = float(points.std(axis=0).mean())
        newcomers.append(Newcomer(seed, points, *count_modes(points), spread, opinion))
    return newcomers
