"""Commands that grade: a class, or the sample class."""

import os
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.commands.common import Assignment, console

if TYPE_CHECKING:
    from autograder.gradebook.classroom import Classroom, Result

__all__ = ["demo", "grade"]


def grade(
    assignment: Assignment,
    student: Annotated[
        list[str] | None, typer.Option(help="grade only this student; may be repeated")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="number of submissions that run at once (default: one per core; "
            "128 with --scheduler)",
        ),
    ] = None,
    scheduler: Annotated[
        str, typer.Option(help="address of a Dask scheduler, to run submissions on its workers")
    ] = "",
    isolation: Annotated[
        Literal["bwrap", "none"],
        typer.Option(
            help="bwrap: run submissions in a sandbox; none: without one, with your user's "
            "permissions"
        ),
    ] = "bwrap",
    again: Annotated[
        bool, typer.Option("--again", help="grade also what has not changed since it was graded")
    ] = False,
) -> None:
    """Grade a class and write the feedback.

    You can interrupt it at any time. The same command continues, and grades only what is new.
    """
    from autograder.gradebook.classroom import Classroom

    execute: dict[str, str] = {"isolation": isolation}
    if scheduler:
        execute["scheduler"] = scheduler
    classroom = Classroom(overrides={"SandboxedExecute": execute})
    if not scheduler:
        _say_what_is_weaker(isolation)
    results = _graded(classroom, assignment, student, workers, again)
    raise typer.Exit(_exit_code(results))


def demo(
    students: Annotated[int, typer.Option(min=1, help="number of students in the class")] = 12,
) -> None:
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
    raise typer.Exit(_exit_code(results))


def _exit_code(results: Sequence["Result"]) -> int:
    return 0 if all(result.is_graded for result in results) else 1


def _graded(
    classroom: "Classroom",
    assignment: str,
    students: list[str] | None = None,
    workers: int | None = None,
    again: bool = False,
) -> list["Result"]:
    """Grade with a progress bar, one line per student, and a summary."""
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
        print(f"\nstopped: {len(results)} of {total} are graded; the same command continues")
        raise typer.Exit(130) from None
    print(_summary(results, time.monotonic() - started))
    return results


def _line(result: "Result") -> str:
    """One submission: student, status, points, mistakes by name, and what else to know."""
    named = [
        f"{name}: {', '.join(m.replace('_', ' ') for m in verdict.misconceptions)}"
        for name, verdict in result.verdicts.items()
        if verdict.misconceptions
    ]
    points = f"{result.points:g} / {result.out_of:g}" if result.is_graded else ""
    machine = f"on {result.machine}" if result.machine else ""
    remarks = "; ".join(part for part in [*named, result.detail, machine] if part)
    return f"{result.student:16} {result.status:13} {points:>10}  {remarks}".rstrip()


def _summary(results: Sequence["Result"], seconds: float) -> str:
    counts = Counter(result.status for result in results)
    lines = [", ".join(f"{count} {status}" for status, count in counts.most_common())]
    graded = [result for result in results if result.is_graded]
    if graded:
        mean = sum(result.points for result in graded) / len(graded)
        slowest = max(graded, key=lambda result: result.seconds)
        lines.append(
            f"mean {mean:.1f} of {graded[0].out_of:g} points; {seconds:.0f} s, "
            f"{seconds / len(results):.2f} s per submission; "
            f"slowest: {slowest.student}, {slowest.seconds:.1f} s"
        )
    if any(result.isolation == "none" for result in graded):
        lines.append("no isolation: submissions ran without a sandbox, with your permissions")
    return "\n".join(lines)


def _say_what_is_weaker(isolation: str) -> None:
    """What this machine's sandbox lacks, before anything is graded in it."""
    from autograder.sandbox.needs import require, weaknesses

    require(isolation)
    for sentence in weaknesses(isolation):
        print(f"note: {sentence}")
