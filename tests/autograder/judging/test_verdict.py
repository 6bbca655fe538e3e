"""What agrees, what is said of what does not, and whose mistake is named."""

import re

import numpy as np
import pytest

from autograder.exercises.exercise import Exercise
from autograder.inside.observe import observe
from autograder.inside.wire import Failure, Table
from autograder.judging.compare import agree, difference
from autograder.judging.key import key_of
from autograder.judging.verdict import Verdict, judge


@pytest.mark.parametrize(
    ("seen", "expected", "says"),
    [
        (1.0, 1.0 + 5e-4, True),
        (1.0, 1.01, False),
        ([1.0, 1e-9], [1.0, 0.0], True),
        ([1, 2], [1.0, 2.0], True),
        ([1.0], 1.0, False),
        (np.nan, np.nan, True),
        (np.nan, 1.0, False),
        (np.inf, np.inf, True),
        (-np.inf, np.inf, False),
        (1e30, np.inf, False),
        (True, 1.0, True),
    ],
)
def test_numbers_agree_within_rounding(seen, expected, says):
    """Values agree within a thousandth; shapes, nan and infinities must be the same."""
    assert agree(np.array(seen), np.array(expected)) is says


@pytest.mark.parametrize(
    ("seen", "expected", "sentence"),
    [
        (None, np.array(1.0), r"^got nothing, expected a number \(is there a return\?\)$"),
        (
            np.zeros((5, 3)),
            np.zeros(5),
            r"^got an .* shape \(5, 3\), expected an .* shape \(5,\)$",
        ),
        (np.array(2.0), np.array(1.0), r"^got 2, expected 1 \(2 times the expected\)$"),
        (np.array(1.3), np.array(1.0), r"^got 1.3, expected 1$"),
        (
            np.array([1.0, 3.0]),
            np.array([1.0, 2.0]),
            r"1 of 2 values differ; at \[1\]: got 3, expected 2$",
        ),
        (np.array([1.0, 2.0]), np.array([3.0, 6.0]), r"\(1/3 of the expected\)"),
        (np.array([1.0, 2.0]), np.array([-1.0, -2.0]), r"\(-1 times the expected\)"),
        (np.array([1.0, 2.0]), np.array([1.3, 2.6]), r"\(0.7692 times the expected\)"),
        (np.array([np.nan, 2.0]), np.array([1.0, 2.0]), r"at \[0\]: got nan, expected 1$"),
        (
            np.array([3.0, 2.0]),
            np.array([np.inf, 2.0]),
            r"1 of 2 .* at \[0\]: got 3, expected inf",
        ),
        ("small", "large", "^got: small; expected: large$"),
        (Failure("NotImplementedError", ""), np.array(1.0), "not written yet"),
        (Failure("TypeError", "bad", "x + y"), np.array(1.0), r"raised TypeError: bad, in .* x \+"),
        (Failure("KeyError", "", ""), np.array(1.0), "raised KeyError$"),
        (
            Table(("layer", "size"), (("Dense", 3),)),
            Table(("layer", "size"), (("Dense", 4),)),
            r"^row 1 \(Dense\): got size 3, expected size 4$",
        ),
        (Table(("layer",), ()), Table(("layer",), (("Dense",),)), "^got 0 rows, expected 1$"),
    ],
)
def test_differences_say_what_they_got_and_what_was_expected(seen, expected, sentence):
    """Every kind of difference has words that name both sides."""
    assert not agree(seen, expected)
    found = difference(seen, expected, shows_numbers=True)
    assert re.search(sentence, found.sentence), found
    for part in (found.got, found.expected, *found.remark.split("; ")):
        assert all(word in found.sentence for word in part.split()), part


@pytest.mark.parametrize(
    ("seen", "expected", "sentence"),
    [
        (1.3, 1.0, "got 1.3, expected less"),
        (0.7, 1.0, "got 0.7, expected more"),
        (2.0, 1.0, "got 2, expected less (2 times the expected)"),
        (np.nan, 1.0, "got nan, expected a number"),
        (3.0, np.inf, "got 3, expected inf"),
        ([1.0, 3.0], [1.0, 2.0], "1 of 2 values differ; at [1]: got 3, expected less"),
        (
            [1.0, 2.0],
            [1.3, 2.6],
            "2 of 2 values differ; at [0]: got 1, expected more (all by the same factor)",
        ),
        ([1.0], 1.25, "got an array of shape (1,), expected a number"),
    ],
)
def test_in_a_class_no_expected_number_is_told(seen, expected, sentence):
    """The student's own number, the relation and named factors; shapes and infinities too."""
    assert difference(np.array(seen), np.array(expected)).sentence == sentence


