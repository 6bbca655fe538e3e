"""What goes wrong with a GAN, measured: the smallest GAN, and the failures of lecture 08."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from course.gan.difficulties import cosine, descend, generator_gradient
from course.gan.dirac import dirac_gradients, dirac_jacobian, dirac_orbit
from course.gan.lab.ring_runs import ring_outcomes
from course.gan.ring import RING_RECIPE, draw_ring, ring_gan
from course.gan.tricks import generator_gradient_norm, non_saturating_generator_loss


def value(theta, psi):
    """V of the smallest GAN, written down once more from the paper."""
    return np.log(1 / (1 + np.exp(-psi * theta))) + np.log(0.5)


@pytest.mark.parametrize("penalty", [0.0, 0.7])
def test_dirac_gradients_are_those_of_the_value(penalty):
    """The generator goes down the value, the discriminator up, less its penalty."""
    theta, psi, h = 0.8, -1.3, 1e-6

    def paid(psi):
        return value(theta, psi) - penalty / 2 * psi**2

    of_theta, of_psi = dirac_gradients(theta, psi, penalty)
    down = -(value(theta + h, psi) - value(theta - h, psi)) / (2 * h)
    up = (paid(psi + h) - paid(psi - h)) / (2 * h)
    assert of_theta == pytest.approx(down, abs=1e-8)
    assert of_psi == pytest.approx(up, abs=1e-8)


@pytest.mark.parametrize("rate", [0.1, 0.5])
@pytest.mark.parametrize("penalty", [0.0, 1.0])
@pytest.mark.parametrize("alternating", [False, True])
def test_dirac_jacobian_is_the_derivative_of_a_step(rate, penalty, alternating):
    """Close to the equilibrium, a step multiplies by the matrix."""
    matrix = dirac_jacobian(rate, alternating=alternating, gradient_penalty=penalty)
    for start in np.eye(2) * 1e-6:
        orbit = dirac_orbit(1, rate, start=start, alternating=alternating, gradient_penalty=penalty)
        np.testing.assert_allclose(orbit[1], matrix @ start, atol=1e-14)


def test_dirac_eigenvalues_are_those_of_the_closed_form():
    """At once: 1 + i h / 2, outside of the circle; in turns: on it; with R1: inside."""
    rate = 0.4
    at_once = np.linalg.eigvals(dirac_jacobian(rate))
    np.testing.assert_allclose(np.sort(at_once.imag), [-rate / 2, rate / 2])
    np.testing.assert_allclose(at_once.real, 1)
    # Trace 2 - (h / 2) ** 2 and determinant 1: a turn by the angle arccos(trace / 2).
    in_turns = np.linalg.eigvals(dirac_jacobian(rate, alternating=True))
    np.testing.assert_allclose(np.abs(in_turns), 1)
    np.testing.assert_allclose(in_turns.real, 1 - rate**2 / 8)
    # Mescheder et al. 2018, lemma 4.1 on the flow: -gamma / 2 +- sqrt(gamma ** 2 / 4 - 1 / 4).
    gamma = 0.6
    cured = np.linalg.eigvals(dirac_jacobian(rate, gradient_penalty=gamma))
    root = np.sqrt(complex(gamma**2 / 4 - 1 / 4))
    flow = -gamma / 2 + root * np.array([1, -1])
    np.testing.assert_allclose(np.sort_complex(cured), np.sort_complex(1 + rate * flow))
    assert np.all(np.abs(cured) < 1)


def test_dirac_orbits_leave_circle_or_arrive():
    """Far from the equilibrium too: at once it spirals out, in turns it stays, R1 arrives."""
    out = np.linalg.norm(dirac_orbit(500, 0.2), axis=1)
    assert out[-1] > 2 * out[0]
    stays = np.linalg.norm(dirac_orbit(5000, 0.2, alternating=True), axis=1)
    assert 0.8 < stays.min() and stays.max() < 1.25
    arrives = np.linalg.norm(dirac_orbit(500, 0.2, gradient_penalty=0.5), axis=1)
    assert arrives[-1] < 1e-6


def linear_gan():
    """A generator z * w and a discriminator whose logit is the sum of a point's entries."""
    latent = keras.Input((2,))
    generator = keras.Model(latent, keras.layers.Dense(2, use_bias=False)(latent))
    generator.set_weights([np.array([[1.0, 2.0], [3.0, 4.0]])])

    def logits(data, training):
        assert not training
        return tf.reduce_sum(data, axis=1, keepdims=True)

    return generator, logits


