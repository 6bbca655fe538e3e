"""What the template of the class report shows, under the names that it uses."""

import os
import stat
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from autograder.gradebook.classroom import Classroom, Result
from autograder.gradebook.late import recompute
from autograder.gradebook.marks import standings
from autograder.pages import overview
from autograder.pages.overview import Question
from autograder.pages.similarity import Comparison
from autograder.text import duration, number

__all__ = ["ReportView"]

TO_LOOK_AT = {  # By status, in the order of the page.
    "refused": "cannot be read, and have no mark",
    "not graded": "handed in, and have no mark yet",
    "out of memory": "graded, but some cells took too much memory",
    "timed out": "graded, but some cells took too long",
    "repaired": "graded after a repair: check that the repair was right",
    "blank": "every function is as it was released",
}
LAST_IN_TABLE = "blank"  # In the table of students it stands among those who were graded.
SLOWEST = 5
LEVELS = ((1.0, "all"), (0.75, "most"), (0.5, "half"))  # From which share of the points on.


@dataclass(frozen=True)
class _Cell:
    """A square of the heat map: its text, how dark it is, a note in it, where it leads."""

    text: str
    level: str
    note: str = ""
    link: str = ""


class ReportView:
    """One report.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        results: one ``Result`` per submission.
        folder: where the page is written, for links.
        alike: a ``Comparison`` of the submissions, or None.
    """

    def __init__(
        self,
        classroom: Classroom,
        assignment: str,
        results: Sequence[Result],
        folder: Path,
        alike: Comparison | None,
    ) -> None:
        self.assignment, self.results, self.alike = assignment, results, alike
        self.classroom, self.folder = classroom, folder
        self.made = datetime.now(UTC)
        with classroom.api.gradebook as gradebook:
            recompute(gradebook, assignment, classroom.config)
            entry = gradebook.find_assignment(assignment)
            self.due: datetime | None = entry.duedate
            self.page_of: dict[str, str] = {
                cell.name: notebook.name
                for notebook in entry.notebooks
                for cell in [*notebook.grade_cells, *notebook.task_cells]
            }
            self.standings = {each.student: each for each in standings(gradebook, assignment)}
        self.graded = [result for result in results if result.is_graded]
        self.questions = overview.questions(self.graded)
        self.misconceptions = overview.misconceptions(self.graded)
        self.unexplained = overview.unexplained(self.graded)
        self.counts, self.spread = overview.distribution(self.graded)
        handed_in = {result.student for result in results}
        self.absent = sorted(self.standings.keys() - handed_in)
        self.csv = quote(f"{assignment}.csv")

    @property
    def statuses(self) -> list[tuple[str, int]]:
        """Counts by status, the most frequent first."""
        return Counter(result.status for result in self.results).most_common()

    @property
    def without_isolation(self) -> list[str]:
        """Students whose submissions ran with the permissions of whoever graded."""
        return [result.student for result in self.graded if result.isolation == "none"]

    @property
    def to_mark(self) -> int:
        """How many answers a person has yet to mark."""
        return sum(question.to_mark for question in self.questions)

    @property
    def out_of(self) -> float:
        """The maximum, of the machine's and the person's points together."""
        return max((result.out_of for result in self.graded), default=0)

    @property
    def to_look_at(self) -> list[tuple[str, str, list[Result]]]:
        """Status, what it means, and its results; the most urgent status first."""
        found = [
            (status, meaning, [result for result in self.results if result.status == status])
            for status, meaning in TO_LOOK_AT.items()
        ]
        return [(status, meaning, results) for status, meaning, results in found if results]

    @property
    def rows(self) -> list[Result]:
        """Results in the order of the table: those that need a look come first."""
        urgent = [status for status in TO_LOOK_AT if status != LAST_IN_TABLE]
        place = {status: position for position, status in enumerate(urgent)}
        return sorted(self.results, key=lambda result: place.get(result.status, len(place)))

    @property
    def slowest(self) -> list[Result]:
        """The results that took longest, the longest first."""
        return sorted(self.graded, key=lambda result: -result.seconds)[:SLOWEST]

    @property
    def median_seconds(self) -> float:
        """Half of the graded submissions took at most so long."""
        return statistics.median(result.seconds for result in self.graded)

    def name(self, student: str) -> str:
        """'Last, First', or '' if the gradebook knows no name but the id."""
        known = self.standings.get(student)
        return known.name if known and known.name != student else ""

    def handed_in(self, student: str) -> tuple[str, str]:
        """When the submission was handed in, in UTC, and how late: '' if unknown or in time."""
        known = self.standings.get(student)
        when = known.handed_in if known else None
        when = when or _timestamp(self.classroom.path("submitted", student, self.assignment))
        late = known.seconds_late if known else 0
        return f"{when:%Y-%m-%d %H:%M}" if when else "", duration(late) if late else ""

    def penalty(self, student: str) -> float:
        """Points taken off for handing in late."""
        known = self.standings.get(student)
        return known.late_penalty if known else 0.0

    def points(self, result: Result) -> float:
        """The student's points now: the machine's and the person's, minus the penalty."""
        return max(0.0, result.points - self.penalty(result.student))

    def link(self, student: str, cell: str = "") -> str:
        """Address of a student's feedback, at a cell if one is given; '' if there is none."""
        pages = self.classroom.path("feedback", student, self.assignment)
        name = self.page_of.get(cell) or next(iter(self.page_of.values()), self.assignment)
        path = pages / f"{name}.html"
        if not path.is_file():
            return ""
        anchor = f"#{quote(cell)}" if cell else ""
        return quote(os.path.relpath(path, self.folder).replace(os.sep, "/")) + anchor

    def cell(self, result: Result, question: Question) -> _Cell:
        """The ``_Cell`` of one student and question."""
        if question.name not in result.marks:
            return _Cell("–", "without")
        points, out_of = result.marks[question.name]
        link = self.link(result.student, question.name)
        if points is None:
            return _Cell("to mark", "waits", "", link)
        verdict = result.verdicts.get(question.exercise)
        share = points / out_of if out_of else 1.0
        note = "blank" if verdict and verdict.is_stub else ""
        return _Cell(number(points), _level(share), note, link if share < 1 else "")


def _level(share: float) -> str:
    """How dark a square is, by the share of points."""
    lowest = "some" if share > 0 else "none"
    return next((level for least, level in LEVELS if share >= least), lowest)


def _timestamp(folder: Path) -> datetime | None:
    """When a submission was handed in that the gradebook does not know, from its file."""
    from nbgrader.utils import parse_utc

    try:
        path = folder / "timestamp.txt"
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open(encoding="ascii") as file:
            when: datetime = parse_utc(file.read(100).strip())
            return when
    except (OSError, ValueError, OverflowError):
        return None
