"""Every exercise keeps the promises that the authors' gate checks."""

import dataclasses

import pytest

from autograder.authoring.case import all_cases
from autograder.authoring.promises import PROMISES
from autograder.exercises.catalogue import find_exercise

CASES = all_cases()
MANY_SEEDS = tuple(range(100, 120))
ELSEWHERE = ("work is needed", "styles have all points")  # test_lazy_answers, test_styles


@pytest.mark.parametrize("promise", [name for name in PROMISES if name not in ELSEWHERE])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_exercise_keeps_its_promises(case, promise):
    """An exercise keeps each promise, at the public seed and at two others."""
    assert list(PROMISES[promise](case)) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_reference_passes_its_own_exercise(case):
    """The reference agrees with itself in every observation, at 20 seeds."""
    at_many_seeds = dataclasses.replace(case, seeds=MANY_SEEDS)
    assert list(PROMISES["reference is right"](at_many_seeds)) == []


def test_an_unknown_function_names_the_known_ones():
    """Checking a function that no exercise asks for lists those that exercises ask for."""
    with pytest.raises(Exception, match=r"no exercise asks for a function 'kl_los'.*kl_loss"):
        find_exercise("kl_los")
