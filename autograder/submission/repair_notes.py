"""What was repaired in a submission, in sentences that are safe as plain text."""

from bisect import bisect_left

from autograder.submission.answers import KINDS
from autograder.submission.read import NBGRADER_KEYS
from autograder.text import plain

__all__ = ["sentences"]

MOST_SENTENCES = 20
LONGEST_SENTENCE = 200
MOST_NAMES = 4


def sentences(submission, state):
    """All repairs of a submission, each at most 200 characters, at most 20 of them."""
    lines = [*submission.notes, *state.report, *_lost(state), *_claimed(state), *_moved(state)]
    if not submission.name.endswith(".py"):
        lines += _stripped(state)
    lines = list(dict.fromkeys(lines))
    if len(lines) > MOST_SENTENCES:
        left = len(lines) - MOST_SENTENCES + 1
        lines = [*lines[: MOST_SENTENCES - 1], f"and {left} more repairs"]
    cut = LONGEST_SENTENCE - 3
    return [line if len(line) <= LONGEST_SENTENCE else line[:cut] + "..." for line in lines]


def _pairs(state):
    """Each master cell with the submitted cell that was handed in as it."""
    for master in state.master:
        cells = [state.held.get(master.index), *state.used.get(master.index, [])]
        for cell in cells:
            if cell and (master.index, cell) not in state.elsewhere:
                yield master, cell


def _lost(state):
    missing = []
    for master in state.master:
        cell = state.held.get(master.index)
        if master.role != "locked":
            continue
        if cell is None:
            missing.append(master.grade_id)
        elif not state.same(cell, master):
            kind = "test" if master.is_test else "given"
            yield f"the {kind} cell {master.grade_id} had been changed; the original was put back"
    if missing:
        yield f"locked cells were missing, and put back: {_listed(missing)}"


def _claimed(state):
    """Sentences on cells that are not what they say."""
    for master, cell in _pairs(state):
        if cell.kind != master.node["cell_type"]:
            yield f"cell {cell.number} ({master.grade_id}) had become {KINDS[cell.kind]}"
        wrong = [
            f"{key} {plain(cell.claims.get(key, 'missing'), 20)} instead of {wanted}"
            for key, wanted in master.claims.items()
            if key in NBGRADER_KEYS and cell.claims and cell.claims.get(key, False) != wanted
        ]
        if wrong:
            yield f"cell {cell.number} ({master.grade_id}) claimed {', '.join(wrong)}"
    known = {cell for _, cell in _pairs(state)} | state.dropped
    for cell in state.stream:
        if cell not in known and cell.grade_id and cell.grade_id not in state.known:
            name = plain(cell.grade_id, 40)
            yield f"cell {cell.number} claimed to be {name}, which the assignment has not"


def _stripped(state):
    stripped = [m.grade_id for m, cell in _pairs(state) if m.claims and cell.claims is None]
    if stripped:
        all_cells = not any(cell.claims for cell in state.stream)
        where = "all cells" if all_cells else _listed(stripped)
        yield f"nbgrader's metadata was missing, and put back: {where}"


def _moved(state):
    """A sentence on the fewest cells that have to move to restore the master's order."""
    place = state.positions()
    pairs = [(place[cell], master) for master, cell in _pairs(state)]
    pairs = [master for _, master in sorted(pairs, key=lambda pair: pair[0])]
    last, chains = [], []  # Of the longest run in order: its last index, and itself, by length.
    for master in pairs:
        at = bisect_left(last, master.index)
        chain = [*(chains[at - 1] if at else []), master]
        last[at : at + 1], chains[at : at + 1] = [master.index], [chain]
    stay = set(chains[-1]) if chains else set()
    moved = [m.grade_id for m in pairs if m.claims and m not in stay]  # Other text may move.
    if moved:
        yield f"cells stood out of order, and were put back: {_listed(moved)}"


def _listed(names):
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
