"""The class report: one HTML page that needs nothing else, and a table of every mark beside it.

Names, messages and times come from submissions: they are shown as words, never as anything else.
"""

import dataclasses
import os
import stat
import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from autograder.errors import RefusedError
from autograder.gradebook.late import recompute
from autograder.gradebook.marks import standings
from autograder.judging.display import environment
from autograder.lms.spreadsheet import write_csv
from autograder.pages import overview
from autograder.submission.copies import require_no_better_copy
from autograder.submission.origin import require_own
from autograder.submission.read import check_folder, read_submission
from autograder.text import duration, inert, lines, number, words

__all__ = ["results_of", "write_report"]

TO_LOOK_AT = {  # By status, in the order of the page.
    "refused": "cannot be read, and have no mark",
    "not graded": "handed in, and have no mark yet",
    "out of memory": "graded, but for cells that took too much memory",
    "timed out": "graded, but for cells that took too long",
    "repaired": "graded after a repair: look whether it was right",
    "blank": "every function as it was released",
}
SLOWEST = 5


@dataclass(frozen=True)
class _Cell:
    """A square of the heat map: what stands in it, how dark it is, where it leads."""

    text: str
    level: str
    note: str = ""
    link: str = ""


def results_of(classroom, assignment):
    """What each submission came to, with the reason why one cannot be read.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.

    Returns:
        A list of ``Result``, one a student who handed in.
    """
    found = []
    for student in classroom.submitted(assignment):
        result = classroom.result(assignment, student)
        if not result.is_graded:
            folder = classroom.path("submitted", student, assignment)
            try:
                check_folder(folder)
                require_no_better_copy(folder, classroom.path("release", ".", assignment))
                for path in folder.glob("*.ipynb"):
                    require_own(read_submission(path), classroom.path("release", ".", assignment))
            except RefusedError as error:
                result = dataclasses.replace(result, status="refused", detail=str(error))
        found.append(result)
    return found


def write_report(classroom, assignment, results, alike=None):
    """Write the report of one assignment, and every student's every mark as CSV beside it.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        results: one ``Result`` a submission.
        alike: a ``Comparison`` of the submissions with each other, to be shown too.

    Returns:
        Path of the page.
    """
    page = classroom.path("feedback").parent / "report" / f"{assignment}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    results = sorted(results, key=lambda result: result.student)
    view = _View(classroom, assignment, results, page.parent, alike)
    text = (
        environment()
        .get_template("report.html")
        .render(view=view, number=number, words=words, lines=lines)
    )
    page.write_text(text, encoding="utf-8")
    write_csv(page.with_suffix(".csv"), _rows(assignment, results), bom=True)
    return page


