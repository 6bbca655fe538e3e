"""The generator: from a latent vector to an image (lecture 06)."""

import keras
from keras import layers

__all__ = ["LATENT_DIM", "build_generator"]

LATENT_DIM = 100


def build_generator():
    """The forger: from latent vectors to images.

    A dense layer of 7 * 7 * 256 units, batch normalization, relu, dropout of 0.4 and a
    reshape to (7, 7, 256). Then transposed 5x5 convolutions with stride 1 and 'same'
    padding: to 128 and to 64 channels, each after an upsampling by 2 that repeats pixels,
    and to 32; all three are followed by batch normalization and relu. The last one, to 1
    channel, ends in sigmoid. All batch normalizations have momentum 0.9 and
    Keras' own epsilon.

    Returns:
        ``keras.Model`` from latent vectors (B, 100), uniform in [-1, 1], to images
        (B, 28, 28, 1) in [0, 1]; 2,394,241 parameters, of which 25,536 are not trainable.

    Source: slides 'Generator: From Vector to Image'.
    Deviation: the slide's model names its output ``conv5``; the tensor is called ``convt5``.
    """
    latent = keras.Input(shape=(LATENT_DIM,), name="input_vec")  # (B, 100)
    x = layers.Dense(7 * 7 * 256, name="dense1")(latent)
    x = layers.BatchNormalization(momentum=0.9, name="bn1")(x)
    x = layers.Activation("relu", name="act1")(x)
    x = layers.Dropout(0.4, name="dropout1")(x)
    x = layers.Reshape((7, 7, 256), name="reshape1")(x)  # (B, 7, 7, 256)
    x = layers.UpSampling2D(name="upsampling2")(x)  # (B, 14, 14, 256)
    x = layers.Conv2DTranspose(128, 5, padding="same", name="convt2")(x)
    x = layers.BatchNormalization(momentum=0.9, name="bn2")(x)
    x = layers.Activation("relu", name="act2")(x)
    x = layers.UpSampling2D(name="upsampling3")(x)  # (B, 28, 28, 128)
    x = layers.Conv2DTranspose(64, 5, padding="same", name="convt3")(x)
    x = layers.BatchNormalization(momentum=0.9, name="bn3")(x)
    x = layers.Activation("relu", name="act3")(x)
    x = layers.Conv2DTranspose(32, 5, padding="same", name="convt4")(x)  # (B, 28, 28, 32)
    x = layers.BatchNormalization(momentum=0.9, name="bn4")(x)
    x = layers.Activation("relu", name="act4")(x)
    images = layers.Conv2DTranspose(1, 5, padding="same", activation="sigmoid", name="convt5")(x)
    return keras.Model(inputs=latent, outputs=images, name="generator")
