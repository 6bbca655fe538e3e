"""Right answers to assignment a3_latent_space, as students with different habits write them.

Each class is one student. ``STYLES`` lists their functions by exercise.
"""

import itertools

import keras
import numpy as np
import tensorflow as tf
from keras import ops

__all__ = ["STYLES"]


class PurePython:
    """Learnt Python before NumPy: uses loops and lists."""

    def code_grid(n, limit):
        """Two loops, the second coordinate outside."""
        grid = []
        for row in range(n):
            for column in range(n):
                grid.append(
                    [-limit + 2 * limit * column / (n - 1), -limit + 2 * limit * row / (n - 1)]
                )
        return grid

    def interpolate_codes(start, end, steps):
        """A list comprehension over shares."""
        return [
            [a + (b - a) * step / (steps - 1) for a, b in zip(start, end)] for step in range(steps)
        ]

    def average_image(decoder, codes):
        """The mean by hand, one entry at a time."""
        k = len(codes[0])
        mean = [sum(float(code[j]) for code in codes) / len(codes) for j in range(k)]
        return decoder(np.array([mean]))[0]

    def attribute_vector(codes, has_attribute):
        """Two lists of codes."""
        with_it = [code for code, has in zip(codes, has_attribute) if has]
        without = [code for code, has in zip(codes, has_attribute) if not has]
        if len(with_it) == 0 or len(without) == 0:
            raise ValueError("empty group")
        return sum(with_it) / len(with_it) - sum(without) / len(without)

    def edit_codes(code, direction, strengths):
        """A list of arrays."""
        return [code + s * direction for s in strengths]


class NumPyUser:
    """Knows a NumPy function for everything."""

    def code_grid(n, limit):
        """mgrid with an imaginary step."""
        second, first = np.mgrid[-limit : limit : n * 1j, -limit : limit : n * 1j]
        return np.c_[first.flat, second.flat]

    def interpolate_codes(start, end, steps):
        """linspace takes arrays."""
        return np.linspace(start, end, steps)

    def average_image(decoder, codes):
        """reshape instead of keepdims, predict_on_batch instead of a call."""
        return decoder.predict_on_batch(np.average(codes, axis=0).reshape(1, -1))[0]

    def attribute_vector(codes, has_attribute):
        """Weights instead of groups."""
        weights = np.where(has_attribute, 1.0, 0.0)
        if weights.sum() in (0, len(weights)):
            raise ValueError
        return weights @ codes / weights.sum() - (1 - weights) @ codes / (1 - weights).sum()

    def edit_codes(code, direction, strengths):
        """An index that makes a column."""
        return code + strengths[:, None] * direction


class TensorFlowUser:
    """Writes everything in tf."""

    def code_grid(n, limit):
        """meshgrid and stack."""
        line = tf.linspace(-limit, limit, n)
        return tf.stack([tf.reshape(part, [-1]) for part in tf.meshgrid(line, line)], axis=1)

    def interpolate_codes(start, end, steps):
        """Broadcasting, float32."""
        start, end = tf.cast(start, tf.float32), tf.cast(end, tf.float32)
        return start + tf.linspace(0.0, 1.0, steps)[:, None] * (end - start)

    def average_image(decoder, codes):
        """reduce_mean, squeeze of the batch axis alone."""
        return tf.squeeze(decoder(tf.reduce_mean(codes, axis=0, keepdims=True)), axis=0)

    def attribute_vector(codes, has_attribute):
        """boolean_mask."""
        parts = [tf.boolean_mask(codes, has) for has in (has_attribute, ~has_attribute)]
        if any(len(part) == 0 for part in parts):
            raise ValueError("no such images")
        return tf.reduce_mean(parts[0], 0) - tf.reduce_mean(parts[1], 0)

    def edit_codes(code, direction, strengths):
        """tensordot."""
        moves = tf.tensordot(tf.cast(strengths, tf.float64), tf.cast(direction, tf.float64), 0)
        return tf.cast(code, tf.float64) + moves


class KerasUser:
    """Uses keras.ops, and itertools where that is shorter."""

    def code_grid(n, limit):
        """product, reversed."""
        line = np.linspace(-limit, limit, n)
        return np.array([(first, second) for second, first in itertools.product(line, line)])

    def interpolate_codes(start, end, steps):
        """ops.linspace."""
        return ops.linspace(ops.convert_to_tensor(start), ops.convert_to_tensor(end), steps)

    def average_image(decoder, codes):
        """ops.mean and expand_dims, then the tensor's own numpy."""
        mean = ops.expand_dims(ops.mean(codes, axis=0), 0)
        return decoder(mean).numpy()[0]

    def attribute_vector(codes, has_attribute):
        """Indices of both groups."""
        (yes,), (no,) = np.nonzero(has_attribute), np.nonzero(np.logical_not(has_attribute))
        if min(len(yes), len(no)) == 0:
            raise ValueError("both groups are needed")
        return ops.mean(ops.take(codes, yes, axis=0), 0) - ops.mean(ops.take(codes, no, axis=0), 0)

    def edit_codes(code, direction, strengths):
        """A column times a row."""
        column = keras.ops.reshape(np.asarray(strengths, dtype="float64"), (-1, 1))
        return code[None, :] + column * direction[None, :]


class Careful:
    """Allocates first, fills in place, converts types, and asserts on the way."""

    def code_grid(n, limit):
        """Indices by divmod."""
        grid = np.empty((n * n, 2), dtype=np.float32)
        for number in range(n * n):
            row, column = divmod(number, n)
            grid[number] = column, row
        return grid * 2 * limit / (n - 1) - limit

    def interpolate_codes(start, end, steps):
        """One column a dimension."""
        codes = np.zeros((steps, len(start)))
        for j in range(len(start)):
            codes[:, j] = np.linspace(start[j], end[j], num=steps, endpoint=True)
        return codes

    def average_image(decoder, codes):
        """Newaxis, and the batch unpacked."""
        mean = np.mean(np.asarray(codes, dtype=np.float32), axis=0)
        (image,) = decoder(mean[np.newaxis])
        return image

    def attribute_vector(codes, has_attribute):
        """Counts first."""
        count = np.count_nonzero(has_attribute)
        if count == 0 or count == has_attribute.size:
            raise ValueError(f"{count} of {has_attribute.size} images show it")
        total, with_it = codes.sum(axis=0), codes[has_attribute == 1].sum(axis=0)
        return with_it / count - (total - with_it) / (len(codes) - count)

    def edit_codes(code, direction, strengths):
        """einsum into a tiled copy."""
        edited = np.tile(code, (len(strengths), 1))
        edited += np.einsum("i,j->ij", strengths, direction)
        return edited


STUDENTS = (Careful, PurePython, NumPyUser, TensorFlowUser, KerasUser)
STYLES = {
    exercise: [vars(student)[exercise] for student in STUDENTS]
    for exercise in (
        "code_grid",
        "interpolate_codes",
        "average_image",
        "attribute_vector",
        "edit_codes",
    )
}
