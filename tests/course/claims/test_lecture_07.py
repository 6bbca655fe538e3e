"""Claims of lecture 07, on networks with fewer layers and channels than the lecture's."""

import functools
from typing import NamedTuple

import numpy as np
import pytest

from course.data import load_images
from course.experiments.seen_step import Look, SeenStep, descend_and_look, look
from course.fast.precision import products_in
from course.gan.lab.digits import digit_gan
from course.gan.training import discriminator_step, generator_step, lecture_optimizers

pytestmark = pytest.mark.slow

# Ten times those of the lecture: the gradients of the small networks are that much smaller.
RATES = (1e-3, 1e-2, 1e-1, 1.0)


class Run(NamedTuple):
    """What section 3 of the lecture looks at."""

    steps: list[SeenStep]
    before: dict[bool, Look]  # By mode, as ``training``.
    after: dict[bool, Look]
    settled: Look


@functools.cache
def run(seed, precision):
    """The lecture's steps: settle, eleven updates of one network, one of the other."""
    rng = np.random.default_rng(seed)
    digits = load_images()
    gan = digit_gan(seed=seed)
    networks = gan.generator, gan.discriminator

    def draw_latent(n=64):
        return rng.uniform(-1, 1, size=(n, 100)).astype("float32")

    def draw_real():
        return digits.x_train[rng.integers(len(digits.x_train), size=64)]

    def looks():
        return {training: look(*networks, latent, training) for training in (True, False)}

    with products_in(precision, *networks):
        for _ in range(100):
            gan.generator(draw_latent(16), training=True)
        discriminator_optimizer, generator_optimizer = lecture_optimizers()
        for _ in range(11):
            discriminator_step(*networks, discriminator_optimizer, draw_real(), draw_latent())
        latent = draw_latent()
        steps = descend_and_look(*networks, latent, RATES, training=True)
        before = looks()
        generator_step(*networks, generator_optimizer, latent)
        after = looks()
        for _ in range(100):
            gan.generator(draw_latent(16), training=True)
        return Run(steps, before, after, look(*networks, latent, training=False))


def test_every_opinion_rises_in_the_mode_of_the_gradient(seed, precision):
    """Descent in training mode, judged in training mode: 64 of 64, for each alpha."""
    assert [step.better for step in run(seed, precision).steps] == [64] * len(RATES)


def test_small_rises_are_proportional_to_alpha(seed, precision):
    """Ten times the smallest alpha gives about ten times the rise of the mean opinion."""
    first, second = (
        np.mean(step.after.opinions - step.before.opinions)
        for step in run(seed, precision).steps[:2]
    )
    assert 7 < second / first < 15


def test_a_large_step_makes_all_images_alike(seed, precision):
    """The pixels go to black or white, and differ little from one latent vector to another."""
    images = run(seed, precision).steps[-1].after.images
    assert np.mean((images < 0.05) | (images > 0.95)) > 0.9
    assert np.std(images, axis=0).mean() < 0.05


def test_rmsprop_raises_every_opinion_in_training_mode(seed, precision):
    """One update of the lecture, judged in the mode of its gradient."""
    came = run(seed, precision)
    assert np.all(came.after[True].opinions > came.before[True].opinions)


def test_opinions_rise_in_inference_mode_once_the_averages_have_followed(seed, precision):
    """After 100 batches that move no weight, every opinion is above that before the update."""
    came = run(seed, precision)
    assert np.all(came.settled.opinions > came.before[False].opinions)