def right(x):
    """Twice x, and its sign kept."""
    return 2 * x


def probe(function, rng):
    """Three looks: two values and one at 0."""
    x = rng.uniform(1, 2, size=3)
    yield "positive", lambda: function(x)
    yield "negative", lambda: function(-x)
    yield "both", lambda: function(np.array([1.0, -1.0]))


@pytest.fixture
def exercise():
    """An exercise with two mistakes, one of which hides in the other."""
    made = Exercise(right, probe)

    @made.misconception
    def sign_lost(x):
        """The sign is lost."""
        return 2 * np.abs(x)

    @made.misconception
    def not_doubled(x):
        """It is not doubled."""
        return x

    return made


def verdict(exercise, function):
    """The verdict at one seed."""
    return judge(key_of(exercise, 1), observe(exercise.probe, function, 1))


def test_each_observation_counts_the_same(exercise):
    """One of three observations agrees: a third of the points."""
    assert verdict(exercise, lambda x: 2 * np.abs(x)).fraction == pytest.approx(1 / 3)


def test_a_mistake_is_named_by_what_it_does(exercise):
    """The student's own code is another text; its observations are the misconception's."""
    found = verdict(exercise, lambda x: np.sqrt(4 * x * x))
    assert found.misconceptions == ("sign_lost",)
    assert found.hints == ("The sign is lost.",)


def test_a_mistake_is_named_beside_another_one(exercise):
    """Where the rest is wrong in its own way, what a misconception explains is still named."""
    found = verdict(exercise, lambda x: 2 * np.abs(x) if x.size == 2 or x[0] < 0 else x - 5)
    assert found.misconceptions == ("sign_lost",)
    assert found.fraction == 0


def test_an_unknown_mistake_is_not_given_a_name(exercise):
    """What matches no misconception is told by its numbers alone."""
    found = verdict(exercise, lambda x: 2 * x + 7)
    assert found.misconceptions == ()
    assert found.findings[0].detail.startswith("3 of 3 values differ; at [0]: got ")


def test_an_exception_costs_its_observation_only(exercise):
    """A function that raises for some inputs keeps the points of the others."""

    def fragile(x):
        if x[0] < 0:
            raise KeyError("no negatives")
        return 2 * x

    found = verdict(exercise, fragile)
    assert [finding.agrees for finding in found.findings] == [True, False, True]
    assert (
        "raised KeyError: 'no negatives', in the line: raise KeyError" in found.findings[1].detail
    )


def test_a_forged_stream_agrees_in_nothing(exercise):
    """Bytes that break the wire's rules are worth no points and say so."""
    found = judge(key_of(exercise, 1), b"\xff\xff\xff\xff")
    assert found.fraction == 0
    assert "not readable" in found.findings[0].detail


def test_a_verdict_survives_json(exercise):
    """What the report reads back is what was written."""
    found = verdict(exercise, lambda x: x)
    assert Verdict.from_json(found.to_json()) == found


def test_a_verdict_of_an_earlier_version_is_still_read(exercise):
    """A class that was graded before fields had their names of today can make its report."""
    found = verdict(exercise, lambda x: x)
    content = found.to_json()
    for finding in content["findings"]:
        finding["came"], finding["wanted"] = finding.pop("got"), finding.pop("expected")
    read = Verdict.from_json(content)
    assert read.points == found.points and read.hints == found.hints
    assert [each.detail for each in read.findings] == [each.detail for each in found.findings]


def test_a_misconception_without_a_sentence_is_the_authors_error(exercise):
    """A wrong implementation that nothing is said of stops where it is added."""
    with pytest.raises(Exception, match="silent of right has no docstring"):

        @exercise.misconception
        def silent(x):
            return x
