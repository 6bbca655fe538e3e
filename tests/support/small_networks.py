"""Small networks for tests of training, and their gradients and weights."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def small_networks(dropout=0.0):
    """A generator and a discriminator of 14 x 14 images, with every kind of layer."""
    latent = keras.Input((5,))
    x = layers.Dense(7 * 7 * 2)(latent)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Activation("relu")(x)
    x = layers.Dropout(dropout)(x)
    x = layers.Reshape((7, 7, 2))(x)
    x = layers.UpSampling2D()(x)
    x = layers.Conv2DTranspose(1, 5, padding="same", activation="sigmoid")(x)
    generator = keras.Model(latent, x)
    images = keras.Input((14, 14, 1))
    x = layers.Conv2D(4, 5, strides=2, padding="same")(images)
    x = layers.LeakyReLU(negative_slope=0.2)(x)
    x = layers.Dropout(dropout)(x)
    x = layers.Dense(1, activation="sigmoid")(layers.Flatten()(x))
    return generator, keras.Model(images, x)


def twin_of(networks, build):
    """Networks of their own with the same weights."""
    twins = build()
    for twin, network in zip(twins, networks):
        twin.set_weights(network.get_weights())
    return twins


def assert_same_weights(networks, others, tolerance):
    """Every array of weights agrees."""
    for network, other in zip(networks, others):
        for mine, theirs in zip(network.get_weights(), other.get_weights()):
            np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)


def sigmoid(numbers):
    """The logistic function."""
    return 1 / (1 + np.exp(-numbers))


def gradients_of(network, images, weights):
    """Slopes of a sum with uneven weights, with respect to images and to all weights."""
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(weights * network(images))
    return tape.gradient(total, [images, *network.trainable_variables])
