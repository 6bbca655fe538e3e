"""Marks exported to Canvas and Moodle, and read again as those systems document that they read."""

import csv
import datetime
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from gradebooks import KINDS, new_gradebook, place_for
from nbgrader.api import Gradebook
from traitlets.config import Config
from typer.testing import CliRunner

from autograder import ROOT
from autograder.cli import app
from autograder.errors import UsageError
from autograder.gradebook.classroom import Classroom
from autograder.lms.exporters import CanvasExporter, MoodleExporter, SpreadsheetExporter
from autograder.lms.spreadsheet import read_csv
from autograder.text import inert, number

SAMPLES = Path(__file__).parents[2] / "samples"
CANVAS, MOODLE = SAMPLES / "canvas_gradebook.csv", SAMPLES / "moodle_grades.csv"
CELLS = {"check_kl_loss": (3, "code"), "check_vae_loss": (4, "code"), "why": (2, "markdown")}
DUE = datetime.datetime(2026, 11, 20, 12)
# Student -> points by cell (None: not yet), hours late, Canvas' id. Nobody graded Elif, Dmitri
# handed in nothing, and Gregor is in no learning management system.
CLASS = {
    "ada": ((3, 4, 1.5), 0, "1001"),
    "bela": ((3, 2, None), 0, "1002"),
    "chandra": ((2.25, 4, 1), 5, "1003"),
    "dmitri": (None, 0, "1004"),
    "elif": ((None, None, None), 0, "1005"),
    "farid": ((0, 0, 0), 0, "1006"),
    "gregor": ((3, 4, 2), 0, "2000"),
    "=mallory": ((1, 1, 1), 0, "1007"),
}
WHO = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
MARKS = {"ada": "8.5", "chandra": "5.25", "farid": "0", "=mallory": "3"}
NAMES = {
    "=mallory": ("Mallory", '=HYPERLINK("http://evil.test";"mark")'),
    "ada": ("Ada", "Lovelace"),
}


@pytest.fixture(scope="module", params=KINDS)
def database(request, tmp_path_factory):
    """The place of a gradebook with ``CLASS``."""
    place = place_for(request, tmp_path_factory.mktemp("class"))
    with new_gradebook(place.url, DUE, CELLS) as book:
        for student in CLASS:
            _add(book, student)
    return place


@pytest.fixture
def gradebook(database, tmp_path, monkeypatch):
    """The gradebook of ``CLASS``, below the folder that CLASSROOM names."""
    monkeypatch.setenv("CLASSROOM", str(tmp_path))
    monkeypatch.setenv("GRADEBOOK", database.copy(tmp_path))
    with Gradebook(os.environ["GRADEBOOK"], "generative-models") as book:
        yield book


def _add(book, student):
    points, hours_late, lms_id = CLASS[student]
    first, last = NAMES.get(student, (student.capitalize(), "Surname"))
    email = f"{student.strip('=')}@uni.test"
    names = {"first_name": first, "last_name": last, "email": email}
    book.add_student(student, lms_user_id=lms_id, **names)
    if points is None:
        return
    late = datetime.timedelta(hours=hours_late)
    submission = book.add_submission("a2_vae", student, timestamp=DUE + late)
    (notebook,) = submission.notebooks
    for grade in notebook.grades:
        given = points[list(CELLS).index(grade.name)]
        field = "manual_score" if grade.name == "why" else "auto_score"
        setattr(grade, field, given)
        grade.needs_manual_grade = given is None
    book.db.commit()


# Two points for each day that has begun: what Chandra's five hours cost.
LATE = Config(
    AssignLatePenalties={"plugin_class": "autograder.gradebook.late.LatePolicy"},
    LatePolicy={"penalty_method": "points", "amount": 2},
)


def exported(exporter, gradebook, path, config=LATE, **traits):
    """Rows of the file that was written, and what was said of it."""
    done = exporter(to=str(path), assignment=["a2_vae"], config=config, **traits)
    done = done.write(gradebook)
    return read_csv(path), "\n".join(done.lines())


def canvas_import(path, roster):
    """What Canvas would change: (its student ID, its assignment id) -> new grade.

    As its guide and importer have it: who it is by ID, else SIS User ID, SIS Login ID or
    name; the assignment by the number in its header, else by title; a blank deletes.
    """
    header, *rows = read_csv(roster)
    people = [row for row in rows if row[1]]
    with path.open(encoding="utf-8", newline="") as file:
        columns, *lines = csv.reader(file)
    assert columns[0] == "Student" and columns[1] == "ID" and columns[3] == "SIS Login ID"
    start = columns.index("Section") + 1
    assert start == 5
    titles = {re.sub(r" \(\d+\)$", "", name): name for name in header[5:]}
    changes = {}
    for line in lines:
        if "Points Possible" in line[0]:
            continue
        keys = [(1, 1), (2, 2), (3, 3), (0, 0)]
        matches = [
            row for mine, its in keys for row in people if line[mine] and line[mine] == row[its]
        ]
        assert matches, f"Canvas would create a student {line}"
        for name, grade in zip(columns[start:], line[start:]):
            target = header.index(name if name in header else titles[name])
            if matches[0][target] != grade:
                changes[matches[0][1], header[target]] = grade
    return changes