class _View:
    """What the template asks for, in its words."""

    def __init__(self, classroom, assignment, results, folder, alike):
        self.assignment, self.results, self.alike = assignment, results, alike
        self.classroom, self.folder = classroom, folder
        self.made = datetime.now(UTC)
        with classroom.api.gradebook as gradebook:
            recompute(gradebook, assignment, classroom.config)
            entry = gradebook.find_assignment(assignment)
            self.due = entry.duedate
            self.page_of = {
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
    def statuses(self):
        """Counts by status, the most frequent first."""
        return Counter(result.status for result in self.results).most_common()

    @property
    def without_isolation(self):
        """Students whose submissions ran with the grader's rights."""
        return [result.student for result in self.graded if result.isolation == "none"]

    @property
    def to_mark(self):
        """How many answers wait for a person."""
        return sum(question.to_mark for question in self.questions)

    @property
    def out_of(self):
        """The maximum, of machine and person together."""
        return max((result.out_of for result in self.graded), default=0)

    @property
    def to_look_at(self):
        """Triples of status, what it means, results; those that need it most first."""
        by_status = {
            status: [result for result in self.results if result.status == status]
            for status in TO_LOOK_AT
        }
        return [(status, TO_LOOK_AT[status], found) for status, found in by_status.items() if found]

    @property
    def rows(self):
        """Results in the order of the table: what needs a look stands first."""
        order = [*TO_LOOK_AT][:-1]
        return sorted(
            self.results,
            key=lambda result: order.index(result.status) if result.status in order else len(order),
        )

    @property
    def slowest(self):
        """The results that took longest, the longest first."""
        return sorted(self.graded, key=lambda result: -result.seconds)[:SLOWEST]

    @property
    def median_seconds(self):
        """What half of the graded submissions took at most."""
        return statistics.median(result.seconds for result in self.graded)

    def name(self, student):
        """'Last, First', or nothing if the gradebook knows no other name than the id."""
        known = self.standings.get(student)
        return known.name if known and known.name != student else ""

    def handed_in(self, student):
        """When, in UTC, and how late it came; '' for what nobody knows or was in time."""
        known = self.standings.get(student)
        when = known.handed_in if known else None
        when = when or _timestamp(self.classroom.path("submitted", student, self.assignment))
        late = known.seconds_late if known else 0
        return f"{when:%Y-%m-%d %H:%M}" if when else "", duration(late) if late else ""

    def penalty(self, student):
        """Points taken off for handing in late."""
        known = self.standings.get(student)
        return known.late_penalty if known else 0

    def points(self, result):
        """What stands for the student now: machine and person, less what lateness costs."""
        return max(0.0, result.points - self.penalty(result.student))

    def link(self, student, cell=""):
        """Address of a student's feedback, at a cell if one is given; '' if there is none."""
        pages = self.classroom.path("feedback", student, self.assignment)
        name = self.page_of.get(cell) or next(iter(self.page_of.values()), self.assignment)
        path = pages / f"{name}.html"
        if not path.is_file():
            return ""
        anchor = f"#{quote(cell)}" if cell else ""
        return quote(os.path.relpath(path, self.folder).replace(os.sep, "/")) + anchor

    def cell(self, result, question):
        """The ``_Cell`` of one student and question."""
        if question.name not in result.marks:
            return _Cell("–", "without")
        points, out_of = result.marks[question.name]
        link = self.link(result.student, question.name)
        if points is None:
            return _Cell("to mark", "waits", "", link)
        verdict = result.verdicts.get(question.exercise)
        share = points / out_of if out_of else 1.0
        steps = (share >= 1, share >= 0.75, share >= 0.5, share > 0, True)
        level = ("all", "most", "half", "some", "none")[steps.index(True)]
        note = "blank" if verdict and verdict.is_stub else ""
        return _Cell(number(points), level, note, link if share < 1 else "")


def _timestamp(folder):
    """When a submission came that the gradebook does not know, as far as its file can be read."""
    from nbgrader.utils import parse_utc

    try:
        path = folder / "timestamp.txt"
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open(encoding="ascii") as file:
            return parse_utc(file.read(100).strip())
    except (OSError, ValueError, OverflowError):
        return None


def _rows(assignment, results):
    """One row a mark, as statistics programs like it; whoever has none has a row without."""
    yield [
        *("assignment", "student", "status", "question", "points", "out_of"),
        *("observations_agree", "observations", "misconceptions", "first_difference", "detail"),
    ]
    for result in results:
        who = [inert(assignment), inert(result.student), inert(result.status)]
        if not result.marks:
            yield [*who, *[""] * 7, inert(result.detail)]
        for name, (points, out_of) in result.marks.items():
            verdict = result.verdicts.get(name.removeprefix("check_"))
            findings = verdict.findings if verdict else ()
            agree = sum(finding.agrees for finding in findings)
            differ = next((finding.name for finding in findings if not finding.agrees), "")
            mistakes = " ".join(verdict.misconceptions) if verdict else ""
            counts = [str(agree), str(len(findings))] if findings else ["", ""]
            marks = [inert(name), number(points), number(out_of)]
            yield [*who, *marks, *counts, inert(mistakes), inert(differ), inert(result.detail)]
