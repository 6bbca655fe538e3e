"""The same network with less arithmetic: upsampling and convolution folded into one.

Nearest-neighbour upsampling doubles every pixel: u[m] = x[m // 2]. A transposed 5x5
convolution with stride 1, y[m] = sum of w[k] u[m + 2 - k], then multiplies the same pixel by
several entries of its kernel. Along one axis, the two outputs that come from pixel i are

    y[2i]     =  w0       x[i+1] + (w1 + w2) x[i] + (w3 + w4) x[i-1]
    y[2i + 1] = (w0 + w1) x[i+1] + (w2 + w3) x[i] +  w4       x[i-1]

so each phase is a transposed convolution of the *small* image with a kernel of 3 entries. In
two dimensions there are four phases: one 3x3 kernel with four times the channels, which are
then arranged as 2x2 pixels. That is 36 multiplications for four outputs instead of 100, and
exact: the zeros beyond the border stay zeros. Each step folds the kernel again from the 5x5
kernel, which stays the only parameter, and gradients pass through the folding.

A convolution to one channel needs little arithmetic, but libraries are slow at its shape. Here
it is a matrix product at each pixel, which gives one number for each entry of the kernel, and
a sum of these numbers, each taken from the place of its entry.

The layers between the convolutions also cost more than necessary. Keras computes batch
normalization in a dozen passes over the data, where TensorFlow has one operation for it. For
dropout Keras draws a float32 number per entry, where 16 random bits are enough.
"""

import itertools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

__all__ = ["fold"]

# PHASES[a, entry, k] is 1 if entry k of the kernel is part of this entry of the small kernel of
# phase a.
PHASES = np.array(
    [
        [[1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]],
        [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]],
    ],
    dtype="float32",
)


def fold(network: keras.Model) -> keras.Model:
    """The same function with the same weights, computed with less arithmetic.

    Args:
        network: Functional ``keras.Model``.

    Returns:
        ``keras.Model`` that shares every variable with ``network``: training one trains the
        other. Each ``UpSampling2D`` by 2 before a 5x5 ``Conv2DTranspose`` with stride
        1 and 'same' padding is folded; convolutions to one channel, batch normalization and
        dropout are computed in faster ways, and gradients of biases are summed accurately in
        bfloat16 as well. Dropout draws other entries than its layer would, at a rate that is
        rounded to a multiple of 2**-16. A layer with other settings, and one that is called
        more than once, stays as it is.

    Raises:
        ValueError: if the network is not Functional.
    """
    folded = _convolutions_after_upsampling(network)
    # A new model without the settings of `compile`, which a clone would take over.
    network = keras.Model(network.input, network.output, name=network.name)

    def twin(layer: keras.layers.Layer) -> keras.layers.Layer:
        if getattr(layer, "activity_regularizer", None) is not None:
            return layer
        if layer in folded.values():
            return keras.layers.Identity(autocast=False, name=f"{layer.name}_left_out")
        if layer in folded:
            return _FoldedConv2DTranspose(layer, name=f"{layer.name}_folded")
        if _has_one_channel(layer):
            return _OneChannel(layer, name=f"{layer.name}_one_channel")
        for kind, (is_known, lean) in LEANER.items():
            if type(layer) is kind and is_known(layer):
                return lean(layer, name=f"{layer.name}_lean")
        return layer

    def call(layer: keras.layers.Layer, *inputs: Any, **named: Any) -> Any:
        # A mask that nobody gave is left out, because twins take none.
        return layer(*inputs, **{name: value for name, value in named.items() if value is not None})

    return keras.models.clone_model(network, clone_function=twin, call_function=call)


def _convolutions_after_upsampling(
    network: keras.Model,
) -> dict[keras.layers.Layer, keras.layers.Layer]:
    """Each convolution that can be folded, with the upsampling that only it follows."""
    if not hasattr(network, "operations"):
        raise ValueError(f"fold: {network.name} is not Functional: no layers are connected in it")
    calls = [call for each in network.operations for call in each._inbound_nodes]
    read = [id(tensor) for call in calls for tensor in call.input_tensors]
    read += [id(tensor) for tensor in network.outputs]
    once = [layer for layer in network.layers if len(layer._inbound_nodes) == 1]
    return {
        after: before
        for before, after in itertools.product(once, repeat=2)
        if _folds(before, after) and after.input is before.output
        if read.count(id(before.output)) == 1
    }


def _folds(before: keras.layers.Layer, after: keras.layers.Layer) -> bool:
    return (
        isinstance(before, keras.layers.UpSampling2D)
        and type(after) is keras.layers.Conv2DTranspose
        and (tuple(before.size), before.interpolation) == ((2, 2), "nearest")
        and (tuple(after.kernel_size), tuple(after.strides)) == ((5, 5), (1, 1))
        and (after.padding, tuple(after.dilation_rate)) == ("same", (1, 1))
        and after.activity_regularizer is None
        and before.data_format == after.data_format == "channels_last"
    )


def _has_one_channel(layer: keras.layers.Layer) -> bool:
    return (
        type(layer) in (keras.layers.Conv2D, keras.layers.Conv2DTranspose)
        and (layer.filters, layer.padding, layer.data_format) == (1, "same", "channels_last")
        and tuple(layer.strides) == tuple(layer.dilation_rate) == (1, 1)
        and all(size % 2 for size in layer.kernel_size)
    )


