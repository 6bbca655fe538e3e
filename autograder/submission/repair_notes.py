"""What was repaired in a submission, in sentences that are safe as plain text."""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from autograder.submission.master import MasterCell
from autograder.submission.placed import Placed
from autograder.submission.student_cells import NBGRADER_KEYS, StudentCell, Submission
from autograder.text import plain

__all__ = ["sentences"]

MOST_SENTENCES = 20
LONGEST_SENTENCE = 200
MOST_NAMES = 4  # In one sentence.


def sentences(submission: Submission, placed: Placed) -> list[str]:
    """All repairs of a submission, each at most 200 characters, at most 20 of them."""
    lines = [*submission.notes, *placed.match.notes]
    for answer in placed.answers.values():
        lines += answer.notes
    lines += _copies(placed)
    lines += _lost(placed)
    lines += _wrong_claims(placed)
    lines += _moved(placed)
    if not submission.name.endswith(".py"):
        lines += _stripped(placed)
    lines = list(dict.fromkeys(lines))
    if len(lines) > MOST_SENTENCES:
        left = len(lines) - MOST_SENTENCES + 1
        lines = [*lines[: MOST_SENTENCES - 1], f"and {left} more repairs"]
    return [_cut(line) for line in lines]


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_SENTENCE else f"{line[: LONGEST_SENTENCE - 3]}..."


def _copies(placed: Placed) -> Iterator[str]:
    for copy in placed.copies:
        what = "a changed copy" if copy.is_changed else "a copy"
        yield f"cell {copy.cell.number} was {what} of {copy.of.grade_id}; it is not graded"


def _lost(placed: Placed) -> Iterator[str]:
    """Sentences on locked cells that were missing, of an older release, or changed."""
    missing, older = [], []
    for wanted in placed.match.master.with_role("locked"):
        cell = placed.match.held.get(wanted.index)
        if cell is None:
            missing.append(wanted.grade_id)
        elif _is_older(wanted, cell):
            older.append(wanted.grade_id)
        elif cell.text != wanted.text:
            kind = "test" if wanted.is_test else "given"
            yield f"the {kind} cell {wanted.grade_id} had been changed; the original was put back"
    if older:
        yield (
            "an older release of the notebook was handed in; the present one's cells were put "
            f"in: {_listed(older)}"
        )
    if missing:
        yield f"locked cells were missing, and put back: {_listed(missing)}"


def _is_older(wanted: MasterCell, cell: StudentCell) -> bool:
    """True for a locked cell as another release had it: nobody has changed it since."""
    claims = cell.claims or {}
    differs = cell.text != wanted.text or claims.get("points") != wanted.claims.get("points")
    return cell.is_as_released and cell.grade_id == wanted.grade_id and differs


def _wrong_claims(placed: Placed) -> Iterator[str]:
    """Sentences on cells that are not what they say."""
    for wanted, cell in placed.pairs():
        if cell.kind != wanted.kind:
            yield f"cell {cell.number} ({wanted.grade_id}) had become {cell.described}"
        wrong = _wrong(wanted, cell)
        if wrong:
            yield f"cell {cell.number} ({wanted.grade_id}) claimed {', '.join(wrong)}"
    known = {cell for _, cell in placed.pairs()} | placed.dropped
    for cell in placed.match.stream:
        if cell in known or not cell.grade_id or cell.grade_id in placed.match.master.grade_ids:
            continue
        name = plain(cell.grade_id, 40)
        yield f"cell {cell.number} claimed to be {name}, which is not in the assignment"


def _wrong(wanted: MasterCell, cell: StudentCell) -> list[str]:
    """What a cell claims of itself and the master does not, such as other points."""
    if cell.claims is None:
        return []
    known = {"points"} if _is_older(wanted, cell) else set()
    return [
        f"{key} {plain(cell.claims.get(key, 'missing'), 20)} instead of {value}"
        for key, value in wanted.claims.items()
        if key in NBGRADER_KEYS and key not in known and cell.claims.get(key, False) != value
    ]


def _stripped(placed: Placed) -> Iterator[str]:
    stripped = [
        wanted.grade_id for wanted, cell in placed.pairs() if wanted.claims and cell.claims is None
    ]
    if stripped:
        where = _listed(stripped) if placed.match.has_claims else "all cells"
        yield f"nbgrader's metadata was missing, and put back: {where}"


def _moved(placed: Placed) -> Iterator[str]:
    """A sentence on the cells that have to move to restore the master's order."""
    place = placed.match.positions
    # Text that nbgrader does not guard may stand anywhere.
    guarded = [(place[cell], wanted) for wanted, cell in placed.pairs() if wanted.claims]
    guarded.sort(key=lambda pair: pair[0])
    found = list(dict.fromkeys(wanted for _, wanted in guarded))
    ordered = sorted(found, key=lambda wanted: wanted.index)
    in_order = SequenceMatcher(None, found, ordered, autojunk=False).get_matching_blocks()
    stay = {wanted for block in in_order for wanted in found[block.a : block.a + block.size]}
    moved = [wanted.grade_id for wanted in found if wanted not in stay]
    if moved:
        yield f"cells were out of order, and were put back: {_listed(moved)}"


def _listed(grade_ids: Iterable[str | None]) -> str:
    names = list(dict.fromkeys(map(str, grade_ids)))
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
