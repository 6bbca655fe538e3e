"""The tricks of lecture 9 and the generator's two losses against SciPy and finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops
from scipy import special, stats

from course.gan.tricks import (
    generator_gradient_norm,
    minimax_generator_loss,
    noise_std,
    non_saturating_generator_loss,
    perturb_images,
    soft_labels,
)

LOSSES = {
    # -log D and log(1 - D) by SciPy, in float64, and their derivatives by hand.
    minimax_generator_loss: (lambda x: special.log_expit(-x), lambda x: -special.expit(x)),
    non_saturating_generator_loss: (lambda x: -special.log_expit(x), lambda x: -special.expit(-x)),
}
CERTAIN = [[-200.0], [-50.0], [-12.0], [12.0], [50.0], [200.0]]


@pytest.fixture
def rng():
    """Random numbers, the same in every run."""
    return np.random.default_rng(9)


@pytest.fixture
def networks():
    """A generator with a frozen layer and moving averages, and a discriminator of logits."""
    latent, points = keras.Input((3,)), keras.Input((2,))
    frozen = layers.Dense(5, trainable=False)(latent)
    x = layers.Activation("tanh")(layers.BatchNormalization()(layers.Dense(4)(frozen)))
    generator = keras.Model(latent, layers.Dense(2)(layers.Dropout(0.5)(x)))
    x = layers.Dense(6, activation="tanh")(points)
    return generator, keras.Model(points, layers.Dense(1)(x))


def value_and_gradient(loss, logits):
    """A loss of logits (B, 1), and its derivative by each, as arrays."""
    logits = tf.constant(logits, "float32")
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = loss(logits)
    return np.asarray(value), np.asarray(tape.gradient(value, logits))


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_are_scipys_logarithms_of_a_sigmoid(loss, rng):
    """Value and gradient are those of SciPy's log_expit: a mean, in nats, of logits."""
    logits = rng.normal(size=(64, 1)) * 4
    wanted, slope = LOSSES[loss]
    value, gradient = value_and_gradient(loss, logits)
    np.testing.assert_allclose(value, wanted(logits).mean(), rtol=1e-5)
    np.testing.assert_allclose(gradient, slope(logits) / 64, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_and_gradients_survive_certain_logits(loss):
    """At logits of up to 200 either way value and gradient are right to float32's precision."""
    wanted, slope = LOSSES[loss]
    for logit in CERTAIN:
        value, gradient = value_and_gradient(loss, [logit])
        np.testing.assert_allclose(value, wanted(np.float64(logit))[0], rtol=1e-5, atol=1e-12)
        np.testing.assert_allclose(gradient[0], slope(np.float64(logit)), rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("power", [0, 1e-7, 1e-12])
def test_a_logarithm_of_a_sigmoid_does_not_survive(power):
    """The plain formula is infinite, and with something tiny added the gradient is gone."""

    def plain(logits):
        return -ops.mean(ops.log(ops.sigmoid(logits) + power))

    value, gradient = value_and_gradient(plain, [[-200.0]])
    assert not np.isfinite(value) if power == 0 else gradient == 0
    assert np.isfinite(value_and_gradient(non_saturating_generator_loss, [[-200.0]])[0])


def test_one_gradient_vanishes_where_the_other_stays():
    """Sure of a fake, D = 6e-6: the minimax loss pulls by D, the non-saturating by 1 - D."""
    at = [[-12.0]]
    minimax = value_and_gradient(minimax_generator_loss, at)[1].item()
    other = value_and_gradient(non_saturating_generator_loss, at)[1].item()
    assert minimax == pytest.approx(-special.expit(-12), rel=1e-4)
    assert other == pytest.approx(-1, abs=1e-5)


def test_both_losses_wish_the_same():
    """A larger logit is a smaller loss in both; at D = 1/2 they pull alike."""
    for loss in LOSSES:
        values = [float(loss(tf.constant([[logit]]))) for logit in (-3.0, 0.0, 3.0)]
        assert values == sorted(values, reverse=True)
    gradients = [value_and_gradient(loss, [[0.0]])[1].item() for loss in LOSSES]
    np.testing.assert_allclose(gradients, [-0.5, -0.5])


@pytest.mark.parametrize(("total", "initial"), [(10, 0.3), (2000, 1.0), (7, 0.0)])
def test_noise_falls_on_a_straight_line_and_stays_zero(total, initial):
    """It is the interpolation between both ends, at every step and after."""
    steps = np.arange(2 * total + 1)
    wanted = np.interp(steps, [0, total], [initial, 0])
    found = [noise_std(int(step), total, initial) for step in steps]
    np.testing.assert_allclose(found, wanted, atol=1e-15)
    assert all(value == 0 for value in found[total:])


def test_image_noise_is_gaussian_for_each_pixel(rng):
    """Its law passes a Kolmogorov test, and neighbours and images are uncorrelated."""
    images = rng.uniform(size=(40, 28, 28, 1))
    noise = perturb_images(images, 0.3, rng) - images
    assert stats.kstest(noise.ravel(), stats.norm(0, 0.3).cdf).pvalue > 0.001
    for shifted in (noise[1:] * noise[:-1], noise[:, 1:] * noise[:, :-1]):
        assert abs(shifted.mean()) < 5 * 0.09 / np.sqrt(shifted.size)
    # What would pass for it by mean and spread alone.
    uniform = rng.uniform(-0.3 * np.sqrt(3), 0.3 * np.sqrt(3), size=noise.size)
    assert stats.kstest(uniform, stats.norm(0, 0.3).cdf).pvalue < 1e-6


def test_image_noise_is_not_cut_off(rng):
    """Where images are black the mean of the noise is still 0; clipping would raise it."""
    black = np.zeros((50, 28, 28, 1))
    perturbed = perturb_images(black, 0.3, rng)
    error = 0.3 / np.sqrt(black.size)
    assert abs(perturbed.mean()) < 5 * error
    assert np.clip(perturbed, 0, 1).mean() > 50 * error


def test_noise_comes_from_the_generator_that_is_handed_in():
    """One seed gives one noise, the next call another; inputs and the global state stay."""
    images, labels = np.full((2, 28, 28, 1), 0.5), np.float64([[1], [0], [1]])
    state = np.random.get_state()[1].copy()  # noqa: NPY002 -- it must not be used
    for function, given in (
        (lambda x, rng: perturb_images(x, 0.2, rng), images),
        (soft_labels, labels),
    ):
        before, rng = given.copy(), np.random.default_rng(3)
        first, second = function(given, rng), function(given, rng)
        np.testing.assert_array_equal(first, function(given, np.random.default_rng(3)))
        assert not np.any(first == second)
        np.testing.assert_array_equal(given, before)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002 -- as above


def test_no_noise_changes_nothing(rng):
    """With a standard deviation of 0 the images come back, in any shape."""
    for shape in ((2, 28, 28, 1), (5, 2)):
        data = rng.normal(size=shape)
        np.testing.assert_array_equal(perturb_images(data, 0.0, rng), data)


def test_targets_are_uniform_on_the_slides_ranges(rng):
    """Real U(0.7, 1.2) and fake U(0.0, 0.3), in whatever order the labels come."""
    labels = rng.integers(2, size=(20_000, 1)).astype(float)
    soft = soft_labels(labels, rng)
    assert soft.shape == labels.shape
    real, fake = soft[labels == 1], soft[labels == 0]
    assert stats.kstest(real, stats.uniform(0.7, 0.5).cdf).pvalue > 0.001
    assert stats.kstest(fake, stats.uniform(0.0, 0.3).cdf).pvalue > 0.001
    assert stats.kstest(np.minimum(real, 1), stats.uniform(0.7, 0.5).cdf).pvalue < 1e-6
    assert len(np.unique(soft)) == soft.size


def norm_by_differences(networks, latent, loss, eps=1e-2):
    """The norm from central differences over every trainable weight of the generator."""
    generator, discriminator = networks
    squares = 0.0
    for variable in generator.trainable_variables:
        values = variable.numpy()
        for index in np.ndindex(values.shape):
            ends = []
            for sign in (1, -1):
                moved = values.copy()
                moved[index] += sign * eps
                variable.assign(moved)
                ends.append(float(loss(discriminator(generator(latent)))))
            squares += ((ends[0] - ends[1]) / (2 * eps)) ** 2
        variable.assign(values)
    return np.sqrt(squares)


@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_norm_agrees_with_finite_differences(loss, networks, rng):
    """Over all trainable weights, the frozen layer left out, dropout off."""
    latent = tf.constant(rng.normal(size=(8, 3)), "float32")
    norm = float(generator_gradient_norm(*networks, latent, loss))
    assert norm == pytest.approx(norm_by_differences(networks, latent, loss), rel=2e-3)


def test_gradient_norm_is_that_of_one_joined_vector(networks, rng):
    """It is less than the sum of the arrays' norms and more than any of them."""
    latent = tf.constant(rng.normal(size=(8, 3)), "float32")
    generator, discriminator = networks
    with tf.GradientTape() as tape:
        value = minimax_generator_loss(discriminator(generator(latent)))
    norms = [np.linalg.norm(g) for g in tape.gradient(value, generator.trainable_variables)]
    norm = float(generator_gradient_norm(*networks, latent, minimax_generator_loss))
    assert norm == pytest.approx(np.linalg.norm(norms), rel=1e-5)
    assert max(norms) < norm < 0.9 * sum(norms)


def test_measuring_changes_nothing(networks, rng):
    """Weights, moving averages and what is trainable stay, and a second look says the same."""
    latent = tf.constant(rng.normal(size=(8, 3)), "float32")
    before = [v.numpy() for network in networks for v in network.variables]
    trainable = [len(network.trainable_variables) for network in networks]
    first = float(generator_gradient_norm(*networks, latent, minimax_generator_loss))
    assert first == float(generator_gradient_norm(*networks, latent, minimax_generator_loss))
    after = [v.numpy() for network in networks for v in network.variables]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(new, old)
    assert trainable == [len(network.trainable_variables) for network in networks]
