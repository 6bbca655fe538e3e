"""Moodle: its gradebook file, the names it gives to submitted files, and its import of marks.

The formats are those of Moodle's sources of 2026 (mod/assign/classes/downloader.php for the
names of files, grade/import/csv/classes/load_data.php for the import) and of docs.moodle.org
('Grade import', and 'Assignment settings' for the grading worksheet). The zip does not say when
a file was handed in; the grading worksheet of the assignment does.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from dateutil.parser import parse as parse_date
from traitlets import Unicode

from autograder.errors import UsageError
from autograder.gradebook.marks import Standing
from autograder.lms.exporting import Identified, LeftOut, Mark, SystemExporter, with_safe_ids
from autograder.lms.file_names import FileName, Person, folded
from autograder.lms.file_owners import Collector
from autograder.lms.rosters import Roster, Row, column_of
from autograder.lms.spreadsheet import read_csv
from autograder.text import inert, number

__all__ = ["MoodleCollector", "MoodleExporter", "moodle_roster"]

IDS = ("Email address", "Username", "ID number")
NAMES = ("First name", "Last name", "Surname")
WORKSHEET_TIME = "Last modified (submission)"
WORKSHEET = ("Identifier", "Full name", WORKSHEET_TIME)
TITLE = re.compile(  # 'Assignment: a2_vae (Real)'
    r"(?:(?!Feedback)[^:]*: )?(.*?)(?: \(Real\))?"
)
BLIND = "Participant"
MOST_POINTS = 100  # Moodle imports no grade above this unless its administrator allows it.


def moodle_roster(path: Path, assignment: str | None = None, column: str = "") -> Roster:
    """The class in a gradebook that Moodle exported as plain text, in English.

    Args:
        path: the CSV file.
        assignment: name of the grade item in Moodle, unless ``column`` names its column;
            None if only the people are asked for: then a grading worksheet will do as well.
        column: header of the column, with or without 'Assignment:' and '(Real)'.

    Raises:
        UsageError: if it is another file, or does not have exactly one such column.
    """
    header, *rows = read_csv(path)
    header = [name.strip() for name in header]
    ids = tuple(name for name in IDS if name in header)
    if not ids:
        raise UsageError(
            f"{path} is not a gradebook of Moodle: it has none of the columns "
            f"{', '.join(IDS)}. Export it in Moodle, Grades, Export, Plain text file"
        )
    wanted = column or assignment
    known = NAMES + IDS + (() if wanted else WORKSHEET)
    who = tuple(name for name in header if name in known)
    target = column_of(path, header, 0, wanted, TITLE) if wanted else ""
    students = tuple({name: cell for name, cell in zip(header, row) if name in who} for row in rows)
    return Roster(who, ids, target, students)


class MoodleCollector(Collector):
    """'Download all submissions', in folders and without.

    ``Ada Lovelace_345_assignsubmission_file/a2_vae.ipynb``, with ``file_/`` before Moodle 4,
    or ``Ada Lovelace_345_assignsubmission_file_a2_vae.ipynb``. The number is the person's in
    this assignment only: no gradebook has it, only the assignment's grading worksheet. Without
    the worksheet, the full name has to do.
    """

    named_regexp = Unicode(
        r"(?:(?!_assignsubmission_).)*?(?<![^/])(?P<name>[^/_]+)(?:_(?P<lms_id>[0-9]{1,20}))?"
        r"_assignsubmission_(?P<kind>[a-z]+)(?:_?/(?:.*/)?|_)(?P<file_id>[^/]+)$"
    ).tag(config=True)

    def readings(self, path: str) -> list[FileName]:
        """One: Moodle writes a blank for each ``_`` in a name, so the first mark is its own.

        A blind folder has 'Participant' for a name, a group's folder the name of the group.
        """
        found = re.match(self.named_regexp, path)
        if found is None:
            return []
        is_blind = found["name"] == BLIND
        name = f"{BLIND} {found['lms_id']}" if is_blind else found["name"]
        lms_id = "" if is_blind else found["lms_id"] or ""
        return [FileName(name, lms_id, found["file_id"], is_anonymous=is_blind)]

    has_lasting_numbers = False

    def read_roster(self, path: Path) -> Roster:
        return moodle_roster(path)

    def rows(self, file: FileName) -> Collection[int]:
        by_number = self._rows.get(file.lms_id) if file.lms_id else None
        return by_number or self._rows.get(folded(file.name)) or set()

    def person_in(self, row: Row) -> Person:
        names = (row.get("Username"), row.get("Email address"), row.get("ID number"))
        return Person(
            next((name.strip() for name in names if name), ""),
            row.get("First name", ""),
            row.get("Last name", row.get("Surname", row.get("Full name", ""))),
            email=row.get("Email address", "").strip(),
        )

    def handed_in(self, file: FileName) -> datetime | None:
        row = self._row(file)
        if row is None:
            return None
        try:
            # Moodle writes the time of the zone of whoever downloaded it.
            time: datetime = parse_date(row.get(WORKSHEET_TIME, ""))
            return time.astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return None

    def spellings(self, first: str, last: str) -> set[str]:
        """Given and family name in the order of either kind of country."""
        return {folded(f"{first}{last}"), folded(f"{last}{first}")}

    @functools.cached_property
    def _rows(self) -> Mapping[str, set[int]]:
        """Numbers of the roster's rows by name, and by number where it is a worksheet."""
        found = defaultdict(set)
        for place, row in enumerate(self.people.students if self.people else ()):
            first, last = row.get("First name", ""), row.get("Last name", row.get("Surname", ""))
            names = self.spellings(first, last) | {folded(row.get("Full name", ""))}
            digits = re.sub(r"\D", "", row.get("Identifier", ""))
            for key in {*names, digits} - {""}:
                found[key].add(place)
        return found


