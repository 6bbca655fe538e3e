"""A submission that is not damaged stays as it is, and repairs are reported."""

import copy
import json

import nbformat
import pytest
from student_notebooks import (
    FUNCTIONS,
    RELEASED,
    cell_of,
    code,
    place,
    sources,
    text,
)

from autograder.errors import AuthorError
from autograder.submission.parse import Parser
from autograder.submission.read import read_submission
from autograder.submission.repair import repair


def test_an_undamaged_submission_stays_as_it_is(right, repaired):
    """Right answers come back byte for byte, without a sentence."""
    mended, report = repaired(right)
    assert report == []
    assert sources(mended) == sources(right)
    assert [cell.id for cell in mended.cells] == [cell.id for cell in right.cells]


def test_a_blank_submission_stays_as_it_is(repaired):
    """A notebook handed in as it was released needs no repair."""
    mended, report = repaired(RELEASED)
    assert report == []
    assert mended == RELEASED


def test_cells_of_the_students_own_stay_where_they_are(right, repaired):
    """Helpers, scratch cells and notes are no damage, whatever they define after the check."""
    right.cells.insert(place(right, "kl_loss"), code("import math\n\ndef half(x):\n    return x/2"))
    right.cells.insert(place(right, "kl_loss") + 1, code("%timeit half(3)"))
    right.cells.insert(place(right, "check_kl_loss") + 1, code("check(kl_loss, points=3)"))
    right.cells += [text("My notes."), code("def kl_loss(mu, log_var):\n    return 'a trial'")]
    mended, report = repaired(right)
    assert report == []
    assert sources(mended) == sources(right)


def test_white_space_and_line_ends_are_no_damage(right, repaired):
    """A notebook saved on Windows is not damaged, and its answers keep their line ends."""
    for cell in right.cells:
        cell.source = cell.source.replace("\n", "\r\n") + "\r\n"
    mended, report = repaired(right)
    assert report == []
    assert cell_of(mended, "kl_loss").source == cell_of(right, "kl_loss").source


def test_a_syntax_error_is_the_students_own(right, repaired):
    """A cell that is not Python stays in its place as it was written."""
    broken = FUNCTIONS["kl_loss"].replace("return", "retrun -")
    cell_of(right, "kl_loss").source = broken
    mended, report = repaired(right)
    assert report == []
    assert cell_of(mended, "kl_loss").source == broken


def test_outputs_are_dropped(right, repaired):
    """The outputs of a student's cells are dropped: grading makes them again."""
    output = nbformat.v4.new_output("display_data", {"text/html": "<script>alert(1)</script>"})
    for cell in right.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [output], 7
    mended, report = repaired(right)
    assert report == []
    assert "script" not in json.dumps(mended)


def test_the_report_is_bounded_and_plain_text(right, repaired):
    """However much is wrong, the report has at most 20 short lines without mark-up."""
    for n in range(300):
        claims = {"grade_id": f"<script>{n}" * 10, "grade": True, "points": 1}
        right.cells.append(code(f"def {'x' * 500}{n}(): pass", nbgrader=claims))
    del right.cells[place(right, "kl_loss")]
    _, report = repaired(right)
    assert len(report) == 20
    assert report[-1] == "and 282 more repairs"


def test_the_instructors_notebook_is_no_master(right, tmp_path):
    """A master with answers is refused: it would give them to every student."""
    path = tmp_path / "a2_vae.ipynb"
    path.write_text(json.dumps(right))
    master = copy.deepcopy(RELEASED)
    master.cells[3].source += "\n    ### BEGIN SOLUTION"
    with pytest.raises(AuthorError, match=r"cell 4 has answers .* takes the released notebook"):
        repair(read_submission(path), master)


def test_the_parser_tells_blank_from_written():
    """A body that only raises NotImplementedError is not an answer."""
    cell = 'def a():\n    """Doc."""\n    raise NotImplementedError()\ndef b():\n    return 1'
    assert [d.is_blank for d in Parser().definitions(cell)] == [True, False]
