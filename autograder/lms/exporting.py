"""What exports to Canvas, Moodle and spreadsheets have in common: whose marks, and who is left out.

A file for a learning management system has one column of marks, and rows only for those whose
mark is complete: there a blank deletes what stands, and a zero is a mark. Who is left out is said.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Unicode

from autograder.errors import UsageError
from autograder.gradebook.late import recompute
from autograder.gradebook.marks import ABSENT, COMPLETE, NOT_GRADED, TO_MARK, standings
from autograder.text import inert, listed, number

__all__ = ["Export", "Exporter", "SystemExporter", "identifier"]


@dataclass
class Export:
    """What was exported: the file, how many students, who is not in it and why, what to know."""

    path: Path
    students: int = 0
    left_out: dict = field(default_factory=lambda: defaultdict(list))
    notes: list = field(default_factory=list)

    def lines(self):
        """The same as sentences, one a line; the first says what is in the file."""
        yield f"exported: {self.students} student{'s' * (self.students != 1)} to {self.path}"
        for reason, students in self.left_out.items():
            yield f"left out, {reason}: {listed(students)}"
        yield from self.notes


def identifier(cell):
    """The id, or nothing if it would have to be changed before a spreadsheet may see it."""
    return cell.strip() if inert(cell) == cell.strip() else ""


class Exporter(ExportPlugin):
    """One assignment's marks, in the file of nbgrader's ``--to`` or one of its own name."""

    suffix = ""

    def export(self, gradebook):
        """Write the file and log what is in it; ends nbgrader's command where that cannot be."""
        try:
            done = self.write(gradebook)
        except UsageError as error:
            self.log.error(str(error))
            raise SystemExit(1) from None
        for number_of_line, line in enumerate(done.lines()):
            (self.log.warning if number_of_line else self.log.info)(line)

    def write(self, gradebook):
        """Write the file.

        Args:
            gradebook: nbgrader's ``Gradebook``, open.

        Returns:
            An ``Export``.

        Raises:
            UsageError: if there is nothing to write, with the reason.
        """
        found = self._standings(gradebook)
        assignment = found[0].assignment
        done = Export(Path(self.to or f"{assignment}-{self.suffix}.csv"))
        handed_in = self._handed_in(assignment)
        strangers = sorted(handed_in - {standing.student for standing in found})
        if strangers and not self.student:
            done.left_out["handed in, and unknown to the gradebook"] += strangers
        found = [
            replace(standing, state=NOT_GRADED)
            if standing.state == ABSENT and standing.student in handed_in
            else standing
            for standing in found
        ]
        self.fill(found, done)
        return done

    def fill(self, found, done):
        """Write the file of these ``Standing``s, and what is to be said of it into ``done``."""
        raise NotImplementedError

    def _handed_in(self, assignment):
        """Students with a submission, which the gradebook knows only once it was graded."""
        course = CourseDirectory(config=self.config)
        return {*NbGraderAPI(course, config=self.config).get_submitted_students(assignment)}

    def _standings(self, gradebook):
        there = [assignment.name for assignment in gradebook.assignments]
        wanted = [str(name) for name in self.assignment] or there
        if len(wanted) != 1 or wanted[0] not in there:
            raise UsageError(
                f"one assignment a file, got {', '.join(wanted) or 'none'}: the gradebook has "
                f"{', '.join(there) or 'none'}"
            )
        recompute(gradebook, wanted[0], self.config)
        chosen = [str(student) for student in self.student]
        found = standings(gradebook, wanted[0], chosen)
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

    def fill(self, found, done):
        roster = self.read_roster(found[0].assignment) if self.roster else self.own_roster(found)
        marked = [standing for standing in found if self._has_mark(standing, done)]
        rows = self.identified(self._placed(marked, roster, done), roster, done)
        if not rows:
            raise UsageError("; ".join(["nothing to export", *list(done.lines())[1:]]))
        done.students = len(rows)
        notes = {
            "answers still to be marked by hand count 0": [
                each.student for each in marked if each.state != COMPLETE
            ],
            "penalty for handing in late taken off": [
                each.student for each in marked if each.late_penalty
            ],
        }
        done.notes += [
            f"{what}: {listed(students)}" for what, students in notes.items() if students
        ]
        if roster.out_of not in (None, found[0].out_of):
            done.notes.append(
                f"points are not rescaled: {inert(roster.column)} has {number(roster.out_of)} "
                f"there and {number(found[0].out_of)} here"
            )
        self.write_rows(rows, roster, found[0].out_of, done)

    def read_roster(self, assignment):
        """The ``Roster`` in the file that the system exported."""
        raise NotImplementedError

    def own_roster(self, found):
        """A ``Roster`` of what nbgrader knows of these ``Standing``s."""
        raise NotImplementedError

    def identified(self, placed, roster, done):
        """Pairs of row and points of those that the system can look up; notes the others."""
        raise NotImplementedError

    def write_rows(self, rows, roster, out_of, done):
        """Write the system's file."""
        raise NotImplementedError

    def _has_mark(self, standing, done):
        """True if it is to be exported; notes it if not."""
        to_mark = standing.state == TO_MARK
        if standing.state == COMPLETE or (to_mark and self.unfinished):
            return True
        reason = "answers still to be marked by hand" if to_mark else standing.state
        done.left_out[reason].append(standing.student)
        return False

    def _placed(self, marked, roster, done):
        """Triples of standing, row of the roster, points; notes who has no row there."""
        places = [roster.row_of(standing) for standing in marked]
        shared, placed = Counter(places), []
        for standing, place in zip(marked, places):
            if place is None:
                done.left_out[f"not in {self.roster}"].append(standing.student)
            elif place == -1 or shared[place] > 1:
                done.left_out["an id that others have too"].append(standing.student)
            else:
                placed.append((standing, roster.students[place], standing.points_so_far))
        return placed
