"""Right answers in many styles lose no point."""

import pytest

from autograder.authoring.case import all_cases
from autograder.authoring.promises import PROMISES


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_a_right_answer_in_any_style_loses_nothing(case):
    """At least five right answers in different styles have all points at three seeds."""
    assert list(PROMISES["styles have all points"](case)) == []
