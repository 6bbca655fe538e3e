"""Downloads of Canvas and Moodle become a class's submissions."""

import subprocess
import sys

import pytest
from lms_downloads import (
    NOTEBOOK,
    PEOPLE,
    WORKSHEET,
    canvas_name,
    collected,
    moodle_name,
    notebook,
    submitted,
    zipped,
)
from marked_class import CANVAS, MOODLE
from nbgrader.api import Gradebook
from student_notebooks import FUNCTIONS
from typer.testing import CliRunner

from autograder import ROOT
from autograder.cli import app

SCRIPT = "\n\n\n".join(FUNCTIONS.values()).encode()


@pytest.mark.parametrize("roster", [CANVAS, ""])
def test_canvas_names_find_their_students(classroom, tmp_path, roster):
    """Canvas' number finds them, with and without LATE, accents and the -1 of a second attempt."""
    works = {student: notebook(student) for student in PEOPLE}
    names = {
        canvas_name("ada", 7001, NOTEBOOK): works["ada"],
        canvas_name("bela", 7002, "a2_vae-1.ipynb", late=True): works["bela"],
        canvas_name("chandra", 7003, "a2_vae (1).ipynb"): works["chandra"],
        canvas_name("elif", 7004, NOTEBOOK, late=True).replace("LATE", "late"): works["elif"],
    }
    assert "bartókbéla_LATE_1002_7002_a2_vae-1.ipynb" in names
    path = zipped(tmp_path / "submissions.zip", names)
    there, said = collected(classroom, path, "canvas", roster=roster)
    assert there == {(student, NOTEBOOK): work for student, work in works.items()}
    assert "collected: 4 new" in said and "left out" not in said
    assert "Canvas calls late: 2 (bela, elif)" in said


@pytest.mark.parametrize("roster", [MOODLE, WORKSHEET, ""])
@pytest.mark.parametrize(
    "form",
    [
        "{}_{}_assignsubmission_file/{}",
        "{}_{}_assignsubmission_file_/{}",
        "{}_{}_assignsubmission_file_{}",
        "{}_{}_assignsubmission_file_/work/{}",
    ],
)
def test_moodle_names_find_their_students(classroom, tmp_path, form, roster):
    """All of Moodle's forms are read: folders, older versions' folders, and none."""
    works = {student: notebook(student) for student in PEOPLE}
    names = {
        moodle_name(student, 310 + n, NOTEBOOK, form): works[student]
        for n, student in enumerate(PEOPLE)
    }
    path = zipped(tmp_path / "moodle.zip", names)
    there, said = collected(classroom, path, "moodle", roster=roster)
    assert there == {(student, NOTEBOOK): work for student, work in works.items()}
    assert "left out" not in said


def test_the_worksheet_tells_when(classroom, tmp_path, monkeypatch):
    """Moodle's zip has no times; its worksheet has, in the time zone of this machine."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    path = zipped(tmp_path / "moodle.zip", {moodle_name("ada", 310, NOTEBOOK): notebook("ada")})
    try:
        __import__("time").tzset()
        _, said = collected(classroom, path, "moodle", roster=WORKSHEET)
    finally:
        monkeypatch.undo()
        __import__("time").tzset()
    stamp = classroom.path("submitted", "ada", "a2_vae") / "timestamp.txt"
    assert stamp.read_text() == "2026-11-20 18:30:00"
    assert "not known when it was handed in" not in said


def test_a_name_that_two_have_needs_the_worksheet(classroom, tmp_path):
    """Of two Ada Lovelaces none is guessed; the worksheet's numbers distinguish them."""
    with classroom.api.gradebook as book:
        book.add_student("ada2", first_name="Ada", last_name="Lovelace", email="ada2@uni.test")
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        WORKSHEET.read_text() + 'Participant 399,"Ada Lovelace",ada2@uni.test,,,9.00,,-,,\n'
    )
    files = {
        moodle_name("ada", 310, NOTEBOOK): notebook("first"),
        moodle_name("ada", 399, NOTEBOOK): notebook("second"),
    }
    path = zipped(tmp_path / "moodle.zip", files)
    there, said = collected(classroom, path, "moodle")
    assert there == {}
    assert "left out, a name or id that several students have: 2 (Ada Lovelace (310)" in said
    there, _ = collected(classroom, path, "moodle", roster=sheet)
    assert there == {
        ("ada", NOTEBOOK): notebook("first"),
        ("ada2", NOTEBOOK): notebook("second"),
    }


def test_of_several_attempts_the_newest_is_taken(classroom, tmp_path):
    """Canvas numbers its files: 10000 came after 9999, whatever the alphabet says."""
    files = {
        canvas_name("ada", 9999, NOTEBOOK): notebook("old"),
        canvas_name("ada", 10000, "a2_vae-1.ipynb"): notebook("new"),
    }
    there, said = collected(classroom, zipped(tmp_path / "a.zip", files), "canvas")
    assert there == {("ada", NOTEBOOK): notebook("new")}
    assert "newest of several, taken: 1 (ada: a2_vae-1.ipynb)" in said


def test_other_names_are_taken_if_there_is_one_choice(classroom, tmp_path):
    """Untitled.ipynb beside a picture is taken; if there are two notebooks, or none, none is."""
    files = {
        canvas_name("ada", 1, "Untitled.ipynb"): notebook("ada"),
        canvas_name("ada", 2, "plot.png"): b"\x89PNG",
        canvas_name("bela", 3, "try.ipynb"): notebook("1"),
        canvas_name("bela", 4, "final.ipynb"): notebook("2"),
        canvas_name("chandra", 5, "a2_vae.pdf"): b"%PDF",
        canvas_name("elif", 6, "answers.py"): SCRIPT,
    }
    there, said = collected(classroom, zipped(tmp_path / "a.zip", files), "canvas")
    assert there == {("ada", NOTEBOOK): notebook("ada"), ("elif", "a2_vae.py"): SCRIPT}
    assert "taken under another name: 2 (ada: Untitled.ipynb, elif: answers.py)" in said
    assert "left out, several files, none by its name: 1 (bela: try.ipynb, final.ipynb)" in said
    assert "left out, no notebook: 1 (chandra: a2_vae.pdf)" in said


