"""Parts of both updates, right and wrong."""

import keras
import tensorflow as tf
from keras import ops

__all__ = ["mean", "of_logits", "squared", "summed", "update"]


def mean(y, outputs):
    """The right loss of both steps."""
    return ops.mean(keras.losses.binary_crossentropy(y, outputs))


def summed(y, outputs):
    """The same loss, summed over the images instead of averaged."""
    return ops.sum(keras.losses.binary_crossentropy(y, outputs))


def of_logits(y, outputs):
    """The same loss, with the outputs read as logits instead of probabilities."""
    return ops.mean(keras.losses.binary_crossentropy(y, outputs, from_logits=True))


def squared(y, outputs):
    """The squared error, the loss of a least-squares GAN."""
    return ops.mean(ops.square(y - outputs))


def update(loss_of, networks, optimizer, sign=1, apply=True, again=False):
    """Update by the gradient of ``loss_of()``.

    Returns:
        The loss before the update; with ``again``, the loss after it.
    """
    variables = [v for network in networks for v in network.trainable_variables]
    with tf.GradientTape() as tape:
        loss = loss_of()
    gradients = [sign * gradient for gradient in tape.gradient(loss, variables)]
    if apply:
        optimizer.apply_gradients(zip(gradients, variables))
    return loss_of() if again else loss
