"""Every notebook that people open runs from top to bottom, without a network."""

import pytest
from executed import execute, executed, lectures

from autograder import ROOT
from autograder.exercises.catalogue import assignments, exercises_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", lectures(), ids=lambda p: p.stem)
def test_lecture_runs(path):
    """A lecture runs, and nothing in it writes to stderr."""
    for cell in executed(path).cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", output["text"]


@pytest.mark.parametrize("assignment", assignments())
@pytest.mark.usefixtures("instructor_notebooks")
def test_answers_have_all_points(assignment):
    """The instructor's notebook runs, cells for the eyes included, and every check is full."""
    notebook = execute(ROOT / f"solutions/{assignment}/{assignment}.ipynb")
    cells = {cell.id: cell for cell in notebook.cells}
    for name in exercises_of(assignment):
        checked = cells[f"check_{name}"]
        points = float(checked.outputs[-1].data["text/plain"])
        assert points == checked.metadata.nbgrader.points, name
