"""The command line: ``python -m autograder``, also installed as ``autograder``."""

import functools
import os
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.errors import AutograderError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console()
Assignment = Annotated[str, typer.Argument(help="name of the assignment, such as a2_vae")]


def _one_line_errors(command):
    """What a person can act on is one line on stderr and exit code 1, not a traceback."""

    @functools.wraps(command)
    def wrapped(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except AutograderError as error:
            print(f"autograder: {error}", file=sys.stderr)
            raise typer.Exit(1) from None

    return wrapped


@app.callback()
def main():
    """Marks what students build, and says why an answer is wrong."""


@app.command()
@_one_line_errors
def build(
    check: Annotated[bool, typer.Option("--check", help="only compare; exit 1 if stale")] = False,
    overwrite: Annotated[bool, typer.Option(help="lose edits made in built notebooks")] = False,
):
    """Make the notebooks from their text."""
    from autograder.authoring import build as builder

    if check:
        stale = builder.stale_files()
        for path in stale:
            print(f"stale: {path} is not what its source makes; run 'make build'")
        raise typer.Exit(bool(stale))
    written, kept = builder.build(overwrite=overwrite)
    for path in written:
        print(f"written: {path}")
    for path in kept:
        print(f"kept, because it was edited since it was built: {path} (--overwrite replaces it)")
    if not written and not kept:
        print("every notebook is what its source makes")


@app.command()
@_one_line_errors
def grade(
    assignment: Assignment,
    student: Annotated[list[str] | None, typer.Option(help="only this one; repeatable")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="one a core unless given; with --scheduler 128")
    ] = None,
    scheduler: Annotated[
        str, typer.Option(help="address of a Dask scheduler: run on its workers")
    ] = "",
    isolation: Annotated[
        str, typer.Option(help="bwrap; or none: submissions run with your rights")
    ] = "bwrap",
    again: Annotated[bool, typer.Option("--again", help="also what has not changed")] = False,
):
    """Grade what a class handed in, and write the feedback. Interrupted, it goes on next time."""
    from autograder.gradebook.classroom import Classroom

    where = {"isolation": isolation} | ({"scheduler": scheduler} if scheduler else {})
    classroom = Classroom(overrides={"SandboxedExecute": where})
    if not scheduler:
        _say_what_is_weaker(isolation)
    results = _graded(classroom, assignment, student, workers, again)
    raise typer.Exit(not all(result.is_graded for result in results))


@app.command()
@_one_line_errors
def report(
    assignment: Assignment,
    similarity: Annotated[
        bool, typer.Option("--similarity", help="also which submissions are alike")
    ] = False,
):
    """Write the class report of what has been graded, and every mark as CSV beside it."""
    from autograder.errors import UsageError
    from autograder.gradebook.classroom import Classroom
    from autograder.pages.report import results_of, write_report

    classroom = Classroom()
    classroom.require(assignment)
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


@app.command()
@_one_line_errors
def export(
    assignment: Assignment,
    to: Annotated[Literal["canvas", "moodle", "csv"], typer.Option(help="csv: a table for people")],
    roster: Annotated[
        Path | None, typer.Option(help="the gradebook as Canvas or Moodle exported it")
    ] = None,
    column: Annotated[
        str, typer.Option(help="name of the assignment's column there, if it is another")
    ] = "",
    output: Annotated[Path | None, typer.Option(help="the file to write")] = None,
    student: Annotated[list[str] | None, typer.Option(help="only this one; repeatable")] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="count answers not yet marked by hand as 0")
    ] = False,
):
    """Write marks for Canvas, Moodle or a spreadsheet, and say who is not among them."""
    from autograder.errors import UsageError
    from autograder.gradebook.classroom import Classroom
    from autograder.lms.exporters import EXPORTERS

    if to == "csv" and (roster or column or unfinished):
        raise UsageError("--roster, --column and --unfinished are for --to canvas and --to moodle")
    classroom = Classroom()
    classroom.require(assignment)
    exporter = EXPORTERS[to](config=classroom.config)
    folder = classroom.path("feedback").parent / "export"
    exporter.to = str(output or folder / f"{assignment}-{exporter.suffix}.csv")
    exporter.assignment, exporter.student = [assignment], student or []
    if to != "csv":
        exporter.roster, exporter.column = str(roster or exporter.roster), column or exporter.column
        exporter.unfinished = unfinished or exporter.unfinished
    with classroom.api.gradebook as gradebook:
        for line in exporter.write(gradebook).lines():
            console.print(line, highlight=False, markup=False, soft_wrap=True)


