"""Canvas: its gradebook file, the names it gives to submitted files, and its import of marks.

The formats are those of Canvas' sources of 2026 (lib/content_zipper.rb for the names of files)
and of its instructors' guide ('How do I import grades in the Gradebook?'). The zip does not say
when a file was handed in: its dates are those of the download.
"""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from traitlets import Unicode

from autograder.errors import UsageError
from autograder.gradebook.marks import Standing
from autograder.lms.exporting import Identified, LeftOut, Mark, SystemExporter, with_safe_ids
from autograder.lms.file_names import FileName, Person, folded
from autograder.lms.file_owners import Collector
from autograder.lms.rosters import Roster, Row, column_of, number_in
from autograder.lms.spreadsheet import read_csv
from autograder.text import inert, number

__all__ = ["CanvasCollector", "CanvasExporter", "canvas_roster"]

IDS = ("ID", "SIS User ID", "SIS Login ID")
MAXIMUM = "Points Possible"  # Is in the first cell of the row with the maxima.
ANONYMOUS = re.compile(
    r"(?:(?P<before>LATE)_)?(?P<name>anon_[0-9A-Za-z]{5})_(?:(?P<late>LATE)_)?"
    r"(?P<order>[0-9]{1,20})_(?P<file_id>.+)"
)
LONGEST_NUMBER = 20  # Digits: Canvas counts with 64 bits.
TITLE = re.compile(r"(.*) \([0-9]+\)")  # Canvas' own number stands behind the title.


def canvas_roster(path: Path, assignment: str | None = None, column: str = "") -> Roster:
    """The class in a gradebook that Canvas exported.

    Args:
        path: the CSV file.
        assignment: title of the assignment in Canvas, unless ``column`` names its column;
            None if only the people are asked for.
        column: header of the column, with or without Canvas' number behind it.

    Raises:
        UsageError: if it is another file, or does not have exactly one such column.
    """
    header, *rows = read_csv(path)
    header = [name.strip() for name in header]
    if header[:2] != ["Student", "ID"] and header[:3] != ["LastName", "FirstName", "ID"]:
        raise UsageError(
            f"{path} is not a gradebook of Canvas: its header should begin with Student, ID, and "
            f"begins with {', '.join(header[:2])}. Export it in Canvas, Grades, Export"
        )
    if "Section" not in header:
        raise UsageError(f"{path} is not a gradebook of Canvas: there is no column Section")
    who = header[: header.index("Section") + 1]
    wanted = column or assignment
    target = column_of(path, header, len(who), wanted, TITLE) if wanted else ""
    place = header.index(target) if target else 0
    maxima = [row for row in rows if MAXIMUM in row[0]]
    students = tuple(
        dict(zip(who, row))
        for row in rows
        # Other rows are about the assignments: their maxima, or which are posted by hand.
        if MAXIMUM not in row[0] and any(cell.strip() for cell in row[: len(who)])
    )
    ids = tuple(name for name in IDS if name in who)
    out_of = number_in(maxima[0][place]) if maxima else None
    return Roster(tuple(who), ids, target, students, out_of)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER


def _anonymous(found: re.Match[str]) -> FileName:
    is_late = "LATE" in (found["before"], found["late"])
    return FileName(
        found["name"], "", found["file_id"], int(found["order"]), is_late, is_anonymous=True
    )


