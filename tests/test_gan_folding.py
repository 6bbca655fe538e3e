"""Upsampling and convolution in one: the same function, from the same weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from scipy import signal

from course.gan import folding
from course.gan.folding import fold
from course.gan.generator import build_generator


@pytest.fixture
def rng():
    """Random numbers, the same in every run."""
    return np.random.default_rng(8)


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


def gradients_of(network, images, weights):
    """Slopes of a sum with uneven weights, with respect to images and to all weights."""
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(weights * network(images))
    return tape.gradient(total, [images, *network.trainable_variables])


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
    exact = pair(channels=8)
    with_policy = keras.Input((4, 6, 8), dtype="float32")
    policy = keras.DTypePolicy("mixed_bfloat16")
    convolution = layers.Conv2DTranspose(3, 5, padding="same", dtype=policy)
    rough = keras.Model(with_policy, convolution(layers.UpSampling2D(dtype=policy)(with_policy)))
    rough.set_weights(exact.get_weights())
    wanted = exact(images).numpy()
    plain, folded = (
        np.abs(tf.cast(network(images), tf.float32) - wanted).max()
        for network in (rough, fold(rough))
    )
    assert folded <= 2 * plain


@pytest.mark.parametrize(
    "settings",
    [{"strides": 2}, {"kernel_size": 3}, {"padding": "valid"}],
    ids=["stride 2", "kernel of 3", "no padding"],
)
def test_what_does_not_fold_is_left_alone(settings):
    """The generator itself comes back."""
    network = pair(**settings)
    assert fold(network) is network


def test_smooth_upsampling_does_not_fold():
    """Only the repetition of pixels is a sum of phases."""
    images = keras.Input((4, 4, 1))
    large = layers.UpSampling2D(interpolation="bilinear")(images)
    network = keras.Model(images, layers.Conv2DTranspose(1, 5, padding="same")(large))
    assert fold(network) is network
