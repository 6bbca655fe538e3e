"""Tensors to pass to a function, and the gradient with respect to them."""

from collections.abc import Callable

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

__all__ = ["gradient", "network_dtype", "tensor"]


def network_dtype() -> str:
    """Name of the dtype of new networks: float32, unless a cell has set another."""
    dtype: str = keras.config.dtype_policy().variable_dtype
    return dtype


def tensor(values: ArrayLike) -> tf.Tensor:
    """Values as a tensor of the dtype of new networks."""
    return tf.constant(values, dtype=network_dtype())


def gradient(function: Callable[[tf.Tensor], object], at: tf.Tensor) -> tf.Tensor | str:
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
            return f"none: got a {type(value).__name__}, and no gradient passes through it"
    found = tape.gradient(value, at)
    if found is None:
        return "none: no gradient reaches it"
    return tf.convert_to_tensor(found)  # tf.gather returns IndexedSlices.
