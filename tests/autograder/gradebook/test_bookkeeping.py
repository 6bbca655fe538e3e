"""nbgrader's steps with fewer database queries give the same results as nbgrader's own."""

import copy
import datetime

import nbformat
import pytest
import sqlalchemy
from gradebooks import KINDS, new_gradebook, place_for
from nbgrader import preprocessors
from nbgrader.api import Gradebook

from autograder.gradebook import bookkeeping

DUE = datetime.datetime(2026, 11, 20, 12)
CELLS = {"check_kl_loss": (3, "code"), "check_vae_loss": (4, "code"), "why": (2, "markdown")}


@pytest.fixture(scope="module", params=KINDS)
def url(request, tmp_path_factory):
    """A gradebook with a submission that machine and person have marked, and commented."""
    place = place_for(request, tmp_path_factory.mktemp("books"))
    with new_gradebook(place.url, DUE, CELLS) as book:
        book.add_solution_cell("why", "a2_vae", "a2_vae")
        book.add_student("ada")
        (notebook,) = book.add_submission("a2_vae", "ada", timestamp=DUE).notebooks
        notebook.late_submission_penalty = 1.5
        for grade, points in zip(notebook.grades, (3, 2.5, None)):
            grade.auto_score = points
        book.find_grade("why", "a2_vae", "a2_vae", "ada").manual_score = 1
        notebook.comments[0].manual_comment = "Say it shorter."
        book.db.commit()
    return place.url


def graded_notebook():
    """What nbgrader's feedback is made from: a cell for each of ``CELLS``."""
    cells = []
    for name, (points, kind) in CELLS.items():
        new_cell = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        noted = {"grade_id": name, "grade": True, "solution": kind != "code", "points": points}
        noted |= {"schema_version": 3, "task": False, "locked": kind == "code"}
        cells.append(new_cell(metadata={"nbgrader": noted}))
    return nbformat.v4.new_notebook(cells=cells)


def test_feedback_tells_the_grades_that_nbgrader_tells(url):
    """Points, maxima, comment, sum and penalty are equal, with a quarter of the statements."""
    notebook, told, statements = graded_notebook(), {}, {}
    for theirs in (preprocessors.GetGrades, bookkeeping.GetGrades):
        ids = {"notebook": "a2_vae", "assignment": "a2_vae", "student": "ada", "db_url": url}
        asked = []

        def note(*arguments, asked=asked):
            asked.append(arguments[2])

        sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", note)
        try:
            with bookkeeping.shared_connections():
                Gradebook(url).close()  # Looks whether all tables are there, once.
                asked.clear()
                told[theirs] = theirs().preprocess(copy.deepcopy(notebook), {"nbgrader": ids})
        finally:
            sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", note)
        statements[theirs] = len(asked)
    (stock, ours), (before, now) = told.values(), statements.values()
    assert ours == stock
    assert ours[1]["nbgrader"]["score"] == 3 + 2.5 + 1 - 1.5
    assert ours[0].cells[2].metadata.nbgrader["comment"] == "Say it shorter."
    assert now <= 8 < before


def test_a_submissions_grades_are_read_at_once(url):
    """Once the cells are in memory, no name, point or maximum of a grade needs a query."""
    with Gradebook(url) as book:
        (notebook,) = book.find_submission("a2_vae", "ada").notebooks
        with bookkeeping.cells_in_memory(notebook):
            grades, asked = list(notebook.grades), []
            sqlalchemy.event.listen(
                book.engine, "before_cursor_execute", lambda *all: asked.append(all)
            )
            found = {grade.name: (grade.score, grade.max_score) for grade in grades}
            assert not asked
        assert found == {"check_kl_loss": (3, 3), "check_vae_loss": (2.5, 4), "why": (1, 2)}


def test_a_gradebook_has_indexes_once_it_was_graded_with(url):
    """Grades are found by notebook without reading the whole class; also the second time."""
    for _ in range(2):
        with bookkeeping.shared_connections(), Gradebook(url) as book:
            found = sqlalchemy.inspect(book.engine).get_indexes("grade")
    assert ["notebook_id"] in [index["column_names"] for index in found]


def test_connections_end_with_the_grading(url):
    """While they are shared, closing a gradebook keeps its connection; afterwards none is left."""
    with bookkeeping.shared_connections():
        for _ in range(3):
            with Gradebook(url) as book:
                assert book.assignments
        assert book.engine.pool.checkedin() == 1
        pool = book.engine.pool
    assert pool.checkedin() == 0
