"""Executed notebooks are kept, and belong to what they were made from."""

import shutil

import executed as module
import nbclient
import nbformat
import pytest
from executed import cached, executed, keep, lectures, place_of
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.errors import UsageError

COUNT = "from pathlib import Path\nwith Path('runs').open('a') as file:\n    file.write('x')"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with one lecture, of a sentence and two cells; the first notes that it ran."""
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "losses.py").write_text("weight = 1")
    (tmp_path / "requirements.txt").write_text("numpy==1")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    write(tmp_path, ["A sentence.", COUNT, "print(6 * 7)"])
    return tmp_path


def write(course, texts):
    """The lecture with these texts of cells; those that start with "A " are prose."""
    kinds = [new_markdown_cell if text.startswith("A ") else new_code_cell for text in texts]
    cells = [kind(text, id=f"cell-{n}") for n, (kind, text) in enumerate(zip(kinds, texts))]
    path = course / "notebooks" / "lectures" / "01_one.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), path)


def run(course):
    """The executed lecture, and how often it has run by now."""
    path = course / "notebooks" / "lectures" / "01_one.ipynb"
    notebook = executed(path, course / ".executed")
    return notebook, len((path.parent / "runs").read_text())


@pytest.mark.slow
def test_a_lecture_runs_once_and_again_when_what_it_depends_on_changes(course):
    """Prose costs nothing; a cell, a module of the course or a package's version does."""
    assert run(course)[1] == 1
    notebook, runs = run(course)
    assert (notebook.cells[2].outputs[0].text, runs) == ("42\n", 1)
    write(course, ["A better sentence.", COUNT, "print(6 * 7)"])
    notebook, runs = run(course)
    assert (notebook.cells[0].source, runs) == ("A better sentence.", 1)
    assert notebook.cells[2].outputs[0].text == "42\n"
    (course / "course" / "losses.py").write_text("weight = 2")
    assert run(course)[1] == 2
    (course / "requirements.txt").write_text("numpy==2")
    assert run(course)[1] == 3
    write(course, ["A better sentence.", COUNT, "print(6 * 8)"])
    notebook, runs = run(course)
    assert (notebook.cells[2].outputs[0].text, runs) == ("48\n", 4)
    assert len(list((course / ".executed").iterdir())) == 1


@pytest.mark.slow
def test_a_lecture_that_fails_is_not_kept(course):
    """Its error is told each time, and none of its outputs is ever shown."""
    write(course, [COUNT, "1 / 0"])
    for _ in range(2):
        with pytest.raises(nbclient.exceptions.CellExecutionError, match="ZeroDivisionError"):
            run(course)
    assert len((course / "notebooks" / "lectures" / "runs").read_text()) == 2
    assert not (course / ".executed").exists()


@pytest.mark.parametrize(
    ("counts", "kind", "words"),
    [
        ((2, 1), "stream", "top to bottom"),
        ((1, None), "stream", "once"),
        ((1, 2), "error", "error"),
    ],
)
def test_outputs_that_nobody_else_would_get_are_not_kept(course, counts, kind, words):
    """Cells run in another order, or not at all, or an error: whoever ran it is told."""
    place = place_of(course / "notebooks" / "lectures" / "01_one.ipynb", course / ".executed")
    cells = [new_code_cell("1", execution_count=n, outputs=[new_output(kind)]) for n in counts]
    with pytest.raises(ValueError, match=words):
        keep(new_notebook(cells=cells), place)
    assert not place.parent.exists()


@pytest.mark.slow
def test_a_lecture_has_no_network(course):
    """Whatever asks through the usual variables is refused at once."""
    write(course, [COUNT, "import urllib.request as r; print(r.getproxies()['https'])"])
    assert run(course)[0].cells[1].outputs[0].text == "http://127.0.0.1:9\n"


def test_asking_whether_a_lecture_was_executed_runs_nothing(course):
    """And the answer is None, not a notebook without outputs."""
    shutil.rmtree(course / ".executed", ignore_errors=True)
    assert cached(lectures(["01"])[0], course / ".executed") is None
    assert not list(course.rglob("runs"))


def test_an_unknown_lecture_is_named_with_those_there_are():
    """The message is one line to act on."""
    with pytest.raises(UsageError, match=r"no lecture 77: there are 01_distances, .*, 09"):
        lectures(["01", "77"])
