"""Marks exported to Canvas, and read again as Canvas documents that it reads them."""

import csv

from marked_class import (
    CANVAS,
    CLASS,
    MARKS,
    WHO,
    canvas_import,
    exported,
)

from autograder.lms.exporters import CanvasExporter
from autograder.lms.spreadsheet import read_csv


def test_canvas_gets_the_complete_marks_and_no_other_change(gradebook, tmp_path):
    """Importing changes four marks in the sample that Canvas exported, and no other grade."""
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
    assert "late penalty subtracted: 1 (chandra)" in said


def test_the_oracle_sees_a_grade_deleted(gradebook, tmp_path):
    """A file with blanks for unmarked students, a common mistake, would delete Canvas' marks."""
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
    """Without a Canvas ID the login is used; an id that is a formula is left out."""
    for student in ("ada", "=mallory"):
        gradebook.find_student(student).lms_user_id = None
    rows, said = exported(CanvasExporter, gradebook, tmp_path / "out.csv")
    (ada,) = [row for row in rows if row[0] == "Lovelace, Ada"]
    assert ada == ["Lovelace, Ada", "", "", "ada", "", "8.5"]
    assert "left out, no id that Canvas can know: 1 ('=mallory)" in said
    assert "without Canvas' own ID: 1;" in said


def test_an_id_that_two_have_is_nobodys(gradebook, tmp_path):
    """If two students match one row of Canvas, or one matches two, no such mark is exported."""
    gradebook.find_student("gregor").lms_user_id = "1001"
    gradebook.find_student("farid").lms_user_id = "1003"
    rows, said = exported(CanvasExporter, gradebook, tmp_path / "out.csv", roster=str(CANVAS))
    assert [row[1] for row in rows[2:]] == ["1007", "1003"]
    assert "left out, an id that several students have: 3 (ada, farid, gregor)" in said


def test_canvas_is_told_when_maxima_differ(gradebook, tmp_path):
    """Points are not rescaled, and the report says that the maximum is 10 there and 9 here."""
    out = tmp_path / "out.csv"
    rows, said = exported(
        CanvasExporter, gradebook, out, roster=str(CANVAS), column="a1_distances (501)"
    )
    assert rows[0][-1] == "a1_distances (501)" and rows[1][-1] == "10"
    assert (
        "points are not rescaled: the maximum of a1_distances (501) is 10 there and 9 here" in said
    )


def test_unmarked_answers_count_0_only_if_asked_for_and_said(gradebook, tmp_path):
    """``unfinished`` exports incomplete marks too, and names the students."""
    rows, said = exported(
        CanvasExporter, gradebook, tmp_path / "out.csv", roster=str(CANVAS), unfinished=True
    )
    assert {row[1]: row[-1] for row in rows}["1002"] == "5"
    assert "1005" not in {row[1] for row in rows}  # Nothing of Elif's was graded.
    assert "answers still to be marked by hand count as 0: 1 (bela)" in said


def test_a_gradebook_with_semicolons_is_read(gradebook, tmp_path):
    """Canvas and Moodle write semicolons where a comma is the decimal sign."""
    rows = read_csv(CANVAS)
    with (tmp_path / "roster.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    out = tmp_path / "out.csv"
    exported(CanvasExporter, gradebook, out, roster=str(tmp_path / "roster.csv"))
    assert len(canvas_import(out, CANVAS)) == len(MARKS)
