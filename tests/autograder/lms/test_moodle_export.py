"""Marks exported to Moodle, and read again as Moodle documents that it reads them."""

from marked_class import (
    CLASS,
    MARKS,
    MOODLE,
    exported,
    moodle_import,
)

from autograder.lms.exporters import MoodleExporter


def test_moodle_gives_each_mark_to_its_owner(gradebook, tmp_path):
    """Moodle finds each student by the column to map; columns of ids with gaps are left out."""
    rows, said = exported(MoodleExporter, gradebook, tmp_path / "out.csv", roster=str(MOODLE))
    assert rows[0] == ["First name", "Last name", "Email address", "Assignment: a2_vae (Real)"]
    assert "set 'Map from' and 'Map to' to 'Email address'" in said
    known = {f"{name.strip('=')}@uni.test": name for name in CLASS}
    known["Chandra@uni.test"] = (
        "chandra"  # Moodle compares upper and lower case, so this is as it is there.
    )
    assert moodle_import(tmp_path / "out.csv", "Email address", known) == MARKS
    assert f"left out, not in {MOODLE}: 1 (gregor)" in said


def test_the_oracle_sees_a_gap_give_a_mark_away(tmp_path):
    """Moodle gives a row without an ID number to the student above: so no column has gaps."""
    path = tmp_path / "gap.csv"
    path.write_text("ID number,Assignment: a2_vae (Real)\nS-01,8.5\n,0\n")
    assert moodle_import(path, "ID number", {"S-01": "ada"}) == {"ada": "0"}


def test_moodle_without_a_roster_maps_a_column_without_gaps(gradebook, tmp_path):
    """If a student has no email address in the gradebook, the student id is mapped."""
    gradebook.find_student("ada").email = None
    rows, said = exported(
        MoodleExporter, gradebook, tmp_path / "out.csv", student=["ada", "bela", "chandra"]
    )
    names = ["First name", "Last name", "Username", "ID number", "Assignment: a2_vae (Real)"]
    assert rows[0] == names
    assert "set 'Map from' and 'Map to' to 'Username'" in said
    wanted = {name: MARKS[name] for name in ("ada", "chandra")}
    assert moodle_import(tmp_path / "out.csv", "Username", {name: name for name in CLASS}) == wanted