@app.command()
@_one_line_errors
def collect(
    assignment: Assignment,
    archive: Annotated[Path, typer.Option("--from", help="the zip, as it was downloaded")],
    lms: Annotated[Literal["canvas", "moodle"], typer.Option(help="the system that made it")],
    roster: Annotated[
        Path | None, typer.Option(help="its gradebook, exported; or Moodle's grading worksheet")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="also what was graded, or came another way")
    ] = False,
    add: Annotated[
        bool,
        typer.Option("--add", help="also students whom only the roster knows: the first time, all"),
    ] = False,
):
    """Take in the submissions that Canvas or Moodle gives as a zip, and say who is left out."""
    from autograder.gradebook.classroom import Classroom
    from autograder.lms.importing import collect_download

    classroom = Classroom()
    classroom.require(assignment)
    done = collect_download(classroom, assignment, archive, lms, roster, replace, add)
    for line in done.lines():
        console.print(line, highlight=False, markup=False, soft_wrap=True)


@app.command()
@_one_line_errors
def extend(
    assignment: Assignment,
    student: Annotated[str, typer.Argument(help="id of the student")],
    days: Annotated[
        float | None, typer.Option(help="after the due date of all; 0 takes an extension back")
    ] = None,
    hours: Annotated[float | None, typer.Option(help="the same, or on top of the days")] = None,
    until: Annotated[
        str | None, typer.Option(help="or a time with its zone: '2026-12-01 23:59 UTC'")
    ] = None,
):
    """Give a student more time, in place of an earlier extension, and work penalties out anew."""
    from autograder.errors import UsageError
    from autograder.gradebook.classroom import Classroom
    from autograder.gradebook.late import extend, extension_until

    if (until is None) == (days is None and hours is None):
        raise UsageError("how long? --days and --hours, or --until, and not both")
    classroom = Classroom()
    classroom.require(assignment)
    with classroom.api.gradebook as gradebook:
        extension = timedelta(days=days or 0, hours=hours or 0)
        if until is not None:
            extension = extension_until(gradebook, assignment, until)
        handed_in = classroom.submitted(assignment)
        due = extend(gradebook, assignment, student, extension, handed_in)
    print(f"{assignment} is due for {student} at {due:%Y-%m-%d %H:%M} UTC")
    _work_out(classroom, assignment)


@app.command()
@_one_line_errors
def late(assignment: Assignment):
    """Work out anew what handing in late costs, after a date, a policy or a mark has changed."""
    from autograder.gradebook.classroom import Classroom

    classroom = Classroom()
    classroom.require(assignment)
    _work_out(classroom, assignment)


@app.command()
@_one_line_errors
def copy_gradebook(
    url: Annotated[str, typer.Argument(help="the new database, as it will stand in GRADEBOOK")],
):
    """Copy this class's gradebook into an empty database, such as one on a PostgreSQL server."""
    from autograder.gradebook.classroom import Classroom
    from autograder.gradebook.copy import copy_gradebook

    counts = copy_gradebook(Classroom().config.CourseDirectory.db_url, url)
    said = ("student", "submitted_assignment", "grade", "comment")
    print("copied: " + ", ".join(f"{counts[name]} rows of {name}" for name in said))


def _work_out(classroom, assignment):
    """Bring penalties and the feedback that tells them up to date, with a line a late student."""
    from autograder.gradebook.grade import rewrite_feedback
    from autograder.gradebook.late import recompute

    with classroom.api.gradebook as gradebook:
        found = recompute(gradebook, assignment, classroom.config)
    rewrite_feedback(
        classroom, assignment, [each.student for each in found if each.penalty != each.before]
    )
    for each in found:
        console.print(each.line(), highlight=False, markup=False, soft_wrap=True)
    if not found:
        print("nobody is late")


@app.command()
@_one_line_errors
def similarity(
    assignment: Assignment,
    share: Annotated[
        float, typer.Option(min=0, max=1, help="of what is one's own, also in another's")
    ] = 0.5,
):
    """Show which submissions are alike in what is their own, both texts beside each other."""
    from autograder.gradebook.classroom import Classroom
    from autograder.pages.likeness import show
    from autograder.pages.similarity import compare_class

    classroom = Classroom()
    classroom.require(assignment)
    with console.status("Comparing ..."):
        found = compare_class(classroom, assignment, share)
    show(found, console)


