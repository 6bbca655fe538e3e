"""Commands for authors of lectures and exercises."""

from typing import Annotated

import typer

__all__ = ["build", "check_exercises", "new_exercise"]


def build(
    check: Annotated[
        bool, typer.Option("--check", help="only compare; exit code 1 if a notebook is stale")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option(help="also replace notebooks that were edited; the edits are lost")
    ] = False,
) -> None:
    """Build the notebooks from their text."""
    from autograder.authoring import build as builder

    if check:
        stale = builder.stale_files()
        for path in stale:
            print(f"stale: {path} differs from what its source makes; run 'make build'")
        raise typer.Exit(1 if stale else 0)
    written, kept = builder.build(overwrite=overwrite)
    for path in written:
        print(f"written: {path}")
    for path in kept:
        print(f"kept, because it was edited after it was built: {path} (--overwrite replaces it)")
    if not written and not kept:
        print("every notebook is up to date")


def new_exercise(
    name: Annotated[str, typer.Argument(help="name of the function, such as reconstruction_error")],
    assignment: Annotated[
        str,
        typer.Option(help="assignment it belongs to; a new name such as a6_... begins a new one"),
    ],
    takes: Annotated[
        str, typer.Option(help="the function's parameters, such as 'images, kl_weight=1e-3'")
    ] = "x",
) -> None:
    """Begin an exercise: make all its files, with marks where you have to write."""
    from autograder.authoring.skeleton import lines_of, new_exercise

    for line in lines_of(new_exercise(name, assignment, takes), name):
        print(line)


def check_exercises(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="names of exercises or assignments (default: all)"),
    ] = None,
) -> None:
    """Check that exercises keep their promises: one line each, with the first broken promise."""
    from autograder.authoring.gate import check_all

    raise typer.Exit(0 if check_all(names or []) else 1)
