"""Checks that a released notebook asks for a function without giving its answer away."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.authoring.build import assignment_notebooks
from autograder.authoring.case import Breach, Case
from autograder.judging.check_cells import checked

__all__ = ["release_tells"]

SHORTEST = 16  # Characters of a line that could give something away; 'return x' does not.
NBGRADERS_MARK = "SOLUTION"


@dataclass(frozen=True)
class Release:
    """The two notebooks of an assignment's text.

    Attributes:
        answers: the instructor's notebook.
        released: the notebook for students.
        stale: path of the released notebook if the committed one is different, else None.
    """

    answers: nbformat.NotebookNode
    released: nbformat.NotebookNode
    stale: str | None


def release_tells(case: Case) -> Iterator[Breach]:
    """A ``Breach`` for each thing that a case's release lacks or gives away."""
    source = f"solutions/{case.assignment}.py"
    release = _release(case.assignment, case.root)
    cells = {cell.id: cell for cell in release.released.cells}
    function, check = cells[case.name].source, cells[f"check_{case.name}"].source
    if not function.endswith("raise NotImplementedError()") or not checked(check):
        yield Breach(
            "the release does not ask for the function",
            f"{source}, cell {case.name}",
            f"'# inline: solution' with {case.name} last, and a cell with only 'check({case.name}, "
            "points=...)'",
            f"{function.splitlines()[-1]!r} and {check.splitlines()[0]!r}",
            "write the cells in the same form as those of the other exercises",
        )
    (answer,) = (cell.source for cell in release.answers.cells if cell.id == case.name)
    body = answer.partition("### BEGIN SOLUTION\n")[2].partition("    ### END SOLUTION")[0]
    lines = [line for line in map(str.strip, body.splitlines()) if len(line) >= SHORTEST]
    for line in dict.fromkeys([*lines, NBGRADERS_MARK]):
        for cell in release.released.cells:
            if line in cell.source:
                yield Breach(
                    "the release gives away a line of the answer",
                    f"{source}, cell {cell.id}",
                    "no line of the reference's body",
                    line,
                    "say it in other words; if you want to show it, move it out of the function",
                )
    if release.stale:
        yield Breach(
            "the released notebook is not what its text makes",
            release.stale,
            "the notebook as 'make build' writes it",
            "a different notebook, or none",
            "make build",
        )


@functools.cache
def _release(assignment: str, root: Path) -> Release:
    built = assignment_notebooks(root / f"solutions/{assignment}.py", root)
    path = root / f"notebooks/assignments/{assignment}/{assignment}.ipynb"
    is_fresh = path.exists() and path.read_bytes() == built.content
    stale = None if is_fresh else path.relative_to(root).as_posix()
    return Release(built.answers, built.released, stale)
