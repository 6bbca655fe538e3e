"""Trainings on the ring: stopped, continued, repeated, and taken over."""

import os
import signal
import threading
from dataclasses import replace

import numpy as np
import pytest

from course.gan import model
from course.gan.interrupts import held_back_interrupts
from course.gan.lab.ring_runs import RingRun, train_seeds
from course.gan.ring import RING_RECIPE, ring_gan

pytestmark = pytest.mark.slow

QUICK = replace(RING_RECIPE, batch_size=32)


def test_an_interrupt_waits_until_the_end_of_its_block():
    """What stands in the block is done, and then the interrupt comes; the handler is as before."""
    before, done = signal.getsignal(signal.SIGINT), []

    def work():
        with held_back_interrupts():
            os.kill(os.getpid(), signal.SIGINT)
            done.append(True)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [True] and signal.getsignal(signal.SIGINT) is before


def test_threads_may_hold_back_what_never_comes():
    """In another thread than the main one, where no interrupt arrives, the block just runs."""
    done = []

    def work():
        with held_back_interrupts():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def weights_of(run):
    """All weights of both networks."""
    return [*run.gan.generator.get_weights(), *run.gan.discriminator.get_weights()]


def assert_same(one, other):
    """Two runs have the same weights, histories and scores."""
    assert one.step == other.step and one.scores == other.scores
    np.testing.assert_equal(one.history, other.history)
    for a, b in zip(weights_of(one), weights_of(other)):
        np.testing.assert_array_equal(a, b)


def test_a_run_that_was_interrupted_goes_on_as_if_nothing_had_happened(capsys, monkeypatch):
    """An interrupt in the middle of a chunk leaves whole steps; the rest gives the same run."""
    # With a clock that stands, calls of 1, 2, 4, ... steps: one of 32 begins at step 40.
    monkeypatch.setattr(model, "monotonic", lambda: 0.0)
    whole = RingRun(QUICK, seed=3).train(120, every=40)
    cut = RingRun(QUICK, seed=3)
    compiled = cut.gan._compiled

    def interrupted(*args):
        result = compiled(*args)  # The weights have moved, and the history does not know.
        if cut.step >= 40:
            os.kill(os.getpid(), signal.SIGINT)
        return result

    cut.gan._compiled = interrupted
    cut.train(120, every=40)
    assert "Interrupted after step 72" in capsys.readouterr().out
    assert cut.step == 72 == len(cut.history["generator_loss"])
    cut.gan._compiled = compiled
    cut.train(48, every=40)
    np.testing.assert_equal(cut.history, whole.history)
    for a, b in zip(weights_of(cut), weights_of(whole)):
        np.testing.assert_array_equal(a, b)


def test_recipe_and_seed_give_the_same_run_again():
    """A replay is equal in every number; another seed is another run."""
    one, again, other = (RingRun(QUICK, seed).train(60, every=30) for seed in (1, 1, 2))
    assert_same(one, again)
    assert one.history["generator_loss"] != other.history["generator_loss"]


@pytest.mark.parametrize("switch", [{}, {"dropout": 0.3}, {"spectral_norm": True, "average": 0.9}])
def test_seeds_that_share_a_graph_give_their_own_runs(switch):
    """Trained one after the other in one object, each seed's run is the one that it gives alone."""
    recipe = replace(QUICK, **switch)
    for seed, run in zip((1, 2), train_seeds(recipe, (1, 2), 60)):
        alone = RingRun(recipe, seed).train(60)
        assert run.seed == seed
        assert_same(run, alone)
        np.testing.assert_array_equal(run.samples(20), alone.samples(20))


@pytest.mark.slow
def test_many_gans_in_one_notebook_write_nothing_to_stderr(capfd):
    """TensorFlow's warning of functions that are compiled too often is not for GANs."""
    for seed in range(6):
        RingRun(replace(QUICK, batch_size=4), seed).train(2, every=2)
    assert capfd.readouterr().err == ""


def test_only_a_gan_of_the_same_recipe_is_taken_over():
    """A GAN of another recipe is refused, with what differs."""
    with pytest.raises(ValueError, match=r"differs in \{.label_noise.: True\}"):
        ring_gan(QUICK).take_over(ring_gan(replace(QUICK, label_noise=True)))
    other = ring_gan(QUICK)
    other.precision = "bfloat16"
    with pytest.raises(ValueError, match="has precision='bfloat16', this one 'float32'"):
        ring_gan(QUICK).take_over(other)


def test_a_watcher_sees_each_score_and_can_stop():
    """The watcher is called with the run after each score, and stop ends the training there."""
    seen = []
    run = RingRun(QUICK).train(
        200, watch=lambda run: seen.append(run.step), every=20, stop=lambda: len(seen) == 3
    )
    assert seen == [20, 40, 60] == [step for step, *_ in run.scores] and run.step == 60


def test_samples_are_those_of_the_averaged_generator():
    """With averaging on, what is scored and drawn comes from the averaged weights."""
    run = RingRun(replace(QUICK, average=0.9)).train(40, every=40)
    z = run.gan.draw_latent(50, run.seed + 1)
    np.testing.assert_allclose(run.samples(50), run.gan.averaged(z), atol=1e-6)
    assert np.abs(run.samples(50) - np.asarray(run.gan.generator(z))).max() > 1e-3


def test_the_landscape_has_the_opinions_at_their_places():
    """Row and column of the landscape are y and x from -limit to limit."""
    run = RingRun(QUICK).train(20, every=20)
    landscape = run.landscape(limit=3.0, n=7)
    at = np.array([[2.0, -1.0]], "float32")  # x = 2 is column 5, y = -1 is row 2.
    assert landscape[2, 5] == pytest.approx(float(run.gan.discriminator(at)[0, 0]), abs=1e-6)
