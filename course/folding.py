"""The same network with less arithmetic: upsampling and convolution folded into one.

Nearest-neighbour upsampling doubles every pixel: u[m] = x[m // 2]. A transposed 5x5
convolution with stride 1, y[m] = sum of w[k] u[m + 2 - k], then multiplies the same pixel by
several entries of its kernel. Along one axis, the two outputs that stem from pixel i are

    y[2i]     =  w0       x[i+1] + (w1 + w2) x[i] + (w3 + w4) x[i-1]
    y[2i + 1] = (w0 + w1) x[i+1] + (w2 + w3) x[i] +  w4       x[i-1]

so each phase is a transposed convolution of the *small* image with a kernel of 3 entries. In
two dimensions there are four phases: one 3x3 kernel with four times the channels, which are
then laid out as 2x2 pixels. That is 36 multiplications for four outputs instead of 100, and
exact: the zeros beyond the border stay zeros. The kernel is folded anew in each step from
the 5x5 one, which stays the only parameter, and gradients pass through the folding.

A convolution to one channel is little arithmetic, but of a shape that libraries are slow at. It
is a matrix product at each pixel, to one number for each entry of the kernel, and a sum of
these numbers, each taken from where its entry lies.

What lies between the convolutions costs more than it must as well. Keras computes batch
normalization in a dozen passes over the data, where TensorFlow has one operation for it, and
draws a dropout from a float32 number an entry, where 16 random bits are enough.
"""

import keras
import numpy as np
import tensorflow as tf

__all__ = ["fold"]

# PHASES[a, entry, k] is 1 where entry k of the kernel goes into that of the small one, phase a.
PHASES = np.array(
    [
        [[1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]],
        [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]],
    ],
    dtype="float32",
)


def fold(network):
    """The same function with the same weights, computed with less arithmetic.

    Args:
        network: Functional ``keras.Model`` whose layers form a chain.

    Returns:
        ``keras.Model`` that shares every variable with ``network``: training one trains the
        other. In it each ``UpSampling2D`` by 2 before a 5x5 ``Conv2DTranspose`` with stride
        1 and 'same' padding is folded; convolutions to one channel, batch normalization and
        dropout are computed in faster ways, biases of transposed convolutions in one that
        stands bfloat16. Dropout draws other entries than its layer would, at a rate that is
        rounded to a multiple of 2**-16.

    Raises:
        ValueError: if the network is no chain.
    """
    x = network.input
    chain = network.layers[1:]
    if any(layer.input is not before.output for before, layer in zip(network.layers, chain)):
        raise ValueError(f"fold: {network.name} is no chain of layers; fold its parts instead")
    for before, layer, after in zip([None, *chain], chain, [*chain[1:], None]):
        if _folds(layer, after):
            continue
        if _folds(before, layer):
            layer = _FoldedConv2DTranspose(layer, name=f"{layer.name}_folded")
        elif _has_one_channel(layer):
            layer = _OneChannel(layer, name=f"{layer.name}_one_channel")
        elif type(layer) in LEANER:
            layer = LEANER[type(layer)](layer, name=f"{layer.name}_lean")
        x = layer(x)
    return keras.Model(network.input, x, name=network.name)


def _folds(before, after):
    return (
        isinstance(before, keras.layers.UpSampling2D)
        and isinstance(after, keras.layers.Conv2DTranspose)
        and (tuple(before.size), before.interpolation) == ((2, 2), "nearest")
        and (tuple(after.kernel_size), tuple(after.strides)) == ((5, 5), (1, 1))
        and after.padding == "same"
    )


def _has_one_channel(layer):
    return (
        type(layer) in (keras.layers.Conv2D, keras.layers.Conv2DTranspose)
        and (layer.filters, layer.padding) == (1, "same")
        and tuple(layer.strides) == tuple(layer.dilation_rate) == (1, 1)
        and all(size % 2 for size in layer.kernel_size)
    )


class _Twin(keras.layers.Layer):
    """What computes the function of ``plain`` from the variables of ``plain``.

    Products are taken in the dtype that arrives. Without autocast the variables come in
    float32: sums of kernel entries that were rounded to bfloat16 would be off by more than
    the products are.
    """

    def __init__(self, plain, **kwargs):
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.plain = plain
        self.built = True


