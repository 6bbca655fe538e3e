"""The tricks of the lecture, one function each, and what they are judged by (lectures 08, 09)."""

import numpy as np
import tensorflow as tf
from keras import ops

__all__ = [
    "generator_gradient_norm",
    "minimax_generator_loss",
    "noise_std",
    "non_saturating_generator_loss",
    "perturb_images",
    "soft_labels",
]


def noise_std(step, total_steps, initial_std):
    """Standard deviation of the image noise at a step: linear from ``initial_std`` to 0.

    Args:
        step: number of the step, 0 for the first.
        total_steps: step at which the noise has become 0, positive; it stays 0 after.
        initial_std: standard deviation at step 0, at least 0.

    Returns:
        Float, at least 0.

    Source: slides 'Useful Tricks', 2: add noise to the images, decay it over time.
    """
    return initial_std * max(0.0, 1 - step / total_steps)


def perturb_images(images, std, rng):
    """Images with Gaussian noise added, a draw of its own for each pixel.

    Args:
        images: array (B, 28, 28, 1).
        std: standard deviation of the noise, at least 0.
        rng: ``numpy.random.Generator`` that the noise is drawn from.

    Returns:
        Array (B, 28, 28, 1). Pixels may leave [0, 1]: the noise is not cut off, or its mean
        would no longer be 0 where an image is black or white.

    Source: slides 'Useful Tricks', 2; it is done to real and fake images alike.
    """
    return images + std * rng.normal(size=np.shape(images))


def soft_labels(labels, rng):
    """Noisy targets for the discriminator: real U(0.7, 1.2), fake U(0.0, 0.3).

    Args:
        labels: array (n, 1) of 1 for real and 0 for fake.
        rng: ``numpy.random.Generator`` that the targets are drawn from.

    Returns:
        Array (n, 1), each entry its own draw. Targets above 1 lie outside of what binary
        cross-entropy is a divergence for; the gradient still pushes the right way.

    Source: slides 'Useful Tricks', 3.
    """
    labels = np.asarray(labels)
    real = rng.uniform(0.7, 1.2, size=labels.shape)
    fake = rng.uniform(0.0, 0.3, size=labels.shape)
    return np.where(labels == 1, real, fake)


def minimax_generator_loss(logits):
    """The generator's loss of the minimax game: log(1 - D), to be made small.

    Args:
        logits: the discriminator's logits of fake images, real, shape (B, 1); D is their
            sigmoid.

    Returns:
        Scalar tensor in nats, at most 0: *mean* over the batch. Finite, with its gradient,
        however large the logits are.

    Source: Goodfellow et al. 2014, equation 1. Its gradient has the factor D, which
        vanishes where the discriminator is sure.
    """
    return -ops.mean(ops.softplus(logits))


def non_saturating_generator_loss(logits):
    """The generator's loss with the target *real*: -log D, to be made small.

    Args:
        logits: the discriminator's logits of fake images, real, shape (B, 1); D is their
            sigmoid.

    Returns:
        Scalar tensor in nats, at least 0: *mean* over the batch. Finite, with its gradient,
        however large the logits are.

    Source: slide 'Update the Generator'; Goodfellow et al. 2014, section 3. Its gradient
        has the factor 1 - D, which is near 1 where the discriminator is sure.
    """
    return ops.mean(ops.softplus(-logits))


def generator_gradient_norm(generator, discriminator, latent, loss):
    """How strongly a loss pulls at the generator: global norm of its gradient.

    Args:
        generator: model from latent vectors to images; run in inference mode, so that to
            measure changes nothing.
        discriminator: model from images to *logits* (B, 1); inference mode as well.
        latent: one batch of latent vectors, shape (B, latent_dim).
        loss: function from logits (B, 1) to a scalar.

    Returns:
        Scalar tensor, at least 0: l2 norm of the gradient with respect to *all* trainable
        weights of the generator, joined to one vector.

    Source: slide 'Discriminator Shouldn't Be Too Good': the gradient is near zero.
    """
    with tf.GradientTape() as tape:
        images = generator(latent, training=False)
        value = loss(discriminator(images, training=False))
    gradients = tape.gradient(value, generator.trainable_variables)
    return ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))
