"""A class whose marks are exported, and the imports of Canvas and Moodle as they document them."""

import csv
import datetime
import re
from pathlib import Path

from traitlets.config import Config

from autograder.lms.spreadsheet import read_csv

__all__ = [
    "CANVAS",
    "CELLS",
    "CLASS",
    "DUE",
    "LATE",
    "MARKS",
    "MOODLE",
    "NAMES",
    "WHO",
    "add_student",
    "canvas_import",
    "exported",
    "moodle_import",
]

SAMPLES = Path(__file__).parents[1] / "samples"
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


def add_student(book, student):
    """Add a student of ``CLASS`` to a gradebook, with what they handed in."""
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
    """Rows of the file that was written, and what the report says."""
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