class _FoldedConv2DTranspose(_Twin):
    """``plain`` after an upsampling by 2, from the image before the upsampling."""

    def call(self, x):
        kernel = tf.convert_to_tensor(self.plain.kernel)  # (5, 5, out, in)
        filters, channels = kernel.shape[2:]
        # One matrix product, after which nothing large has to be laid out anew.
        sums = np.einsum("apk,bql->pqabkl", PHASES, PHASES).reshape(36, 25)
        kernel = tf.matmul(sums, tf.reshape(kernel, (25, filters * channels)))
        kernel = tf.reshape(kernel, (3, 3, 4 * filters, channels))
        shape = tf.concat([tf.shape(x)[:-1], [4 * filters]], axis=0)
        y = tf.nn.conv2d_transpose(x, tf.cast(kernel, x.dtype), shape, strides=1)
        y = tf.nn.depth_to_space(y, 2)  # (B, 2 height, 2 width, out)
        return self.plain.activation(y + tf.cast(self.plain.bias, x.dtype))


class _OneChannel(_Twin):
    """``plain`` as products and a sum of shifted numbers; the sum is in float32."""

    def call(self, x):
        height, width = self.plain.kernel_size
        count, channels = height * width, x.shape[-1]
        kernel = tf.reshape(tf.convert_to_tensor(self.plain.kernel), (count, channels))
        y = tf.matmul(tf.reshape(x, (-1, channels)), tf.cast(kernel, x.dtype), transpose_b=True)
        y = tf.reshape(y, tf.concat([tf.shape(x)[:-1], [count]], axis=0))
        shifts = np.eye(count, dtype="float32").reshape(height, width, count, 1)
        if isinstance(self.plain, keras.layers.Conv2DTranspose):
            shifts = shifts[::-1, ::-1]  # The kernel turned by half a turn.
        y = tf.nn.conv2d(tf.cast(y, tf.float32), shifts.copy(), strides=1, padding="SAME")
        return self.plain.activation(y + self.plain.bias if self.plain.use_bias else y)


class _LeanConv2DTranspose(_Twin):
    """``plain``, its bias added by the operation whose gradient is a sum.

    That of TensorFlow's BiasAdd adds up in bfloat16, where a sum stops growing once it has
    eight bits: over the pixels of a batch it was off by 64 %, and slower.
    """

    def call(self, x):
        plain = self.plain
        y = keras.ops.conv_transpose(
            x,
            tf.cast(tf.convert_to_tensor(plain.kernel), x.dtype),
            strides=plain.strides,
            padding=plain.padding,
            output_padding=plain.output_padding,
            data_format=plain.data_format,
            dilation_rate=plain.dilation_rate,
        )
        return plain.activation(y + tf.cast(plain.bias, x.dtype) if plain.use_bias else y)


class _LeanBatchNormalization(_Twin):
    """``plain`` over the last axis in one operation, with statistics in float32."""

    def call(self, x, training=False):
        plain = self.plain
        learns = bool(training) and plain.trainable
        images = tf.reshape(x, (-1, 1, 1, x.shape[-1]))
        y, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            images,
            tf.convert_to_tensor(plain.gamma),
            tf.convert_to_tensor(plain.beta),
            None if learns else tf.convert_to_tensor(plain.moving_mean),
            None if learns else tf.convert_to_tensor(plain.moving_variance),
            epsilon=plain.epsilon,
            is_training=learns,
        )
        if learns:
            n = tf.cast(tf.shape(images)[0], tf.float32)
            variance *= (n - 1) / n  # The operation divides by n - 1, Keras by n.
            for moving, new in [(plain.moving_mean, mean), (plain.moving_variance, variance)]:
                moving.assign(plain.momentum * moving + (1 - plain.momentum) * new)
        return tf.reshape(y, tf.shape(x))


class _LeanDropout(_Twin):
    """``plain`` from 16 random bits an entry."""

    def call(self, x, training=False):
        if not training or not self.plain.rate:
            return x
        size = tf.size(x)
        seed = tf.cast(self.plain.seed_generator.next(), tf.int32)
        bits = tf.random.stateless_uniform(
            ((size + 1) // 2,), seed, minval=None, maxval=None, dtype=tf.uint32
        )
        drawn = tf.reshape(tf.bitcast(bits, tf.uint16), (-1,))[:size]
        keep = drawn >= tf.constant(round(2**16 * self.plain.rate), tf.uint16)
        scale = tf.cast(1 / (1 - self.plain.rate), x.dtype)
        return x * tf.reshape(tf.cast(keep, x.dtype), tf.shape(x)) * scale


LEANER = {
    keras.layers.Conv2DTranspose: _LeanConv2DTranspose,
    keras.layers.BatchNormalization: _LeanBatchNormalization,
    keras.layers.Dropout: _LeanDropout,
}
