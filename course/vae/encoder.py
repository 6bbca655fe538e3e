"""The encoder: from an image to the mean and log variance of its code (lecture 02)."""

import keras
from keras import layers

__all__ = ["build_encoder"]


def build_encoder(latent_dim):
    """Network q(z|x): from images to the Gaussian that each image's code is drawn from.

    Four 3x3 convolutions with 'same' padding and relu (32, 64, 64, 64 filters, the
    second with stride 2), flattened for a dense layer of 32 units with relu, and two
    linear dense layers of ``latent_dim`` units side by side.

    Args:
        latent_dim: number k of latent dimensions, a positive integer.

    Returns:
        ``keras.Model`` from images (B, 28, 28, 1) in [0, 1] to ``[mu, log_var]``, each
        (B, k): mean and *log variance*, unbounded.

    Source: slides '1. The Encoder Network'.
    Deviation: the slide feeds ``enc_conv4`` from ``enc_conv_out2``, which leaves
        ``enc_conv3`` unused; here the four convolutions form one chain.
    """
    images = keras.Input(shape=(28, 28, 1), name="images")  # (B, 28, 28, 1)
    x = layers.Conv2D(32, 3, padding="same", activation="relu", name="enc_conv1")(images)
    x = layers.Conv2D(64, 3, strides=2, padding="same", activation="relu", name="enc_conv2")(x)
    x = layers.Conv2D(64, 3, padding="same", activation="relu", name="enc_conv3")(x)
    x = layers.Conv2D(64, 3, padding="same", activation="relu", name="enc_conv4")(x)
    x = layers.Flatten(name="enc_flat")(x)  # (B, 14 * 14 * 64)
    x = layers.Dense(32, activation="relu", name="enc_dense")(x)  # (B, 32)
    mu = layers.Dense(latent_dim, name="mu")(x)  # (B, k)
    log_var = layers.Dense(latent_dim, name="log_var")(x)  # (B, k)
    return keras.Model(inputs=images, outputs=[mu, log_var], name="encoder")
