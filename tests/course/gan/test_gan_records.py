"""Recorded trainings, their figure, and the explorers that show them."""

from dataclasses import fields, replace

import numpy as np
import pytest

from course.checkpoints import WEIGHTS
from course.explorers import GanLab, GanRuns
from course.gan.lab.digit_runs import DigitRun, load_digit_runs
from course.gan.lab.digits import DIGIT_RECIPE
from course.gan.lab.figure import draw_run
from course.gan.lab.ring_runs import RingRun, recorded_ring_runs
from course.gan.lab.settings import DIGIT_SETTINGS, DIGIT_STEPS, RING_SETTINGS, SEEDS, STEPS
from course.gan.model import RECORDED
from course.gan.recipes import Recipe
from course.gan.ring import RING_RECIPE

QUICK = replace(RING_RECIPE, batch_size=32)


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
    assert "modes missing" in {sign.name for sign in run.signs if sign.lit}


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
