"""Finds whose a submitted file is by its name in a download: a plugin of nbgrader's collector.

Canvas (autograder/lms/canvas.py) and Moodle (autograder/lms/moodle.py) differ in the names that
they give to files, and in what they know of people.
"""

import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import FileNameCollectorPlugin
from traitlets import Unicode

from autograder.gradebook.marks import Standing, standings
from autograder.lms.rosters import Roster, Row

__all__ = ["Collector", "FileName", "Person", "Unknown", "folded"]

# What systems, browsers and Jupyter put behind a file's name.
SUFFIX = re.compile(r"(-\d+| ?\(\d+\)|-Copy\d*| - Copy)+(\.\w+)$")


class Unknown(Enum):
    """Why it cannot be said whose file it is."""

    NOBODY = "not in the gradebook"
    NOT_IN_ROSTER = "not in the roster"
    SEVERAL = "a name or id that several students have"


@dataclass(frozen=True)
class FileName:
    """What the name of a submitted file says.

    ``file_id`` is the name that the student gave it. ``order`` grows from one file to the next,
    where the system counts them; 0 elsewhere.
    """

    name: str
    lms_id: str
    file_id: str
    order: int = 0
    is_late: bool = False


@dataclass(frozen=True)
class Person:
    """A person in a roster, with the id that they are to have in the gradebook."""

    student: str
    first_name: str
    last_name: str
    email: str | None = None
    lms_user_id: str | None = None


@dataclass(frozen=True)
class _Students:
    """Ids of the gradebook's students, by what may be said of them elsewhere."""

    by_number: Mapping[str, Collection[str]]
    by_name: Mapping[str, Collection[str]]
    by_row: Mapping[int, Collection[str]]


class Collector(FileNameCollectorPlugin):
    """Finds the student of the gradebook to whom a name in the download belongs.

    With a roster, the system's own number or name finds a row there, and the ids in that row
    find the student. Without one, ``lms_user_id`` or the name in the gradebook has to do.
    """

    roster = Unicode("", help="The gradebook as the system exports it.").tag(config=True)
    has_lasting_numbers = True  # The system's numbers of people are in the gradebook.

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """nbgrader's call: student and name of a file, None for what is to be left out."""
        parsed = self.parsed(submitted_file)
        if not super().collect(submitted_file) or parsed is None:
            return None
        student = self.student(parsed)
        if isinstance(student, Unknown):
            self.log.warning("left out, %s: %s", student.value, submitted_file)
            return None
        return {"student_id": student, "file_id": self.without_suffix(parsed.file_id)}

    def parsed(self, path: str) -> FileName | None:
        """What a path in the download says, or None if this system does not name files so."""
        found = re.match(self.named_regexp, path)
        if found is None:
            return None
        groups = found.groupdict()
        return FileName(
            groups["name"],
            groups["lms_id"],
            groups["file_id"],
            order=int(groups.get("order") or 0),
            is_late=bool(groups.get("late")),
        )

    def without_suffix(self, name: str) -> str:
        """A file's name without what systems, browsers and Jupyter put behind it."""
        return SUFFIX.sub(r"\2", name)

    def student(self, file: FileName) -> str | Unknown:
        """Id of the student whose file it is, or why that cannot be said."""
        students = self._students
        if self.people is None:
            found = students.by_number.get(file.lms_id) or students.by_name.get(folded(file.name))
        else:
            rows = self.rows(file)
            if not rows:
                return Unknown.NOT_IN_ROSTER
            if len(rows) > 1:
                return Unknown.SEVERAL
            (row,) = rows
            found = students.by_row.get(row)
        if not found:
            return Unknown.NOBODY
        return next(iter(found)) if len(found) == 1 else Unknown.SEVERAL

    def rows(self, file: FileName) -> Collection[int]:
        """Numbers of the roster's rows that may be this person's; none without a roster."""
        raise NotImplementedError

    def person(self, file: FileName) -> Person | None:
        """The person in the roster whose file it is, or None if that is not exactly one."""
        row = self._row(file)
        return None if row is None else self.person_in(row)

    def person_in(self, row: Row) -> Person:
        """The person in a row of the roster."""
        raise NotImplementedError

    def handed_in(self, file: FileName) -> datetime | None:
        """When the file was handed in, as a naive datetime in UTC, if anything says so."""
        return None

    def spellings(self, first: str, last: str) -> set[str]:
        """The ways in which the system writes a name into that of a file, ``folded``."""
        raise NotImplementedError

    def read_roster(self, path: Path) -> Roster:
        """The class in the file that the system exported."""
        raise NotImplementedError

    def forget(self) -> None:
        """Look at the gradebook again: somebody was added."""
        self.__dict__.pop("_students", None)

    @functools.cached_property
    def people(self) -> Roster | None:
        """The class as the system knows it, or None without a roster."""
        return self.read_roster(Path(self.roster)) if self.roster else None

    @functools.cached_property
    def _students(self) -> _Students:
        by_number, by_name, by_row = defaultdict(set), defaultdict(set), defaultdict(set)
        for each in self._standings():
            if each.lms_id and self.has_lasting_numbers:
                by_number[each.lms_id].add(each.student)
            for name in self.spellings(each.first_name, each.last_name):
                by_name[name].add(each.student)
            rows = self.people.rows_of(each) if self.people else frozenset()
            if len(rows) == 1:
                by_row[next(iter(rows))].add(each.student)
        return _Students(by_number, by_name, by_row)

    def _standings(self) -> list[Standing]:
        """Every student that the gradebook knows."""
        course = CourseDirectory(config=self.config, parent=self.parent)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            assignments = [assignment.name for assignment in gradebook.assignments]
            # Every assignment lists the same students.
            return standings(gradebook, assignments[0]) if assignments else []

    def _row(self, file: FileName) -> Row | None:
        """The one row of the roster that is this person's."""
        rows = self.rows(file)
        if self.people is None or len(rows) != 1:
            return None
        (row,) = rows
        return self.people.students[row]


def folded(name: str) -> str:
    """A name as it is compared: only its letters and digits, in one case and one encoding."""
    name = unicodedata.normalize("NFC", name).casefold()
    return "".join(character for character in name if character.isalnum())
