"""The two updates of a GAN, and the lecture's loop."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from small_networks import assert_same_weights, sigmoid, small_networks, twin_of

from course.gan.discriminator import build_discriminator
from course.gan.generator import build_generator
from course.gan.lecture_loop import compile_networks, lecture_step
from course.gan.training import (
    discriminator_batch,
    discriminator_step,
    generator_step,
    lecture_optimizers,
)


def moved(network, before):
    """How many arrays of weights are not what they were."""
    return sum(not np.array_equal(old, new) for old, new in zip(before, network.get_weights()))


def linear_networks(rng):
    """x = z A + a and D = sigmoid(x v + c), as models and as the arrays A, a, v, c."""
    latent, points = keras.Input((3,)), keras.Input((2,))
    generator = keras.Model(latent, layers.Dense(2)(latent))
    discriminator = keras.Model(points, layers.Dense(1, activation="sigmoid")(points))
    arrays = [rng.normal(size=shape).astype("float32") for shape in [(3, 2), (2,), (2, 1), (1,)]]
    generator.set_weights(arrays[:2])
    discriminator.set_weights(arrays[2:])
    return generator, discriminator, arrays


def test_batch_has_the_real_images_first(rng):
    """Real images above with target 1, fake ones below with target 0."""
    real, fake = rng.uniform(size=(2, 3, 28, 28, 1)).astype("float32")
    x, y = discriminator_batch(real, fake)
    np.testing.assert_array_equal(x[:3], real)
    np.testing.assert_array_equal(x[3:], fake)
    np.testing.assert_array_equal(y, [[1], [1], [1], [0], [0], [0]])
    assert keras.backend.standardize_dtype(y.dtype) == "float32"


def test_discriminator_step_is_the_update_by_hand(rng):
    """Gradient descent on mean (-log D(real)) and mean (-log(1 - D(fake))), half each."""
    generator, discriminator, (big_a, a, v, c) = linear_networks(rng)
    real, latent = (rng.normal(size=s).astype("float32") for s in [(4, 2), (4, 3)])
    loss = discriminator_step(generator, discriminator, keras.optimizers.SGD(0.5), real, latent)
    x = np.concatenate([real, latent @ big_a + a])
    y = np.array([[1.0]] * 4 + [[0.0]] * 4)
    opinions = sigmoid(x @ v + c)
    expected = -np.mean(np.log(np.where(y == 1, opinions, 1 - opinions)))
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    by_hand = [v - 0.5 * x.T @ (opinions - y) / 8, c - 0.5 * np.mean(opinions - y)]
    for found, wanted in zip(discriminator.get_weights(), by_hand):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)
    for found, wanted in zip(generator.get_weights(), [big_a, a]):
        np.testing.assert_array_equal(found, wanted)


def test_generator_step_is_the_update_by_hand(rng):
    """Gradient descent on the mean of -log D(fake), not on the minimax loss."""
    generator, discriminator, (big_a, a, v, c) = linear_networks(rng)
    latent = rng.normal(size=(4, 3)).astype("float32")
    loss = generator_step(generator, discriminator, keras.optimizers.SGD(0.5), latent)
    opinions = sigmoid((latent @ big_a + a) @ v + c)
    assert float(loss) == pytest.approx(-np.mean(np.log(opinions)), rel=1e-5)
    by_point = (opinions - 1) / 4 * v.T  # (4, 2), slope of the loss at each fake
    minimax = -opinions / 4 * v.T
    for slope, right in [(by_point, True), (minimax, False)]:
        wanted = [big_a - 0.5 * latent.T @ slope, a - 0.5 * slope.sum(axis=0)]
        close = [
            np.allclose(found, one, rtol=1e-4, atol=1e-6)
            for found, one in zip(generator.get_weights(), wanted)
        ]
        assert close == [right, right]
    for found, wanted in zip(discriminator.get_weights(), [v, c]):
        np.testing.assert_array_equal(found, wanted)


def test_fakes_for_the_discriminator_come_from_inference_mode(rng):
    """The discriminator's update leaves the moving means alone, the generator's moves them."""
    generator, discriminator = small_networks()
    real = rng.uniform(size=(4, 14, 14, 1)).astype("float32")
    latent = rng.uniform(-1, 1, size=(4, 5)).astype("float32")
    before = generator.get_weights()
    discriminator_step(generator, discriminator, keras.optimizers.SGD(0.1), real, latent)
    assert moved(generator, before) == 0
    # With a rate of 0, only what the forward pass moves is left.
    generator_step(generator, discriminator, keras.optimizers.SGD(0.0), latent)
    changed = [
        variable.name
        for variable, old in zip(generator.weights, before)
        if not np.array_equal(variable, old)
    ]
    assert changed == ["moving_mean", "moving_variance"]


def test_same_latent_vectors_convince_better_after_the_generators_update(rng):
    """The loss on the same vectors falls by rate times squared gradient, to first order."""
    generator, discriminator = small_networks()
    latent = rng.uniform(-1, 1, size=(16, 5)).astype("float32")
    with tf.GradientTape() as tape:
        opinions = discriminator(generator(latent, training=True))
        loss = -tf.reduce_mean(tf.math.log(opinions))
    slopes = tape.gradient(loss, generator.trainable_variables)
    squared = sum(float(tf.reduce_sum(slope**2)) for slope in slopes)
    rate = 1e-3 / squared  # The loss is to fall by 0.001: enough to show in float32.
    before = generator_step(generator, discriminator, keras.optimizers.SGD(rate), latent)
    after = generator_step(generator, discriminator, keras.optimizers.SGD(0.0), latent)
    assert float(before) - float(after) == pytest.approx(1e-3, rel=0.05)


def test_optimizers_are_the_slides():
    """Rates 2e-4 and 1e-4, and Keras 2's decay: rate / (1 + decay * step)."""
    for optimizer, rate, decay in zip(lecture_optimizers(), (2e-4, 1e-4), (6e-8, 3e-8)):
        assert isinstance(optimizer, keras.optimizers.RMSprop)
        assert float(optimizer._learning_rate(0)) == pytest.approx(rate)
        late = float(optimizer._learning_rate(10_000_000))
        assert late == pytest.approx(rate / (1 + decay * 10_000_000))


