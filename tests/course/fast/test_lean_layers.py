"""Layers that compute the same function in a faster way."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from small_networks import gradients_of

from course.fast.folding import fold


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(6, 3, groups=2),
        layers.Conv2D(3, 3, activity_regularizer="l2"),
        layers.Conv2D(3, 3, dilation_rate=2, use_bias=False),
        layers.Conv2DTranspose(3, 4, strides=2, output_padding=1),
        layers.BatchNormalization(axis=1),
        layers.BatchNormalization(center=False),
        layers.BatchNormalization(scale=False),
        layers.Dropout(0.5, noise_shape=(None, 1, 1, 4)),
        layers.Dropout(1.0),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_settings_of_a_layer_are_heeded(layer, rng):
    """Whatever they are: by the twin, or because the layer stays."""
    images = keras.Input((6, 7, 4))
    network = keras.Model(images, layer(images))
    inputs = rng.normal(size=(2, 6, 7, 4)).astype("float32")
    np.testing.assert_allclose(fold(network)(inputs), network(inputs), rtol=1e-4, atol=1e-5)
    if not isinstance(layer, layers.Dropout):
        outputs = [each(inputs, training=True) for each in (fold(network), network)]
        np.testing.assert_allclose(*outputs, rtol=1e-4, atol=1e-5)
    else:
        assert fold(network).layers[-1] is layer


@pytest.mark.parametrize("kind", [layers.Conv2D, layers.Conv2DTranspose])
@pytest.mark.parametrize("size", [3, 5, (1, 3)])
def test_one_channel_is_the_plain_convolution(kind, size, rng):
    """Forward and backward, in either direction of the kernel, of any odd size."""
    images = keras.Input((6, 5, 4))
    convolution = kind(1, size, padding="same", activation="sigmoid", bias_initializer="normal")
    network = keras.Model(images, convolution(images))
    folded = fold(network)
    assert "one_channel" in folded.layers[-1].name
    inputs = rng.normal(size=(2, 6, 5, 4)).astype("float32")
    weights = rng.normal(size=(2, 6, 5, 1)).astype("float32")
    np.testing.assert_allclose(folded(inputs), network(inputs), rtol=1e-4, atol=1e-5)
    for mine, theirs in zip(
        gradients_of(folded, inputs, weights), gradients_of(network, inputs, weights), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("kind", [layers.Conv2D, layers.Conv2DTranspose])
def test_the_gradient_of_a_bias_stands_half_precision(kind, rng):
    """A sum over many pixels is not cut off where bfloat16 counts in steps of two."""
    images = keras.Input((56, 56, 2))
    convolution = kind(3, 3, padding="same")
    network = keras.Model(images, convolution(images))
    inputs = tf.cast(rng.normal(size=(8, 56, 56, 2)), tf.bfloat16)
    pixels = 8 * 56 * 56
    convolution.dtype_policy = "mixed_bfloat16"
    slopes = []
    for call in (convolution, fold(network)):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(tf.cast(call(inputs), tf.float32))
        slopes.append(tape.gradient(total, convolution.bias).numpy())
    plain, lean = slopes
    np.testing.assert_allclose(lean, pixels, rtol=0.01)
    assert np.all(plain < 0.9 * pixels)


@pytest.mark.parametrize("shape", [(7,), (4, 3, 2)])
@pytest.mark.parametrize("training", [False, True])
def test_lean_batch_normalization_is_the_plain_one(shape, training, rng):
    """Output, gradients and what the moving means and variances become."""
    data = keras.Input(shape)
    normalization = layers.BatchNormalization(momentum=0.8)
    network = keras.Model(data, normalization(data))
    start = [rng.uniform(0.5, 2, size=w.shape) for w in normalization.get_weights()]
    inputs = tf.constant(rng.normal(2, 3, size=(6, *shape)).astype("float32"))
    weights = rng.normal(size=(6, *shape)).astype("float32")
    results = []
    for call in (network, fold(network)):
        normalization.set_weights(start)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = call(inputs, training=training)
            total = tf.reduce_sum(weights * outputs)
        slopes = tape.gradient(total, [inputs, *network.trainable_variables])
        results.append([outputs, *slopes, *normalization.get_weights()])
    assert call is not network
    for theirs, mine in zip(*results, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-4, atol=2e-4)


def dropped(rate, shape=(999, 33), seed=5):
    """A folded network that is nothing but a dropout."""
    data = keras.Input(shape[1:])
    return fold(keras.Model(data, layers.Dropout(rate, seed=seed)(data)))


def test_lean_dropout_keeps_the_share_and_the_mean(rng):
    """Kept entries are scaled up, their share is 1 - rate to three standard errors."""
    network = dropped(0.4)
    outputs = network(tf.ones((999, 33)), training=True).numpy()
    kept = outputs != 0
    np.testing.assert_allclose(outputs[kept], 1 / 0.6, rtol=1e-6)
    assert abs(kept.mean() - 0.6) < 3 * np.sqrt(0.24 / kept.size)
    assert np.abs(kept.mean(axis=0) - 0.6).max() < 5 * np.sqrt(0.24 / 999)
    assert np.abs(kept.mean(axis=1) - 0.6).max() < 5 * np.sqrt(0.24 / 33)
    neighbours = np.mean(kept[:, 1:] & kept[:, :-1])
    assert abs(neighbours - 0.36) < 5 * np.sqrt(0.36 * 0.64 / kept.size)


def test_lean_dropout_draws_anew_and_repeats_by_seed():
    """Two calls differ; two networks of one seed do not; nothing is dropped in inference."""
    ones = tf.ones((999, 33))
    one, other = dropped(0.4), dropped(0.4)
    first, second = (one(ones, training=True).numpy() for _ in range(2))
    assert np.any(first != second)
    np.testing.assert_array_equal(first, other(ones, training=True))
    np.testing.assert_array_equal(one(ones, training=False), ones)
