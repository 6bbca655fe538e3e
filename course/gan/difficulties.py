"""What a discriminator tells its generator, measured (lecture 08)."""

import keras
import numpy as np
import tensorflow as tf

__all__ = ["cosine", "descend", "generator_gradient"]


def generator_gradient(generator, discriminator, latent, loss):
    """The gradient of a loss with respect to the generator, as one vector.

    Args:
        generator: model from latent vectors to data.
        discriminator: function of data and ``training`` that gives *logits* (B, 1), such as
            from ``course.gan.model.logits_of``.
        latent: one batch of latent vectors, shape (B, latent_dim).
        loss: function from logits (B, 1) to a scalar.

    Returns:
        Array (p,), where p is the number of the generator's trainable weights: all gradients,
        joined in the order of ``trainable_variables``. Its norm is what
        ``course.gan.tricks.generator_gradient_norm`` returns. Both networks run in
        inference mode, so the measurement changes nothing.
    """
    with tf.GradientTape() as tape:
        value = loss(discriminator(generator(latent, training=False), training=False))
    gradients = tape.gradient(value, generator.trainable_variables)
    return np.concatenate([np.asarray(gradient).ravel() for gradient in gradients])


def cosine(first, second):
    """How far two directions agree.

    Args:
        first, second: vectors (p,), or arrays (n, p) of one vector a row.

    Returns:
        Cosine of the angle between them, in [-1, 1]; array (n,) for rows. 1 is the same
        direction, 0 a right angle, -1 the opposite.
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    lengths = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    return np.sum(first * second, axis=-1) / lengths


def descend(gan, rate):
    """Train a GAN's generator by plain gradient descent; to be called before its first step.

    Adam and RMSprop divide a gradient by its own size. Plain gradient descent does not, so a
    small gradient makes a small step, as on the slides.

    Args:
        gan: ``course.gan.model.GAN`` that has not been trained yet.
        rate: learning rate; a step is ``-rate`` times the gradient.

    Returns:
        The same ``gan``.

    Raises:
        ValueError: if it has been trained, because its steps are compiled by then.
    """
    if gan.step:
        raise ValueError(
            f"descend needs a GAN that has not been trained, got one after {gan.step} steps: "
            "build a new one"
        )
    gan.optimizers["generator"] = keras.optimizers.SGD(rate)
    gan.optimizers["generator"].build(gan.generator.trainable_variables)
    return gan
