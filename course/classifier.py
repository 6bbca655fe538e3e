"""A small classifier of digits, which judges samples without bias (lectures 07 to 09)."""

import course.backend  # noqa: F401 -- imports TensorFlow quietly, before Keras

import keras
import numpy as np
from keras import layers

__all__ = ["build_classifier", "read_digits"]


def build_classifier() -> keras.Model:
    """Two convolutions with pooling and two dense layers; 220,234 parameters.

    Returns:
        ``keras.Model`` from images (B, 28, 28, 1) in [0, 1] to a list: features (B, 64),
        at least 0, and probabilities of the ten digits (B, 10).
    """
    images = keras.Input((28, 28, 1), name="images")
    x = layers.Conv2D(32, 3, padding="same", activation="relu", name="conv1")(images)
    x = layers.MaxPooling2D(name="pool1")(x)  # (B, 14, 14, 32)
    x = layers.Conv2D(64, 3, padding="same", activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(name="pool2")(x)  # (B, 7, 7, 64)
    x = layers.Flatten(name="flat")(x)
    features = layers.Dense(64, activation="relu", name="features")(x)
    x = layers.Dropout(0.5, name="dropout")(features)
    probabilities = layers.Dense(10, activation="softmax", name="probabilities")(x)
    return keras.Model(images, [features, probabilities], name="classifier")


def read_digits(
    classifier: keras.Model, images: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a classifier reads in images.

    Args:
        classifier: trained model from ``build_classifier``.
        images: in [0, 1], shape (n, 28, 28, 1).

    Returns:
        Features (n, 64), the digit that the classifier reads in each image (n,), and the
        probability that it gives to this digit (n,): its confidence.
    """
    features, probabilities = classifier.predict(images, batch_size=500, verbose=0)
    return features, probabilities.argmax(axis=1), probabilities.max(axis=1)