def moodle_import(path, by, known):
    """Grades by user as Moodle's CSV import gives them out, each row to the last user named.

    Args:
        by: the column that is mapped to a user; a value that is not in ``known`` aborts.
        known: user by value of that column.
    """
    header, *rows = read_csv(path)
    (target,) = [place for place, name in enumerate(header) if "a2_vae" in name]
    user, grades = None, {}
    for row in rows:
        if row[header.index(by)]:
            user = known[row[header.index(by)]]
        grades[user] = row[target]
    return grades


def test_canvas_gets_the_complete_marks_and_no_other_change(gradebook, tmp_path):
    """Into the sample that Canvas exported go four marks; nobody else's grade is touched."""
    rows, said = exported(CanvasExporter, gradebook, tmp_path / "out.csv", roster=str(CANVAS))
    changes = canvas_import(tmp_path / "out.csv", CANVAS)
    wanted = {(CLASS[name][2], "a2_vae (502)"): mark for name, mark in MARKS.items()}
    assert changes == wanted
    assert rows[0] == [*WHO, "a2_vae (502)"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "9"]
    assert "exported: 4 students" in said
    assert "left out, answers still to be marked by hand: 1 (bela)" in said
    assert "left out, nothing handed in: 1 (dmitri)" in said
    assert "left out, not graded: 1 (elif)" in said
    assert f"left out, not in {CANVAS}: 1 (gregor)" in said
    assert "penalty for handing in late taken off: 1 (chandra)" in said


