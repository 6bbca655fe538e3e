"""The switches of a recipe, each held to what it says."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from course.gan import updates
from course.gan.lab.digits import digit_gan
from course.gan.recipes import Recipe
from course.gan.ring import CENTRES, RING_RECIPE, count_modes, draw_ring, ring_gan
from course.gan.tricks import noise_std, perturb_images, soft_labels

QUICK = replace(RING_RECIPE, batch_size=32)


def test_a_recipe_says_what_it_changes():
    """What differs from another recipe, and nothing else, is named with its value."""
    recipe = replace(RING_RECIPE, label_noise=True, beta_1=0.9)
    assert recipe.changes(RING_RECIPE) == {"label_noise": True, "beta_1": 0.9}
    assert replace(RING_RECIPE, **recipe.changes(RING_RECIPE)) == recipe


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ({"optimizer": "sgd"}, "optimizer is 'sgd'; choose from rmsprop, adam"),
        ({"image_noise": -0.1}, "image_noise is -0.1; it must be at least 0"),
        ({"discriminator_steps": 0}, "discriminator_steps is 0; it must be at least 1"),
        ({"pretraining": 2.5}, "pretraining is 2.5; it must be a whole number"),
        ({"dropout": 1.0}, "dropout is 1.0; it must be below 1"),
        ({"generator_rate": "fast"}, "generator_rate is 'fast'; it must be a number"),
        ({"real_target": float("nan")}, "real_target is nan; it must be a number"),
    ],
)
def test_a_wrong_switch_is_refused(switch, words):
    """A value that no training could have is refused, with the switch and what it takes."""
    with pytest.raises(ValueError, match=words):
        Recipe(**switch)


def test_image_noise_in_the_graph_follows_the_law_of_the_function():
    """A step's noise is normal with the standard deviation that ``noise_std`` has for it."""
    gan = ring_gan(replace(QUICK, image_noise=0.5, noise_steps=1000), seed=0)
    data = tf.zeros((5000, 2))
    for step in (0, 250, 900):
        std = noise_std(step, 1000, 0.5)
        drawn = gan._updates._perturb(data, tf.constant(step), (step, 3)).numpy()
        assert stats.kstest(drawn.ravel() / std, "norm").pvalue > 1e-3
        assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.05
        by_hand = perturb_images(np.zeros((5000, 2)), std, np.random.default_rng(step))
        assert stats.ks_2samp(drawn.ravel(), np.ravel(by_hand)).pvalue > 1e-3
    assert np.all(gan._updates._perturb(data, tf.constant(1000), (0, 3)).numpy() == 0)
    assert np.all(gan._updates._perturb(data, tf.constant(4000), (0, 3)).numpy() == 0)


def test_label_noise_in_the_graph_follows_the_law_of_the_function():
    """Each target is its own draw: real U(0.7, 1.2), fake U(0, 0.3), as ``soft_labels``."""
    recipe = replace(QUICK, label_noise=True)
    targets = updates._targets(recipe, 4000, [(1, 2), (3, 4)]).numpy()
    labels = np.repeat([1.0, 0.0], 4000)[:, None]
    by_hand = np.asarray(soft_labels(labels, np.random.default_rng(0)))
    for kind, low, width in ((1, 0.7, 0.5), (0, 0.0, 0.3)):
        drawn = targets[labels == kind]
        assert stats.kstest(drawn, "uniform", args=(low, width)).pvalue > 1e-3
        assert stats.ks_2samp(drawn, by_hand[labels == kind]).pvalue > 1e-3
    assert len(np.unique(targets)) > 7900


def test_smoothing_is_one_sided_and_flips_swap():
    """A real target below 1 leaves fakes at 0; a flipped image gets the other kind's target."""
    smooth, flips = replace(QUICK, real_target=0.9), replace(QUICK, label_flips=0.2)
    targets = updates._targets(smooth, 3, [(0, 0), (0, 0)]).numpy().ravel()
    np.testing.assert_allclose(targets, [0.9, 0.9, 0.9, 0, 0, 0])
    flipped = updates._targets(flips, 5000, [(0, 0), (5, 6)]).numpy().ravel()
    assert set(flipped) == {0.0, 1.0}
    for wrong in (flipped[:5000] == 0, flipped[5000:] == 1):
        assert stats.binomtest(int(wrong.sum()), 5000, 0.2).pvalue > 1e-3


@pytest.mark.parametrize("build", [ring_gan, digit_gan])
def test_networks_have_the_layers_of_the_recipe(build):
    """Each switch of the discriminator's layers is heeded, and none touches the generator."""
    switches = {
        "BatchNormalization": {"batch_norm": True},
        "SpectralNormalization": {"spectral_norm": True},
        "Dropout": {"dropout": 0.3},
    }
    plain = build(QUICK)
    kinds = lambda gan: [type(layer).__name__ for layer in gan.discriminator.layers]  # noqa: E731
    for kind, switch in switches.items():
        gan = build(replace(QUICK, **switch))
        assert kinds(plain).count(kind) == 0 and kinds(gan).count(kind) == 2
        assert gan.generator.count_params() == plain.generator.count_params()
    wide = build(replace(QUICK, capacity=2.0))
    widths = [gan.discriminator.layers[1].weights[0].shape[-1] for gan in (plain, wide)]
    assert widths[1] == 2 * widths[0]


def test_spectral_norm_bounds_each_layer():
    """After some steps the largest singular value of each divided kernel is near 1."""
    gan = ring_gan(replace(QUICK, spectral_norm=True), seed=0)
    gan.train(draw_ring(500, np.random.default_rng(0)), 60)
    for layer in gan.discriminator.layers:
        if type(layer).__name__ == "SpectralNormalization":
            kernel = np.asarray(layer.layer.kernel)
            assert np.linalg.svd(kernel, compute_uv=False)[0] == pytest.approx(1, abs=0.15)


def test_the_penalty_is_the_squared_slope():
    """R1's mean squared slope is the one that finite differences of the logit give."""
    gan = ring_gan(replace(QUICK, gradient_penalty=1.0), seed=0)
    points = draw_ring(32, np.random.default_rng(0)).astype("float32")

    def logit(x):
        return gan._updates._logits(tf.constant(x, tf.float32), True).numpy()[:, 0].astype(float)

    h = 1e-2
    slopes = [(logit(points + h * e) - logit(points - h * e)) / (2 * h) for e in np.eye(2)]
    expected = np.mean(np.sum(np.square(slopes), axis=0))
    assert float(gan._updates._squared_slope(tf.constant(points))) == pytest.approx(
        expected, rel=0.05
    )


def test_modes_are_counted():
    """Points on some centres cover those modes; a point between two covers none."""
    cloud = np.repeat(CENTRES[[0, 3, 5]], 30, axis=0)
    between = np.zeros((10, 2))
    assert count_modes(np.concatenate([cloud, between])) == (3, 0.9)
    rare = np.concatenate([np.repeat(CENTRES[:1], 995, axis=0), np.repeat(CENTRES[1:2], 5, axis=0)])
    assert count_modes(rare) == (1, 1.0)
    assert count_modes(draw_ring(5000, np.random.default_rng(0)))[0] == 8
