"""The GAN's networks, its two updates, and the training that is made of them."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from scipy import stats

from course.gan import model, updates
from course.gan.discriminator import build_discriminator
from course.gan.generator import build_generator
from course.gan.lecture_loop import compile_networks, lecture_step
from course.gan.model import GAN, RECORDED, logits_of
from course.gan.recipes import Recipe
from course.gan.training import (
    discriminator_batch,
    discriminator_step,
    generator_step,
    lecture_optimizers,
)

GENERATOR_TABLE = [  # The slide's: layer, output, parameters.
    ("input_vec", (None, 100), 0),
    ("dense1", (None, 12544), 1266944),
    ("bn1", (None, 12544), 50176),
    ("act1", (None, 12544), 0),
    ("dropout1", (None, 12544), 0),
    ("reshape1", (None, 7, 7, 256), 0),
    ("upsampling2", (None, 14, 14, 256), 0),
    ("convt2", (None, 14, 14, 128), 819328),
    ("bn2", (None, 14, 14, 128), 512),
    ("act2", (None, 14, 14, 128), 0),
    ("upsampling3", (None, 28, 28, 128), 0),
    ("convt3", (None, 28, 28, 64), 204864),
    ("bn3", (None, 28, 28, 64), 256),
    ("act3", (None, 28, 28, 64), 0),
    ("convt4", (None, 28, 28, 32), 51232),
    ("bn4", (None, 28, 28, 32), 128),
    ("act4", (None, 28, 28, 32), 0),
    ("convt5", (None, 28, 28, 1), 801),
]
# The slide gives the shapes of the blocks; parameters by hand, 5 * 5 * in * out + out.
DISCRIMINATOR_BLOCKS = [
    ("conv1", (None, 14, 14, 64), 25 * 1 * 64 + 64),
    ("conv2", (None, 7, 7, 128), 25 * 64 * 128 + 128),
    ("conv3", (None, 4, 4, 256), 25 * 128 * 256 + 256),
    ("conv4", (None, 4, 4, 512), 25 * 256 * 512 + 512),
]


@pytest.fixture
def rng():
    """Random numbers, the same in every run."""
    return np.random.default_rng(7)


def small_networks(dropout=0.0):
    """A generator and a discriminator of 14 x 14 images, with every kind of layer."""
    latent = keras.Input((5,))
    x = layers.Dense(7 * 7 * 2)(latent)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Activation("relu")(x)
    x = layers.Dropout(dropout)(x)
    x = layers.Reshape((7, 7, 2))(x)
    x = layers.UpSampling2D()(x)
    x = layers.Conv2DTranspose(1, 5, padding="same", activation="sigmoid")(x)
    generator = keras.Model(latent, x)
    images = keras.Input((14, 14, 1))
    x = layers.Conv2D(4, 5, strides=2, padding="same")(images)
    x = layers.LeakyReLU(negative_slope=0.2)(x)
    x = layers.Dropout(dropout)(x)
    x = layers.Dense(1, activation="sigmoid")(layers.Flatten()(x))
    return generator, keras.Model(images, x)


def twin_of(networks, build):
    """Networks of their own with the same weights."""
    twins = build()
    for twin, network in zip(twins, networks):
        twin.set_weights(network.get_weights())
    return twins


def assert_same_weights(networks, others, tolerance):
    """Every array of weights agrees."""
    for network, other in zip(networks, others):
        for mine, theirs in zip(network.get_weights(), other.get_weights()):
            np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)


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


def sigmoid(numbers):
    """The logistic function."""
    return 1 / (1 + np.exp(-numbers))


def test_generator_is_the_slides_table():
    """Each row of the table in turn: name, output shape, parameters."""
    generator = build_generator()
    rows = [(layer.name, _shape(layer), layer.count_params()) for layer in generator.layers]
    assert rows == GENERATOR_TABLE


def test_generators_totals_are_the_slides():
    """2,394,241 parameters; what no gradient moves are the moving means and variances."""
    generator = build_generator()
    trainable, fixed = (
        sum(int(np.prod(v.shape)) for v in part)
        for part in (generator.trainable_weights, generator.non_trainable_weights)
    )
    assert (trainable, fixed, trainable + fixed) == (2368705, 25536, 2394241)
    assert {v.name for v in generator.non_trainable_weights} == {"moving_mean", "moving_variance"}
    assert fixed == 2 * (12544 + 128 + 64 + 32)


def test_generators_settings_are_the_slides():
    """Momentum 0.9 everywhere, dropout 0.4, kernels of 5, stride 1, sigmoid at the end."""
    generator = build_generator()
    normalizations = [generator.get_layer(f"bn{block}") for block in (1, 2, 3, 4)]
    convolutions = [generator.get_layer(f"convt{block}") for block in (2, 3, 4, 5)]
    assert [layer.momentum for layer in normalizations] == [0.9] * 4
    assert generator.get_layer("dropout1").rate == 0.4
    assert {(layer.kernel_size, layer.strides, layer.padding) for layer in convolutions} == {
        ((5, 5), (1, 1), "same")
    }
    activations = [layer.activation.__name__ for layer in convolutions]
    assert activations == ["linear", "linear", "linear", "sigmoid"]


def test_discriminator_is_the_slides():
    """Shapes of the four blocks, parameters by hand, 4,311,553 in all and all trainable."""
    discriminator = build_discriminator()
    for name, shape, count in DISCRIMINATOR_BLOCKS:
        layer = discriminator.get_layer(name)
        assert (_shape(layer), layer.count_params()) == (shape, count)
    assert discriminator.get_layer("dense5").count_params() == 4 * 4 * 512 + 1
    assert discriminator.count_params() == 4311553
    assert discriminator.non_trainable_weights == []


def test_discriminators_layers_are_the_slides():
    """Convolution, leaky relu of 0.2, dropout of 0.4, four times, strides 2, 2, 2, 1."""
    chain = build_discriminator().layers[1:]
    names = [f"{kind}{block}" for block in (1, 2, 3, 4) for kind in ("conv", "act", "dropout")]
    assert [layer.name for layer in chain] == [*names, "flat5", "dense5"]
    assert [layer.strides for layer in chain[0:12:3]] == [(2, 2), (2, 2), (2, 2), (1, 1)]
    assert [layer.negative_slope for layer in chain[1:12:3]] == pytest.approx([0.2] * 4)
    assert [layer.rate for layer in chain[2:12:3]] == [0.4] * 4


def test_untrained_discriminator_is_undecided(rng):
    """Its opinion of noise is near 0.5."""
    opinions = build_discriminator()(rng.uniform(size=(8, 28, 28, 1)).astype("float32"))
    assert opinions.shape == (8, 1)
    np.testing.assert_allclose(opinions, 0.5, atol=0.05)


def test_generators_images_are_in_range_and_differ(rng):
    """Pixels in [0, 1], another image for each latent vector, far-out ones included."""
    latent = 50 * rng.uniform(-1, 1, size=(4, 100)).astype("float32")
    images = build_generator()(latent, training=True).numpy()
    assert images.shape == (4, 28, 28, 1)
    assert 0 <= images.min() <= images.max() <= 1
    assert np.abs(images[0] - images[1]).max() > 0.01


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


def test_default_recipe_does_the_plain_updates(monkeypatch, rng):
    """On the same latent vectors and images a GAN's steps are those of the plain functions."""
    latent = rng.uniform(-1, 1, size=(64, 5)).astype("float32")
    monkeypatch.setattr(updates, "draw_latent", lambda recipe, shape, seed: tf.constant(latent))
    image = rng.uniform(size=(1, 14, 14, 1)).astype("float32")
    networks = small_networks()
    twins = twin_of(networks, small_networks)
    gan = GAN(*networks).train(np.repeat(image, 3, axis=0), 4)
    discriminator_optimizer, generator_optimizer = lecture_optimizers()
    for step in range(4):
        real = np.repeat(image, 64, axis=0)
        losses = {
            "discriminator_loss": discriminator_step(*twins, discriminator_optimizer, real, latent),
            "generator_loss": generator_step(*twins, generator_optimizer, latent),
        }
        for name, loss in losses.items():
            assert gan.history[name][step] == pytest.approx(float(loss), rel=1e-5)
    assert_same_weights(networks, twins, 1e-5)