def test_the_oracle_sees_a_grade_deleted(gradebook, tmp_path):
    """A file with blanks for the unmarked, as is often made, would delete what Canvas has."""
    rows, _ = exported(CanvasExporter, gradebook, tmp_path / "out.csv", roster=str(CANVAS))
    naive = [*rows, ["Bartók, Béla", "1002", "S-02", "bela", "Generative models 1", ""]]
    with (tmp_path / "naive.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(naive)
    assert canvas_import(tmp_path / "naive.csv", CANVAS)["1002", "a2_vae (502)"] == ""


def test_canvas_without_a_roster_looks_for_its_ids(gradebook, tmp_path):
    """The gradebook's own lms_user_id and student id are enough for Canvas to find everybody."""
    students = [name for name in CLASS if name != "gregor"]
    exported(CanvasExporter, gradebook, tmp_path / "out.csv", student=students)
    changes = canvas_import(tmp_path / "out.csv", CANVAS)
    assert {student for student, _ in changes} == {CLASS[name][2] for name in MARKS}
    assert {assignment for _, assignment in changes} == {"a2_vae (502)"}


def test_missing_ids_are_said_and_dangerous_ones_left_out(gradebook, tmp_path):
    """Without a Canvas ID the login must do; one that is a formula cannot be written at all."""
    for student in ("ada", "=mallory"):
        gradebook.find_student(student).lms_user_id = None
    rows, said = exported(CanvasExporter, gradebook, tmp_path / "out.csv")
    (ada,) = [row for row in rows if row[0] == "Lovelace, Ada"]
    assert ada == ["Lovelace, Ada", "", "", "ada", "", "8.5"]
    assert "left out, no id that Canvas could know: 1 ('=mallory)" in said
    assert "without Canvas' own ID: 1;" in said


def test_an_id_that_two_have_is_nobodys(gradebook, tmp_path):
    """If two students claim one row of Canvas, or one claims two, nobody gets such a mark."""
    gradebook.find_student("gregor").lms_user_id = "1001"
    gradebook.find_student("farid").lms_user_id = "1003"
    rows, said = exported(CanvasExporter, gradebook, tmp_path / "out.csv", roster=str(CANVAS))
    assert [row[1] for row in rows[2:]] == ["1007", "1003"]
    assert "left out, an id that others have too: 3 (ada, farid, gregor)" in said


def test_canvas_is_told_when_maxima_differ(gradebook, tmp_path):
    """Points are not rescaled, and a maximum of 10 there and 9 here is said."""
    out = tmp_path / "out.csv"
    rows, said = exported(
        CanvasExporter, gradebook, out, roster=str(CANVAS), column="a1_distances (501)"
    )
    assert rows[0][-1] == "a1_distances (501)" and rows[1][-1] == "10"
    assert "points are not rescaled: a1_distances (501) has 10 there and 9 here" in said


def test_moodle_gives_each_mark_to_its_owner(gradebook, tmp_path):
    """From Moodle's sample, by the column that it is told to map; ids with gaps are not there."""
    rows, said = exported(MoodleExporter, gradebook, tmp_path / "out.csv", roster=str(MOODLE))
    assert rows[0] == ["First name", "Last name", "Email address", "Assignment: a2_vae (Real)"]
    assert "map from and to 'Email address'" in said
    known = {f"{name.strip('=')}@uni.test": name for name in CLASS}
    known["Chandra@uni.test"] = "chandra"  # Written as Moodle has it, which asks for the case.
    assert moodle_import(tmp_path / "out.csv", "Email address", known) == MARKS
    assert f"left out, not in {MOODLE}: 1 (gregor)" in said


def test_the_oracle_sees_a_gap_give_a_mark_away(tmp_path):
    """Moodle gives a row without an ID number to the student above: why no column has gaps."""
    path = tmp_path / "gap.csv"
    path.write_text("ID number,Assignment: a2_vae (Real)\nS-01,8.5\n,0\n")
    assert moodle_import(path, "ID number", {"S-01": "ada"}) == {"ada": "0"}


def test_moodle_without_a_roster_maps_a_column_without_gaps(gradebook, tmp_path):
    """Where one has no email address in the gradebook, the student id has to do."""
    gradebook.find_student("ada").email = None
    rows, said = exported(
        MoodleExporter, gradebook, tmp_path / "out.csv", student=["ada", "bela", "chandra"]
    )
    names = ["First name", "Last name", "Username", "ID number", "Assignment: a2_vae (Real)"]
    assert rows[0] == names
    assert "map from and to 'Username'" in said
    wanted = {name: MARKS[name] for name in ("ada", "chandra")}
    assert moodle_import(tmp_path / "out.csv", "Username", {name: name for name in CLASS}) == wanted


def test_unmarked_answers_count_0_only_if_asked_for_and_said(gradebook, tmp_path):
    """``unfinished`` exports what is there, and names whose it is."""
    rows, said = exported(
        CanvasExporter, gradebook, tmp_path / "out.csv", roster=str(CANVAS), unfinished=True
    )
    assert {row[1]: row[-1] for row in rows}["1002"] == "5"
    assert "1005" not in {row[1] for row in rows}  # Nothing of Elif's was graded.
    assert "answers still to be marked by hand count 0: 1 (bela)" in said


def test_the_table_for_people_has_everybody_and_empty_is_not_zero(gradebook, tmp_path):
    """Farid's zeros are zeros; Bela's and Elif's sums are empty, and what is there stands aside."""
    rows, said = exported(SpreadsheetExporter, gradebook, tmp_path / "out.csv")
    by_student = {row[1]: dict(zip(rows[0], row)) for row in rows[1:]}
    assert len(by_student) == len(CLASS)
    assert by_student["farid"]["points"] == "0" and by_student["farid"]["why"] == "0"
    assert by_student["bela"]["points"] == by_student["bela"]["why"] == ""
    assert by_student["bela"]["points_so_far"] == "5"
    assert by_student["elif"]["points_so_far"] == "0"
    assert by_student["dmitri"]["state"] == "nothing handed in"
    assert by_student["chandra"]["late_penalty"] == "2"
    assert by_student["chandra"]["points"] == "5.25"
    assert "points empty, to be marked: 1 (bela)" in said
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("exporter", [CanvasExporter, MoodleExporter, SpreadsheetExporter])
def test_no_cell_of_a_hostile_name_is_a_formula(gradebook, tmp_path, exporter):
    """Neither with commas between cells nor with the semicolons of another country's Excel."""
    out = tmp_path / "out.csv"
    rows, _ = exported(exporter, gradebook, out)
    assert any("HYPERLINK" in cell for row in rows for cell in row)
    text = out.read_text(encoding="utf-8-sig")
    for separator in ",;\t":
        for line in text.splitlines():
            cells = line.split(separator) + next(csv.reader([line], delimiter=separator))
            assert not any(re.match(r"""[\s"]*[=+@-]""", cell) for cell in cells), line


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "a;=1", 'a","=1', "＝1", "a\n=1"],
)
def test_what_begins_a_formula_is_made_text(text):
    """Whatever stands before it: blanks, line ends, the borders of cells."""
    safe = inert(text)
    assert not re.search(r"""(^|[;,"\t\r\n])\s*[=+\-@＝]""", safe)
    assert inert(safe) == safe