class CanvasCollector(Collector):
    """'Download Submissions': ``lovelaceada_LATE_1001_67890_a2_vae-1.ipynb``.

    The parts are last and first name in letters only, LATE, Canvas' number of the person, its
    number of the file (which grows), and the file's name; ``-1`` marks a second attempt.
    """

    named_regexp = Unicode(
        r"(?:.*/)?(?P<name>[^/]*?)_(?:(?P<late>LATE|late)_)?(?P<lms_id>[0-9]+)_"
        r"(?:(?P<order>[0-9]+)_(?P<file_id>[^/]+)|(?P<instead>text\.html|link\.html))$"
    ).tag(config=True)

    def readings(self, path: str) -> list[FileName]:
        """Wherever two numbers follow each other: a name may have such in it, as may a file's.

        What was typed into Canvas, ``text.html`` or ``link.html``, has no number of its own.
        """
        name = path.rpartition("/")[2]
        found = [] if (hidden := ANONYMOUS.fullmatch(name)) is None else [_anonymous(hidden)]
        parts = name.split("_")
        for place, user in enumerate(parts):
            if place == 0 or not _is_number(user):
                continue
            rest = parts[place + 1 :]
            is_late = place > 1 and parts[place - 1].upper() == "LATE"
            person = "_".join(parts[: place - is_late])
            if len(rest) > 1 and _is_number(rest[0]):
                file, order = "_".join(rest[1:]), int(rest[0])
            elif rest in (["text.html"], ["link.html"]):
                file, order = rest[0], 0
            else:
                continue
            found.append(FileName(person, user, file, order, is_late))
        return found

    def read_roster(self, path: Path) -> Roster:
        return canvas_roster(path)

    def rows(self, file: FileName) -> Collection[int]:
        rows = self.people.students if self.people else ()
        return {number for number, row in enumerate(rows) if row["ID"].strip() == file.lms_id}

    def person_in(self, row: Row) -> Person:
        last, _, first = row.get("Student", "").partition(", ")
        return Person(
            (row.get("SIS Login ID") or row.get("SIS User ID") or "").strip(),
            row.get("FirstName", first),
            row.get("LastName", last),
            lms_user_id=row["ID"].strip(),
        )

    def spellings(self, first: str, last: str) -> set[str]:
        return {folded(f"{last}{first}")}


class CanvasExporter(SystemExporter):
    """Canvas' gradebook CSV: who it is, the maximum in a row of its own, the marks.

    Canvas looks people up by its own ID, then by SIS User ID, then by SIS Login ID. Without a
    roster, ``lms_user_id`` in the gradebook is the ID if it is a number, and the SIS User ID
    otherwise; nbgrader's student id is the SIS Login ID.
    """

    suffix = "canvas"

    def read_roster(self, assignment: str) -> Roster:
        return canvas_roster(Path(self.roster), assignment, self.column)

    def own_roster(self, found: Sequence[Standing]) -> Roster:
        rows = []
        for each in found:
            is_canvas_id = each.lms_id.isascii() and each.lms_id.isdecimal()
            row = {
                "Student": each.name,
                "ID": each.lms_id if is_canvas_id else "",
                "SIS User ID": "" if is_canvas_id else each.lms_id,
                "SIS Login ID": each.student,
                "Section": "",
            }
            rows.append(row)
        return Roster(tuple(rows[0]), IDS, self.column or found[0].assignment, tuple(rows))

    def identified(self, marks: Sequence[Mark], roster: Roster) -> Identified:
        safe = [with_safe_ids(mark, roster) for mark in marks]
        known = [mark for mark in safe if any(mark.row[name] for name in roster.ids)]
        left_out = [
            LeftOut(mark.student, "no id that Canvas can know")
            for mark in safe
            if not any(mark.row[name] for name in roster.ids)
        ]
        notes = []
        without_id = sum(not mark.row["ID"] for mark in known)
        if without_id:
            notes.append(
                f"without Canvas' own ID: {without_id}; Canvas will look for their SIS ids. "
                "--roster with the gradebook exported from Canvas is more reliable"
            )
        return Identified(known, left_out, notes)

    def lines(self, marks: Sequence[Mark], roster: Roster, out_of: float) -> list[list[str]]:
        maximum = out_of if roster.out_of is None else roster.out_of
        blanks = [""] * (len(roster.columns) - 1)
        lines = [[*roster.columns, inert(roster.column)]]
        lines.append([f"    {MAXIMUM}", *blanks, number(maximum)])
        for mark in marks:
            lines.append([*(inert(mark.row[name]) for name in roster.columns), number(mark.points)])
        return lines
