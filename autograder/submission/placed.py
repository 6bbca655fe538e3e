"""Where each cell of a submission goes in the repaired notebook."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from autograder.submission.answers import Answer
from autograder.submission.master import MasterCell
from autograder.submission.match import Match
from autograder.submission.student_cells import StudentCell

__all__ = ["Copy", "Placed", "place_answers"]


@dataclass(frozen=True)
class Copy:
    """A second cell that claims to be a locked one: it is not graded."""

    of: MasterCell
    cell: StudentCell

    @property
    def is_changed(self) -> bool:
        """True if it says something else: then it stays, as a cell of the student's own."""
        return self.cell.text != self.of.text


@dataclass(frozen=True)
class Placed:
    """A matched submission with its answers.

    Attributes:
        match: the submission beside its master.
        answers: by the index of the solution cell, in the master's order.
        copies: second copies of locked cells.
    """

    match: Match
    answers: dict[int, Answer]
    copies: tuple[Copy, ...]

    @cached_property
    def dropped(self) -> frozenset[StudentCell]:
        """Submitted cells that add nothing, and are left out."""
        same = {copy.cell for copy in self.copies if not copy.is_changed}
        return frozenset(same.union(*(answer.copies for answer in self.answers.values())))

    def cells_of(self, wanted: MasterCell) -> tuple[StudentCell, ...]:
        """The submitted cells that stand for a cell of the master."""
        if wanted.index in self.match.held:
            return (self.match.held[wanted.index],)
        answer = self.answers.get(wanted.index)
        return answer.cells if answer else ()

    def pairs(self) -> Iterator[tuple[MasterCell, StudentCell]]:
        """Each cell of the master with each submitted cell that was handed in as it."""
        for wanted in self.match.master.cells:
            answer = self.answers.get(wanted.index)
            for cell in self.cells_of(wanted):
                if answer is None or cell not in answer.elsewhere:
                    yield wanted, cell


def place_answers(match: Match, answers: Iterable[Answer]) -> Placed:
    """Put the answers beside the matched cells, and find the copies of locked cells."""
    by_index = {answer.wanted.index: answer for answer in answers}
    taken: set[StudentCell] = set()
    for answer in by_index.values():
        taken.update(answer.cells, answer.copies)
    copies = [
        Copy(wanted, cell)
        for wanted in match.master.with_role("locked")
        for cell in match.free
        if cell not in taken and cell.grade_id and match.master.is_claimed(wanted, cell)
    ]
    return Placed(match, dict(sorted(by_index.items())), tuple(copies))
