"""Finds a student's answers: functions by their names, wherever they stand."""

import difflib

from autograder.submission.match import TEXT_STUB
from autograder.submission.parse import normalised
from autograder.text import plain

__all__ = ["find_functions", "find_written"]

MOST_NAMES = 200  # Among which the nearest to a missing one is looked for.
KINDS = {"code": "a code cell", "markdown": "a Markdown cell", "raw": "a raw cell"}


def find_functions(state):
    """Fill ``state.used`` and ``state.sources`` for solution cells with functions.

    Of several definitions that are not the untouched one, the last counts that stands
    above the function's test cell or in a cell with the function's grade_id: what the
    student saw when the notebook ran from top to bottom. Where there is none, or no
    test cell, a definition in the function's own cell counts, then the last anywhere.
    """
    found = _definitions(state, state.free())
    for master in state.master:
        if master.role == "function":
            state.used[master.index] = _answer(state, master, found)
    _write(state, found)
    for master in state.master:
        if master.role == "function":
            _tell_missing(state, master, found)


def find_written(state):
    """Fill ``state.used`` and ``state.sources`` for written answers and free code."""
    for master in state.master:
        if master.role != "answer":
            continue
        own = _claimants(state, master, state.free())
        changed = [cell for cell in own if not state.same(cell, master)]
        if changed:
            _tell_copies(state, master, own, changed[-1])
        else:
            changed = _by_question(state, master)
            beside = None if changed else _beside(state, master, own)
            if beside:
                state.used[master.index] = [*own[-1:], beside]
                state.sources[master.index] = _composed(master, beside)
                _tell_elsewhere(state, master, master.grade_id, beside)
                continue
            if changed and changed[-1].claims:
                _tell_elsewhere(state, master, master.grade_id, changed[-1])
        chosen = changed[-1:] or own[-1:]
        state.used[master.index] = chosen
        state.sources[master.index] = chosen[0].source if chosen else master.source
        if not chosen:
            state.report.append(f"{master.grade_id} was missing; the empty cell was put back")
        _drop_copies(state, master, own)


def _definitions(state, cells):
    asked = {name for master in state.master for name in master.blank}
    return {
        cell: [
            definition
            for definition in state.parser.definitions(cell.source)
            if definition.is_function or definition.name in asked
        ]
        for cell in cells
    }


def _claimants(state, master, cells):
    """Cells that say they are this one, or that have its untouched text."""
    return [
        cell
        for cell in cells
        if state.claims(cell, master) or (not state.claims_any(cell) and state.same(cell, master))
    ]


def _answer(state, master, found):
    """The cells, in their order, that one solution cell's functions stand in."""
    own = _claimants(state, master, found)
    chosen = {_winner(state, master, name, found, own) for name in master.blank} - {None}
    if not chosen:
        changed = [cell for cell in own if not state.same(cell, master)]
        chosen = set(changed[-1:] or own[-1:])
    missing = set(master.blank) - {d.name for cell in chosen for d in found[cell]}
    if missing:  # A helper that was given in the same cell.
        keeps = [cell for cell in own if missing & {d.name for d in found[cell]}]
        chosen |= set(keeps[-1:])
    place = state.positions()
    return sorted(chosen, key=place.get)


def _winner(state, master, name, found, own):
    written = [
        (cell, definition)
        for cell, definitions in found.items()
        for definition in definitions
        if definition.name == name and not definition.is_blank
        if normalised(definition.text) != master.blank[name]
    ]

    def filled(is_code, is_function):
        return [
            cell
            for cell, definition in written
            if (cell.kind == "code", definition.is_function) == (is_code, is_function)
        ]

    # Text of other cells is an answer only for want of code, an assignment (kl = lambda ...)
    # only for want of a function.
    candidates = filled(True, True) or filled(False, True) or filled(True, False)
    test, place = _test_of(state, master), state.positions()
    above = [
        cell
        for cell in candidates
        if cell in own or (test is not None and place[cell] < place[test])
    ]
    return (above or candidates or [None])[-1]


def _test_of(state, master):
    """The submitted test cell that comes next after a solution cell in the master."""
    for later in state.master[master.index + 1 :]:
        if later.is_test:
            return state.held.get(later.index)
    return None


