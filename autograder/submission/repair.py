"""Makes a damaged submission fit for grading.

``read_submission`` (autograder/submission/read.py) turns bytes into cells or refuses them;
``repair`` puts the student's answers into the cells of the released notebook, whose
order, metadata and locked sources are the truth. Call both on
``submitted/STUDENT/ASSIGNMENT/*.ipynb`` before nbgrader's own preprocessors: what comes
out has each grade_id once, of the master's type, with the master's points.
"""

import copy
from collections import defaultdict

import nbformat

from autograder.submission.answers import find_functions, find_written
from autograder.submission.match import match, read_master
from autograder.submission.repair_notes import sentences

__all__ = ["repair"]


def repair(submission, released):
    """Put a student's answers into the released notebook.

    Args:
        submission: the ``Submission`` that ``read_submission`` made.
        released: the released notebook, of nbformat 4.

    Returns:
        The repaired notebook, without outputs, and a list of sentences for the report:
        empty if nothing was damaged, and then every source is as it was handed in.
        Cells of the student's own stay at their place beside the answers, without
        metadata. Numbers of cells count from 1 in the file that was handed in.

    Raises:
        AuthorError: if ``released`` has answers in it, or a grade_id twice.
    """
    state = match(submission, read_master(released))
    find_functions(state)
    find_written(state)
    _drop_copies(state)
    return _assembled(state, released), sentences(submission, state)


def _drop_copies(state):
    """Second copies of locked cells; a changed one stays, as a cell of the student's own."""
    for master in state.master:
        for cell in state.free() if master.role == "locked" else ():
            if cell.grade_id and state.claims(cell, master):
                same = state.same(cell, master)
                state.dropped |= {cell} if same else set()
                what = "a copy" if same else "a changed copy"
                state.report.append(
                    f"cell {cell.number} was {what} of {master.grade_id}; it is not graded"
                )


def _assembled(state, released):
    before, after = _extras(state)
    taken = {master.node.get("id") for master in state.master}
    cells = []
    for master in state.master:
        cells += [_own_cell(cell, taken) for cell in before[master.index]]
        cells.append(_master_cell(state, master))
        cells += [_own_cell(cell, taken) for cell in after[master.index]]
    metadata = copy.deepcopy(dict(released["metadata"]))
    return nbformat.from_dict(
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    )


def _extras(state):
    """The student's own cells, by the index of the master cell that they come before or after."""
    home = {cell: state.master[index] for index, cell in state.held.items()}
    for index, cells in sorted(state.used.items()):
        for cell in cells:
            home.setdefault(cell, state.master[index])
    before, after = defaultdict(list), defaultdict(list)
    above, run = None, []
    for cell in [*state.stream, None]:
        if cell is None or cell in home:
            below = home.get(cell)
            if run:
                index, is_after = _place(above, below)
                (after if is_after else before)[index] += run
            above, run = below, []
        elif cell not in state.dropped:
            run.append(cell)
    return before, after


def _place(above, below):
    """Where cells between two others belong: beside an answer, the earlier of two."""
    sides = [(below.index, False)] if below else []
    sides += [(above.index, True)] if above else []
    answers = [m.index for m in (above, below) if m and m.role in ("function", "answer")]
    beside = [side for side in sides if side[0] in answers]
    return min(beside) if beside else (sides or [(0, True)])[-1]


def _own_cell(cell, taken):
    numbered = (f"own-{cell.number}{mark}" for mark in ("", *(f"-{n}" for n in range(len(taken)))))
    cell_id = next(name for name in numbered if name not in taken)
    taken.add(cell_id)
    node = {"cell_type": cell.kind, "id": cell_id, "metadata": {}, "source": cell.source}
    if cell.kind == "code":
        return node | {"execution_count": None, "outputs": []}
    return node | ({"attachments": cell.attachments} if cell.attachments else {})


def _master_cell(state, master):
    node = copy.deepcopy(dict(master.node))
    node.setdefault("id", f"cell-{master.index + 1}")
    if node["cell_type"] == "code":
        node |= {"execution_count": None, "outputs": []}
    if master.role == "locked":
        return node
    held = state.held.get(master.index)
    cells = [held] if held else state.used.get(master.index, [])
    pictures = {name: data for cell in cells for name, data in cell.attachments.items()}
    if pictures and node["cell_type"] != "code":
        node["attachments"] = node.get("attachments", {}) | pictures
    source = held.source if held else master.source
    return node | {"source": state.sources.get(master.index, source)}
