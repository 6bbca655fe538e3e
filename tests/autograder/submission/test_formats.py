"""Notebooks and times that break their format are read, or are refused and say why."""

import copy
import json
import shutil

import pytest
from odd_notebooks import ODD_NOTEBOOKS, ODD_TIMES, as_format_3, odd_notebook
from student_notebooks import RELEASED, assert_fit, assert_right, sources

from autograder import ROOT
from autograder.authoring.demo import make_class
from autograder.errors import RefusedError
from autograder.gradebook.grade import grade
from autograder.pages.report import results_of
from autograder.submission.read import check_folder, read_submission
from autograder.submission.repair import repair

ASSIGNMENT = "a1_distances"
LOSES_TEXT = ("sources ", "format 3, input", "format 3, source")  # These lose the text itself.

NO_TEXT = ("null", "a list", "a number", "nested")
REFUSED = {f"{what} {value}" for what in ("sources", "format 3, input") for value in NO_TEXT}
REFUSED |= {f"format 3, source {value}" for value in NO_TEXT}


@pytest.fixture
def plain_right(right):
    """The right notebook as plain JSON."""
    return json.loads(json.dumps(right))


@pytest.mark.parametrize("name", ODD_NOTEBOOKS)
def test_an_odd_format_costs_no_answer(plain_right, tmp_path, name):
    """Whatever is odd beside the text, all answers are read; a cell without text is refused."""
    path = tmp_path / "a2_vae.ipynb"
    path.write_text(json.dumps(odd_notebook(plain_right, name)), encoding="utf-8")
    if name in REFUSED:
        with pytest.raises(RefusedError, match=r"is damaged \(it has no text\)"):
            read_submission(path)
        return
    mended, report = repair(read_submission(path), RELEASED)
    assert_fit(mended, report)
    if not name.startswith(LOSES_TEXT):
        assert_right(mended)


def test_what_was_odd_is_said(plain_right, repaired):
    """One sentence for the number of the format, for the metadata and for the cells."""
    notebook = copy.deepcopy(plain_right)
    del notebook["nbformat"]
    notebook["metadata"] = []
    plain_cells = [n for n, cell in enumerate(notebook["cells"]) if "nbgrader" not in str(cell)]
    for place in plain_cells[:2]:
        notebook["cells"][place]["metadata"] = None
    notebook["cells"][plain_cells[0]]["attachments"] = [1]
    mended, report = repaired(notebook)
    first, second = (place + 1 for place in plain_cells[:2])
    assert report == [
        "a2_vae.ipynb did not give its notebook format as a number; it was read as format 4",
        "the notebook's metadata could not be read; it was left out",
        f"metadata of cells {first}, {second} could not be read; it was left out",
        f"attachments of cell {first} could not be read; it was left out",
    ]
    assert sources(mended) == sources(plain_right)


def test_format_3_keeps_headings_and_all_worksheets(plain_right, repaired):
    """Jupyter's own upgrade does the same: a heading cell becomes Markdown."""
    old = as_format_3(plain_right)
    cells = old["worksheets"][0]["cells"]
    cells.insert(0, {"cell_type": "heading", "level": 2, "source": ["My ", "title"]})
    old["worksheets"] = [{"cells": cells[:7]}, {"cells": cells[7:]}]
    mended, _ = repaired(old)
    assert "## My title" in sources(mended)
    assert_right(mended)


@pytest.mark.parametrize("name", ODD_TIMES)
def test_an_odd_time_is_refused(tmp_path, name):
    """The reason is said before anything reads the file as a time."""
    path = tmp_path / "timestamp.txt"
    if ODD_TIMES[name] is None:
        path.mkdir()
    else:
        path.write_bytes(ODD_TIMES[name])
    with pytest.raises(RefusedError, match=r"timestamp\.txt|not a regular file") as caught:
        check_folder(tmp_path)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20 18:30:00",
        "2026-11-20 18:30:00 UTC\n",
        "2026-11-20 18:30:00.123456 UTC",
        "2026-11-20 18:30:00 Europe/Berlin",
        "2026-11-20 18:30:00 +0200",
        "2026-11-20T18:30:00Z",
        "Nov 20 2026 6:30 PM",
    ],
)
def test_a_time_that_nbgrader_reads_is_accepted(tmp_path, text):
    """All forms in which a class may keep its times, and an empty file, which says nothing."""
    (tmp_path / "timestamp.txt").write_text(text)
    check_folder(tmp_path)


@pytest.mark.slow
def test_a_class_of_odd_submissions_is_graded_to_the_end():
    """Nobody is 'not graded', and the report has everybody, whatever is in their folder."""
    folder = ROOT / "classroom" / "test-odd"
    kinds = [*ODD_NOTEBOOKS][::4]
    times = [*ODD_TIMES]
    classroom = make_class(len(kinds) + len(times), folder, ASSIGNMENT, {"right": {}})
    try:
        students = classroom.submitted(ASSIGNMENT)
        for student, kind in zip(students, [*kinds, *times]):
            path = classroom.path("submitted", student, ASSIGNMENT)
            if kind in ODD_NOTEBOOKS:
                notebook = json.loads((path / f"{ASSIGNMENT}.ipynb").read_text())
                for cell in notebook["cells"]:
                    cell["source"] = "".join(cell["source"])
                odd = json.dumps(odd_notebook(notebook, kind))
                (path / f"{ASSIGNMENT}.ipynb").write_text(odd)
                continue
            (path / "timestamp.txt").unlink(missing_ok=True)
            if ODD_TIMES[kind] is None:
                (path / "timestamp.txt").mkdir()
            else:
                (path / "timestamp.txt").write_bytes(ODD_TIMES[kind])
        results = {result.student: result for result in grade(classroom, ASSIGNMENT)}
        for student, kind in zip(students, [*kinds, *times]):
            result = results[student]
            assert result.status in ("graded", "repaired", "refused"), (kind, result)
            if kind in ODD_TIMES or kind in REFUSED:
                assert result.status == "refused", (kind, result)
            elif not kind.startswith(LOSES_TEXT):
                assert result.points == max(each.points for each in results.values()), kind
        assert {result.student for result in results_of(classroom, ASSIGNMENT)} == set(students)
    finally:
        shutil.rmtree(folder)
