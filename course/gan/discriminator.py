"""The discriminator: from an image to the probability that it is real (lecture 06)."""

import keras
from keras import layers

__all__ = ["build_discriminator"]


def build_discriminator():
    """The art dealer: from images to the probability that they are real.

    Four 5x5 convolutions with 'same' padding (64, 128, 256, 512 filters, the first three
    with stride 2), each followed by a leaky relu of negative slope 0.2 and a dropout of
    0.4; then, flattened, a dense layer of 1 unit with sigmoid.

    Returns:
        ``keras.Model`` from images (B, 28, 28, 1) in [0, 1] to probabilities (B, 1);
        4,311,553 parameters.

    Source: slides 'Discriminator: From Image to Binary'.
    """
    images = keras.Input(shape=(28, 28, 1), name="input_img")  # (B, 28, 28, 1)
    x = layers.Conv2D(64, 5, strides=2, padding="same", name="conv1")(images)  # (B, 14, 14, 64)
    x = layers.LeakyReLU(negative_slope=0.2, name="act1")(x)
    x = layers.Dropout(0.4, name="dropout1")(x)
    x = layers.Conv2D(128, 5, strides=2, padding="same", name="conv2")(x)  # (B, 7, 7, 128)
    x = layers.LeakyReLU(negative_slope=0.2, name="act2")(x)
    x = layers.Dropout(0.4, name="dropout2")(x)
    x = layers.Conv2D(256, 5, strides=2, padding="same", name="conv3")(x)  # (B, 4, 4, 256)
    x = layers.LeakyReLU(negative_slope=0.2, name="act3")(x)
    x = layers.Dropout(0.4, name="dropout3")(x)
    x = layers.Conv2D(512, 5, padding="same", name="conv4")(x)  # (B, 4, 4, 512)
    x = layers.LeakyReLU(negative_slope=0.2, name="act4")(x)
    x = layers.Dropout(0.4, name="dropout4")(x)
    x = layers.Flatten(name="flat5")(x)  # (B, 8192)
    real = layers.Dense(1, activation="sigmoid", name="dense5")(x)  # (B, 1)
    return keras.Model(inputs=images, outputs=real, name="discriminator")
