"""The lecture's own training loop, ported to Keras 3 (lecture 07).

``train_on_batch``, ``predict`` and a toggled ``trainable``, line by line as on the slide.
``course.gan.training`` and ``course.gan.model`` do the same updates with lists of weights.
"""

import keras
import numpy as np

from course.gan.training import discriminator_batch, lecture_optimizers

__all__ = ["compile_networks", "lecture_step"]


def compile_networks(generator, discriminator, optimizers=None):
    """Compile the discriminator, then the generator with the discriminator frozen behind it.

    Args:
        generator: model from latent vectors (B, latent_dim) to images.
        discriminator: model from images to the probability of being real (B, 1); it is
            compiled, and left frozen.
        optimizers: one for the discriminator and one for the generator, or None for
            those of the slides.

    Returns:
        ``keras.Model`` from latent vectors to opinions (B, 1), compiled: training it trains
        the generator.

    Source: slides 'Update the Discriminator' and 'Update the Generator'.
    Deviation: ``jit_compile`` is off, since XLA on a CPU made this step 35 times slower.
        Metrics are left out.
    """
    discriminator_optimizer, gan_optimizer = optimizers or lecture_optimizers()
    discriminator.trainable = True
    discriminator.compile(discriminator_optimizer, "binary_crossentropy", jit_compile=False)
    discriminator.trainable = False
    gan_input = keras.Input(shape=generator.input_shape[1:], name="gan_input")
    gan = keras.Model(gan_input, discriminator(generator(gan_input)), name="gan")
    gan.compile(gan_optimizer, "binary_crossentropy", jit_compile=False)
    return gan


def lecture_step(generator, discriminator, gan, images_real, latent_vecs, more_latent_vecs):
    """One turn of the slide's loop: the discriminator's update, then the generator's.

    Args:
        generator, discriminator: the networks.
        gan: what ``compile_networks`` returns.
        images_real: one batch of real images, shape (B, 28, 28, 1).
        latent_vecs: latent vectors of the discriminator's fakes, shape (B, latent_dim).
        more_latent_vecs: latent vectors of the generator's update, same shape.

    Returns:
        Two floats in nats, each before its update: the discriminator's loss, *mean* over
        2B images, and the generator's, *mean* over B.

    Source: slide 'Summary of Training'.
    Deviation: the slide draws batch and latent vectors itself; here they are arguments, so
        that two ways to train can be compared on the same data.
    """
    # train the discriminator
    discriminator.trainable = True
    images_fake = generator.predict(latent_vecs, verbose=0)
    x, y = discriminator_batch(images_real, images_fake)
    d_loss = discriminator.train_on_batch(x, y)

    # train the generator
    discriminator.trainable = False
    fake_targets = np.ones((len(more_latent_vecs), 1))  # pretend the images are real
    a_loss = gan.train_on_batch(more_latent_vecs, fake_targets)
    return float(d_loss), float(a_loss)
