"""Marks for Canvas, Moodle and spreadsheets, as nbgrader's exporter plugins.

``python -m autograder export ASSIGNMENT --to canvas``, or with nbgrader's own command
``nbgrader export --exporter=autograder.lms.exporters.CanvasExporter --assignment='["a2_vae"]'``.
"""

from collections.abc import Sequence

from autograder.gradebook.marks import ABSENT, NOT_GRADED, TO_MARK, Standing
from autograder.lms.canvas import CanvasExporter
from autograder.lms.exporting import Exporter, Table
from autograder.lms.moodle import MoodleExporter
from autograder.text import inert, listed, number

__all__ = ["EXPORTERS", "CanvasExporter", "MoodleExporter", "SpreadsheetExporter"]

COLUMNS = (
    "assignment",
    "student",
    "last_name",
    "first_name",
    "email",
    "handed_in",
    "state",
    "points",
    "points_so_far",
    "late_penalty",
    "out_of",
)


class SpreadsheetExporter(Exporter):
    """A table for people: every student, with the state of the mark and points per question.

    Points that are still missing are empty, in the sum too; ``points_so_far`` is the sum of
    those that are there.
    """

    suffix = "marks"
    bom = True

    def table(self, found: Sequence[Standing]) -> Table:
        questions = list(dict.fromkeys(name for each in found for name in each.marks))
        lines = [[*COLUMNS, *map(inert, questions)]]
        lines += [_line(each, questions) for each in found]
        notes = []
        for state in (TO_MARK, NOT_GRADED, ABSENT):
            students = [each.student for each in found if each.state == state]
            if students:
                notes.append(f"points empty, {state}: {listed(students)}")
        return Table(lines, len(found), notes=notes)


def _line(standing: Standing, questions: Sequence[str]) -> list[str]:
    handed_in = standing.handed_in
    return [
        inert(standing.assignment),
        inert(standing.student),
        inert(standing.last_name),
        inert(standing.first_name),
        inert(standing.email),
        f"{handed_in:%Y-%m-%d %H:%M:%S}" if handed_in else "",
        standing.state,
        number(standing.points),
        number(standing.points_so_far if standing.marks else None),
        number(standing.late_penalty),
        number(standing.out_of),
        *(number(standing.marks.get(name)) for name in questions),
    ]


EXPORTERS: dict[str, type[Exporter]] = {
    "canvas": CanvasExporter,
    "moodle": MoodleExporter,
    "csv": SpreadsheetExporter,
}
