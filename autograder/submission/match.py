"""Which submitted cell stands for which cell of the released notebook.

Given cells, test cells and texts of the master are found in a submission, first by what they
say, then by what they claim to be. What is left over are the student's answers and own cells.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from autograder.submission.master import Master, MasterCell
from autograder.submission.parse import DEFINITION, Parser, normalised
from autograder.submission.student_cells import StudentCell

__all__ = ["Match", "match"]

MOST_PIECES = 8  # Neighbouring cells that one function is put together from.


@dataclass(frozen=True)
class Match:
    """A submission laid beside its master.

    Attributes:
        master: the released notebook.
        stream: the submitted cells in their order; what was split is put together.
        held: for a master cell's index, the submitted cell that stands for it.
        notes: sentences on what was put together.
    """

    master: Master
    stream: tuple[StudentCell, ...]
    held: Mapping[int, StudentCell]
    notes: tuple[str, ...]

    @cached_property
    def positions(self) -> dict[StudentCell, int]:
        """Place of each submitted cell in the stream."""
        return {cell: place for place, cell in enumerate(self.stream)}

    @cached_property
    def free(self) -> list[StudentCell]:
        """Submitted cells that stand for no given cell, test cell or text."""
        held = set(self.held.values())
        return [cell for cell in self.stream if cell not in held]

    @cached_property
    def has_claims(self) -> bool:
        """True if any submitted cell still has nbgrader's metadata."""
        return any(cell.claims is not None for cell in self.stream)

    def claimants(self, wanted: MasterCell, cells: Iterable[StudentCell]) -> list[StudentCell]:
        """Those of the cells that say they are this one, or that have its untouched text."""
        return [
            cell
            for cell in cells
            if self.master.is_claimed(wanted, cell)
            or (cell.text == wanted.text and not self.master.has_claim_of(cell))
        ]


def match(submission_cells: Sequence[StudentCell], master: Master, parser: Parser) -> Match:
    """Lay a submission beside its master, and find which cells are no answers.

    Args:
        submission_cells: the cells as they were handed in.
        master: the released notebook.
        parser: the one parser of this submission, which bounds the cost of parsing.
    """
    held = _held(submission_cells, master)
    cells = _with_salvaged(submission_cells, held, master, parser)
    taken = set(held.values())
    free = {cell for cell in cells if cell not in taken}
    stream, notes = _joined(cells, free, master, parser)
    return Match(master, tuple(stream), held, tuple(notes))


def _held(cells: Sequence[StudentCell], master: Master) -> dict[int, StudentCell]:
    """The submitted cell that stands for each locked or plain cell, by the master's index."""

    def same(cell: StudentCell, wanted: MasterCell) -> bool:
        return cell.text == wanted.text and cell.text != ""

    def same_and_claimed(cell: StudentCell, wanted: MasterCell) -> bool:
        return same(cell, wanted) and master.is_claimed(wanted, cell)

    def claimed(cell: StudentCell, wanted: MasterCell) -> bool:
        may_be = wanted.role == "locked" or cell.kind == wanted.kind
        return may_be and master.is_claimed(wanted, cell)

    held: dict[int, StudentCell] = {}
    free = list(cells)
    for is_it in (same_and_claimed, same, claimed):
        for wanted in master.cells:
            if wanted.role not in ("locked", "plain") or wanted.index in held:
                continue
            found = next((cell for cell in free if is_it(cell, wanted)), None)
            if found is not None:
                held[wanted.index] = found
                free.remove(found)
    return held


def _with_salvaged(
    cells: Sequence[StudentCell], held: Mapping[int, StudentCell], master: Master, parser: Parser
) -> list[StudentCell]:
    """The cells, and below each changed locked cell what the student defined in it."""
    salvaged = {}
    for index, cell in held.items():
        wanted = master.cells[index]
        is_code = cell.kind == wanted.kind == "code"
        if wanted.role == "locked" and is_code and cell.text != wanted.text:
            added = parser.added_definitions(cell.source, wanted.source)
            if added:
                salvaged[cell] = replace(cell, source=added, cell_id=None, claims=None)
    kept = []
    for cell in cells:
        kept.append(cell)
        if cell in salvaged:
            kept.append(salvaged[cell])
    return kept


def _joined(
    cells: Sequence[StudentCell], free: Container[StudentCell], master: Master, parser: Parser
) -> tuple[list[StudentCell], list[str]]:
    """The cells, with a function that was split over neighbours in one; and notes on that."""
    stream, notes, place = [], [], 0
    while place < len(cells):
        cell, count = cells[place], 1
        if cell in free and cell.kind == "code" and _may_go_on(cell, master, parser):
            count = _count_pieces(cells[place : place + MOST_PIECES], free, parser)
        if count == 1:
            stream.append(cell)
        else:
            pieces = cells[place : place + count]
            source = "\n".join(piece.source for piece in pieces)
            claims = next((piece.claims for piece in pieces if piece.grade_id), cell.claims)
            stream.append(replace(cell, source=source, claims=claims))
            found = [each.name for each in parser.definitions(source) if each.name in master.asked]
            notes.append(
                f"{', '.join(found) or 'a cell'} was put together from cells {cell.number} to "
                f"{pieces[-1].number}"
            )
        place += count
    return stream, notes


def _may_go_on(cell: StudentCell, master: Master, parser: Parser) -> bool:
    """True if a cell ends in a function that was asked for, or may: then more may follow."""
    if parser.tree(cell.text) is None:
        starts = map(DEFINITION.match, cell.text.split("\n"))
        return any(start and start[1] in master.asked for start in starts)
    found = parser.definitions(cell.source)
    return bool(found) and found[-1].name in master.asked


def _count_pieces(
    cells: Sequence[StudentCell], free: Container[StudentCell], parser: Parser
) -> int:
    """How many of these cells make one piece of Python; 1 if the first is on its own."""
    first, *others = cells
    is_whole = parser.tree(first.text) is not None
    best, joined = 1, first.source
    for count, cell in enumerate(others, start=2):
        goes_on = cell.source.lstrip("\n")[:1] in (" ", "\t")
        is_python = parser.tree(cell.text) is not None
        if cell not in free or cell.kind != "code" or (not goes_on and (is_whole or is_python)):
            break
        joined += "\n" + cell.source
        if parser.tree(normalised(joined)):
            best, is_whole = count, True
    return best
