"""Finds a student's functions by their names, wherever in the submission they stand."""

import difflib
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from autograder.submission.answers import (
    Answer,
    changed_cells,
    copies_note,
    elsewhere_note,
    empty_copies,
)
from autograder.submission.master import MasterCell
from autograder.submission.match import Match
from autograder.submission.parse import Definition, Parser, normalised
from autograder.submission.student_cells import StudentCell
from autograder.text import plain

__all__ = ["find_functions"]

MOST_NAMES = 200  # Among which the nearest to a missing one is looked for,
LONGEST_NAME = 80  # by their first characters,
SHOWN_NAME = 40  # of which a sentence shows so many.

Found = dict[StudentCell, list[Definition]]


def find_functions(match: Match, parser: Parser) -> list[Answer]:
    """The answer to each solution cell with functions, in the master's order.

    If a function is defined several times, definitions that are as released do not count. Of
    the others the last one counts that stands above the function's test cell or in a cell with
    the function's grade_id: the one that the student saw when the notebook ran from top to
    bottom. If there is none, or no test cell, a definition in the function's own cell counts,
    then the last one anywhere.
    """
    found = _definitions(match, parser)
    answers: list[Answer] = []
    first_use: dict[StudentCell, str] = {}  # The answer that a cell with several went to.
    for wanted in match.master.with_role("function"):
        answer = _answer(match, wanted, found, first_use)
        answers.append(answer)
        for cell in answer.cells:
            first_use.setdefault(cell, str(wanted.grade_id))
    used = set(first_use)
    # Only now: a copy of one answer's cell may hold another answer.
    return [
        replace(
            answer,
            copies=empty_copies(answer.wanted, match.claimants(answer.wanted, found), used),
        )
        for answer in answers
    ]


def _definitions(match: Match, parser: Parser) -> Found:
    """What each free cell defines: functions, and other values with the name of one."""
    asked = match.master.asked
    return {
        cell: [
            definition
            for definition in parser.definitions(cell.source)
            if definition.is_function or definition.name in asked
        ]
        for cell in match.free
    }


def _answer(
    match: Match, wanted: MasterCell, found: Found, first_use: dict[StudentCell, str]
) -> Answer:
    own = match.claimants(wanted, found)
    cells = _chosen(match, wanted, found, own)
    names = ", ".join(wanted.blank)
    parts: list[str] = []
    elsewhere, notes = [], []
    for cell in cells:
        earlier = first_use.get(cell, "")
        if earlier:  # The whole cell stands there; here stand only this answer's functions.
            texts = [each.text for each in found[cell] if each.name in wanted.blank]
            parts += dict.fromkeys(texts)
        else:
            parts.append(cell.source)
        # Where no cell has metadata any more, nothing says that this is another one's cell.
        if cell not in own and (own or earlier or match.has_claims):
            elsewhere.append(cell)
            notes.append(elsewhere_note(names, wanted, cell, earlier))
    if cells:
        notes += copies_note(wanted, own, cells[-1])
    return Answer(
        wanted,
        cells=tuple(cells),
        source="\n\n".join(parts) if parts else wanted.source,
        elsewhere=frozenset(elsewhere),
        notes=(*notes, *_missing_notes(match, wanted, cells, found)),
    )


def _chosen(
    match: Match, wanted: MasterCell, found: Found, own: Sequence[StudentCell]
) -> list[StudentCell]:
    """The cells, in their order, that one solution cell's functions stand in."""
    chosen: set[StudentCell] = set()
    for name in wanted.blank:
        candidates = _candidates(match, wanted, name, found, own)
        chosen.update(candidates[-1:])
    if not chosen:
        chosen.update(changed_cells(wanted, own)[-1:] or own[-1:])
    missing = set(wanted.blank) - {each.name for cell in chosen for each in found[cell]}
    # A helper that was given in the same cell may be missing where the answer stands now.
    keep_it = [cell for cell in own if any(each.name in missing for each in found[cell])]
    chosen.update(keep_it[-1:])
    return [cell for cell in found if cell in chosen]


def _candidates(
    match: Match, wanted: MasterCell, name: str, found: Found, own: Sequence[StudentCell]
) -> list[StudentCell]:
    """Cells that define a function otherwise than as released; the last one counts."""
    written = [
        (cell, definition)
        for cell, definitions in found.items()
        for definition in definitions
        if definition.name == name
        and not definition.is_blank
        and normalised(definition.text) != wanted.blank[name]
    ]
    # Text counts only if there is no code, and an assignment (kl = lambda ...) only if there
    # is no function.
    candidates = (
        [cell for cell, each in written if cell.kind == "code" and each.is_function]
        or [cell for cell, each in written if cell.kind != "code" and each.is_function]
        or [cell for cell, each in written if cell.kind == "code" and not each.is_function]
    )
    place = match.positions
    test = _test_of(match, wanted)
    above = [
        cell
        for cell in candidates
        if cell in own or (test is not None and place[cell] < place[test])
    ]
    return above or candidates


def _test_of(match: Match, wanted: MasterCell) -> StudentCell | None:
    """The submitted test cell that comes next after a solution cell in the master."""
    for later in match.master.cells[wanted.index + 1 :]:
        if later.is_test:
            return match.held.get(later.index)
    return None


def _missing_notes(
    match: Match, wanted: MasterCell, cells: Sequence[StudentCell], found: Found
) -> list[str]:
    """Sentences on functions that are nowhere, with the nearest name of the student's own."""
    defined = [each.name for cell in cells for each in found[cell]]
    missing = [name for name in wanted.blank if name not in set(defined)]
    if not missing:
        return []
    own_names = _own_names(match, found)
    beside = [name for name in defined if name not in match.master.asked]
    notes = []
    for name in missing:
        near = difflib.get_close_matches(name, own_names, n=1) or beside[-1:]
        hint = f"; the nearest name is {plain(near[0], SHOWN_NAME)}" if near else ""
        notes.append(f"no function {name} was found{hint}")
    return notes


def _own_names(match: Match, found: Found) -> list[str]:
    """The first names in code cells that nobody asked for."""
    names = chain.from_iterable(found[cell] for cell in found if cell.kind == "code")
    own = [each.name[:LONGEST_NAME] for each in names if each.name not in match.master.asked]
    return list(dict.fromkeys(own))[:MOST_NAMES]
