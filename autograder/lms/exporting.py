"""Exports marks: whose marks, and who is left out, for any kind of file.

A file for a learning management system has one column of marks, and rows only for students
whose mark is complete: in such a file a blank deletes the mark that is there, and a zero is a
mark. The export says who is left out and why.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Unicode

from autograder.errors import UsageError
from autograder.gradebook.late import recompute
from autograder.gradebook.marks import (
    ABSENT,
    COMPLETE,
    NOT_GRADED,
    TO_MARK,
    Standing,
    standings,
)
from autograder.lms.rosters import Roster, Row
from autograder.lms.spreadsheet import write_csv
from autograder.text import inert, listed, number

__all__ = [
    "Export",
    "Exporter",
    "Identified",
    "LeftOut",
    "Mark",
    "SystemExporter",
    "Table",
    "with_safe_ids",
]


@dataclass(frozen=True)
class LeftOut:
    """A student who is not in the file, and why."""

    student: str
    reason: str


@dataclass(frozen=True)
class Mark:
    """The points of a student, and the row of the roster in which they belong."""

    student: str
    row: Row
    points: float


@dataclass(frozen=True)
class Identified:
    """Marks of those whom the system can look up; who is left out; what to know."""

    marks: list[Mark]
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """What is to be written: lines of safe cells, for how many students; and what to know."""

    lines: list[list[str]]
    students: int
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Export:
    """What was exported: the file, how many students, who is not in it and why, what to know."""

    path: Path
    students: int
    left_out: list[LeftOut]
    notes: list[str]

    def lines(self) -> Iterator[str]:
        """The same as sentences, one a line; the first says what is in the file."""
        plural = "" if self.students == 1 else "s"
        yield f"exported: {self.students} student{plural} to {self.path}"
        yield from _reasons(self.left_out)
        yield from self.notes


class Exporter(ExportPlugin):
    """One assignment's marks, in the file of nbgrader's ``--to`` or one of its own name."""

    suffix = ""
    bom = False

    def export(self, gradebook: Gradebook) -> None:
        """Write the file and log what is in it; if that fails, nbgrader's command ends."""
        try:
            done = self.write(gradebook)
        except UsageError as error:
            self.log.error(str(error))
            raise SystemExit(1) from None
        first, *others = done.lines()
        self.log.info(first)
        for line in others:
            self.log.warning(line)

    def write(self, gradebook: Gradebook) -> Export:
        """Write the file.

        Args:
            gradebook: nbgrader's ``Gradebook``, open.

        Raises:
            UsageError: if there is nothing to write, with the reason.
        """
        found = self._standings(gradebook)
        assignment = found[0].assignment
        handed_in = self._handed_in(assignment)
        left_out = []
        if not self.student:
            strangers = sorted(handed_in - {standing.student for standing in found})
            left_out = [LeftOut(each, "handed in, but not in the gradebook") for each in strangers]
        found = [
            replace(standing, state=NOT_GRADED)
            if standing.state == ABSENT and standing.student in handed_in
            else standing
            for standing in found
        ]
        table = self.table(found)
        left_out += table.left_out
        if not table.students:
            raise UsageError("; ".join(["nothing to export", *_reasons(left_out), *table.notes]))
        path = Path(self.to or f"{assignment}-{self.suffix}.csv")
        write_csv(path, table.lines, self.bom)
        return Export(path, table.students, left_out, table.notes)

    def table(self, found: Sequence[Standing]) -> Table:
        """The file of these standings, all of one assignment."""
        raise NotImplementedError

    def _handed_in(self, assignment: str) -> set[str]:
        """Students with a submission, which the gradebook knows only once it was graded."""
        course = CourseDirectory(config=self.config)
        return {*NbGraderAPI(course, config=self.config).get_submitted_students(assignment)}

    def _standings(self, gradebook: Gradebook) -> list[Standing]:
        there = [assignment.name for assignment in gradebook.assignments]
        wanted = [str(name) for name in self.assignment] or there
        if len(wanted) != 1 or wanted[0] not in there:
            raise UsageError(
                f"one assignment per file, got {', '.join(wanted) or 'none'}: the gradebook has "
                f"{', '.join(there) or 'none'}"
            )
        recompute(gradebook, wanted[0], self.config)
        chosen = [str(student) for student in self.student]
        found: list[Standing] = standings(gradebook, wanted[0], chosen)
        unknown = sorted({*chosen} - {standing.student for standing in found})
        if unknown or not found:
            raise UsageError(f"the gradebook has no student {', '.join(unknown) or 'at all'}")
        return found


