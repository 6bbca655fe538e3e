"""The class as Canvas and Moodle know it: read from the gradebook that they let one download.

Formats: Canvas' gradebook CSV (instructors' guide, 'How do I import grades in the Gradebook?')
and Moodle's plain text grade export (docs.moodle.org, 'Grade import') or the grading worksheet
of one assignment (docs.moodle.org, 'Assignment settings').
"""

import functools
import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from autograder.errors import UsageError
from autograder.lms.spreadsheet import read_csv

__all__ = ["Roster", "canvas_roster", "moodle_roster"]

CANVAS_IDS = ("ID", "SIS User ID", "SIS Login ID")
MOODLE_IDS = ("Email address", "Username", "ID number")
MOODLE_NAMES = ("First name", "Last name", "Surname")
MOODLE_WORKSHEET = ("Identifier", "Full name", "Last modified (submission)")
_CANVAS_TITLE = re.compile(r"(.*) \([0-9]+\)")  # Canvas' own number stands behind the title.
_MOODLE_TITLE = re.compile(
    r"(?:(?!Feedback)[^:]*: )?(.*?)(?: \(Real\))?"
)  # 'Assignment: a2_vae (Real)'


@dataclass(frozen=True)
class Roster:
    """What a learning management system exported.

    ``students`` are dictionaries from a column's name to the cell; ``columns`` the names of
    the columns that say who it is, ``ids`` those among them that the system looks people up
    by, ``column`` the one that the marks belong in. ``out_of`` is the maximum that the
    system has for it, or None.
    """

    columns: tuple
    ids: tuple
    column: str
    students: tuple
    out_of: float | None = None

    def row_of(self, standing):
        """Number of the one row that is this student's; None if none is, -1 if several are."""
        own = {standing.student, standing.email, standing.lms_id} - {""}
        known = {"ID": {standing.lms_id} - {""}}  # Canvas' own numbers, which nobody logs in with.
        found = set()
        for name in self.ids:
            for key in known.get(name, own):
                found |= self._index.get((name, key.casefold()), set())
        return found.pop() if len(found) == 1 else -1 if found else None

    @functools.cached_property
    def _index(self):
        """Rows by column of an id and id; more than one where two rows have the same."""
        index = defaultdict(set)
        for number, row in enumerate(self.students):
            for name in self.ids:
                if row[name].strip():
                    index[name, row[name].strip().casefold()].add(number)
        return dict(index)


def canvas_roster(path, assignment=None, column=""):
    """The class in a gradebook that Canvas exported.

    Args:
        path: the CSV file.
        assignment: title of the assignment in Canvas, unless ``column`` names its column;
            None where only the people are asked for.
        column: header of the column, with or without Canvas' number behind it.

    Raises:
        UsageError: if the file is another's, or has not exactly one such column.
    """
    header, *rows = read_csv(path)
    header = [name.strip() for name in header]
    if header[:2] != ["Student", "ID"] and header[:3] != ["LastName", "FirstName", "ID"]:
        raise UsageError(
            f"{path} is no gradebook of Canvas: its header begins with Student, ID, and this one "
            f"with {', '.join(header[:2])}. Export it in Canvas, Grades, Export"
        )
    if "Section" not in header:
        raise UsageError(f"{path} is no gradebook of Canvas: there is no column Section")
    who = header[: header.index("Section") + 1]
    wanted = column or assignment
    target = _column(path, header, len(who), wanted, _CANVAS_TITLE) if wanted else ""
    place = header.index(target) if target else 0
    maximum = [row[place] for row in rows if "Points Possible" in row[0]]
    students = tuple(
        dict(zip(who, row))
        for row in rows
        # A row about the assignments: their maxima, or which are posted by hand.
        if "Points Possible" not in row[0] and any(cell.strip() for cell in row[: len(who)])
    )
    ids = tuple(name for name in CANVAS_IDS if name in who)
    return Roster(tuple(who), ids, target, students, _maximum(maximum))


def moodle_roster(path, assignment=None, column=""):
    """The class in a gradebook that Moodle exported as plain text, in English.

    Args:
        path: the CSV file.
        assignment: name of the grade item in Moodle, unless ``column`` names its column;
            None where only the people are asked for: then a grading worksheet will do as well.
        column: header of the column, with or without 'Assignment:' and '(Real)'.

    Raises:
        UsageError: if the file is another's, or has not exactly one such column.
    """
    header, *rows = read_csv(path)
    header = [name.strip() for name in header]
    ids = tuple(name for name in MOODLE_IDS if name in header)
    if not ids:
        raise UsageError(
            f"{path} is no gradebook of Moodle: it has none of the columns "
            f"{', '.join(MOODLE_IDS)}. Export it in Moodle, Grades, Export, Plain text file"
        )
    wanted = column or assignment
    said = MOODLE_NAMES + MOODLE_IDS + (() if wanted else MOODLE_WORKSHEET)
    who = tuple(name for name in header if name in said)
    target = _column(path, header, 0, wanted, _MOODLE_TITLE) if wanted else ""
    students = tuple({name: cell for name, cell in zip(header, row) if name in who} for row in rows)
    return Roster(who, ids, target, students)


def _column(path, header, start, wanted, title):
    """The one column from ``start`` on whose name, whole or without the system's own, is wanted."""
    counted = Counter(header)
    exact = [name for name in header[start:] if name == wanted]
    titles = {name: title.fullmatch(name) for name in header[start:]}
    found = exact or [name for name, title in titles.items() if title and title[1] == wanted]
    if len(found) == 1 and counted[found[0]] == 1:
        return found[0]
    which = "no column" if not found else f"{len(found)} columns"
    others = "; ".join(name for name in header[start:] if name)
    raise UsageError(f"{path} has {which} {wanted!r}: name one with --column. There are {others}")


def _maximum(cells):
    try:
        return float(cells[0].replace(",", "."))
    except (IndexError, ValueError):
        return None
