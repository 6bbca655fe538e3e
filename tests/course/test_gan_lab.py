"""The failure lab: its switches, warnings, runs, records and front."""

import os
import signal
import threading
from dataclasses import fields, replace

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from course.checkpoints import WEIGHTS
from course.explorers import GanLab, GanRuns
from course.gan import model, updates
from course.gan.interrupts import held_back_interrupts
from course.gan.lab.digit_runs import DigitRun, load_digit_runs
from course.gan.lab.digits import DIGIT_RECIPE, digit_gan
from course.gan.lab.figure import draw_run
from course.gan.lab.ring_runs import RingRun, recorded_ring_runs, train_seeds
from course.gan.lab.settings import DIGIT_SETTINGS, DIGIT_STEPS, RING_SETTINGS, SEEDS, STEPS
from course.gan.lab.warning_signs import warning_signs
from course.gan.model import RECORDED
from course.gan.recipes import Recipe
from course.gan.ring import CENTRES, RING_RECIPE, count_modes, draw_ring, ring_gan
from course.gan.tricks import noise_std, perturb_images, soft_labels

QUICK = replace(RING_RECIPE, batch_size=32)


def lit(signs):
    """Names of the signs that warn."""
    return {sign.name for sign in signs if sign.lit}


def healthy(steps=600):
    """A history that nothing is wrong with."""
    rng = np.random.default_rng(0)
    level = dict(zip(RECORDED, (0.65, 0.9, 0.7, 0.6, 2.0, 5.0)))
    return {name: value + 0.01 * rng.normal(size=steps) for name, value in level.items()}


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
    flipped = (
        updates._targets(replace(QUICK, label_flips=0.2), 5000, [(0, 0), (5, 6)]).numpy().ravel()
    )
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


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("discriminator's loss at 0", {"discriminator_loss": np.full(600, 0.001)}),
        (
            "discriminator always right",
            {"accuracy_real": np.ones(600), "accuracy_fake": np.ones(600)},
        ),
        ("discriminator's loss jumps", {"discriminator_loss": np.tile([0.2, 1.4], 300)}),
        ("gradients above 100", {"generator_gradient": np.r_[np.ones(599), 101.0]}),
        ("gradients above 100", {"discriminator_gradient": np.r_[np.ones(599), 101.0]}),
        ("generator's gradient gone", {"generator_gradient": np.full(600, 1e-5)}),
        ("generator's loss falls steadily", {"generator_loss": np.linspace(3, 1, 600)}),
    ],
)
def test_each_warning_is_lit_by_its_own_trouble(name, changed):
    """One trouble lights one warning, with the word for it and a number; health lights none."""
    assert lit(warning_signs(healthy(), 8)) == set()
    signs = warning_signs(healthy() | changed, 8)
    assert lit(signs) == {name}
    (sign,) = [sign for sign in signs if sign.lit]
    assert str(sign).startswith("WARNING: ") and any(c.isdigit() for c in sign.words)


def test_warnings_look_at_the_last_steps():
    """Trouble that is over, or loss that fell and rose again, lights nothing."""
    history = healthy()
    history["generator_gradient"][:400] = 500
    history["generator_loss"][:400] = np.linspace(3, 1, 400)
    assert lit(warning_signs(history)) == set()
    assert lit(warning_signs(history, 7)) == {"modes missing"}


def test_a_generator_that_waits_lights_nothing():
    """During the discriminator's pretraining the generator has no numbers, and no warnings."""
    nan = np.full(600, np.nan)
    signs = warning_signs(healthy() | {"generator_loss": nan, "generator_gradient": nan})
    assert lit(signs) == set()
    assert "no update yet" in " ".join(map(str, signs))
    nothing = warning_signs({name: [] for name in RECORDED})
    assert lit(nothing) == set() and {sign.words for sign in nothing} == {"no step yet"}


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


def digit_run(moment=-1):
    """A made-up record of 200 steps, looked at twice."""
    rng = np.random.default_rng(0)
    sheets = np.zeros((2, 16, 28, 28), np.uint8)
    sheets[1] = 255
    history = {name: rng.random(200) for name in RECORDED}
    scores = ((100, 3, 0.2), (200, 9, 0.5))
    return DigitRun("made up", DIGIT_RECIPE, 0, sheets, (100, 200), scores, history, moment)


def test_a_recorded_run_can_be_looked_at_on_its_way():
    """At a moment there are the sheet, the scores and the history up to it, and no more."""
    run = digit_run().at(0)
    assert (run.step, run.scores, run.sheet.max()) == (100, [(100, 3, 0.2)], 0)
    assert len(run.history["accuracy_real"]) == 100
    assert digit_run().sheet.min() == 255 and digit_run().step == 200
    assert "modes missing" in lit(run.signs)


@pytest.mark.parametrize("make", [digit_run, lambda: RingRun(QUICK).train(40, every=20)])
def test_the_figure_says_in_words_what_it_shows(make):
    """The text alternative has the run, its scores, and each warning with its word."""
    run = make()
    figure = draw_run(run)
    assert figure.alt.startswith(str(run))
    drawn = [text.get_text() for text in figure.axes[5].texts]
    for sign in run.signs:
        assert str(sign) in figure.alt
        assert f"{'WARNING' if sign.lit else 'quiet'}: {sign.name}" in drawn