def test_history_is_what_happened(rng):
    """Shares, losses and probabilities of a step agree with each other, and gradients with SGD."""
    networks = small_networks()
    images = rng.uniform(size=(20, 14, 14, 1)).astype("float32")
    gan = GAN(*networks, Recipe(batch_size=16)).train(images, 3)
    assert gan.step == 3
    assert {name: len(values) for name, values in gan.history.items()} == dict.fromkeys(RECORDED, 3)
    real, fake = gan.real_probabilities, gan.fake_probabilities
    assert (real.shape, fake.shape) == ((16,), (16,))
    assert gan.history["accuracy_real"][-1] == pytest.approx(np.mean(real > 0.5))
    assert gan.history["accuracy_fake"][-1] == pytest.approx(np.mean(fake < 0.5))
    expected = -np.mean([np.log(real), np.log(1 - fake)])
    assert gan.history["discriminator_loss"][-1] == pytest.approx(expected, rel=1e-5)


def test_recorded_gradients_are_global_norms(monkeypatch, rng):
    """The l2 norm over all weights of the network that is updated, against a tape of our own."""
    latent = rng.uniform(-1, 1, size=(64, 5)).astype("float32")
    monkeypatch.setattr(updates, "draw_latent", lambda recipe, shape, seed: tf.constant(latent))
    image = rng.uniform(size=(1, 14, 14, 1)).astype("float32")
    networks = small_networks()
    generator, discriminator = twin_of(networks, small_networks)
    gan = GAN(*networks).train(image, 1)
    with tf.GradientTape() as tape:
        x, y = discriminator_batch(np.repeat(image, 64, axis=0), generator(latent))
        loss = tf.reduce_mean(keras.losses.binary_crossentropy(y, discriminator(x)))
    slopes = tape.gradient(loss, discriminator.trainable_variables)
    norm = np.sqrt(sum(np.sum(np.square(slope)) for slope in slopes))
    assert gan.history["discriminator_gradient"][0] == pytest.approx(norm, rel=1e-4)


