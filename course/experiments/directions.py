"""The generator's gradients under good, untrained and misled discriminators (lecture 08)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from course.gan.difficulties import generator_gradient
from course.gan.model import logits_of
from course.gan.ring import RING_RECIPE, ring_gan
from course.gan.tricks import non_saturating_generator_loss

__all__ = ["gradients_under"]


def gradients_under(
    generator: keras.Model,
    real: np.ndarray,
    latent: tf.Tensor,
    seed: int,
    moments: Iterable[int],
    label_flips: float = 0.0,
) -> list[np.ndarray]:
    """Gradients of one frozen generator on the ring, while a discriminator learns.

    Args:
        generator: of ``course.gan.ring.ring_gan``; it is not changed.
        real: points of the ring, (n, 2).
        latent: latent vectors (B, 2) at which the gradients are taken.
        seed: of the discriminator's first weights and of its training.
        moments: steps of the discriminator, up to 1,000, in order.
        label_flips: share of labels that are swapped; with a half they are random.

    Returns:
        One vector (p,) per moment: the gradient of the non-saturating loss.
    """
    gan = ring_gan(replace(RING_RECIPE, pretraining=1000, label_flips=label_flips), seed)
    gan.generator.set_weights(generator.get_weights())
    logits = logits_of(gan.discriminator)
    gradients = []
    for moment in moments:
        gan.train(real, moment - gan.step)
        gradients.append(
            generator_gradient(generator, logits, latent, non_saturating_generator_loss)
        )
    return gradients
