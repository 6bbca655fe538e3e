"""A VAE for small colour pictures: larger networks, the same losses and training (lecture 05)."""

import keras
from keras import layers

__all__ = ["build_face_decoder", "build_face_encoder"]


def build_face_encoder(latent_dim: int) -> keras.Model:
    """Network q(z|x) for pictures of 32 x 32 pixels in colour.

    Three 3x3 convolutions of 32, 64 and 128 channels, each with stride 2 and relu, then
    256 units with relu.

    Args:
        latent_dim: number k of latent dimensions, a positive integer.

    Returns:
        ``keras.Model`` from images (B, 32, 32, 3) in [0, 1] to ``[mu, log_var]``, each
        (B, k).
    """
    images = keras.Input(shape=(32, 32, 3), name="images")
    x = images
    for number, channels in enumerate((32, 64, 128), start=1):
        x = layers.Conv2D(
            channels, 3, strides=2, padding="same", activation="relu", name=f"enc_conv{number}"
        )(x)
    x = layers.Flatten(name="enc_flatten")(x)  # (B, 2048)
    x = layers.Dense(256, activation="relu", name="enc_dense")(x)
    mu = layers.Dense(latent_dim, name="mu")(x)
    log_var = layers.Dense(latent_dim, name="log_var")(x)
    return keras.Model(inputs=images, outputs=[mu, log_var], name="face_encoder")


def build_face_decoder(latent_dim: int) -> keras.Model:
    """Network p(x|z) for pictures of 32 x 32 pixels in colour.

    256 and 2,048 units with relu, then transposed 4x4 convolutions of 64 and 32 channels
    with stride 2 and relu, and one of 3 channels with stride 2 and sigmoid.

    Args:
        latent_dim: number k of latent dimensions, a positive integer.

    Returns:
        ``keras.Model`` from codes (B, k) to images (B, 32, 32, 3) in [0, 1].
    """
    z = keras.Input(shape=(latent_dim,), name="z")
    x = layers.Dense(256, activation="relu", name="dec_dense1")(z)
    x = layers.Dense(4 * 4 * 128, activation="relu", name="dec_dense2")(x)
    x = layers.Reshape((4, 4, 128), name="dec_reshape")(x)
    for number, channels in enumerate((64, 32), start=1):
        x = layers.Conv2DTranspose(
            channels, 4, strides=2, padding="same", activation="relu", name=f"dec_conv{number}"
        )(x)
    images = layers.Conv2DTranspose(
        3, 4, strides=2, padding="same", activation="sigmoid", name="dec_conv3"
    )(x)
    return keras.Model(inputs=z, outputs=images, name="face_decoder")
