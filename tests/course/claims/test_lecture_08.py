"""Claims of lecture 08. Those on the ring are the lecture's own experiments."""

import functools
from dataclasses import replace

import keras
import numpy as np
import pytest

from course.data import load_images
from course.experiments.directions import gradients_under
from course.experiments.frozen_discriminator import newcomers_on_the_ring, train_alone
from course.fast.precision import products_in
from course.gan.difficulties import cosine
from course.gan.lab.digits import DIGIT_RECIPE, digit_gan
from course.gan.lab.ring_runs import RingRun, ring_outcomes
from course.gan.model import GAN, logits_of
from course.gan.ring import RING_RECIPE, ring_gan
from course.gan.tricks import (
    generator_gradient_norm,
    minimax_generator_loss,
    non_saturating_generator_loss,
)

pytestmark = pytest.mark.slow

STUCK = replace(RING_RECIPE, pretraining=1000, generator_loss="minimax")


def norms(gan, images, moments):
    """Gradient norms (moments, 2) under both losses, while the discriminator learns alone."""
    latent = gan.draw_latent(64, seed=9)
    logits = logits_of(gan.discriminator)
    rows = []
    for moment in moments:
        gan.train(images, moment - gan.step)
        rows.append(
            [
                float(generator_gradient_norm(gan.generator, logits, latent, loss))
                for loss in (minimax_generator_loss, non_saturating_generator_loss)
            ]
        )
    return np.array(rows)


@functools.cache
def healthy(seed):
    """The training of section 1."""
    return RingRun(RING_RECIPE, seed).train(2000)


@functools.cache
def directions(seed):
    """Gradients under four good discriminators and twenty untrained ones."""
    forger = ring_gan(RING_RECIPE, seed=1000 + seed)
    real, latent = RingRun().real, forger.draw_latent(256, seed=3)
    of = functools.partial(gradients_under, forger.generator, real, latent)
    first = 100 * seed
    good = [of(first + i, [300])[0] for i in range(4)]
    return good, [of(first + i, [0])[0] for i in range(8, 28)]


def test_only_the_minimax_gradient_vanishes_on_the_ring(seed):
    """To less than a hundredth, while the other one has grown; dense layers only."""
    start, end = norms(
        ring_gan(replace(RING_RECIPE, pretraining=2000), seed), RingRun().real, (0, 2000)
    )
    assert end[0] < start[0] / 100
    assert end[1] > start[1]


def test_only_the_minimax_gradient_vanishes_on_digits(seed, precision):
    """Below a tenth of its peak, while the other one stays above its first value."""
    recipe = replace(DIGIT_RECIPE, pretraining=150)
    small = digit_gan(recipe, seed)
    gan = GAN(small.generator, small.discriminator, recipe, seed, precision)
    minimax, non_saturating = norms(gan, load_images().x_train, range(0, 151, 15)).T
    assert np.max(minimax) > minimax[0]
    assert minimax[-1] < np.max(minimax) / 10
    assert non_saturating[-1] > non_saturating[0]


def test_minimax_descent_after_a_head_start_is_stuck(seed):
    """The points move by less than a hundredth of the ring's radius; dense layers only."""
    ((_, _, moved),) = ring_outcomes(STUCK, [seed], steps=1300, descent_rate=0.02)
    assert moved < 0.02


def test_each_change_alone_moves_the_generator(seed):
    """By more than half of the ring's radius in 1,000 steps; dense layers only."""
    for recipe, rate in [
        (replace(RING_RECIPE, pretraining=1000), 0.02),
        (STUCK, None),
        (replace(STUCK, pretraining=0), 0.02),
    ]:
        ((_, _, moved),) = ring_outcomes(recipe, [seed], recipe.pretraining + 1000, rate)
        assert moved > 1, recipe


def test_the_cured_generator_covers_most_modes(seed):
    """At least five of the eight modes; dense layers only."""
    ((modes, _, _),) = ring_outcomes(RING_RECIPE, [seed], steps=1500)
    assert modes >= 5


def test_good_discriminators_agree_more_than_untrained_ones(seed):
    """The mean cosine of two good ones is above that with untrained ones; dense layers only."""
    good, untrained = directions(seed)
    alike = np.mean([cosine(good[i], good[j]) for i in range(4) for j in range(i)])
    assert alike > 0.5
    assert alike > np.mean([cosine(first, second) for first in good for second in untrained]) + 0.2


def test_an_untrained_discriminator_gives_a_weak_gradient(seed):
    """The mean norm is less than half of that under good ones; dense layers only."""
    good, untrained = (np.mean([np.linalg.norm(g) for g in kind]) for kind in directions(seed))
    assert untrained < good / 2


def test_a_slow_discriminator_covers_fewer_modes_after_2000_steps(seed):
    """At a tenth of the discriminator's learning rate; dense layers only."""
    slow = RingRun(replace(RING_RECIPE, discriminator_rate=1e-4), seed).train(2000)
    assert slow.scores[-1][1] < healthy(seed).scores[-1][1]


def test_most_newcomers_collapse(seed):
    """Of six, at least four cover no more than two modes; dense layers only."""
    newcomers = newcomers_on_the_ring(healthy(seed).gan.discriminator, range(4, 10))
    assert sum(newcomer.modes <= 2 for newcomer in newcomers) >= 4


def test_a_newcomer_is_judged_more_real_than_digits(seed, precision):
    """By a frozen discriminator of digits, half as well trained as in the lecture."""
    digits, recipe = load_images(), replace(DIGIT_RECIPE, batch_size=32)
    small = digit_gan(recipe, seed)
    trained = GAN(small.generator, small.discriminator, recipe, seed, precision)
    judge = trained.train(digits.x_train, 100).discriminator
    newcomer = digit_gan(recipe, seed + 100)
    with products_in(precision, newcomer.generator, judge):
        list(train_alone(newcomer, judge, keras.optimizers.RMSprop(1e-3), [60]))
    images = newcomer.generator(newcomer.draw_latent(200, seed=1), training=False)
    of_newcomer, of_digits = (
        np.mean(judge(x, training=False)) for x in (images, digits.x_test[:500])
    )
    assert of_newcomer > of_digits