def test_latent_vectors_follow_the_law():
    """Uniform in [-1, 1] or normal, by Kolmogorov's test; one seed gives one set."""
    for law, expected in [("uniform", stats.uniform(-1, 2)), ("normal", stats.norm())]:
        gan = GAN(*small_networks(), Recipe(latent_law=law))
        latent = np.asarray(gan.draw_latent(1000, seed=3))
        assert latent.shape == (1000, 5)
        assert stats.kstest(latent.ravel(), expected.cdf).pvalue > 0.01
        np.testing.assert_array_equal(latent, gan.draw_latent(1000, seed=3))
        assert not np.array_equal(latent, gan.draw_latent(1000, seed=4))


def test_each_step_draws_anew(monkeypatch, rng):
    """No two updates, of whichever network, share their latent vectors."""
    drawn, original = [], updates.draw_latent

    def spy(recipe, shape, seed):
        latent = original(recipe, shape, seed)
        tf.py_function(lambda part: drawn.append(part.numpy()), [latent], [])
        return latent

    monkeypatch.setattr(updates, "draw_latent", spy)
    GAN(*small_networks(), Recipe(batch_size=4)).train(np.zeros((5, 14, 14, 1)), 3)
    assert len(drawn) == 6
    assert len({latent.tobytes() for latent in drawn}) == 6


RESUMABLE = Recipe(batch_size=8, average=0.9, image_noise=0.1, label_noise=True)


def resumable(seed=3, recipe=RESUMABLE, networks_seed=0):
    """A GAN with all that has a state: dropouts, moving means, averages, two optimisers."""
    keras.utils.set_random_seed(networks_seed)
    return GAN(*small_networks(dropout=0.4), recipe, seed)


