"""What a generator is told by its discriminator, measured (lecture 08)."""

import keras
import numpy as np
import tensorflow as tf

__all__ = ["cosine", "descend", "generator_gradient"]


def generator_gradient(generator, discriminator, latent, loss):
    """Where a loss pulls the generator: its gradient as one vector.

    Args:
        generator: model from latent vectors to data.
        discriminator: function of data and ``training`` that gives *logits* (B, 1), such as
            from ``course.gan.model.logits_of``.
        latent: one batch of latent vectors, shape (B, latent_dim).
        loss: function from logits (B, 1) to a scalar.

    Returns:
        Array (p,), p the number of the generator's trainable weights: all its gradients,
        joined in the order of ``trainable_variables``. Its norm is what
        ``course.gan.tricks.generator_gradient_norm`` gives. Both networks run in inference
        mode, so that to measure changes nothing.
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
    """Let a GAN's generator move by plain gradient descent, before its first step.

    Adam and RMSprop divide a gradient by its own size; here a small gradient stays a small
    step, as on the slides.

    Args:
        gan: ``course.gan.model.GAN`` that has not been trained yet.
        rate: learning rate: a step is ``-rate`` times the gradient.

    Returns:
        The same ``gan``.

    Raises:
        ValueError: if it has been trained: its steps are compiled then.
    """
    if gan.step:
        raise ValueError(
            f"descend: this GAN has done {gan.step} steps, wanted one that has done none; "
            "build it anew"
        )
    gan.optimizers["generator"] = keras.optimizers.SGD(rate)
    gan.optimizers["generator"].build(gan.generator.trainable_variables)
    return gan
