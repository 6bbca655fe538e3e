"""The class report: one HTML page that needs no other file, and a table of every mark beside it.

Names, messages and times come from submissions: they are shown as words, never as HTML.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.errors import RefusedError
from autograder.gradebook.classroom import Classroom, Result
from autograder.judging.display import environment
from autograder.lms.spreadsheet import write_csv
from autograder.pages.report_view import ReportView
from autograder.pages.similarity import Comparison
from autograder.submission.copies import require_no_better_copy
from autograder.submission.origin import require_own
from autograder.submission.read import check_folder, read_submission
from autograder.text import inert, lines, number, words

__all__ = ["results_of", "write_report"]

COLUMNS = [
    "assignment",
    "student",
    "status",
    "question",
    "points",
    "out_of",
    "observations_agree",
    "observations",
    "misconceptions",
    "first_difference",
    "detail",
]


def results_of(classroom: Classroom, assignment: str) -> list[Result]:
    """The result of each submission, with the reason if it cannot be read.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.

    Returns:
        One ``Result`` per student who handed in.
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


def write_report(
    classroom: Classroom,
    assignment: str,
    results: Sequence[Result],
    alike: Comparison | None = None,
) -> Path:
    """Write the report of one assignment, and every mark of every student as CSV beside it.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        results: one ``Result`` per submission.
        alike: a ``Comparison`` of the submissions with each other, to be shown too.

    Returns:
        Path of the page.
    """
    page: Path = classroom.path("feedback").parent / "report" / f"{assignment}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    results = sorted(results, key=lambda result: result.student)
    view = ReportView(classroom, assignment, results, page.parent, alike)
    template = environment().get_template("report.html")
    text = template.render(view=view, number=number, words=words, lines=lines)
    page.write_text(text, encoding="utf-8")
    write_csv(page.with_suffix(".csv"), _rows(assignment, results), bom=True)
    return page


def _rows(assignment: str, results: Sequence[Result]) -> Iterator[list[str]]:
    """The header, then one row per mark; a student without marks has one row without a question."""
    yield COLUMNS
    for result in results:
        begin = [inert(assignment), inert(result.student), inert(result.status)]
        detail = inert(result.detail)
        if not result.marks:
            yield [*begin, "", "", "", "", "", "", "", detail]
        for name, (points, out_of) in result.marks.items():
            marks = [inert(name), number(points), number(out_of)]
            yield [*begin, *marks, *_observed(result, name), detail]


def _observed(result: Result, name: str) -> list[str]:
    """How many observations agree, out of how many, misconceptions, and the first difference."""
    verdict = result.verdicts.get(name.removeprefix("check_"))
    if verdict is None:
        return ["", "", "", ""]
    findings = verdict.findings
    agree = sum(finding.agrees for finding in findings)
    difference = next((finding.name for finding in findings if not finding.agrees), "")
    counts = [str(agree), str(len(findings))] if findings else ["", ""]
    return [*counts, inert(" ".join(verdict.misconceptions)), inert(difference)]
