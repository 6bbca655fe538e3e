"""Tensors to hand to a function, and the gradient that comes back through it."""

import keras
import tensorflow as tf

__all__ = ["gradient", "tensor"]


def tensor(values):
    """Values in the type of new networks: float32, unless a cell has set another."""
    return tf.constant(values, dtype=keras.config.dtype_policy().variable_dtype)


def gradient(function, at):
    """Gradient of the sum of what ``function`` returns, or a text that says why there is none.

    Args:
        function: of one tensor.
        at: the tensor.

    Returns:
        Tensor of the shape of ``at``, or text.
    """
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = function(at)
        if not tf.is_tensor(value):
            return f"none: a {type(value).__name__} came back, through which no gradient passes"
    found = tape.gradient(value, at)
    if found is None:
        return "none: no gradient reaches it"
    return tf.convert_to_tensor(found)  # Through tf.gather it comes as IndexedSlices.
