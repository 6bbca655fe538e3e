"""The promises themselves: a sound exercise keeps them, and each kind of unsound one is told."""

import itertools
import re
import shutil

import numpy as np
import pytest

from autograder import ROOT
from autograder.authoring import gate
from autograder.authoring.case import Case
from autograder.authoring.docstrings import sections
from autograder.authoring.promises import PROMISES
from autograder.errors import UsageError
from autograder.exercises.catalogue import exercises_of
from autograder.exercises.exercise import Exercise

COUNT = itertools.count()


def scaled_sum(x, factor=2.0):
    """Sum of the entries, times a factor.

    Args:
        x: array, shape (n,).
        factor: real number.

    Returns:
        Number: the sum over all entries, times ``factor``.

    Source: made up for this test.
    """
    return factor * np.sum(x)


def probe(scaled_sum, rng):
    """Looks at what distinguishes the mistakes below."""
    x = rng.normal(size=5) + 1
    yield "five numbers", lambda: scaled_sum(x)
    yield "another factor", lambda: scaled_sum(x, 3.0)
    yield "one number", lambda: scaled_sum(x[:1], 0.5)


def averaged(x, factor=2.0):
    """The entries are averaged instead of added up. With more entries a sum grows, and an
    average does not."""
    return factor * np.mean(x)


def factor_ignored(x, factor=2.0):
    """The factor is written into the formula. Another one that is handed over must change
    the result as well."""
    return 2.0 * np.sum(x)


def sign_lost(x, factor=2.0):
    """The result has the other sign. Nothing in what is asked for turns the sign of a sum
    around."""
    return -factor * np.sum(x)


MISTAKES = (averaged, factor_ignored, sign_lost)


def case(reference=scaled_sum, probe=probe, mistakes=MISTAKES, shown_by=()):
    """An exercise that belongs to no assignment."""
    exercise = Exercise(reference, probe)
    for wrong in mistakes:
        exercise.misconception(wrong, shown_by=shown_by)
    return Case("a0_made_up", exercise)


IN_MEMORY = (
    "docstring is complete",
    "reference is right",
    "seeds matter",
    "stub scores nothing",
    "misconceptions are named",
    "sentences tell no code",
    "work is needed",
)


@pytest.mark.parametrize("promise", IN_MEMORY)
def test_a_sound_exercise_keeps_its_promises(promise):
    """Nothing is said of an exercise that is as it should be."""
    assert list(PROMISES[promise](case())) == []


def undocumented(x, factor=2.0):
    """Sum of the entries, times a factor.

    Args:
        x: array, shape (n,).
    """
    if not len(x):
        raise ValueError(x)
    return scaled_sum(x, factor)


def fickle(x, factor=2.0):
    """Adds the number of calls so far."""
    return scaled_sum(x, factor) + next(COUNT)


def public_probe(scaled_sum, rng):
    """The same at each seed."""
    yield "two numbers", lambda: scaled_sum(np.array([1.0, 2.0]))


def swallowing_probe(scaled_sum, rng):
    """Hides what is raised."""
    x = rng.normal(size=5)

    def outcome():
        try:
            return scaled_sum(x)
        except Exception:
            return "an error"

    yield "outcome", outcome


def shape_probe(scaled_sum, rng):
    """Looks at the result once, and twice at how it looks."""
    x = rng.normal(size=5)
    yield "five numbers", lambda: scaled_sum(x)
    yield "shape", lambda: np.shape(scaled_sum(x))
    yield "shape again", lambda: np.shape(scaled_sum(2 * x))


def one_factor_probe(scaled_sum, rng):
    """Never hands a factor over."""
    x = rng.normal(size=5) + 1
    yield "five numbers", lambda: scaled_sum(x)
    yield "one number", lambda: scaled_sum(x[:1])


def random_mistake(x, factor=2.0):
    """Something is drawn at each call. Nothing in what is asked for is random, so the same
    input has to give the same result."""
    return scaled_sum(x, factor) + next(COUNT) + 1


def averaged_too(x, factor=2.0):
    """The sum is divided by the number of entries. With more entries a sum grows, and an
    average does not."""
    return averaged(x, factor)


def coded(x, factor=2.0):
    """Write factor * np.sum(x) in place of what you have; this is the only right way to do it."""
    return -2 * factor * np.sum(x)


