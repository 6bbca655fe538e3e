"""The command line: ``python -m autograder``, also installed as ``autograder``."""

import functools
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

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
    from autograder import build as builder

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
):
    """Grade what a class handed in, and write the feedback."""
    from autograder.classroom import Classroom

    results = _graded(Classroom(), assignment, student)
    raise typer.Exit(not all(result.is_graded for result in results))


@app.command()
@_one_line_errors
def report(assignment: Assignment):
    """Write the class report of what has been graded."""
    from autograder.classroom import Classroom
    from autograder.errors import UsageError
    from autograder.report import write_report

    classroom = Classroom()
    results = [classroom.result(assignment, student) for student in classroom.submitted(assignment)]
    if not any(result.is_graded for result in results):
        raise UsageError(f"nothing graded: run 'python -m autograder grade {assignment}' first")
    print(f"report: {write_report(classroom, assignment, results)}")


@app.command()
@_one_line_errors
def demo(students: Annotated[int, typer.Option(min=1, help="size of the class")] = 12):
    """Make a sample class, grade it, and write feedback and report."""
    from autograder.demo import ASSIGNMENT, FOLDER, make_class
    from autograder.report import write_report

    with console.status(f"Making a class of {students} ..."):
        classroom = make_class(students)
    results = _graded(classroom, ASSIGNMENT)
    page = write_report(classroom, ASSIGNMENT, results)
    print(f"submissions: {classroom.path('submitted')}")
    print(f"feedback:    {classroom.path('feedback')}")
    print(f"report:      {page}")
    print(f"formgrader:  CLASSROOM={FOLDER} make lab, then Nbgrader, Formgrader in the menu")
    raise typer.Exit(not all(result.is_graded for result in results))


def _graded(classroom, assignment, students=None):
    """Grade with a progress bar, and print one line a student."""
    from autograder.grade import grade

    total, results = len(students or classroom.submitted(assignment)), []
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task(f"Grading {assignment}", total=total)
        for result in grade(classroom, assignment, students):
            results.append(result)
            progress.advance(task)
    console.print(_table(assignment, results))
    return results


def _table(assignment, results):
    table = Table(title=assignment, title_justify="left")
    table.add_column("student")
    table.add_column("status")
    table.add_column("points", justify="right")
    table.add_column("misconceptions and reasons")
    for result in results:
        named = [
            f"{name}: {', '.join(m.replace('_', ' ') for m in verdict.misconceptions)}"
            for name, verdict in result.verdicts.items()
            if verdict.misconceptions
        ]
        points = f"{result.points:g} / {result.out_of:g}" if result.out_of else ""
        table.add_row(
            result.student, result.status, points, "; ".join([*named, result.detail]).strip("; ")
        )
    return table
