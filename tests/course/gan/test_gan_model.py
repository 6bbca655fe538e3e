"""The training that a recipe describes: repeated, resumed, recorded."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats
from small_networks import assert_same_weights, sigmoid, small_networks, twin_of

from course.gan import model, updates
from course.gan.discriminator import build_discriminator
from course.gan.model import GAN, RECORDED, logits_of
from course.gan.recipes import Recipe
from course.gan.training import (
    discriminator_batch,
    discriminator_step,
    generator_step,
    lecture_optimizers,
)


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