def test_what_came_later_stays(classroom, tmp_path):
    """An older or equal download changes nothing; a newer one replaces, and keeps the old."""

    def download(text, number, day):
        files = {canvas_name("ada", number, NOTEBOOK): notebook(text)}
        path = zipped(tmp_path / f"{text}.zip", files, (2026, 11, day, 12, 0, 0))
        return collected(classroom, path, "canvas")

    download("second", 20, 22)
    there, said = download("first", 3, 21)
    assert there == {("ada", NOTEBOOK): notebook("second")}
    assert (
        "collected: 0 new" in said
        and "left out, older than the submission that is there: 1 (ada)" in said
    )
    there, said = download("second", 20, 22)
    assert "left out, the same as collected before: 1 (ada)" in said
    there, said = download("third", 100, 23)
    assert there == {("ada", NOTEBOOK): notebook("third")}
    assert "replaced: 1 (ada)" in said
    (kept,) = (tmp_path / "downloaded" / "a2_vae" / "replaced").iterdir()
    assert (kept / NOTEBOOK).read_bytes() == notebook("second")


def test_nothing_graded_or_handed_in_elsewhere_is_replaced_unasked(classroom, tmp_path):
    """They are replaced only with ``replace``; the graded one has to be graded again."""
    mine = {canvas_name("ada", 1, NOTEBOOK): notebook("old")}
    collected(classroom, zipped(tmp_path / "a.zip", mine), "canvas")
    classroom.path("autograded", "ada", "a2_vae").mkdir(parents=True)
    fetched = classroom.path("submitted", "bela", "a2_vae")
    fetched.mkdir(parents=True)
    (fetched / NOTEBOOK).write_bytes(notebook("exchange"))
    files = {
        canvas_name("ada", 2, NOTEBOOK): notebook("new"),
        canvas_name("bela", 3, NOTEBOOK): notebook("canvas"),
    }
    path = zipped(tmp_path / "b.zip", files)
    there, said = collected(classroom, path, "canvas")
    assert there == {
        ("ada", NOTEBOOK): notebook("old"),
        ("bela", NOTEBOOK): notebook("exchange"),
    }
    assert "left out, graded before; --replace takes the newer one: 1 (ada)" in said
    assert "handed in another way before; --replace takes this one: 1 (bela)" in said
    there, said = collected(classroom, path, "canvas", replace=True)
    assert there == {
        ("ada", NOTEBOOK): notebook("new"),
        ("bela", NOTEBOOK): notebook("canvas"),
    }
    assert "replaced, and to be graded again: 1 (ada)" in said


def test_strangers_are_named_and_added_only_if_asked_for(classroom, tmp_path):
    """Farid is only in the roster: left out, or added with Canvas' number and the login there."""
    files = {
        "faridfarid_1006_11_a2_vae.ipynb": notebook("farid"),
        "nobody_4242_12_a2_vae.ipynb": notebook("nobody"),
    }
    path = zipped(tmp_path / "a.zip", files)
    there, said = collected(classroom, path, "canvas", roster=CANVAS)
    assert there == {}
    assert "left out, not in the gradebook: 1 (faridfarid (1006))" in said
    assert "left out, not in the roster: 1 (nobody (4242))" in said
    there, said = collected(classroom, path, "canvas", roster=CANVAS, add=True)
    assert there == {("farid", NOTEBOOK): notebook("farid")}
    assert "added to the gradebook: 1 (farid)" in said
    with classroom.api.gradebook as book:
        farid = book.find_student("farid")
        assert (farid.first_name, farid.last_name, farid.lms_user_id) == ("Farid", "Farid", "1006")


def test_the_command_says_what_it_did(classroom, tmp_path):
    """One line per fact; if nothing can be collected, one line and exit code 1."""
    path = zipped(tmp_path / "a.zip", {canvas_name("ada", 1, NOTEBOOK): notebook("ada")})
    command = ["collect", "a2_vae", "--lms", "canvas", "--roster", str(CANVAS), "--from"]
    run = CliRunner().invoke(app, [*command, str(path)])
    assert run.exit_code == 0, run.output
    assert run.output.startswith("collected: 1 new into ")
    run = CliRunner().invoke(app, [*command, str(tmp_path / "none.zip")])
    assert run.exit_code == 1 and run.output.startswith("autograder: there is no ")


@pytest.mark.slow
def test_nbgraders_own_command_collects_too(classroom, tmp_path):
    """``nbgrader zip_collect --collector`` unpacks within bounds and finds the same students."""
    archive = tmp_path / "downloaded" / "a2_vae" / "archive"
    archive.mkdir(parents=True)
    files = {canvas_name("bela", 2, "a2_vae-1.ipynb"): notebook("bela")}
    zipped(archive / "submissions.zip", files)
    command = [
        sys.executable,
        "-m",
        "nbgrader",
        "zip_collect",
        "a2_vae",
        "--collector=autograder.lms.collectors.CanvasCollector",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert submitted(classroom) == {("bela", NOTEBOOK): notebook("bela")}
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db", "generative-models") as book:
        assert book.find_student("bela").lms_user_id == "1002"
