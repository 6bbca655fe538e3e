"""Tells which notebook of the course a submission is: a student may hand in another one.

Cells are recognised by nbgrader's grade_id, by nbformat's id and by their text, so that a
notebook is recognised that went through an editor which keeps only some of them.
"""

import functools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import ROOT
from autograder.errors import RefusedError
from autograder.submission.master import Master, read_master
from autograder.submission.parse import Parser
from autograder.submission.student_cells import StudentCell, Submission, student_cells

__all__ = ["require_answers", "require_own"]

LONG_TEXT = 40  # Characters by which a cell is told; `import numpy as np` stands everywhere.
FEWEST_CELLS = 3  # Of another notebook, that make a submission that notebook.
RELEASES = ROOT / "notebooks" / "assignments"
LECTURES = ROOT / "notebooks" / "lectures"

Marks = frozenset[tuple[str, str]]  # Of cells: what they are recognised by.


@dataclass(frozen=True)
class _Known:
    """A notebook of the course: its name in a sentence, and its cells' marks.

    ``texts`` are the marks that say that a cell is exactly as in this notebook.
    """

    name: str
    marks: Marks
    texts: Marks

    def has(self, cell: StudentCell) -> bool:
        """True if a submitted cell is one of its cells, changed or not."""
        return not self.marks.isdisjoint(_marks(cell))

    def has_text(self, cell: StudentCell) -> bool:
        """True if a submitted cell is one of its cells, and not changed."""
        return not self.texts.isdisjoint(_marks(cell))


def require_own(submission: Submission, released: Path) -> Submission:
    """Refuse the notebook of another assignment, and a lecture.

    Args:
        submission: what was handed in.
        released: the folder of the released assignment that it was handed in for.

    Returns:
        The same submission.

    Raises:
        RefusedError: if three or more of its cells are another notebook's, no other is a solution
            or test cell of the assignment, and none of the student's own defines a function that
            was asked for.
    """
    masters = _masters(released)
    others = [each for each in _course(RELEASES, LECTURES) if each.name != released.name]
    counts = {each.name: sum(map(each.has, submission.cells)) for each in others}
    other = max(others, key=lambda each: counts[each.name], default=None)
    if not masters or other is None or counts[other.name] < FEWEST_CELLS:
        return submission
    if _guarded([cell for cell in submission.cells if not other.has(cell)], masters):
        return submission
    own = [cell for cell in submission.cells if not other.has_text(cell)]
    if _defined(own) & _asked(masters):
        return submission
    raise RefusedError(
        f"{submission.name} is the notebook of {other.name} ({counts[other.name]} of "
        f"{len(submission.cells)} cells are from there, none is a solution or test cell of "
        f"{released.name}): hand in {released.name}.ipynb"
    )


def require_answers(submission: Submission, released: Path) -> None:
    """Refuse a module of the student's own as the only file; a script may stand for the notebook.

    Args:
        submission: the only file that was handed in, under another name than the notebook's.
        released: the folder of the released assignment.

    Raises:
        RefusedError: if it is a script with less than half of the functions that were asked for,
            and without a cell of the released notebook.
    """
    if not submission.name.endswith(".py") or _is_notebook(submission.cells, _masters(released)):
        return
    raise RefusedError(
        f"only {submission.name} was handed in, a Python module and not the notebook: hand in "
        f"{released.name}.ipynb"
    )


def _is_notebook(cells: Sequence[StudentCell], masters: Sequence[Master]) -> bool:
    if not masters or _guarded(cells, masters):
        return True
    asked = _asked(masters)
    return 2 * len(_defined(cells) & asked) >= max(1, len(asked))


def _guarded(cells: Iterable[StudentCell], masters: Iterable[Master]) -> list[StudentCell]:
    """Those of the cells that are a solution or test cell of a master, changed or not."""
    guarded = [
        each
        for master in masters
        for each in master.cells
        if each.is_test or each.role in ("function", "answer")
    ]
    texts = {each.text for each in guarded if len(each.text) >= LONG_TEXT}
    names = {name for each in guarded for name in (each.grade_id, each.cell_id)} - {None}
    return [
        cell
        for cell in cells
        if cell.text in texts or not names.isdisjoint((cell.grade_id, cell.cell_id))
    ]


def _asked(masters: Iterable[Master]) -> frozenset[str]:
    return frozenset(name for master in masters for name in master.asked)


def _defined(cells: Iterable[StudentCell]) -> frozenset[str]:
    parser = Parser()
    return frozenset(
        each.name for cell in cells for each in parser.definitions(cell.source) if each.is_function
    )


def _marks(cell: StudentCell) -> Iterator[tuple[str, str]]:
    if cell.grade_id is not None:
        yield "grade_id", cell.grade_id
    if cell.cell_id is not None:
        yield "id", cell.cell_id
    if len(cell.text) >= LONG_TEXT:
        yield "text", cell.text


def _masters(released: Path) -> tuple[Master, ...]:
    """The released notebooks of an assignment; none if it was not released there."""
    paths = sorted(released.glob("*.ipynb"))
    return tuple(_master(path, path.stat().st_mtime_ns) for path in paths)


@functools.lru_cache(maxsize=8)
def _master(path: Path, changed: int) -> Master:
    """A released notebook, read once as long as nothing has ``changed`` it."""
    return read_master({"cells": [_joined(cell) for cell in _json(path)["cells"]]})


@functools.cache
def _course(*folders: Path) -> tuple[_Known, ...]:
    """All notebooks of the course, each assignment's as one."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*.ipynb")):
            if ".ipynb_checkpoints" in path.parts:
                continue
            cells = student_cells(path.name, _json(path)["cells"])
            name = path.parent.name if folder == RELEASES else f"the lecture {path.stem}"
            marks = frozenset(mark for cell in cells for mark in _marks(cell))
            texts = frozenset(mark for mark in marks if mark[0] == "text")
            found.append(_Known(name, marks, texts))
    return tuple(found)


def _json(path: Path) -> dict[str, list[dict[str, object]]]:
    notebook: dict[str, list[dict[str, object]]] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def _joined(cell: dict[str, object]) -> dict[str, object]:
    """A cell of a notebook's JSON with its source as one text."""
    source = cell["source"]
    return cell | {"source": "".join(source) if isinstance(source, list) else source}
