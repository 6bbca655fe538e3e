"""Finds whose a submitted file is by its name in a download: a plugin of nbgrader's collector.

Canvas (autograder/lms/canvas.py) and Moodle (autograder/lms/moodle.py) differ in the names that
they give to files, and in what they know of people.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import FileNameCollectorPlugin
from traitlets import Unicode

from autograder.gradebook.marks import Standing, standings
from autograder.lms.file_names import (
    SHOWN_NAME,
    FileName,
    Fit,
    Person,
    Reading,
    Stranger,
    Unknown,
    fit_of,
    folded,
    shown,
)
from autograder.lms.rosters import Roster, Row
from autograder.text import inert, plain

__all__ = ["Collector"]

# What systems, browsers and Jupyter put behind a file's name.
SUFFIX = re.compile(r"(-\d+| ?\(\d+\)|-Copy\d*| - Copy)+(\.\w+)$")


@dataclass(frozen=True)
class _Students:
    """Ids of the gradebook's students, by what may be said of them elsewhere."""

    by_number: Mapping[str, set[str]]
    by_name: Mapping[str, set[str]]
    by_row: Mapping[int, set[str]]
    names: Mapping[str, tuple[str, str]]

    @functools.cached_property
    def numbered(self) -> set[str]:
        """Those whose number in the system is known."""
        return set().union(*self.by_number.values())


class Collector(FileNameCollectorPlugin):
    """Finds the student of the gradebook to whom a name in the download belongs.

    With a roster, the system's own number or name finds a row there, and the ids in that row
    find the student. Without one, ``lms_user_id`` or the name in the gradebook has to do.
    """

    roster = Unicode("", help="The gradebook as the system exports it.").tag(config=True)
    has_lasting_numbers = True  # The system's numbers of people are in the gradebook.

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """nbgrader's call: student and name of a file, None for what is to be left out."""
        reading = self.whose(submitted_file)
        if not super().collect(submitted_file) or reading is None:
            return None
        if isinstance(reading.student, Stranger):
            reason = reading.student.reason.value
            self.log.warning("left out, %s: %s", reason, inert(submitted_file))
            return None
        return {
            "student_id": reading.student,
            "file_id": self.without_suffix(reading.file.file_id),
        }

    def readings(self, path: str) -> list[FileName]:
        """What a path in the download may say, the likeliest first; nothing if it is foreign.

        A student chooses the end of the path. The system writes what stands before it.
        """
        raise NotImplementedError

    def whose(self, path: str) -> Reading | None:
        """Whose file it is, or why that cannot be said; None for a name of another system.

        What the system writes in front decides. A reading that begins further right counts only
        if the whole name before it is exactly that of the person: then the system wrote it.
        """
        readings = [self._reading(file) for file in self.readings(path)]
        if not readings:
            return None
        possible = [each for each in readings if each.fit is Fit.WHOLE]
        if not possible:
            possible = [each for each in readings if each.fit > Fit.OTHER]
            if readings[0] not in possible:
                return readings[0]
        if len({(each.student, each.file.lms_id) for each in possible}) == 1:
            return possible[0]
        both = " or ".join(shown(each.file) for each in possible)
        return Reading(possible[0].file, Stranger(Unknown.TWO_WAYS, both), Fit.NOBODY)

    def without_suffix(self, name: str) -> str:
        """A file's name without what systems, browsers and Jupyter put behind it."""
        return SUFFIX.sub(r"\2", name)

    def _reading(self, file: FileName) -> Reading:
        if file.is_anonymous:
            return Reading(file, Stranger(Unknown.ANONYMOUS, shown(file)), Fit.UNKNOWN)
        student = self._student(file)
        row = self._row(file)
        if row is not None:
            person = self.person_in(row)
            names = (person.first_name, person.last_name)
        elif isinstance(student, str):
            names = self._students.names[student]
        else:
            return Reading(file, student, Fit.NOBODY)
        fit = fit_of(file.name, *names, self.spellings(*names))
        if fit is Fit.OTHER:
            real = plain(" ".join(filter(None, names)), SHOWN_NAME)
            detail = f"{shown(file)}: {plain(file.lms_id, SHOWN_NAME)} is {real}"
            student = Stranger(Unknown.OTHER_NAME, detail)
        return Reading(file, student, fit)

    def _student(self, file: FileName) -> str | Stranger:
        """Id of the student with this number or name, or why there is none."""
        students = self._students
        if self.people is None:
            # A student with another number is somebody else of the same name.
            unnumbered = students.by_name.get(folded(file.name), set()) - students.numbered
            found = students.by_number.get(file.lms_id, set()) or unnumbered
        else:
            rows = self.rows(file)
            if not rows:
                return Stranger(Unknown.NOT_IN_ROSTER, shown(file))
            if len(rows) > 1:
                return Stranger(Unknown.SEVERAL, shown(file))
            (row,) = rows
            found = students.by_row.get(row, set())
        if not found:
            return Stranger(Unknown.NOBODY, shown(file))
        return next(iter(found)) if len(found) == 1 else Stranger(Unknown.SEVERAL, shown(file))

    def namesakes(self, person: Person) -> list[str]:
        """Students of the gradebook with this name, except those whom another row has."""
        known = set().union(*self._students.by_row.values())
        spelled = self.spellings(person.first_name, person.last_name)
        return sorted(
            student
            for spelling in spelled
            for student in self._students.by_name.get(spelling, ())
            if student not in known
        )

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
        names = {}
        for each in self._standings():
            names[each.student] = (each.first_name, each.last_name)
            if each.lms_id and self.has_lasting_numbers:
                by_number[each.lms_id].add(each.student)
            for name in self.spellings(each.first_name, each.last_name):
                by_name[name].add(each.student)
            rows = self.people.rows_of(each) if self.people else frozenset()
            if len(rows) == 1:
                by_row[next(iter(rows))].add(each.student)
        return _Students(by_number, by_name, by_row, names)

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