class SystemExporter(Exporter):
    """For a learning management system, which has its own names for people and columns."""

    roster = Unicode(
        "", help="The gradebook as the system exports it: says who is who, and in which column."
    ).tag(config=True)
    column = Unicode("", help="The column of the assignment, if named differently.").tag(
        config=True
    )
    unfinished = Bool(
        False, help="Export also marks that lack answers to be marked by hand, as they are."
    ).tag(config=True)

    def table(self, found: Sequence[Standing]) -> Table:
        assignment, out_of = found[0].assignment, found[0].out_of
        roster = self.read_roster(assignment) if self.roster else self.own_roster(found)
        unmarked = [
            LeftOut(each.student, self._why_unmarked(each))
            for each in found
            if not self._has_mark(each)
        ]
        marked = [standing for standing in found if self._has_mark(standing)]
        placed, unplaced = self._placed(marked, roster)
        done = self.identified(placed, roster)
        left_out = [*unmarked, *unplaced, *done.left_out]
        if not done.marks:
            return Table([], 0, left_out, done.notes)
        notes = [*done.notes, *_notes_on_marks(marked)]
        if roster.out_of not in (None, out_of):
            notes.append(
                f"points are not rescaled: the maximum of {inert(roster.column)} is "
                f"{number(roster.out_of)} there and {number(out_of)} here"
            )
        notes += self.limits(out_of)
        return Table(self.lines(done.marks, roster, out_of), len(done.marks), left_out, notes)

    def read_roster(self, assignment: str) -> Roster:
        """The class in the file that the system exported."""
        raise NotImplementedError

    def own_roster(self, found: Sequence[Standing]) -> Roster:
        """The class as far as nbgrader knows it."""
        raise NotImplementedError

    def identified(self, marks: Sequence[Mark], roster: Roster) -> Identified:
        """The marks of those whom the system can look up, their ids made safe."""
        raise NotImplementedError

    def limits(self, out_of: float) -> list[str]:
        """Sentences on what the system may not accept."""
        return []

    def lines(self, marks: Sequence[Mark], roster: Roster, out_of: float) -> list[list[str]]:
        """The lines of the system's file, with safe cells."""
        raise NotImplementedError

    def _has_mark(self, standing: Standing) -> bool:
        return standing.state == COMPLETE or (self.unfinished and standing.state == TO_MARK)

    def _why_unmarked(self, standing: Standing) -> str:
        is_waiting = standing.state == TO_MARK
        return "answers still to be marked by hand" if is_waiting else standing.state

    def _placed(
        self, marked: Sequence[Standing], roster: Roster
    ) -> tuple[list[Mark], list[LeftOut]]:
        """The marks with their rows of the roster, and who does not have one row there."""
        rows_of = [roster.rows_of(standing) for standing in marked]
        claims = Counter(number for rows in rows_of if len(rows) == 1 for number in rows)
        placed, left_out = [], []
        for standing, rows in zip(marked, rows_of):
            if not rows:
                left_out.append(LeftOut(standing.student, f"not in {self.roster}"))
                continue
            row, *others = rows
            if others or claims[row] > 1:
                left_out.append(LeftOut(standing.student, "an id that several students have"))
            else:
                placed.append(Mark(standing.student, roster.students[row], standing.points_so_far))
        return placed, left_out


def with_safe_ids(mark: Mark, roster: Roster) -> Mark:
    """The mark with ids that a spreadsheet may see; empty where one would have to be changed."""
    ids = {name: mark.row[name].strip() for name in roster.ids}
    safe = {name: cell if inert(cell) == cell else "" for name, cell in ids.items()}
    return replace(mark, row=mark.row | safe)


def _notes_on_marks(marked: Iterable[Standing]) -> list[str]:
    notes = {
        "answers still to be marked by hand count as 0": [
            each.student for each in marked if each.state != COMPLETE
        ],
        "late penalty subtracted": [each.student for each in marked if each.late_penalty],
    }
    return [f"{what}: {listed(students)}" for what, students in notes.items() if students]


def _reasons(left_out: Iterable[LeftOut]) -> list[str]:
    """A sentence for each reason, with the students it applies to."""
    students: dict[str, list[str]] = {}
    for each in left_out:
        students.setdefault(each.reason, []).append(each.student)
    return [f"left out, {reason}: {listed(names)}" for reason, names in students.items()]
