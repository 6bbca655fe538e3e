"""Marks exported to any file: no formulas, no lost students, and what the commands say."""

import csv
import re
import subprocess
import sys

import pytest
from marked_class import (
    CANVAS,
    CLASS,
    MARKS,
    MOODLE,
    canvas_import,
    exported,
)
from typer.testing import CliRunner

from autograder import ROOT
from autograder.cli import app
from autograder.errors import UsageError
from autograder.gradebook.classroom import Classroom
from autograder.lms.exporters import CanvasExporter, MoodleExporter, SpreadsheetExporter
from autograder.text import inert, number


def test_the_table_for_people_has_everybody_and_empty_is_not_zero(gradebook, tmp_path):
    """Farid's zeros are zeros; Bela's and Elif's sums are empty, with the points so far beside."""
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
    """Neither commas nor semicolons, as in some countries' Excel, turn a name into a formula."""
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
    """A formula is recognised after blanks, line ends and the borders of cells."""
    safe = inert(text)
    assert not re.search(r"""(^|[;,"\t\r\n])\s*[=+\-@＝]""", safe)
    assert inert(safe) == safe


@pytest.mark.parametrize("text", ["Bartók, Béla", "O'Neil", "ada+vae@uni.test", "Jean-Luc", "3-4"])
def test_other_names_stay_as_they_are(text):
    """A hyphen or an at sign within a name does not begin a formula."""
    assert inert(text) == text


@pytest.mark.parametrize(
    ("points", "text"),
    [(None, ""), (0, "0"), (-0.001, "0"), (10, "10"), (17.255, "17.25"), (1e5, "100000")],
)
def test_points_have_two_decimals_and_no_exponent(points, text):
    """Both systems can read the points; if there are none yet, the cell is empty."""
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
    """The message says what was expected, what was found, and where to get the right file."""
    (tmp_path / "roster.csv").write_bytes(content)
    with pytest.raises(UsageError, match=re.escape(message)):
        exported(exporter, gradebook, tmp_path / "out.csv", roster=str(tmp_path / "roster.csv"))
    assert not (tmp_path / "out.csv").exists()


def test_the_command_says_who_is_left_out_and_writes_beside_the_gradebook(gradebook, tmp_path):
    """One line says what was written, and one line per reason who was left out."""
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
    """The report names Dmitri's new submission and Hana's, who is not in the gradebook."""
    for student in ("ada", "dmitri", "hana"):
        (tmp_path / "submitted" / student / "a2_vae").mkdir(parents=True)
    out = tmp_path / "out.csv"
    _, said = exported(CanvasExporter, gradebook, out, config=Classroom(tmp_path).config)
    assert "left out, handed in, but not in the gradebook: 1 (hana)" in said
    assert "left out, not graded: 2 (dmitri, elif)" in said
    assert "nothing handed in" not in said


@pytest.mark.slow
def test_nbgraders_own_command_exports_too(gradebook, tmp_path):
    """``nbgrader export --exporter`` writes the same file, and logs who is left out."""
    out = tmp_path / "canvas.csv"
    command = [
        sys.executable,
        "-m",
        "nbgrader",
        "export",
        "--exporter=autograder.lms.exporters.CanvasExporter",
        f"--to={out}",
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