@app.command()
@_one_line_errors
def demo(students: Annotated[int, typer.Option(min=1, help="size of the class")] = 12):
    """Make a sample class, grade it, and write feedback and report."""
    from autograder.authoring.demo import ASSIGNMENT, FOLDER, make_class
    from autograder.errors import UsageError
    from autograder.pages.report import write_report

    if os.environ.get("GRADEBOOK"):
        raise UsageError("the sample class would go into your gradebook: unset GRADEBOOK first")
    with console.status(f"Making a class of {students} ..."):
        classroom = make_class(students)
    results = _graded(classroom, ASSIGNMENT)
    page = write_report(classroom, ASSIGNMENT, results)
    print(f"submissions: {classroom.path('submitted')}")
    print(f"feedback:    {classroom.path('feedback')}")
    print(f"report:      {page}")
    print(f"formgrader:  CLASSROOM={FOLDER} make lab, then Nbgrader, Formgrader in the menu")
    raise typer.Exit(not all(result.is_graded for result in results))


@app.command()
@_one_line_errors
def new_exercise(
    name: Annotated[str, typer.Argument(help="of the function, such as reconstruction_error")],
    assignment: Annotated[str, typer.Option(help="that it belongs to; a6_... begins a new one")],
    takes: Annotated[str, typer.Option(help="its parameters, 'images, kl_weight=1e-3'")] = "x",
):
    """Begin an exercise: every piece in its place, with marks where you write."""
    from autograder.authoring.skeleton import lines_of, new_exercise

    for line in lines_of(new_exercise(name, assignment, takes), name):
        print(line)


@app.command()
@_one_line_errors
def check_exercises(
    names: Annotated[
        list[str] | None, typer.Argument(help="exercises, assignments; or all")
    ] = None,
):
    """Hold exercises to their promises: a line each, and the first broken promise of each."""
    from autograder.authoring.gate import check_all

    raise typer.Exit(not check_all(names or []))


def _graded(classroom, assignment, students=None, workers=None, again=False):
    """Grade with a progress bar, one line a student, and a summary."""
    from autograder.gradebook.grade import grade

    total, results = len(students or classroom.submitted(assignment)), []
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    started = time.monotonic()
    try:
        with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
            task = progress.add_task(f"Grading {assignment}", total=total)
            for result in grade(classroom, assignment, students, workers, again):
                results.append(result)
                progress.console.print(_line(result), highlight=False, markup=False, soft_wrap=True)
                progress.advance(task)
    except KeyboardInterrupt:
        print(f"\nstopped: {len(results)} of {total} are done; the same command does the rest")
        raise typer.Exit(130) from None
    print(_summary(results, time.monotonic() - started))
    return results


def _say_what_is_weaker(isolation):
    """What this machine's sandbox lacks, before anything is graded in it."""
    from autograder.sandbox.needs import require, weaknesses

    require(isolation)
    for sentence in weaknesses(isolation):
        print(f"note: {sentence}")


def _line(result):
    """One submission: who, status, points, mistakes by name, and what a person should know."""
    named = [
        f"{name}: {', '.join(m.replace('_', ' ') for m in verdict.misconceptions)}"
        for name, verdict in result.verdicts.items()
        if verdict.misconceptions
    ]
    points = f"{result.points:g} / {result.out_of:g}" if result.is_graded else ""
    machine = f"on {result.machine}" if result.machine else ""
    said = "; ".join(part for part in [*named, result.detail, machine] if part)
    return f"{result.student:16} {result.status:13} {points:>10}  {said}".rstrip()


def _summary(results, seconds):
    counts = Counter(result.status for result in results)
    lines = [", ".join(f"{count} {status}" for status, count in counts.most_common())]
    graded = [result for result in results if result.is_graded]
    if graded:
        mean = sum(result.points for result in graded) / len(graded)
        slowest = max(graded, key=lambda result: result.seconds)
        lines.append(
            f"mean {mean:.1f} of {graded[0].out_of:g} points; {seconds:.0f} s, "
            f"{seconds / len(results):.2f} s a submission; "
            f"slowest: {slowest.student}, {slowest.seconds:.1f} s"
        )
    if any(result.isolation == "none" for result in graded):
        lines.append("without isolation: submissions ran with your rights")
    return "\n".join(lines)