class _Twin(keras.layers.Layer):
    """Layer that computes the function of the layer ``plain``, from the variables of ``plain``.

    Products have the dtype in which ``plain`` computes when this layer is called or traced.
    Autocast is off, so the variables stay in float32: sums of kernel entries that were rounded
    to bfloat16 would have larger errors than the products.
    """

    def __init__(self, plain: keras.layers.Layer, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.plain = plain
        self.built = True

    def arriving(self, inputs: tf.Tensor) -> tf.Tensor:
        """The inputs in the dtype of the products."""
        return tf.cast(inputs, self.plain.compute_dtype)


class _FoldedConv2DTranspose(_Twin):
    """``plain`` after an upsampling by 2, from the image before the upsampling."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        x = self.arriving(inputs)
        kernel = tf.convert_to_tensor(self.plain.kernel)  # (5, 5, out, in)
        filters, channels = kernel.shape[2:]
        # One matrix product, after which no large array has to be rearranged.
        sums = np.einsum("apk,bql->pqabkl", PHASES, PHASES).reshape(36, 25)
        kernel = tf.matmul(sums, tf.reshape(kernel, (25, filters * channels)))
        kernel = tf.reshape(kernel, (3, 3, 4 * filters, channels))
        shape = tf.concat([tf.shape(x)[:-1], [4 * filters]], axis=0)
        y = tf.nn.conv2d_transpose(x, tf.cast(kernel, x.dtype), shape, strides=1)
        y = tf.nn.depth_to_space(y, 2)  # (B, 2 height, 2 width, out)
        return self.plain.activation(_with_bias(y, self.plain))


class _OneChannel(_Twin):
    """``plain`` as products and a sum of shifted numbers; the sum is in float32."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        x = self.arriving(inputs)
        height, width = self.plain.kernel_size
        count, channels = height * width, x.shape[-1]
        kernel = tf.reshape(tf.convert_to_tensor(self.plain.kernel), (count, channels))
        y = tf.matmul(tf.reshape(x, (-1, channels)), tf.cast(kernel, x.dtype), transpose_b=True)
        y = tf.reshape(y, tf.concat([tf.shape(x)[:-1], [count]], axis=0))
        shifts = np.eye(count, dtype="float32").reshape(height, width, count, 1)
        if isinstance(self.plain, keras.layers.Conv2DTranspose):
            shifts = shifts[::-1, ::-1]  # The kernel turned by half a turn.
        y = tf.nn.conv2d(tf.cast(y, tf.float32), shifts.copy(), strides=1, padding="SAME")
        return self.plain.activation(_with_bias(y, self.plain))


class _LeanConvolution(_Twin):
    """``plain``, its bias added by the operation whose gradient is a sum."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        plain, x = self.plain, self.arriving(inputs)
        kernel = tf.cast(tf.convert_to_tensor(plain.kernel), x.dtype)
        settings = {name: getattr(plain, name) for name in SETTINGS if hasattr(plain, name)}
        convolve = CONVOLVE[type(plain)]
        return plain.activation(_with_bias(convolve(x, kernel, **settings), plain))


def _with_bias(y: tf.Tensor, plain: keras.layers.Layer) -> tf.Tensor:
    """``y`` with the bias of a layer.

    The gradient of TensorFlow's BiasAdd adds in bfloat16, where a sum stops growing once it
    has eight bits. Over the pixels of a batch it had errors of up to 64 %, and was slower.
    """
    return y + tf.cast(plain.bias, y.dtype) if plain.use_bias else y


class _LeanBatchNormalization(_Twin):
    """``plain`` over the last axis in one operation, with statistics in float32."""

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        plain, x = self.plain, self.arriving(inputs)
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
    """``plain`` from 16 random bits per entry."""

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        x = self.arriving(inputs)
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


def _is_known_convolution(layer: keras.layers.Layer) -> bool:
    return layer.data_format == "channels_last"


def _is_known_normalization(layer: keras.layers.Layer) -> bool:
    unmasked = isinstance(layer.input, keras.KerasTensor)  # Otherwise the mask is an input as well.
    last = layer.axis in (-1, layer.input_spec.ndim - 1)
    return unmasked and last and layer.center and layer.scale and not layer.synchronized


def _is_known_dropout(layer: keras.layers.Layer) -> bool:
    return layer.noise_shape is None and layer.rate < 1


CONVOLVE = {
    keras.layers.Conv2D: keras.ops.conv,
    keras.layers.Conv2DTranspose: keras.ops.conv_transpose,
}
SETTINGS = ("strides", "padding", "output_padding", "data_format", "dilation_rate")
# For each kind of layer: whether the twin supports all its settings, and the twin.
LEANER: dict[Any, tuple[Callable[[keras.layers.Layer], bool], type[_Twin]]] = {
    keras.layers.Conv2D: (_is_known_convolution, _LeanConvolution),
    keras.layers.Conv2DTranspose: (_is_known_convolution, _LeanConvolution),
    keras.layers.BatchNormalization: (_is_known_normalization, _LeanBatchNormalization),
    keras.layers.Dropout: (_is_known_dropout, _LeanDropout),
}
