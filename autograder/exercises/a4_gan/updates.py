"""What both updates are made of, right and wrong."""

import keras
import tensorflow as tf
from keras import ops

__all__ = ["mean", "of_logits", "squared", "summed", "update"]


def mean(y, opinions):
    """The right loss of both steps."""
    return ops.mean(keras.losses.binary_crossentropy(y, opinions))


def summed(y, opinions):
    """The same without its mean over the images."""
    return ops.sum(keras.losses.binary_crossentropy(y, opinions))


def of_logits(y, opinions):
    """The same of opinions that are no probabilities."""
    return ops.mean(keras.losses.binary_crossentropy(y, opinions, from_logits=True))


def squared(y, opinions):
    """The loss of another kind of GAN."""
    return ops.mean(ops.square(y - opinions))


def update(loss_of, networks, optimizer, sign=1, apply=True, again=False):
    """One update by the gradient of ``loss_of()``; the loss before it, or again after."""
    variables = [v for network in networks for v in network.trainable_variables]
    with tf.GradientTape() as tape:
        loss = loss_of()
    gradients = [sign * gradient for gradient in tape.gradient(loss, variables)]
    if apply:
        optimizer.apply_gradients(zip(gradients, variables))
    return loss_of() if again else loss
