"""The gate for course authors: every exercise knows right from wrong, and says what is wrong."""

import re

import nbformat
import pytest

from autograder import ROOT
from autograder.exercise import assignments, exercises_of, find_exercise
from autograder.observe import observe
from autograder.verdict import judge

EXERCISES = [e for assignment in assignments() for e in exercises_of(assignment).values()]
MISTAKES = [(exercise, wrong) for exercise in EXERCISES for wrong in exercise.misconceptions]
SEEDS = range(100, 120)


def verdict_on(exercise, implementation, seed):
    """The verdict as ``check`` makes it, at any seed."""
    return judge(exercise.key(seed), observe(exercise.probe, implementation, seed))


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_reference_passes_its_own_exercise(exercise):
    """The reference agrees with itself in every observation, at 20 seeds."""
    for seed in SEEDS:
        verdict = verdict_on(exercise, exercise.reference, seed)
        assert verdict.fraction == 1, f"seed {seed}: {verdict}"


@pytest.mark.parametrize(
    ("exercise", "wrong"), MISTAKES, ids=[f"{e.name}-{w.__name__}" for e, w in MISTAKES]
)
def test_misconception_costs_points_and_is_named(exercise, wrong):
    """Each misconception loses points and is the first one named, at several seeds."""
    for seed in SEEDS[:3]:
        verdict = verdict_on(exercise, wrong, seed)
        assert verdict.fraction < 1, f"seed {seed}"
        assert verdict.misconceptions[:1] == (wrong.__name__,), f"seed {seed}: {verdict}"
        assert verdict.hints[0] == exercise.sentence(wrong)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_stub_scores_nothing(exercise):
    """What is released, unchanged, agrees in nothing and no misconception is blamed."""

    def stub(*args, **kwargs):
        raise NotImplementedError

    verdict = verdict_on(exercise, stub, 0)
    assert verdict.fraction == 0
    assert verdict.hints == ()
    assert "not written yet" in str(verdict)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_there_are_misconceptions_enough(exercise):
    """Every function has at least three known mistakes."""
    assert len(exercise.misconceptions) >= 3


@pytest.mark.parametrize(
    ("exercise", "wrong"), MISTAKES, ids=[f"{e.name}-{w.__name__}" for e, w in MISTAKES]
)
def test_sentences_speak_without_giving_the_code_away(exercise, wrong):
    """A tutor's sentence is short prose: no call, no operator, no line of code."""
    sentence = exercise.sentence(wrong)
    assert 60 < len(sentence) < 420
    assert sentence.endswith(".")
    assert not re.search(r"\w\(|\*\*|==|\bops\.|\bnp\.|\btf\.", sentence.replace("log(0)", ""))


def test_an_unknown_function_names_the_known_ones():
    """Checking a function that nobody asks for lists those that are asked for."""
    with pytest.raises(Exception, match=r"no exercise asks for a function 'kl_los'.*kl_loss"):
        find_exercise("kl_los")


@pytest.mark.parametrize("assignment", assignments())
@pytest.mark.usefixtures("instructor_notebooks")
def test_released_notebook_asks_and_does_not_tell(assignment):
    """A release holds every stub and check, and no line of a reference's body."""
    path = ROOT / f"notebooks/assignments/{assignment}/{assignment}.ipynb"
    cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
    released = "\n".join(cell.source for cell in cells.values())
    assert "SOLUTION" not in released
    solutions = (ROOT / f"solutions/{assignment}/{assignment}.ipynb").as_posix()
    answers = nbformat.read(solutions, as_version=4)
    for name in exercises_of(assignment):
        assert cells[name].source.endswith("raise NotImplementedError()")
        assert cells[f"check_{name}"].source.startswith(f"check({name}, points=")
        (answer,) = (cell.source for cell in answers.cells if cell.id == name)
        body = answer.partition("### BEGIN SOLUTION\n")[2].partition("    ### END SOLUTION")[0]
        for line in filter(lambda line: len(line) > 15, map(str.strip, body.splitlines())):
            assert line not in released, line