def _write(state, found):
    """Give each answer its source; a cell with several answers goes whole to the first."""
    given = {}
    for index, cells in sorted(state.used.items()):
        master, parts = state.master[index], []
        own = _claimants(state, master, found)
        for cell in cells:
            if cell in given:
                names = dict.fromkeys(d.text for d in found[cell] if d.name in master.blank)
                parts += names
            else:
                parts.append(cell.source)
            if cell not in own:
                together = given.get(cell)
                _tell_elsewhere(state, master, ", ".join(master.blank), cell, together, own)
            given.setdefault(cell, master.grade_id)
        state.sources[index] = "\n\n".join(parts) if parts else master.source
        if cells:
            _tell_copies(state, master, own, cells[-1])
    # Only now: a copy of one answer's cell may hold another answer.
    for index in list(state.used):
        _drop_copies(state, state.master[index], _claimants(state, state.master[index], found))


def _drop_copies(state, master, own):
    """Leave out copies that say nothing: run after the answer, they would replace it."""
    used = {cell for cells in state.used.values() for cell in cells}
    said = {state.says(master)} | {state.says(cell) for cell in used}
    for cell in own:
        if cell not in used and state.says(cell) in said:
            state.dropped.add(cell)


def _tell_elsewhere(state, master, name, cell, together=None, own=()):
    where = f"cell {cell.number}"
    if cell.kind != master.node["cell_type"]:
        where += f", {KINDS[cell.kind]},"
    if together:
        where += f" together with {together}"
    elif not own and cell.claims is None and all(c.claims is None for c in state.stream):
        return  # Nothing says whose cell it is, so it is nobody else's.
    state.elsewhere.add((master.index, cell))
    state.report.append(f"{name} was found in {where} instead of its own cell")


def _tell_copies(state, master, own, chosen):
    if len(own) < 2 or chosen not in own:
        return
    numbers = ", ".join(str(cell.number) for cell in own)
    changed = sum(not state.same(cell, master) for cell in own)
    why = ", more than one of them changed" if changed > 1 else ""
    state.report.append(
        f"{master.grade_id} stood in cells {numbers}{why}; cell {chosen.number} was kept"
    )


def _tell_missing(state, master, found):
    cells = state.used[master.index]
    asked = {name for other in state.master for name in other.blank}
    code = [cell for cell in found if cell.kind == "code"]
    names = [d.name[:80] for cell in code for d in found[cell] if d.name not in asked]
    names = list(dict.fromkeys(names))[:MOST_NAMES]
    for name in master.blank:
        if any(d.name == name for cell in cells for d in found[cell]):
            continue
        near = difflib.get_close_matches(name, names, n=1)
        inside = [d.name for cell in cells for d in found[cell] if d.name not in asked]
        near = near or inside[-1:]
        hint = f"; the nearest name is {plain(near[0], 40)}" if near else ""
        state.report.append(f"no function {name} was found{hint}")


def _by_question(state, master):
    """Cells that nbgrader's metadata has got lost from, but not the question."""
    return [
        cell
        for cell in state.free()
        if master.question
        and not state.claims_any(cell)
        and not state.same(cell, master)
        and state.says(cell).startswith(master.question)
    ]


def _beside(state, master, own):
    """A cell right below the untouched question that answers it, or None."""
    neighbours = [m for m in state.master if abs(m.index - master.index) == 1]
    before = [*state.used.get(master.index - 1, []), state.held.get(master.index - 1)]
    if any(m.role == "plain" and m.index not in state.held for m in neighbours):
        return None  # The cell could be that text, rewritten.
    above = own[-1] if own else before[0]
    if above is None:
        return None
    free, place = set(state.free()), state.positions()[above] + 1
    cell = state.stream[place] if place < len(state.stream) else None
    is_code = master.node["cell_type"] == "code"
    if cell not in free or (cell.kind == "code") != is_code or not cell.source.strip():
        return None
    return None if state.claims_any(cell) else cell


def _composed(master, cell):
    if master.node["cell_type"] == "code":
        return cell.source
    if TEXT_STUB in master.source:
        return master.source.replace(TEXT_STUB, cell.source, 1)
    return f"{master.source}\n\n{cell.source}"
