"""The promises: a sound exercise keeps them, and each kind of unsound one breaks its own."""

import itertools
import re

import numpy as np
import pytest

from autograder.authoring import gate
from autograder.authoring.case import Case
from autograder.authoring.docstrings import sections
from autograder.authoring.promises import PROMISES
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
    """Observes what distinguishes the mistakes below."""
    x = rng.normal(size=5) + 1
    yield "five numbers", lambda: scaled_sum(x)
    yield "another factor", lambda: scaled_sum(x, 3.0)
    yield "one number", lambda: scaled_sum(x[:1], 0.5)


def averaged(x, factor=2.0):
    """You averaged the entries instead of adding them up. With more entries a sum grows, and
    an average does not."""
    return factor * np.mean(x)


def factor_ignored(x, factor=2.0):
    """You wrote the factor into the formula. Another factor that is passed must change the
    result as well."""
    return 2.0 * np.sum(x)


def sign_lost(x, factor=2.0):
    """The sign is wrong: you returned minus the sum. Nothing in the docstring asks for a change
    of sign."""
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
    """A sound exercise has no breach."""
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
    """Observes the result once, and its shape twice."""
    x = rng.normal(size=5)
    yield "five numbers", lambda: scaled_sum(x)
    yield "shape", lambda: np.shape(scaled_sum(x))
    yield "shape again", lambda: np.shape(scaled_sum(2 * x))


def one_factor_probe(scaled_sum, rng):
    """Never passes a factor."""
    x = rng.normal(size=5) + 1
    yield "five numbers", lambda: scaled_sum(x)
    yield "one number", lambda: scaled_sum(x[:1])


def random_mistake(x, factor=2.0):
    """You drew a random number at each call. Nothing in the docstring is random, so the same
    input has to give the same result."""
    return scaled_sum(x, factor) + next(COUNT) + 1


def averaged_too(x, factor=2.0):
    """You divided the sum by the number of entries. With more entries a sum grows, and an
    average does not."""
    return averaged(x, factor)


def coded(x, factor=2.0):
    """Write factor * np.sum(x) in place of what you have; this is the only right way to do it."""
    return -2 * factor * np.sum(x)


def curt(x, factor=2.0):
    """Wrong"""
    return -2 * factor * np.sum(x)


def early_probe(scaled_sum, rng):
    """Calls the function before the first observation."""
    value = scaled_sum(rng.normal(size=5))
    yield "value", lambda: value


BROKEN = {
    "parameter missing": (
        "docstring is complete", {"reference": undocumented}, "'Args:' with .* of factor"
    ),
    "return missing": ("docstring is complete", {"reference": undocumented}, "'Returns:' with"),
    "source missing": ("docstring is complete", {"reference": undocumented}, "'Source:' with"),
    "error missing": (
        "docstring is complete", {"reference": undocumented}, "'Raises:' with ValueError"
    ),
    "random reference": (
        "reference is right", {"reference": fickle}, "the reference differs from itself at seed 12"
    ),
    "same inputs": ("seeds matter", {"probe": public_probe}, "the same at every seed"),
    "exception hidden": (
        "stub scores nothing", {"probe": swallowing_probe}, "is not recognised"
    ),
    "too few": ("misconceptions are named", {"mistakes": MISTAKES[:2]}, "too few misconceptions"),
    "not seen": (
        "misconceptions are named", {"probe": one_factor_probe},
        "factor_ignored at seed 12 loses no point",
    ),
    "unlike itself": (
        "misconceptions are named", {"mistakes": (*MISTAKES, random_mistake)},
        "random_mistake at seed 12 is not named .*got none",
    ),
    "two alike": (
        "misconceptions are named", {"mistakes": (*MISTAKES, averaged_too)},
        "averaged_too at seed 12 is not named .*averaged",
    ),
    "code in it": ("sentences tell no code", {"mistakes": (*MISTAKES, coded)}, r"code: 'np\.'"),
    "curt": (
        "sentences tell no code", {"mistakes": (*MISTAKES, curt)}, "5 characters; no full stop"
    ),
    "shape pays": (
        "work is needed", {"probe": shape_probe}, "no work: the right values times 0.*shape, shape"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("promise", "change", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_promise_is_named(promise, change, said):
    """Each kind of unsound exercise breaks its promise, and the breach says what is wrong."""
    breaches = list(PROMISES[promise](case(**change)))
    told = [f"{each.what}, expected {each.expected}, got {each.got}" for each in breaches]
    assert any(re.search(said, line) for line in told), told
    assert all(
        each.where.startswith(("tests/autograder/authoring/test_promises.py:", "a0_made_up"))
        for each in breaches
    )


def test_random_mistakes_are_recognised_by_what_they_are_shown_by():
    """A mistake with random values keeps the promise if it says which values are not random."""

    def probe(scaled_sum, rng):
        x = rng.normal(size=5) + 1
        yield "five numbers", lambda: scaled_sum(x)
        yield "twice the same", lambda: str(scaled_sum(x) == scaled_sum(x))

    (breach,) = PROMISES["misconceptions are named"](
        case(probe=probe, mistakes=[random_mistake], shown_by=["twice the same"])
    )
    assert breach.what == "there are too few misconceptions"


def test_the_first_broken_promise_is_shown_and_an_exception_is_one():
    """Only the first broken promise is shown; a probe that raises is shown with its line."""
    outcome = gate.first_broken(case(reference=undocumented, probe=public_probe))
    assert (outcome.broken, outcome.kept) == ("docstring is complete", 1)
    outcome = gate.first_broken(case(mistakes=()))
    assert (outcome.broken, outcome.kept) == ("misconceptions are named", 5)
    outcome = gate.first_broken(case(probe=early_probe))
    assert outcome.broken == "stub scores nothing"
    (breach,) = outcome.breaches
    assert re.fullmatch(r"tests/autograder/authoring/test_promises\.py:\d+", breach.where)
    assert "the probe itself raised NotImplementedError" in breach.got


def test_what_was_never_written_is_named():
    """A skeleton without marks but also without bodies does not pass."""

    def unwritten(x, factor=2.0):
        raise NotImplementedError

    unwritten.__doc__ = scaled_sum.__doc__
    outcome = gate.first_broken(case(reference=unwritten))
    assert outcome.broken == "reference is right"
    (breach,) = outcome.breaches
    assert "the reference of unwritten raised NotImplementedError" in breach.got
    unwritten.__doc__ = averaged.__doc__
    first = next(PROMISES["misconceptions are named"](case(mistakes=(unwritten, *MISTAKES))))
    assert first.got == "none"


def test_sections_of_a_docstring():
    """A summary with a colon is no heading, and a source may take two lines."""
    found = sections("Length: a norm.\n\nArgs:\n    x, y: two\n        lines.\n\nSource: a\nbook.")
    assert found == {
        "": "Length: a norm.",
        "Args": "    x, y: two\n        lines.",
        "Source": "a\nbook.",
    }
