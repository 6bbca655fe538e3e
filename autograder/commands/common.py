"""What several commands share: their argument, the class, what they print."""

import functools
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, ParamSpec

import typer
from rich.console import Console

from autograder.errors import AutograderError

if TYPE_CHECKING:
    from autograder.gradebook.classroom import Classroom

__all__ = ["Assignment", "classroom_with", "console", "one_line_errors", "say"]

P = ParamSpec("P")
Assignment = Annotated[str, typer.Argument(help="name of the assignment, such as a2_vae")]
console = Console()


def one_line_errors(command: Callable[P, None]) -> Callable[P, None]:
    """The command; an error that a person can fix is one line on stderr, and exit code 1."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except AutograderError as error:
            print(f"autograder: {error}", file=sys.stderr)
            raise typer.Exit(1) from None

    return wrapped


def classroom_with(assignment: str) -> "Classroom":
    """The class of $CLASSROOM.

    Raises:
        UsageError: if its gradebook does not have the assignment.
    """
    from autograder.gradebook.classroom import Classroom

    classroom = Classroom()
    classroom.require(assignment)
    return classroom


def say(lines: Iterable[str]) -> None:
    """Print lines as they are: Rich neither interprets nor wraps them."""
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
