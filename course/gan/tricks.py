"""The tricks of the lecture, one function each, and how they are judged (lectures 08, 09)."""

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

    It falls by the same amount at each step, until it is 0 and stays 0.

    Args:
        step: number of the step, a whole number; 0 for the first.
        total_steps: step at which the noise has become 0, a whole number, positive.
            Training may go on after it.
        initial_std: standard deviation at step 0, at least 0.

    Returns:
        Float between 0 and ``initial_std``.

    Source: slides 'Useful Tricks', 2: add noise to the images, decay it over time.
    """
    return initial_std * max(0.0, 1 - step / total_steps)


def perturb_images(images, std, rng):
    """Images with Gaussian noise added, drawn independently for each pixel.

    Args:
        images: array of any shape, such as (B, 28, 28, 1), or (B, 2) for points of a plane.
            It is not changed.
        std: standard deviation of the noise, at least 0; its mean is 0.
        rng: ``numpy.random.Generator`` that draws all noise, so that a run can be
            repeated.

    Returns:
        New array of the same shape. Pixels may leave [0, 1]: the noise is not
        clipped, because its mean would then not be 0 where an image is black or white.

    Source: slides 'Useful Tricks', 2; both real and fake images get noise.
    """
    return images + std * rng.normal(size=np.shape(images))


def soft_labels(labels, rng):
    """Noisy targets for the discriminator: real U(0.7, 1.2), fake U(0.0, 0.3).

    U(a, b) is the uniform distribution between a and b.

    Args:
        labels: float array (n, 1), 1 for real and 0 for fake, in any order. It is not
            changed.
        rng: ``numpy.random.Generator`` that draws all targets, so that a run can be
            repeated.

    Returns:
        New array (n, 1), each entry drawn independently. With targets above 1, binary
        cross-entropy is no longer a divergence; its gradient still pushes in the right direction.

    Source: slides 'Useful Tricks', 3.
    """
    labels = np.asarray(labels)
    real = rng.uniform(0.7, 1.2, size=labels.shape)
    fake = rng.uniform(0.0, 0.3, size=labels.shape)
    return np.where(labels == 1, real, fake)


def minimax_generator_loss(logits):
    """The generator's loss of the minimax game: log(1 - D), to be minimised.

    Args:
        logits: the discriminator's logits of fake images, real, shape (B, 1); D is their
            sigmoid.

    Returns:
        Scalar tensor in nats, at most 0: *mean* over the batch. Value and gradient are
        right in float32 at logits of 200 and -200 as well, where a sigmoid rounds to 1 or 0.

    Source: Goodfellow et al. 2014, equation 1. Its gradient has the factor D, which
        vanishes where the discriminator is sure that an image is fake.
    """
    return -ops.mean(ops.softplus(logits))


def non_saturating_generator_loss(logits):
    """The generator's loss with the target *real*: -log D, to be minimised.

    Args:
        logits: the discriminator's logits of fake images, real, shape (B, 1); D is their
            sigmoid.

    Returns:
        Scalar tensor in nats, at least 0: *mean* over the batch. Value and gradient are
        right in float32 at logits of 200 and -200 as well, where a sigmoid rounds to 1 or 0.

    Source: slide 'Update the Generator'; Goodfellow et al. 2014, section 3. Its gradient
        has the factor 1 - D, which is near 1 where the discriminator is sure that an image
        is fake.
    """
    return ops.mean(ops.softplus(-logits))


def generator_gradient_norm(generator, discriminator, latent, loss):
    """How strongly a loss pulls at the generator: global norm of its gradient.

    The measurement changes nothing: both models run in inference mode, and their weights
    stay as they are.

    Args:
        generator: model from latent vectors to images.
        discriminator: model from images to *logits* (B, 1).
        latent: one batch of latent vectors, shape (B, latent_dim).
        loss: function from logits (B, 1) to a scalar: the loss that the generator minimises.

    Returns:
        Scalar, at least 0: l2 norm of the gradient of the loss with respect to *all*
        trainable weights of the generator, joined to one vector.

    Source: slide 'Discriminator Shouldn't Be Too Good': the gradient is near zero.
    """
    with tf.GradientTape() as tape:
        images = generator(latent, training=False)
        value = loss(discriminator(images, training=False))
    gradients = tape.gradient(value, generator.trainable_variables)
    return ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))