def all_arrays(gan):
    """All that a training consists of, random generators and optimisers included."""
    return [np.asarray(variable) for variable in gan._variables()]


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [RESUMABLE, Recipe(batch_size=8, optimizer="adam")])
def test_restored_training_goes_on_as_if_it_had_not_stopped(recipe, rng, tmp_path):
    """Six steps at once, and three, saved, restored into fresh networks, and three more."""
    images = rng.uniform(size=(30, 14, 14, 1)).astype("float32")
    whole = resumable(recipe=recipe).train(images, 6)
    first = resumable(recipe=recipe).train(images, 3)
    first.save(tmp_path / "gan.npz")
    second = resumable(recipe=recipe, networks_seed=99)
    second.restore(tmp_path / "gan.npz")
    second.train(images, 3)
    assert (second.step, second.history) == (6, whole.history)
    for mine, theirs in zip(all_arrays(second), all_arrays(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_how_often_one_looks_changes_nothing(rng):
    """Calls of ``each`` come after every few steps and at the end, and the steps stay the same."""
    images = rng.uniform(size=(30, 14, 14, 1)).astype("float32")
    whole, seen = resumable().train(images, 5), []
    looked_at = resumable().train(images, 5, each=lambda gan: seen.append(gan.step), every=2)
    assert seen == [2, 4, 5]
    assert looked_at.history == whole.history


@pytest.mark.parametrize(("pace", "counts"), [(0.1, [1, 2, 4, 3]), (0.6, [1] * 10)])
def test_a_call_takes_half_a_second(pace, counts, rng, monkeypatch):
    """Quick steps go together, slow ones alone: an interrupt need not wait for long."""
    clock = itertools.count(0, pace)
    monkeypatch.setattr(model, "monotonic", lambda: next(clock))
    gan, seen = resumable(), []
    compiled = gan._compiled

    def counted(*arguments):
        seen.append(int(arguments[-1]))
        return compiled(*arguments)

    gan._compiled = counted
    gan.train(rng.uniform(size=(30, 14, 14, 1)), 10)
    assert seen == counts


def test_a_gan_with_other_networks_is_not_taken_over():
    """It is refused, with nothing changed."""
    gan = resumable()
    before = all_arrays(gan)
    with pytest.raises(ValueError, match="networks of the other GAN differ in shape"):
        gan.take_over(GAN(*small_networks()[:1], build_discriminator(), RESUMABLE, 3))
    for old, new in zip(before, all_arrays(gan), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            lambda: resumable(recipe=Recipe(batch_size=8, average=0.9)),
            "image_noise=0.1, label_noise=True; this GAN has image_noise=0.0, label_noise=False",
        ),
        (lambda: resumable(seed=4), "seed=3; this GAN has seed=4"),
        (
            lambda: GAN(*small_networks(), RESUMABLE, 3, "bfloat16"),
            "precision='float32'; this GAN has precision='bfloat16'",
        ),
        (
            lambda: GAN(*small_networks()[:1], build_discriminator(), RESUMABLE, 3),
            "other networks",
        ),
    ],
    ids=["recipe", "seed", "precision", "networks"],
)
def test_restore_refuses_what_is_not_its_own(other, message, rng, tmp_path):
    """The message names what differs, and nothing is changed."""
    path = tmp_path / "without an ending"
    resumable().train(rng.uniform(size=(9, 14, 14, 1)), 1).save(path)
    gan = other()
    before = all_arrays(gan)
    with pytest.raises(ValueError, match=message):
        gan.restore(path)
    assert gan.step == 0
    for old, new in zip(before, all_arrays(gan), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.slow
def test_interrupted_training_keeps_what_is_done(rng):
    """An interrupt inside of ``each`` leaves the steps before it, from which one can go on."""

    def interrupt(gan):
        if gan.step == 2:
            raise KeyboardInterrupt

    images = rng.uniform(size=(30, 14, 14, 1)).astype("float32")
    gan = resumable()
    with pytest.raises(KeyboardInterrupt):
        gan.train(images, 5, each=interrupt, every=2)
    assert (gan.step, len(gan.history["generator_loss"])) == (2, 2)
    assert gan.train(images, 3).history == resumable().train(images, 5).history


@pytest.mark.parametrize("pretraining", [0, 2])
def test_averaged_weights_are_the_running_mean(pretraining, rng):
    """With a decay near 1 the memory grows with the steps: (1 + n) / (10 + n), as documented."""
    images = rng.uniform(size=(30, 14, 14, 1)).astype("float32")
    recipe = Recipe(batch_size=8, average=0.999, pretraining=pretraining)
    gan = GAN(*small_networks(), recipe).train(images, pretraining)
    expected = gan.generator.get_weights()
    for step in range(3):
        gan.train(images, 1)
        decay = min(0.999, (step + 1) / (step + 10))
        expected = [
            decay * kept + (1 - decay) * new
            for kept, new in zip(expected, gan.generator.get_weights())
        ]
    for found, wanted in zip(gan.averaged.get_weights(), expected):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)


def test_logits_are_those_of_the_sigmoid(rng):
    """sigmoid(logits) is the discriminator's opinion, in either mode without dropout."""
    _, discriminator = small_networks()
    images = rng.uniform(size=(4, 14, 14, 1)).astype("float32")
    logits = logits_of(discriminator)(tf.constant(images), False)
    np.testing.assert_allclose(sigmoid(logits.numpy()), discriminator(images), rtol=1e-5)


def _shape(layer):
    return tuple(layer.output.shape)