def curt(x, factor=2.0):
    """Wrong"""
    return -2 * factor * np.sum(x)


def early_probe(scaled_sum, rng):
    """Calls the function before anything is looked at."""
    value = scaled_sum(rng.normal(size=5))
    yield "value", lambda: value


BROKEN = {
    "parameter untold": (
        "docstring is complete", {"reference": undocumented}, "'Args:' with .* of factor"
    ),
    "return untold": ("docstring is complete", {"reference": undocumented}, "'Returns:' with"),
    "source untold": ("docstring is complete", {"reference": undocumented}, "'Source:' with"),
    "error untold": (
        "docstring is complete", {"reference": undocumented}, "'Raises:' with ValueError"
    ),
    "random reference": (
        "reference is right", {"reference": fickle}, "the reference differs from itself at seed 12"
    ),
    "same inputs": ("seeds matter", {"probe": public_probe}, "the same whatever the seed"),
    "exception hidden": (
        "stub scores nothing", {"probe": swallowing_probe}, "is not seen as such"
    ),
    "too few": ("misconceptions are named", {"mistakes": MISTAKES[:2]}, "too few misconceptions"),
    "not seen": (
        "misconceptions are named", {"probe": one_factor_probe},
        "factor_ignored at seed 12 loses no point",
    ),
    "unlike itself": (
        "misconceptions are named", {"mistakes": (*MISTAKES, random_mistake)},
        "random_mistake at seed 12 is not told .*nobody",
    ),
    "two alike": (
        "misconceptions are named", {"mistakes": (*MISTAKES, averaged_too)},
        "averaged_too at seed 12 is not told .*averaged",
    ),
    "code told": ("sentences tell no code", {"mistakes": (*MISTAKES, coded)}, r"code: 'np\.'"),
    "curt": (
        "sentences tell no code", {"mistakes": (*MISTAKES, curt)}, "5 characters; no full stop"
    ),
    "shape pays": (
        "work is needed", {"probe": shape_probe}, "no work: the right values times 0.*shape, shape"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("promise", "change", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_promise_is_told(promise, change, said):
    """Each kind of unsound exercise breaks its promise, and the breach says what is wrong."""
    breaches = list(PROMISES[promise](case(**change)))
    told = [f"{each.what}, wanted {each.wanted}, got {each.got}" for each in breaches]
    assert any(re.search(said, line) for line in told), told
    assert all(
        each.where.startswith(("tests/autograder/authoring/test_promises.py:", "a0_made_up"))
        for each in breaches
    )


def test_random_mistakes_are_told_by_what_they_are_shown_by():
    """A mistake with random values keeps the promise once it says which values are not."""

    def probe(scaled_sum, rng):
        x = rng.normal(size=5) + 1
        yield "five numbers", lambda: scaled_sum(x)
        yield "twice the same", lambda: str(scaled_sum(x) == scaled_sum(x))

    (breach,) = PROMISES["misconceptions are named"](
        case(probe=probe, mistakes=[random_mistake], shown_by=["twice the same"])
    )
    assert breach.what == "there are too few misconceptions"


@pytest.fixture
def course(tmp_path):
    """The files of assignment a1_distances that its exercises' promises speak of."""
    for name in ("solutions/a1_distances.py", "course/distances.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def norm(course):
    """``lp_norm`` of that course."""
    return Case("a1_distances", exercises_of("a1_distances")["lp_norm"], root=course)


def edit(path, old, new):
    """Replace a piece of a text that must be there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_line_of_the_body_in_a_release_is_told(course):
    """A given cell that holds a line of the reference is named, and so is a stale release."""
    solutions = course / "solutions/a1_distances.py"
    line = "magnitudes = np.abs(np.asarray(x, dtype=float))"
    edit(solutions, "# ## A density", f"# ## A density\n#\n# Begin with `{line}`.")
    told, stale = PROMISES["release does not tell"](norm(course))
    assert (told.what, told.got) == ("the release tells a line of the answer", line)
    assert stale.what == "the released notebook is not what its text makes"


def test_a_mark_that_is_left_is_told(course):
    """A place that new-exercise marked is named with its line, until it is filled in."""
    edit(course / "solutions/a1_distances.py", "# ## A density", "# ## FILL IN lp_norm: a title.")
    (breach,) = PROMISES["filled in"](norm(course))
    assert breach.where.startswith("solutions/a1_distances.py:")
    assert breach.wanted == "a title"


def test_styles_that_are_wrong_or_missing_are_told(course):
    """Too few right answers are counted, and one that loses points is named with its line."""
    assert "too few" in next(PROMISES["styles have all points"](norm(course))).what
    (course / "tests/styles").mkdir(parents=True)
    (course / "tests/styles/lp_norm.py").write_text(
        'def lp_norm(x, p):\n    """Wrong."""\n    return 0\n\n\n'
        'STYLES = {"lp_norm": [lp_norm] * 5}\n'
    )
    first = next(PROMISES["styles have all points"](norm(course)))
    assert first.what == "a right answer loses points at seed 12: Wrong."
    assert first.where == "tests/styles/lp_norm.py:1"


def test_thefirst_broken_promise_is_shown_and_an_exception_is_one():
    """What comes first is told first; a probe that raises is the author's to mend, by line."""
    broken, _, kept = gate.first_broken(case(reference=undocumented, probe=public_probe))
    assert (broken, kept) == ("docstring is complete", 1)
    broken, _, kept = gate.first_broken(case(mistakes=()))
    assert (broken, kept) == ("misconceptions are named", 5)
    unsound = case(probe=early_probe)
    broken, (breach,), _ = gate.first_broken(unsound)
    assert broken == "stub scores nothing"
    assert re.fullmatch(r"tests/autograder/authoring/test_promises\.py:\d+", breach.where)
    assert "the probe itself raised NotImplementedError" in breach.got


def test_what_was_never_written_is_told():
    """A skeleton whose marks are gone but whose bodies are not there passes no promise."""

    def unwritten(x, factor=2.0):
        raise NotImplementedError

    unwritten.__doc__ = scaled_sum.__doc__
    broken, (breach,), _ = gate.first_broken(case(reference=unwritten))
    assert broken == "reference is right"
    assert "the reference of unwritten raised NotImplementedError" in breach.got
    unwritten.__doc__ = averaged.__doc__
    first = next(PROMISES["misconceptions are named"](case(mistakes=(unwritten, *MISTAKES))))
    assert first.got == "nobody"


def test_an_unknown_name_is_refused():
    """The gate lists what there is for a name that is neither exercise nor assignment."""
    with pytest.raises(
        UsageError, match=r"no exercise or assignment 'kl_los'; there are .*kl_loss"
    ):
        gate.chosen(["kl_los"])


def test_an_assignment_stands_for_its_exercises():
    """Names of exercises and of assignments may be mixed."""
    found = dict(gate.chosen(["kl_loss", "a1_distances"]))
    assert found["a2_vae"] == ["kl_loss"]
    assert len(found["a1_distances"]) == 5


def test_a_module_that_cannot_be_imported_is_told(monkeypatch, capsys):
    """An assignment whose exercises raise on import is one line and one breach, with the place."""

    def broken(assignment):
        raise SyntaxError("never closed", (str(ROOT / "autograder/exercises/a1.py"), 7, 1, "("))

    monkeypatch.setattr(gate, "exercises_of", broken)
    assert not gate.check_all(["a1_distances"])
    said = capsys.readouterr().out
    assert re.search(r"^a1_distances +0 of 10 +0\.0  can be imported$", said, re.MULTILINE)
    assert "  where:  autograder/exercises/a1.py:7\n" in said
    assert "SyntaxError: never closed" in said


def test_a_probe_without_an_exercise_is_told(monkeypatch, capsys):
    """A name that the probes list and no Exercise bears is named."""
    monkeypatch.setattr(gate, "exercises_of", lambda assignment: {})
    assert not gate.check_all(["lp_norm"])
    assert "lp_norm has a probe and no Exercise" in capsys.readouterr().out


def test_sections_of_a_docstring():
    """A summary with a colon is no heading, and a source may take two lines."""
    found = sections("Length: a norm.\n\nArgs:\n    x, y: two\n        lines.\n\nSource: a\nbook.")
    assert found == {
        "": "Length: a norm.",
        "Args": "    x, y: two\n        lines.",
        "Source": "a\nbook.",
    }