class MoodleExporter(SystemExporter):
    """Moodle's plain text grade export, which its CSV import reads: who it is, the marks.

    Moodle looks people up by the one column that the importing person chooses, and stops at
    anybody it does not know. Where that column is blank, it gives the marks to the student of
    the row above (grade/import/csv/classes/load_data.php). So a column of ids with a gap is left
    out. Without a roster the ids are nbgrader's email, student id and ``lms_user_id``.
    """

    suffix = "moodle"

    def read_roster(self, assignment: str) -> Roster:
        return moodle_roster(Path(self.roster), assignment, self.column)

    def own_roster(self, found: Sequence[Standing]) -> Roster:
        rows = tuple(
            {
                "First name": each.first_name,
                "Last name": each.last_name,
                "Email address": each.email,
                "Username": each.student,
                "ID number": each.lms_id,
            }
            for each in found
        )
        column = self.column or f"Assignment: {found[0].assignment} (Real)"
        return Roster(tuple(rows[0]), IDS, column, rows)

    def identified(self, marks: Sequence[Mark], roster: Roster) -> Identified:
        safe = [with_safe_ids(mark, roster) for mark in marks]
        gaps = {name: sum(not mark.row[name] for mark in safe) for name in roster.ids}
        by = min(roster.ids, key=lambda name: gaps[name])
        known = [mark for mark in safe if mark.row[by]]
        left_out = [LeftOut(mark.student, f"nothing in {by}") for mark in safe if not mark.row[by]]
        notes = (
            [f"in Moodle, Import, CSV file: set 'Map from' and 'Map to' to {by!r}"] if known else []
        )
        return Identified(known, left_out, notes)

    def limits(self, out_of: float) -> list[str]:
        if out_of <= MOST_POINTS:
            return []
        return [f"Moodle imports no grade above {MOST_POINTS} unless its administrator allows it"]

    def lines(self, marks: Sequence[Mark], roster: Roster, out_of: float) -> list[list[str]]:
        kept = [
            name
            for name in roster.columns
            if name not in roster.ids or all(mark.row[name] for mark in marks)
        ]
        lines = [[*kept, inert(roster.column)]]
        for mark in marks:
            lines.append([*(inert(mark.row[name]) for name in kept), number(mark.points)])
        return lines