def lecture_and_plain(build, shape, latent_dim, steps, rng):
    """Train the same networks on the same numbers in both ways; networks and losses."""
    networks = build()
    twins = twin_of(networks, build)
    gan = compile_networks(*networks)
    discriminator_optimizer, generator_optimizer = lecture_optimizers()
    losses = []
    for _ in range(steps):
        real = rng.uniform(size=shape).astype("float32")
        latents = rng.uniform(-1, 1, size=(2, len(real), latent_dim)).astype("float32")
        lecture = lecture_step(*networks, gan, real, *latents)
        plain = (
            float(discriminator_step(*twins, discriminator_optimizer, real, latents[0])),
            float(generator_step(*twins, generator_optimizer, latents[1])),
        )
        losses.append((lecture, plain))
    return networks, twins, losses


def test_lecture_loop_does_the_plain_updates(rng):
    """Toggled ``trainable`` and lists of weights give the same losses and weights."""
    networks, twins, losses = lecture_and_plain(small_networks, (8, 14, 14, 1), 5, 4, rng)
    for lecture, plain in losses:
        assert lecture == pytest.approx(plain, rel=1e-5)
    assert_same_weights(networks, twins, 1e-6)


@pytest.mark.slow
def test_lecture_loop_does_the_plain_updates_of_the_lectures_networks(rng):
    """The same holds for the lecture's networks, their dropouts at 0."""

    def build():
        networks = build_generator(), build_discriminator()
        for network in networks:
            for layer in network.layers:
                if isinstance(layer, layers.Dropout):
                    layer.rate = 0
        return networks

    networks, twins, losses = lecture_and_plain(build, (4, 28, 28, 1), 100, 2, rng)
    for lecture, plain in losses:
        assert lecture == pytest.approx(plain, rel=1e-4)
    # RMSprop divides by the gradient's size: its first step moves all weights alike, and
    # turns a rounding of a gradient near 0 into a difference of the size of the rate.
    for network, twin in zip(networks, twins):
        for mine, theirs in zip(network.get_weights(), twin.get_weights()):
            assert np.mean(np.abs(mine - theirs) > 1e-5) < 1e-3


@pytest.mark.parametrize(
    ("before_discriminator", "before_gan", "by_discriminator", "by_gan"),
    [
        ([True, True], [False, False], (0, 4), (8, 0)),
        ([True, False], [False, True], (0, 4), (8, 0)),
        ([True, True], [None, None], (0, 4), (8, 4)),
    ],
    ids=["as on the slide", "right at the first call only", "never frozen again"],
)
def test_keras_reads_trainable_at_the_first_call(
    before_discriminator, before_gan, by_discriminator, by_gan, rng
):
    """What ``trainable`` was when ``train_on_batch`` was first called holds from then on."""
    generator, discriminator = small_networks()
    gan = compile_networks(generator, discriminator)
    for first, second in zip(before_discriminator, before_gan):
        images = rng.uniform(size=(8, 14, 14, 1)).astype("float32")
        latent = rng.uniform(-1, 1, size=(8, 5)).astype("float32")
        for network, inputs, toggle, expected in [
            (discriminator, images, first, by_discriminator),
            (gan, latent, second, by_gan),
        ]:
            if toggle is not None:
                discriminator.trainable = toggle
            before = generator.get_weights(), discriminator.get_weights()
            network.train_on_batch(inputs, np.ones((8, 1)))
            found = moved(generator, before[0]), moved(discriminator, before[1])
            assert found == expected
