"""The two updates of a GAN, spelled out (lecture 07)."""

import keras
import tensorflow as tf
from keras import ops

__all__ = ["discriminator_batch", "discriminator_step", "generator_step", "lecture_optimizers"]


def discriminator_batch(real_images, fake_images):
    """One batch for the discriminator: real and fake images, and which is which.

    Args:
        real_images: shape (B, 28, 28, 1), in [0, 1].
        fake_images: as many, of the same shape.

    Returns:
        Images (2B, 28, 28, 1), the real ones first, and targets (2B, 1): 1 for real, 0 for
        fake.

    Source: slides 'Update the Discriminator'.
    """
    x = ops.concatenate([real_images, fake_images], axis=0)  # (2B, 28, 28, 1)
    y = ops.concatenate([ops.ones((len(real_images), 1)), ops.zeros((len(fake_images), 1))], axis=0)
    return x, y  # (2B, 1)


def discriminator_step(generator, discriminator, optimizer, real_images, latent):
    """One update of the discriminator, and of nothing else.

    Args:
        generator: model from latent vectors to images (B, 28, 28, 1); it makes the fake
            images in *inference* mode, and does not change.
        discriminator: model from images to the probability of being real (B, 1); it learns
            in *training* mode, from the ``discriminator_batch`` of both kinds.
        optimizer: ``keras.optimizers.Optimizer`` for the discriminator's weights.
        real_images: one batch in [0, 1], shape (B, 28, 28, 1).
        latent: as many latent vectors, shape (B, 100).

    Returns:
        Scalar tensor in nats: binary cross-entropy of the discriminator on both kinds of
        images, *mean* over all 2B, before the update.

    Source: slides 'Update the Discriminator'.
    Deviation: the slide toggles ``trainable`` and calls ``train_on_batch``; here a list
        of the weights to update does the same, and there is no switch to set in time.
    """
    fake_images = generator(latent, training=False)  # As predict does on the slide.
    x, y = discriminator_batch(real_images, fake_images)
    with tf.GradientTape() as tape:
        loss = ops.mean(keras.losses.binary_crossentropy(y, discriminator(x, training=True)))
    weights = discriminator.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss


def generator_step(generator, discriminator, optimizer, latent):
    """One update of the generator, and of nothing else.

    Args:
        generator: model from latent vectors to images (B, 28, 28, 1), in *training* mode.
        discriminator: model from images to the probability of being real (B, 1), in
            *training* mode as well; its weights do not change.
        optimizer: ``keras.optimizers.Optimizer`` for the generator's weights.
        latent: one batch of latent vectors, shape (B, 100).

    Returns:
        Scalar tensor in nats: binary cross-entropy of the discriminator on the fake images
        with the target *real*, *mean* over the batch, before the update.

    Source: slides 'Update the Generator'; the modes are those of ``gan.train_on_batch``.
    """
    with tf.GradientTape() as tape:
        opinions = discriminator(generator(latent, training=True), training=True)  # (B, 1)
        loss = ops.mean(keras.losses.binary_crossentropy(ops.ones_like(opinions), opinions))
    weights = generator.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss


def lecture_optimizers():
    """The optimisers of the slides.

    Returns:
        Two ``keras.optimizers.RMSprop``: the discriminator's with rate 2e-4, the
        generator's with 1e-4.

    Source: slides 'Update the Discriminator' and 'Update the Generator'. Keras 2 wrote
        ``lr`` and ``decay``; ``decay`` is a schedule now.
    """
    decayed = keras.optimizers.schedules.InverseTimeDecay
    return (
        keras.optimizers.RMSprop(decayed(2e-4, decay_steps=1, decay_rate=6e-8)),
        keras.optimizers.RMSprop(decayed(1e-4, decay_steps=1, decay_rate=3e-8)),
    )
