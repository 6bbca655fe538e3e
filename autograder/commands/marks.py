"""Commands for what comes before and after grading: submissions, due dates, marks, reports."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autograder.commands.common import Assignment, classroom_with, console, say

if TYPE_CHECKING:
    from autograder.gradebook.classroom import Classroom

__all__ = ["collect", "copy_gradebook", "export", "extend", "late", "report", "similarity"]


def report(
    assignment: Assignment,
    similarity: Annotated[
        bool, typer.Option("--similarity", help="also show which submissions are similar")
    ] = False,
) -> None:
    """Write the report on what has been graded so far, and all marks as a CSV file."""
    from autograder.errors import UsageError
    from autograder.pages.report import results_of, write_report

    classroom = classroom_with(assignment)
    results = results_of(classroom, assignment)
    if not any(result.is_graded for result in results):
        raise UsageError(f"nothing graded: run 'python -m autograder grade {assignment}' first")
    alike = None
    if similarity:
        from autograder.pages.similarity import compare_class

        alike = compare_class(classroom, assignment)
    page = write_report(classroom, assignment, results, alike)
    print(f"report: {page}")
    print(f"marks:  {page.with_suffix('.csv')}")


def export(
    assignment: Assignment,
    to: Annotated[
        Literal["canvas", "moodle", "csv"],
        typer.Option(help="format; csv is a table for people, with all marks"),
    ],
    roster: Annotated[
        Path | None, typer.Option(help="gradebook file that you exported from Canvas or Moodle")
    ] = None,
    column: Annotated[
        str,
        typer.Option(help="name of the assignment's column in that file (default: found by name)"),
    ] = "",
    output: Annotated[Path | None, typer.Option(help="file to write")] = None,
    student: Annotated[
        list[str] | None, typer.Option(help="export only this student; may be repeated")
    ] = None,
    unfinished: Annotated[
        bool,
        typer.Option("--unfinished", help="count answers that are not yet marked by hand as 0"),
    ] = False,
) -> None:
    """Write marks for Canvas, Moodle or a spreadsheet, and say which students are left out."""
    from autograder.errors import UsageError
    from autograder.lms.exporters import EXPORTERS

    if to == "csv" and (roster or column or unfinished):
        raise UsageError("--roster, --column and --unfinished are for --to canvas and --to moodle")
    classroom = classroom_with(assignment)
    exporter = EXPORTERS[to](config=classroom.config)
    folder = classroom.path("feedback").parent / "export"
    exporter.to = str(output or folder / f"{assignment}-{exporter.suffix}.csv")
    exporter.assignment, exporter.student = [assignment], student or []
    if to != "csv":
        exporter.roster, exporter.column = str(roster or exporter.roster), column or exporter.column
        exporter.unfinished = unfinished or exporter.unfinished
    with classroom.api.gradebook as gradebook:
        say(exporter.write(gradebook).lines())


def collect(
    assignment: Assignment,
    archive: Annotated[Path, typer.Option("--from", help="the zip file, as you downloaded it")],
    lms: Annotated[Literal["canvas", "moodle"], typer.Option(help="system that it comes from")],
    roster: Annotated[
        Path | None,
        typer.Option(help="gradebook file that you exported there, or Moodle's grading worksheet"),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="also replace submissions that are graded or were not collected from a zip",
        ),
    ] = False,
    add: Annotated[
        bool,
        typer.Option(
            "--add",
            help="add students that only the roster knows to the gradebook; "
            "the first time, that is all of them",
        ),
    ] = False,
) -> None:
    """Take the submissions from a zip of Canvas or Moodle, and say which are left out."""
    from autograder.lms.importing import collect_download

    classroom = classroom_with(assignment)
    done = collect_download(classroom, assignment, archive, lms, roster, replace, add)
    say(done.lines())


def extend(
    assignment: Assignment,
    student: Annotated[str, typer.Argument(help="id of the student")],
    days: Annotated[
        float | None,
        typer.Option(help="days after the due date of the class; 0 removes an extension"),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(help="hours after the due date, added to --days if both are given"),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="a time with its zone, such as '2026-12-01 23:59 UTC'")
    ] = None,
) -> None:
    """Give a student more time, and compute penalties again. It replaces an earlier extension."""
    from autograder.errors import UsageError
    from autograder.gradebook import late as lateness

    if (until is None) == (days is None and hours is None):
        raise UsageError("give either --days and --hours (or one of them), or --until")
    classroom = classroom_with(assignment)
    with classroom.api.gradebook as gradebook:
        if until is None:
            extension = timedelta(days=days or 0, hours=hours or 0)
        else:
            extension = lateness.extension_until(gradebook, assignment, until)
        handed_in = classroom.submitted(assignment)
        due = lateness.extend(gradebook, assignment, student, extension, handed_in)
    print(f"{assignment} is due for {student} at {due:%Y-%m-%d %H:%M} UTC")
    _recompute(classroom, assignment)


def late(assignment: Assignment) -> None:
    """Compute penalties for handing in late again, after a date, a policy or a mark has changed."""
    _recompute(classroom_with(assignment), assignment)


def copy_gradebook(
    url: Annotated[
        str, typer.Argument(help="URL of the new database, as you will write it in GRADEBOOK")
    ],
) -> None:
    """Copy this class's gradebook into an empty database, such as one on a PostgreSQL server."""
    from autograder.gradebook.classroom import Classroom
    from autograder.gradebook.copy import copy_gradebook

    counts = copy_gradebook(Classroom().config.CourseDirectory.db_url, url)
    shown = ("student", "submitted_assignment", "grade", "comment")
    print("copied: " + ", ".join(f"{counts[name]} rows of {name}" for name in shown))


def similarity(
    assignment: Assignment,
    share: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="share of a student's own code that another submission also has"
        ),
    ] = 0.5,
) -> None:
    """Show which submissions are similar in the students' own code, with both side by side."""
    from autograder.pages.likeness import show
    from autograder.pages.similarity import compare_class

    classroom = classroom_with(assignment)
    with console.status("Comparing ..."):
        found = compare_class(classroom, assignment, share)
    show(found, console)


def _recompute(classroom: "Classroom", assignment: str) -> None:
    """Update penalties and the feedback that shows them; print a line per late student."""
    from autograder.gradebook.grade import rewrite_feedback
    from autograder.gradebook.late import recompute

    with classroom.api.gradebook as gradebook:
        found = recompute(gradebook, assignment, classroom.config)
    changed = [each.student for each in found if each.penalty != each.before]
    rewrite_feedback(classroom, assignment, changed)
    say(each.line() for each in found)
    if not found:
        print("nobody is late")