@pytest.mark.parametrize("text", ["Bartók, Béla", "O'Neil", "ada+vae@uni.test", "Jean-Luc", "3-4"])
def test_other_names_stay_as_they_are(text):
    """A hyphen or an at sign within a name begins no formula."""
    assert inert(text) == text


@pytest.mark.parametrize(
    ("points", "text"),
    [(None, ""), (0, "0"), (-0.001, "0"), (10, "10"), (17.255, "17.25"), (1e5, "100000")],
)
def test_points_have_two_decimals_and_no_exponent(points, text):
    """As both systems read them; no points yet is empty."""
    assert number(points) == text


@pytest.mark.parametrize(
    ("exporter", "content", "message"),
    [
        (CanvasExporter, b"", "is empty"),
        (CanvasExporter, b"\xff\xfeS\x00", "is not CSV in UTF-8"),
        (
            CanvasExporter,
            MOODLE.read_bytes(),
            "not a gradebook of Canvas: its header should begin with",
        ),
        (MoodleExporter, b"Name,Mark\nada,1\n", "not a gradebook of Moodle: it has none of"),
        (CanvasExporter, b"Student,ID,Section,a2_vae (1),a2_vae (2)\n", "has 2 columns 'a2_vae'"),
        (CanvasExporter, b"Student,ID,Section,Homework (1)\n", "no column 'a2_vae': name one with"),
    ],
)
def test_another_file_than_the_systems_is_refused(gradebook, tmp_path, exporter, content, message):
    """With what was wanted, what was found, and where to get it."""
    (tmp_path / "roster.csv").write_bytes(content)
    with pytest.raises(UsageError, match=re.escape(message)):
        exported(exporter, gradebook, tmp_path / "out.csv", roster=str(tmp_path / "roster.csv"))
    assert not (tmp_path / "out.csv").exists()


def test_a_gradebook_with_semicolons_is_read(gradebook, tmp_path):
    """As Canvas and Moodle write it where a comma is the decimal sign."""
    rows = read_csv(CANVAS)
    with (tmp_path / "roster.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    out = tmp_path / "out.csv"
    exported(CanvasExporter, gradebook, out, roster=str(tmp_path / "roster.csv"))
    assert len(canvas_import(out, CANVAS)) == len(MARKS)


def test_the_command_says_who_is_left_out_and_writes_beside_the_gradebook(gradebook, tmp_path):
    """One line what was written, one a reason; and one line with exit code 1 for nothing."""
    run = CliRunner().invoke(app, ["export", "a2_vae", "--to", "canvas", "--roster", str(CANVAS)])
    assert run.exit_code == 0, run.output
    out = tmp_path / "export" / "a2_vae-canvas.csv"
    assert run.output.startswith(f"exported: 4 students to {out}\n")
    assert "left out, answers still to be marked by hand: 1 (bela)\n" in run.output
    nothing = CliRunner().invoke(app, ["export", "a2_vae", "--to", "moodle", "--student", "bela"])
    assert nothing.exit_code == 1
    assert "autograder: nothing to export; left out, answers still to be" in nothing.output
    unknown = CliRunner().invoke(app, ["export", "a2_vae", "--to", "csv", "--student", "zoe"])
    assert unknown.exit_code == 1 and "has no student zoe" in unknown.output


def test_who_handed_in_and_was_never_graded_is_not_called_absent(gradebook, tmp_path):
    """Dmitri's new submission and Hana's, of whom the gradebook knows nothing, are both said."""
    for student in ("ada", "dmitri", "hana"):
        (tmp_path / "submitted" / student / "a2_vae").mkdir(parents=True)
    out = tmp_path / "out.csv"
    _, said = exported(CanvasExporter, gradebook, out, config=Classroom(tmp_path).config)
    assert "left out, handed in, and unknown to the gradebook: 1 (hana)" in said
    assert "left out, not graded: 2 (dmitri, elif)" in said
    assert "nothing handed in" not in said


@pytest.mark.slow
def test_nbgraders_own_command_exports_too(gradebook, tmp_path):
    """``nbgrader export --exporter`` writes the same file, and logs who is left out."""
    out = tmp_path / "canvas.csv"
    command = [
        *(sys.executable, "-m", "nbgrader", "export"),
        *("--exporter=autograder.lms.exporters.CanvasExporter", f"--to={out}"),
        f"--SystemExporter.roster={CANVAS}",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert len(canvas_import(out, CANVAS)) == len(MARKS)
    assert "WARNING] left out, answers still to be marked by hand: 1 (bela)" in run.stderr
    refused = subprocess.run(
        [*command, "--assignment=a9"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert refused.returncode == 1
    assert "one assignment per file, got a9" in refused.stderr