def test_the_lab_has_a_switch_for_each_trick():
    """Every field of the recipe but the batch size has a control, whose every value is legal."""
    lab = GanLab()
    assert set(lab.switches) == {field.name for field in fields(Recipe)} - {"batch_size"}
    assert lab.recipe == RING_RECIPE
    for name, switch in lab.switches.items():
        values = [True] if hasattr(switch, "indent") else [v for _, v in switch.options]
        for value in values:
            assert getattr(replace(RING_RECIPE, **{name: value}), name) == value


def test_the_lab_trains_only_when_told(monkeypatch):
    """Display trains nothing; Run trains by the switches, Stop ends it, Go on continues it."""
    started = []
    train = RingRun.train
    monkeypatch.setattr(
        RingRun, "train", lambda self, *args: started.append(self) or train(self, *args)
    )
    lab = GanLab(replace(RING_RECIPE, batch_size=16), steps=200)
    bundle = lab._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png"} <= set(bundle)
    assert "press Run" in bundle["text/plain"] and started == [] and lab.run is None
    lab.switches["label_noise"].value = True
    lab.seed.value = 4
    lab.buttons["Run"].click()
    assert lab.buttons["Run"].disabled and not lab.buttons["Stop"].disabled
    lab.wait()
    assert (lab.run.recipe.label_noise, lab.run.seed, lab.run.step) == (True, 4, 200)
    assert "step 200" in lab.children[2].value and lab.children[3].value[:4] == b"\x89PNG"
    lab.buttons["Go on"].click()
    lab.buttons["Stop"].click()
    lab.wait()
    assert 200 <= lab.run.step <= 400 and not lab.buttons["Run"].disabled
    lab.buttons["Reset"].click()
    assert lab.recipe.changes(RING_RECIPE) == {"batch_size": 16}


def test_recorded_runs_are_compared_side_by_side():
    """Two sheets stand side by side; the slider moves both, and the words name the warnings."""
    explorer = GanRuns({"one": digit_run(), "two": digit_run()}, "one", "two")
    assert explorer.picture.pixels == b""
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Left: Digits, made up, seed 0: step 200, 9 of 10")
    assert explorer.picture.array()[5, 5, 0] == 255
    explorer.slider.value = 0
    assert explorer.picture.array()[5, 5, 0] == 0
    assert "modes missing (3 of 10 modes have samples)" in explorer.picture.sentence
    with pytest.raises(ValueError, match="no run 'three'; there are: one, two"):
        GanRuns({"one": digit_run(), "two": digit_run()}, "one", "three")


def test_the_record_of_the_ring_has_each_setting_with_each_seed():
    """Every setting has five runs of twenty scores, by the switches that it has now."""
    record = recorded_ring_runs()
    assert list(record) == list(RING_SETTINGS)
    for name, about in record.items():
        assert about["changes"] == RING_SETTINGS[name]
        assert [run["seed"] for run in about["runs"]] == list(SEEDS)
        for run in about["runs"]:
            assert len(run["modes"]) == len(run["share"]) == STEPS // 100
            assert all(0 <= modes <= 8 for modes in run["modes"])
            assert all(0 <= share <= 1 for share in run["share"])
            assert all(modes == 0 or share > 0 for modes, share in zip(run["modes"], run["share"]))


@pytest.mark.slow
def test_a_recorded_run_can_be_replayed():
    """Recipe and seed of a record give its run again, until a rounding makes another of it."""
    record = recorded_ring_runs()["plain"]["runs"][3]
    run = RingRun(RING_RECIPE, record["seed"]).train(400)
    _, modes, shares = zip(*run.scores)
    np.testing.assert_allclose(modes, record["modes"][:4], atol=2)
    np.testing.assert_allclose(shares, record["share"][:4], atol=0.1)


def test_the_records_of_digits_are_whole_and_small():
    """Each recorded setting has sheets, scores and a history of every step; 600 kB in all."""
    runs = load_digit_runs()
    assert list(runs) == list(DIGIT_SETTINGS)
    for name, run in runs.items():
        assert run.recipe.changes(DIGIT_RECIPE) == DIGIT_SETTINGS[name]
        assert run.sheets.shape == (len(run.moments), 16, 28, 28) and run.sheets.dtype == np.uint8
        assert run.step == DIGIT_STEPS == len(run.history["discriminator_loss"])
        assert [step for step, *_ in run.scores] == list(run.moments)
        assert all(0 <= classes <= 10 and 0 <= share <= 1 for _, classes, share in run.scores)
    files = [*WEIGHTS.glob("gan_ring_runs.*"), *WEIGHTS.glob("gan_digit_runs.*")]
    assert sum(path.stat().st_size for path in files) < 600_000


def test_a_missing_or_damaged_record_is_named(tmp_path):
    """What is not there, or is not what it was, is said with the file and what to do."""
    with pytest.raises(ValueError, match=r"gan_ring_runs\.json: restore it with 'git checkout"):
        recorded_ring_runs(tmp_path)
    with pytest.raises(ValueError, match="no checkpoint 'gan_digit_runs' in"):
        load_digit_runs(tmp_path)
    for ending in ("npz", "json"):
        content = (WEIGHTS / f"gan_digit_runs.{ending}").read_bytes()
        (tmp_path / f"gan_digit_runs.{ending}").write_bytes(content)
    (tmp_path / "gan_digit_runs.npz").write_bytes(b"no longer a record")
    with pytest.raises(ValueError, match=r"gan_digit_runs\.npz is damaged"):
        load_digit_runs(tmp_path)
