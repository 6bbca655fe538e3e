"""Upsampling and convolution in one: the same function, from the same weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from scipy import signal
from small_networks import gradients_of

from course.fast import folding
from course.fast.folding import fold
from course.gan.generator import build_generator


def pair(channels=2, filters=3, size=(4, 6), activation=None, **settings):
    """Upsampling and transposed convolution, with a bias that is not 0."""
    images = keras.Input((*size, channels))
    settings = {"kernel_size": 5, "padding": "same", "activation": activation} | settings
    convolution = layers.Conv2DTranspose(filters, bias_initializer="normal", **settings)
    return keras.Model(images, convolution(layers.UpSampling2D()(images)))


def by_scipy(network, images):
    """Upsampling by repetition and convolution, one pair of channels at a time."""
    kernel, bias = network.layers[-1].get_weights()  # (5, 5, out, in)
    large = images.repeat(2, axis=1).repeat(2, axis=2)
    output = np.zeros((*large.shape[:3], kernel.shape[2])) + bias
    for n, out, channel in np.ndindex(len(images), *kernel.shape[2:]):
        output[n, :, :, out] += signal.convolve2d(
            large[n, :, :, channel], kernel[:, :, out, channel], mode="same"
        )
    return output


@pytest.mark.parametrize("size", [(1, 1), (4, 6), (7, 7)])
def test_fold_is_upsampling_and_convolution(size, rng):
    """Forward, against SciPy's convolution of the repeated pixels, borders included."""
    network = pair(size=size)
    images = rng.normal(size=(2, *size, 2)).astype("float32")
    expected = by_scipy(network, images)
    np.testing.assert_allclose(fold(network)(images), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(network(images), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("phases", [folding.PHASES[::-1], folding.PHASES[:, ::-1]])
def test_wrong_phases_are_another_function(phases, rng, monkeypatch):
    """Phases exchanged, or taps turned, do not pass for the right ones."""
    network = pair()
    images = rng.normal(size=(2, 4, 6, 2)).astype("float32")
    monkeypatch.setattr(folding, "PHASES", phases)
    assert np.abs(fold(network)(images) - by_scipy(network, images)).max() > 0.1


def test_each_weight_meets_each_pixel_once_in_each_phase():
    """No weight of the kernel is lost or taken twice."""
    np.testing.assert_array_equal(folding.PHASES.sum(axis=1), np.ones((2, 5)))


def test_gradients_are_those_of_the_plain_layers(rng):
    """Backward, to the images, the kernel and the bias."""
    network = pair(activation="sigmoid")
    images = rng.normal(size=(2, 4, 6, 2)).astype("float32")
    weights = rng.normal(size=(2, 8, 12, 3)).astype("float32")
    plain, folded = (gradients_of(n, images, weights) for n in (network, fold(network)))
    assert len(plain) == 3
    for mine, theirs in zip(folded, plain, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)


def test_fold_shares_every_variable():
    """Nothing is copied, also not what no gradient moves: to train one is to train the other."""
    generator = build_generator()
    folded = fold(generator)
    for part in ("trainable_variables", "non_trainable_variables"):
        assert {id(v) for v in getattr(folded, part)} == {id(v) for v in getattr(generator, part)}
    assert [layer.name for layer in folded.layers if "folded" in layer.name] == [
        "convt2_folded",
        "convt3_folded",
    ]


@pytest.mark.slow
def test_a_training_step_of_the_generator_is_the_same(rng):
    """The generator after one step of plain gradient descent, folded and not."""
    latent = rng.uniform(-1, 1, size=(4, 100)).astype("float32")
    slopes = rng.normal(size=(4, 28, 28, 1)).astype("float32")
    generator, twin = build_generator(), build_generator()
    for network in (generator, twin):
        network.get_layer("dropout1").rate = 0
    twin.set_weights(generator.get_weights())
    before = generator.get_weights()
    losses = []
    for network, call in [(generator, generator), (twin, fold(twin))]:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(slopes * call(latent, training=True))
        weights = network.trainable_variables
        keras.optimizers.SGD(1e-3).apply(tape.gradient(loss, weights), weights)
        losses.append(float(loss))
    assert losses[1] == pytest.approx(losses[0], rel=1e-3, abs=1e-3)
    for old, mine, theirs in zip(before, twin.get_weights(), generator.get_weights()):
        step = np.linalg.norm(theirs - old)
        assert np.linalg.norm(mine - theirs) <= 1e-3 * step + 1e-6


def test_half_precision_is_as_near_as_that_of_the_plain_layers(rng):
    """In bfloat16 the folded layers are not further from float32 than twice the plain ones."""
    images = rng.normal(size=(2, 4, 6, 8)).astype("float32")
    network = pair(channels=8)
    wanted = network(images).numpy()
    rough = tf.cast(images, tf.bfloat16)
    upsampling, convolution = network.layers[1:]
    for layer in (upsampling, convolution):
        layer.dtype_policy = "mixed_bfloat16"
    plain = np.abs(tf.cast(network(images), tf.float32) - wanted).max()
    folded = fold(network).layers[-1](rough)
    assert folded.dtype == tf.bfloat16
    assert 0 < np.abs(tf.cast(folded, tf.float32) - wanted).max() <= 2 * plain


@pytest.mark.parametrize(
    "settings",
    [{"strides": 2}, {"kernel_size": 3}, {"padding": "valid"}, {"dilation_rate": 2}],
    ids=["stride 2", "kernel of 3", "no padding", "dilated"],
)
def test_what_does_not_fold_is_left_alone(settings):
    """Upsampling stays a layer of its own, and the function what it was."""
    network = pair(**settings)
    folded = fold(network)
    assert folded.layers[1] is network.layers[1]
    images = np.random.default_rng(0).normal(size=(2, 4, 6, 2)).astype("float32")
    np.testing.assert_allclose(folded(images), network(images), rtol=1e-5, atol=1e-6)


def test_smooth_upsampling_does_not_fold():
    """Only the repetition of pixels is a sum of phases."""
    images = keras.Input((4, 4, 1))
    large = layers.UpSampling2D(interpolation="bilinear")(images)
    network = keras.Model(images, layers.Conv2DTranspose(2, 5, padding="same")(large))
    assert fold(network).layers[1] is network.layers[1]


def test_branches_stay(rng):
    """Two heads, a sum, and an upsampling that somebody else reads as well."""
    images = keras.Input((4, 4, 2))
    large = layers.UpSampling2D()(images)
    convolved = layers.Conv2DTranspose(2, 5, padding="same", name="one")(large) + large
    again = layers.Conv2DTranspose(3, 5, padding="same", name="two")(layers.UpSampling2D()(images))
    heads = [layers.Conv2D(3, 3)(convolved), layers.Flatten()(again)]
    network = keras.Model(images, heads)
    folded = fold(network)
    names = {layer.name for layer in folded.layers}
    assert {"one_lean", "two_folded"} <= names
    inputs = rng.normal(size=(2, 4, 4, 2)).astype("float32")
    for mine, theirs in zip(folded(inputs), network(inputs), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shared", ["upsampling", "convolution"])
def test_layers_that_are_called_twice_stay(shared, rng):
    """Of them only the first call could be told from the layer."""
    images = keras.Input((4, 4, 2))
    enlarge, convolve = layers.UpSampling2D(), layers.Conv2DTranspose(2, 5, padding="same")
    other = images if shared == "convolution" else enlarge(layers.ReLU()(images))
    heads = [
        convolve(enlarge(images)),
        (convolve if shared == "convolution" else layers.ReLU())(other),
    ]
    network = keras.Model(images, heads)
    inputs = rng.normal(size=(2, 4, 4, 2)).astype("float32")
    for mine, theirs in zip(fold(network)(inputs), network(inputs), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)


def test_a_compiled_network_folds_and_is_not_compiled():
    """Whatever its loss: what trains the twin is another's choice."""
    images = keras.Input((4, 4, 1))
    network = keras.Model(images, layers.Conv2D(2, 3)(images))
    network.compile("adam", lambda wanted, came: keras.ops.mean(came))
    assert not fold(network).compiled


def test_a_mask_reaches_batch_normalization(rng):
    """The layer stays, for its twin knows of no mask."""
    data = keras.Input((5, 3))
    network = keras.Model(data, layers.BatchNormalization()(layers.Masking()(data)))
    inputs = rng.normal(size=(2, 5, 3)).astype("float32")
    inputs[:, 3:] = 0
    folded = fold(network)(inputs, training=True)
    np.testing.assert_allclose(folded, network(inputs, training=True), rtol=1e-4, atol=1e-5)


def test_a_network_without_connections_is_refused():
    """The error names it."""

    class Own(keras.Model):
        """Its layers are called, and connected nowhere."""

    with pytest.raises(ValueError, match="own is not Functional"):
        fold(Own(name="own"))