def test_generator_gradient_is_that_of_finite_differences():
    """Each entry is the slope of the loss in one weight, in the weights' order."""
    generator, logits = linear_gan()
    latent = np.array([[0.2, -0.1], [0.05, 0.3]], dtype="float32")
    gradient = generator_gradient(generator, logits, latent, non_saturating_generator_loss)
    kernel = generator.get_weights()[0].astype(float)
    expected = []
    for index in np.ndindex(2, 2):
        ends = []
        for sign in (1, -1):
            shifted = kernel.copy()
            shifted[index] += sign * 1e-5
            ends.append(np.log1p(np.exp(-(latent @ shifted).sum(axis=1))).mean())
        expected.append((ends[0] - ends[1]) / 2e-5)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4)
    norm = generator_gradient_norm(generator, logits, latent, non_saturating_generator_loss)
    assert np.linalg.norm(gradient) == pytest.approx(float(norm), rel=1e-5)


def test_cosine_of_known_angles():
    """One vector or a row each; the lengths do not count."""
    assert cosine([1, 0], [5, 5]) == pytest.approx(np.sqrt(0.5))
    np.testing.assert_allclose(cosine([[1, 0], [0, 2]], [[-3, 0], [4, 0]]), [-1, 0])


def test_descend_moves_the_generator_by_rate_times_gradient():
    """One step of a GAN that descends is the learning rate times the gradient it records."""
    recipe = replace(RING_RECIPE, generator_loss="minimax")
    gan = descend(ring_gan(recipe, seed=1), rate=0.5)
    before = np.concatenate([w.ravel() for w in gan.generator.get_weights()])
    gan.train(draw_ring(1000, np.random.default_rng(0)), 1)
    after = np.concatenate([w.ravel() for w in gan.generator.get_weights()])
    step = np.linalg.norm(after - before)
    assert step == pytest.approx(0.5 * gan.history["generator_gradient"][0], rel=1e-3)
    with pytest.raises(
        ValueError, match="needs a GAN that has not been trained, got one after 1 steps"
    ):
        descend(gan, rate=0.5)


@pytest.mark.slow
def test_a_dealer_with_a_head_start_stops_the_forger_and_the_cure_helps():
    """Of ten seeds each descending generator stays, and nearly each of the recipe's arrives."""
    stuck = replace(RING_RECIPE, pretraining=1000, generator_loss="minimax")
    for modes, _, moved in ring_outcomes(stuck, range(10), steps=1500, descent_rate=0.02):
        assert modes == 0 and moved < 0.1  # The ring has a radius of 2.
    cured = ring_outcomes(RING_RECIPE, range(10), steps=1500)
    # A run in mid-swing may be seen at fewer modes; which one it is differs between machines.
    assert sum(modes >= 5 and share > 0.3 for modes, share, _ in cured) >= 8
    assert all(moved > 1 for _, _, moved in cured)


@pytest.mark.slow
def test_outcomes_of_several_seeds_are_those_of_each_alone():
    """Two seeds in one graph, with descent, end where each ends in a graph of its own."""
    recipe = replace(RING_RECIPE, pretraining=10)
    together = ring_outcomes(recipe, (3, 4), steps=100, descent_rate=0.5)
    alone = [ring_outcomes(recipe, (seed,), steps=100, descent_rate=0.5)[0] for seed in (3, 4)]
    np.testing.assert_allclose(together, alone, rtol=1e-6)
    assert together[0][2] > 0
