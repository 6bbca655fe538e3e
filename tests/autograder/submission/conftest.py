"""A notebook with right answers, and ways to hand one in."""

import copy
import json

import pytest
from student_notebooks import (
    FUNCTIONS,
    QUESTIONS,
    RELEASED,
    assert_fit,
    grade_id_of,
)

from autograder.authoring.demo import ANSWER
from autograder.errors import RefusedError
from autograder.submission.read import read_submission
from autograder.submission.repair import repair


@pytest.fixture
def right():
    """The released notebook with right answers, as a student saves it."""
    notebook = copy.deepcopy(RELEASED)
    for cell in notebook.cells:
        if grade_id_of(cell) in FUNCTIONS:
            cell.source = FUNCTIONS[grade_id_of(cell)]
        elif grade_id_of(cell) in QUESTIONS:
            cell.source = cell.source.replace("YOUR ANSWER HERE", ANSWER)
    return notebook


@pytest.fixture
def repaired(tmp_path):
    """Hands a notebook in, and gives what repair makes of it."""

    def hand_in(notebook, name="a2_vae.ipynb"):
        path = tmp_path / name
        content = notebook if isinstance(notebook, str) else json.dumps(notebook)
        path.write_text(content, encoding="utf-8")
        mended, report = repair(read_submission(path), RELEASED)
        assert_fit(mended, report)
        return mended, report

    return hand_in


@pytest.fixture
def refusal(tmp_path):
    """Hands bytes in, and gives the message with which they are refused."""

    def hand_in(content, name="a2_vae.ipynb"):
        path = tmp_path / name
        content = content if isinstance(content, (str, bytes)) else json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(RefusedError) as caught:
            read_submission(path)
        assert len(str(caught.value)) < 300
        return str(caught.value)

    return hand_in
