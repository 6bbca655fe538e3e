"""A small GAN of digits, which trains in minutes instead of hours (lectures 08 and 09)."""

import keras
from keras import layers

from course.gan.model import GAN
from course.gan.recipes import Recipe
from course.gan.ring import maybe_batch_norm, maybe_spectral_norm

__all__ = ["DIGIT_RECIPE", "digit_gan"]

LATENT_DIM = 100
# The lecture's optimiser and latent distribution, and the dropout of its discriminator.
DIGIT_RECIPE = Recipe(dropout=0.4)


def digit_gan(recipe: Recipe = DIGIT_RECIPE, seed: int = 0) -> GAN:
    """A GAN of the lecture's two networks with fewer layers and channels.

    The generator has a dense layer to (7, 7, 64), then, each after an upsampling, transposed
    5x5 convolutions to 32 and to 1 channel, with batch normalization and relu between them
    and sigmoid at the end. The discriminator has 5x5 convolutions with stride 2 to 32 and 64
    channels, times ``recipe.capacity``, with leaky relu, then a dense layer with sigmoid, and
    the other layers that the recipe asks for.

    Args:
        recipe: ``course.gan.recipes.Recipe``.
        seed: integer that also fixes the initial weights: one seed gives one run.

    Returns:
        ``course.gan.model.GAN``; latent vectors have 100 entries, images are (28, 28, 1).
    """
    keras.utils.set_random_seed(seed)
    latent = keras.Input((LATENT_DIM,))
    x = layers.Dense(7 * 7 * 64)(latent)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Activation("relu")(x)
    x = layers.Reshape((7, 7, 64))(x)  # (B, 7, 7, 64)
    x = layers.UpSampling2D()(x)
    x = layers.Conv2DTranspose(32, 5, padding="same")(x)  # (B, 14, 14, 32)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Activation("relu")(x)
    x = layers.UpSampling2D()(x)
    fakes = layers.Conv2DTranspose(1, 5, padding="same", activation="sigmoid")(x)
    generator = keras.Model(latent, fakes, name="generator")
    images = x = keras.Input((28, 28, 1))
    for channels in (32, 64):
        filters = max(1, round(channels * recipe.capacity))
        x = maybe_spectral_norm(layers.Conv2D(filters, 5, strides=2, padding="same"), recipe)(x)
        x = maybe_batch_norm(x, recipe)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
        x = layers.Dropout(recipe.dropout)(x) if recipe.dropout else x
    x = layers.Flatten()(x)  # (B, 3136) at capacity 1
    real = layers.Dense(1, activation="sigmoid")(x)
    return GAN(generator, keras.Model(images, real, name="discriminator"), recipe, seed)
