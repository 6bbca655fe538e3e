"""One step of the generator, seen: the same latent vectors before and after it (lecture 07)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import ops

__all__ = ["Look", "SeenStep", "descend_and_look", "look"]


@dataclass(frozen=True)
class Look:
    """What a generator draws, and what a discriminator says of it.

    Attributes:
        images: shape (B, 28, 28, 1), in [0, 1].
        opinions: the discriminator's probabilities of being real, (B,).
    """

    images: np.ndarray
    opinions: np.ndarray


@dataclass(frozen=True)
class SeenStep:
    """One step of the generator.

    Attributes:
        rate: the learning rate alpha.
        before, after: the same latent vectors, without and with the step.
    """

    rate: float
    before: Look
    after: Look

    @property
    def better(self) -> int:
        """Number of images of which the discriminator thinks better after the step."""
        return int(np.sum(self.after.opinions > self.before.opinions))


def look(
    generator: keras.Model, discriminator: keras.Model, latent: tf.Tensor, training: bool
) -> Look:
    """The images of some latent vectors, and the discriminator's opinions of them.

    Looking changes nothing. In training mode all looks have the same dropout masks, so that
    two of them differ by the weights alone.

    Args:
        generator: model from latent vectors to images.
        discriminator: model from images to the probability of being real (B, 1).
        latent: latent vectors (B, 100).
        training: the mode of both networks.
    """
    with _left_as_they_are(generator, discriminator):
        images = generator(latent, training=training)
        opinions = discriminator(images, training=training)
    return Look(np.asarray(images), np.asarray(opinions)[:, 0])


def descend_and_look(
    generator: keras.Model,
    discriminator: keras.Model,
    latent: tf.Tensor,
    rates: Sequence[float],
    training: bool,
) -> list[SeenStep]:
    """The slide's step W - alpha * gradient, with several alpha from the same weights W.

    The gradient is that of the loss in ``course.gan.training.generator_step``. It is taken in
    the same mode, and with the same dropout masks, as the looks. Afterwards both networks are
    as they were.

    Args:
        generator: model from latent vectors to images.
        discriminator: model from images to the probability of being real (B, 1).
        latent: latent vectors (B, 100).
        rates: values of alpha.
        training: the mode of both networks.

    Returns:
        One ``SeenStep`` per rate.

    Source: slides 'Update the Generator'.
    """
    weights = generator.trainable_variables
    with _left_as_they_are(generator, discriminator), tf.GradientTape() as tape:
        opinions = discriminator(generator(latent, training=training), training=training)
        loss = ops.mean(keras.losses.binary_crossentropy(ops.ones_like(opinions), opinions))
    gradients = tape.gradient(loss, weights)
    before = look(generator, discriminator, latent, training)
    steps = []
    for rate in rates:
        with _left_as_they_are(generator):
            for weight, gradient in zip(weights, gradients):
                weight.assign_sub(rate * gradient)
            steps.append(SeenStep(rate, before, look(generator, discriminator, latent, training)))
    return steps


@contextlib.contextmanager
def _left_as_they_are(*networks: keras.Model) -> Iterator[None]:
    """Context that starts with the same dropout masks each time, and undoes all changes."""
    variables = [variable for network in networks for variable in network.variables]
    values = [variable.numpy() for variable in variables]
    dropouts = [
        layer
        for network in networks
        for layer in network.layers
        if isinstance(layer, keras.layers.Dropout)
    ]
    for number, layer in enumerate(dropouts):
        layer.seed_generator.state.assign([number, 0])
    try:
        yield
    finally:
        for variable, value in zip(variables, values):
            variable.assign(value)
