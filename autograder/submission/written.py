"""Finds a student's written answers, and free code that is not a function."""

from collections.abc import Iterable, Sequence

from autograder.submission.answers import (
    Answer,
    changed_cells,
    copies_note,
    elsewhere_note,
    empty_copies,
)
from autograder.submission.master import TEXT_STUB, MasterCell
from autograder.submission.match import Match
from autograder.submission.student_cells import StudentCell

__all__ = ["find_written"]


def find_written(match: Match, functions: Iterable[Answer]) -> list[Answer]:
    """The answer to each solution cell without functions, in the master's order.

    Args:
        match: the submission beside its master.
        functions: the answers that ``find_functions`` found; their cells are taken.
    """
    answers = {answer.wanted.index: answer for answer in functions}
    written = []
    for wanted in match.master.with_role("answer"):
        answer = _answer(match, wanted, answers)
        answers[wanted.index] = answer
        written.append(answer)
    return written


def _answer(match: Match, wanted: MasterCell, answers: dict[int, Answer]) -> Answer:
    free = _free(match, answers.values())
    own = match.claimants(wanted, free)
    name = str(wanted.grade_id)
    if changed := changed_cells(wanted, own):
        return _made(wanted, own, changed[-1], answers, copies_note(wanted, own, changed[-1]))
    if asked_again := _by_question(match, wanted, free):
        cell = asked_again[-1]
        if cell.claims is None:
            return _made(wanted, own, cell, answers)
        note = elsewhere_note(name, wanted, cell)
        return _made(wanted, own, cell, answers, (note,), is_elsewhere=True)
    if below := _beside(match, wanted, own, free, answers):
        # Where no cell has metadata any more, nothing says that this is another one's cell.
        strays = frozenset([below] if match.has_claims else [])
        return Answer(
            wanted,
            cells=(*own[-1:], below),
            source=_composed(wanted, below),
            elsewhere=strays,
            notes=tuple(elsewhere_note(name, wanted, cell) for cell in strays),
        )
    if own:
        return _made(wanted, own, own[-1], answers)
    note = f"{name} was missing; the empty cell was put back"
    return Answer(wanted, cells=(), source=wanted.source, notes=(note,))


def _free(match: Match, answers: Iterable[Answer]) -> list[StudentCell]:
    """Cells that stand for nothing yet and are no copies."""
    taken: set[StudentCell] = set()
    for answer in answers:
        taken.update(answer.cells, answer.copies)
    return [cell for cell in match.free if cell not in taken]


def _made(
    wanted: MasterCell,
    own: Sequence[StudentCell],
    cell: StudentCell,
    answers: dict[int, Answer],
    notes: tuple[str, ...] = (),
    is_elsewhere: bool = False,
) -> Answer:
    """An answer that is one cell, whole; other claimants that say nothing are its copies."""
    used = [cell, *(each for answer in answers.values() for each in answer.cells)]
    return Answer(
        wanted,
        cells=(cell,),
        source=cell.source,
        elsewhere=frozenset([cell] if is_elsewhere else []),
        copies=empty_copies(wanted, own, used),
        notes=notes,
    )


def _by_question(
    match: Match, wanted: MasterCell, free: Iterable[StudentCell]
) -> list[StudentCell]:
    """Changed cells that lost nbgrader's metadata but still begin with the question."""
    question = wanted.question
    if question is None:
        return []
    unclaimed = [cell for cell in free if not match.master.has_claim_of(cell)]
    return [cell for cell in changed_cells(wanted, unclaimed) if cell.text.startswith(question)]


def _beside(
    match: Match,
    wanted: MasterCell,
    own: Sequence[StudentCell],
    free: Sequence[StudentCell],
    answers: dict[int, Answer],
) -> StudentCell | None:
    """The cell that answers the untouched question from right below it, if there is one."""
    neighbours = [each for each in match.master.cells if abs(each.index - wanted.index) == 1]
    if any(each.role == "plain" and each.index not in match.held for each in neighbours):
        return None  # The cell could be that neighbour's text, rewritten.
    above = own[-1] if own else _cell_before(match, wanted, answers)
    if above is None:
        return None
    below = match.positions[above] + 1
    if below == len(match.stream):
        return None
    cell = match.stream[below]
    is_same_kind = (cell.kind == "code") == (wanted.kind == "code")
    is_own = cell in free and not match.master.has_claim_of(cell)
    return cell if is_own and is_same_kind and cell.source.strip() else None


def _cell_before(
    match: Match, wanted: MasterCell, answers: dict[int, Answer]
) -> StudentCell | None:
    """The submitted cell that stands for the master's cell before this one."""
    before = answers.get(wanted.index - 1)
    if before is not None and before.cells:
        return before.cells[0]
    return match.held.get(wanted.index - 1)


def _composed(wanted: MasterCell, cell: StudentCell) -> str:
    """The question as released, with the answer from another cell in it."""
    if wanted.kind == "code":
        return cell.source
    if TEXT_STUB in wanted.source:
        return wanted.source.replace(TEXT_STUB, cell.source, 1)
    return f"{wanted.source}\n\n{cell.source}"
