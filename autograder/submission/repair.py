"""Makes a damaged submission fit for grading.

``read_submission`` (autograder/submission/read.py) turns a file into cells or refuses it.
``repair`` puts the student's answers into the cells of the released notebook. Call both on
``submitted/STUDENT/ASSIGNMENT/*.ipynb`` before nbgrader's own preprocessors. The repaired
notebook has each grade_id once, of the master's type and with the master's points.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

import nbformat

from autograder.submission.functions import find_functions
from autograder.submission.master import MasterCell, Node, read_master
from autograder.submission.match import match
from autograder.submission.parse import Parser
from autograder.submission.placed import Placed, place_answers
from autograder.submission.repair_notes import sentences
from autograder.submission.student_cells import StudentCell, Submission
from autograder.submission.written import find_written

__all__ = ["repair"]

SOLUTIONS = ("function", "answer")


def repair(submission: Submission, released: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """Put a student's answers into the released notebook.

    Args:
        submission: the ``Submission`` that ``read_submission`` made.
        released: the released notebook, of nbformat 4.

    Returns:
        The repaired notebook, without outputs, and a list of sentences for the report. The
        list is empty if nothing was damaged, and then every source is as it was handed in.
        The student's own cells stay at their place beside the answers, without metadata.
        Numbers of cells count from 1 in the file that was handed in.

    Raises:
        AuthorError: if ``released`` has answers in it, or a grade_id twice.
    """
    parser = Parser()
    matched = match(submission.cells, read_master(released), parser)
    functions = find_functions(matched, parser)
    written = find_written(matched, functions)
    placed = place_answers(matched, [*functions, *written])
    metadata = copy.deepcopy(dict(released["metadata"]))
    notebook = {"cells": _nodes(placed), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.from_dict(notebook), sentences(submission, placed)


@dataclass(frozen=True, order=True)
class _Spot:
    """A place beside a cell of the master: before it or after it."""

    index: int
    is_after: bool


def _nodes(placed: Placed) -> list[Node]:
    """The repaired notebook's cells: the master's, and the student's own beside them."""
    own = _own_cells(placed)
    ids = _own_ids(chain.from_iterable(own.values()), placed)
    nodes = []
    for wanted in placed.match.master.cells:
        before = own.get(_Spot(wanted.index, is_after=False), [])
        after = own.get(_Spot(wanted.index, is_after=True), [])
        nodes += [_own_node(cell, ids[cell]) for cell in before]
        nodes.append(_master_node(placed, wanted))
        nodes += [_own_node(cell, ids[cell]) for cell in after]
    return nodes


def _own_cells(placed: Placed) -> dict[_Spot, list[StudentCell]]:
    """The student's own cells by the place that they go to."""
    home: dict[StudentCell, MasterCell] = {}  # Of two answers in one cell, the first.
    for wanted in placed.match.master.cells:
        for cell in placed.cells_of(wanted):
            home.setdefault(cell, wanted)
    own: dict[_Spot, list[StudentCell]] = defaultdict(list)
    above: MasterCell | None = None
    run: list[StudentCell] = []  # Own cells since the one above.
    for cell in placed.match.stream:
        if cell in home:
            own[_spot(above, home[cell])] += run
            above, run = home[cell], []
        elif cell not in placed.dropped:
            run.append(cell)
    own[_spot(above, None)] += run
    return own


def _spot(above: MasterCell | None, below: MasterCell | None) -> _Spot:
    """Where own cells between two others belong: beside an answer, the earlier of two."""
    spots = [_Spot(below.index, is_after=False)] if below else []
    spots += [_Spot(above.index, is_after=True)] if above else []
    answers = [each.index for each in (above, below) if each and each.role in SOLUTIONS]
    beside_answers = [spot for spot in spots if spot.index in answers]
    if beside_answers:
        return min(beside_answers)
    return spots[-1] if spots else _Spot(0, is_after=True)


def _own_ids(cells: Iterable[StudentCell], placed: Placed) -> dict[StudentCell, str]:
    """An id for each of the student's own cells that no other cell has."""
    taken = set(placed.match.master.cell_ids)
    ids = {}
    for cell in cells:
        name = f"own-{cell.number}"
        names = chain([name], (f"{name}-{extra}" for extra in count()))
        ids[cell] = next(each for each in names if each not in taken)
        taken.add(ids[cell])
    return ids


def _own_node(cell: StudentCell, cell_id: str) -> Node:
    node: Node = {"cell_type": cell.kind, "id": cell_id, "metadata": {}, "source": cell.source}
    if cell.kind == "code":
        node |= {"execution_count": None, "outputs": []}
    elif cell.attachments:
        node["attachments"] = cell.attachments
    return node


def _master_node(placed: Placed, wanted: MasterCell) -> Node:
    node = copy.deepcopy(dict(wanted.node))
    node.setdefault("id", f"cell-{wanted.index + 1}")
    if wanted.kind == "code":
        node |= {"execution_count": None, "outputs": []}
    if wanted.role == "locked":
        return node
    cells = placed.cells_of(wanted)
    pictures = {name: data for cell in cells for name, data in cell.attachments.items()}
    if pictures and wanted.kind != "code":
        node["attachments"] = node.get("attachments", {}) | pictures
    if wanted.index in placed.answers:
        node["source"] = placed.answers[wanted.index].source
    elif cells:  # Text that nbgrader does not guard.
        node["source"] = cells[0].source
    return node
