"""What functions and written answers have in common: an answer, and what is said of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.submission.master import MasterCell
from autograder.submission.student_cells import StudentCell

__all__ = ["Answer", "changed_cells", "copies_note", "elsewhere_note", "empty_copies"]


@dataclass(frozen=True)
class Answer:
    """What a student's submission has for one solution cell of the master.

    Attributes:
        wanted: the solution cell.
        cells: the submitted cells that the answer is made of; empty if there is none.
        source: the solution cell's new source.
        elsewhere: those of ``cells`` that do not claim to be the solution cell.
        copies: submitted cells that claim to be it and add nothing: they are left out.
        notes: sentences for the report.
    """

    wanted: MasterCell
    cells: tuple[StudentCell, ...]
    source: str
    elsewhere: frozenset[StudentCell] = frozenset()
    copies: frozenset[StudentCell] = frozenset()
    notes: tuple[str, ...] = ()


def changed_cells(wanted: MasterCell, cells: Iterable[StudentCell]) -> list[StudentCell]:
    """Those of the cells that are not as they were released."""
    return [cell for cell in cells if cell.text != wanted.text]


def empty_copies(
    wanted: MasterCell, own: Iterable[StudentCell], used: Iterable[StudentCell]
) -> frozenset[StudentCell]:
    """Claimants that repeat an answer or the untouched cell: run after it, they would replace it.

    Args:
        wanted: the solution cell.
        own: the submitted cells that claim to be it.
        used: the submitted cells that any answer is made of so far.
    """
    used = set(used)
    known = {wanted.text} | {cell.text for cell in used}
    return frozenset(cell for cell in own if cell not in used and cell.text in known)


def elsewhere_note(
    name: str, wanted: MasterCell, cell: StudentCell, together_with: str = ""
) -> str:
    """Says that an answer was found in another cell than its own.

    Args:
        name: of the functions, or of the written answer.
        wanted: the solution cell.
        cell: where the answer was found.
        together_with: grade_id of the first answer in the same cell, if there are several.
    """
    kind = f", {cell.described}," if cell.kind != wanted.kind else ""
    beside = f" together with {together_with}" if together_with else ""
    return f"{name} was found in cell {cell.number}{kind}{beside} instead of its own cell"


def copies_note(
    wanted: MasterCell, own: Sequence[StudentCell], kept: StudentCell
) -> tuple[str, ...]:
    """Says which of several claimants was kept; nothing if there is only one."""
    if len(own) < 2 or kept not in own:
        return ()
    numbers = ", ".join(str(cell.number) for cell in own)
    why = ", more than one of them changed" if len(changed_cells(wanted, own)) > 1 else ""
    return (f"{wanted.grade_id} appeared in cells {numbers}{why}; cell {kept.number} was kept",)
