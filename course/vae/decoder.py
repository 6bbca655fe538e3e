"""The decoder: from a code back to an image (lecture 02)."""

import keras
from keras import layers

__all__ = ["build_decoder"]


def build_decoder(latent_dim):
    """Network p(x|z): from codes to images.

    Dense layers of 32 and 14 * 14 * 64 units with relu, a reshape to (14, 14, 64), a
    transposed 3x3 convolution to 32 channels with stride 2 and relu, and a 3x3
    convolution to 1 channel with sigmoid; both convolutions with 'same' padding.

    Args:
        latent_dim: number k of latent dimensions, a positive integer.

    Returns:
        ``keras.Model`` from codes (B, k) to images (B, 28, 28, 1) in [0, 1]: the
        probability of each pixel being on.

    Source: slides '3. The Decoder Network'.
    Deviation: the slide ends in relu, but cross-entropy needs probabilities: sigmoid.
    """
    z = keras.Input(shape=(latent_dim,), name="z")  # (B, k)
    x = layers.Dense(32, activation="relu", name="dec_dense1")(z)  # (B, 32)
    x = layers.Dense(14 * 14 * 64, activation="relu", name="dec_dense2")(x)
    x = layers.Reshape((14, 14, 64), name="dec_reshape")(x)  # (B, 14, 14, 64)
    x = layers.Conv2DTranspose(
        32, 3, strides=2, padding="same", activation="relu", name="dec_conv1"
    )(x)  # (B, 28, 28, 32)
    images = layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="gen_img")(x)
    return keras.Model(inputs=z, outputs=images, name="decoder")
