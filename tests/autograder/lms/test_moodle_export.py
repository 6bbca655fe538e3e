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
