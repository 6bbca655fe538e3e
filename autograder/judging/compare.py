"""Does an observation agree with the expected one, and if not, in what words?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograder.inside.wire import Array, Failure, Table, Value

__all__ = ["Difference", "agree", "difference", "is_unwritten"]

# Right answers in float32 and float64, summed in another order or integrated by another
# rule, agree within this; the mildest misconception is ten times further away (tests).
RELATIVE = 1e-3
ABSOLUTE = 1e-6
TELLING = 100  # Whole factors up to this one are told, even of a single number.

# In the notebook, student code may have told NumPy to raise or to warn.
quietly = np.errstate(all="ignore")


@quietly
def agree(seen: Value, expected: Value) -> bool:
    """True if two observed values say the same.

    Args:
        seen, expected: values of observations (``autograder.inside.wire.Observation``).

    Returns:
        Bool. Numbers agree within 1e-3 of the expected one, or 1e-4 of the largest
        expected one; shapes must be equal, whole and real numbers may mix. Failures
        agree when their class does.
    """
    if isinstance(seen, np.ndarray) and isinstance(expected, np.ndarray):
        return seen.shape == expected.shape and bool(np.all(_close(seen, expected)))
    if isinstance(seen, Failure) and isinstance(expected, Failure):
        return seen.type == expected.type
    return type(seen) is type(expected) and seen == expected


@dataclass(frozen=True)
class Difference:
    """How an observed value differs from the expected one.

    Attributes:
        sentence: all of it, in words.
        got, expected: the two sides of a sentence that has two, for a table; else empty.
        remark: what the sentence says besides.
    """

    sentence: str
    got: str = ""
    expected: str = ""
    remark: str = ""


@quietly
def difference(seen: Value, expected: Value, shows_numbers: bool = False) -> Difference:
    """The ``Difference`` of an observed value from the expected one.

    It tells what the student's function gave, and which shape, kind or size was expected;
    never how to compute it.

    Args:
        seen, expected: two values that do not agree.
        shows_numbers: show expected numbers too. Without, it says 'less' or 'more' in
            their place: in a class, whoever reads them could hand them in. Texts, shapes and
            tables of layers are shown in any case: they are the same at every seed.
    """
    if isinstance(seen, Failure):
        return Difference(_failure(seen))
    if isinstance(seen, str) and isinstance(expected, str):
        return Difference(f"got: {seen}; expected: {expected}", seen, expected)
    if isinstance(seen, Table) and isinstance(expected, Table):
        return _table_difference(seen, expected)
    if isinstance(seen, np.ndarray) and isinstance(expected, np.ndarray):
        return _array_difference(seen, expected, shows_numbers)
    if seen is None:
        return _sides("nothing", _kind(expected), after="is there a return?")
    return _sides(_kind(seen), _kind(expected))


def is_unwritten(seen: Value) -> bool:
    """True of a function as it was released: its body is ``raise NotImplementedError``."""
    return isinstance(seen, Failure) and seen.type == "NotImplementedError"


def _close(seen: Array, expected: Array) -> NDArray[np.bool_]:
    seen, expected = seen.astype(float), expected.astype(float)
    finite = np.isfinite(expected)
    largest = np.abs(expected[finite]).max(initial=0.0)
    tolerance = np.maximum(RELATIVE * np.abs(expected), 0.1 * RELATIVE * largest + ABSOLUTE)
    near = np.abs(seen - expected) <= tolerance
    same = (seen == expected) | (np.isnan(seen) & np.isnan(expected))
    return np.asarray(np.where(finite, near, same))


def _failure(seen: Failure) -> str:
    if is_unwritten(seen):
        return "not written yet"
    message = f": {seen.message}" if seen.message else ""
    where = f", in the line: {seen.line}" if seen.line else ""
    return f"raised {seen.type}{message}{where}"


def _kind(value: Value) -> str:
    if isinstance(value, np.ndarray):
        return "a number" if value.shape == () else f"an array of shape {value.shape}"
    if isinstance(value, Failure):
        return f"an exception {value.type}"
    return "a table" if isinstance(value, Table) else repr(value)


def _sides(got: str, expected: str, before: str = "", after: str = "") -> Difference:
    place, remark = f"{before}: " if before else "", f" ({after})" if after else ""
    sentence = f"{place}got {got}, expected {expected}{remark}"
    return Difference(sentence, got, expected, "; ".join(filter(None, (before, after))))


def _array_difference(seen: Array, expected: Array, shows_numbers: bool) -> Difference:
    if seen.shape != expected.shape:
        return _sides(_kind(seen), _kind(expected))
    seen, expected = seen.astype(float), expected.astype(float)
    factor, before = _factor(seen, expected, shows_numbers), ""
    wrong = ~_close(seen, expected)
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    if seen.shape:
        index = ", ".join(str(i) for i in first)
        before = f"{wrong.sum():,} of {wrong.size:,} values differ; at [{index}]"
    got, wanted = float(seen[first]), float(expected[first])
    told = f"{wanted:.6g}" if shows_numbers else _relation(got, wanted)
    return _sides(f"{got:.6g}", told, before, factor)


def _relation(got: float, expected: float) -> str:
    """On which side of a number the expected one is; what is infinite or nan is no secret."""
    if not np.isfinite(expected):
        return f"{expected:g}"
    if np.isnan(got):
        return "a number"
    return "less" if expected < got else "more"


def _factor(seen: Array, expected: Array, shows_numbers: bool) -> str:
    """A factor common to all values, which often tells more than the values do."""
    ratio = (seen / expected)[expected != 0] if seen.shape else np.atleast_1d(seen / expected)
    if ratio.size == 0 or not np.isfinite(ratio).all() or np.all(ratio == 0):
        return ""
    if np.any(seen[expected == 0]) or np.ptp(ratio) > RELATIVE * np.abs(ratio).max():
        return ""
    return _named_factor(float(ratio[0]), ratio.size == 1, shows_numbers)


def _named_factor(ratio: float, is_alone: bool, shows_number: bool) -> str:
    """Words for a factor: whole ones and their inverses by name, others as a number.

    Of one number alone, a factor that is neither small nor whole says nothing.
    """
    size = max(abs(ratio), 1 / abs(ratio))
    is_whole = abs(size - round(size)) < RELATIVE * size
    if is_alone and not (is_whole and size < TELLING):
        return ""
    if is_whole:
        sign, whole = "-" if ratio < 0 else "", f"{size:.0f}"
        if abs(ratio) >= 1 or whole == "1":
            return f"{sign}{whole} times the expected"
        return f"{sign}1/{whole} of the expected"
    if shows_number:
        return f"{ratio:.4g} times the expected"
    return "all by the same factor"


def _table_difference(seen: Table, expected: Table) -> Difference:
    for number, (row, wanted) in enumerate(zip(seen.rows, expected.rows), start=1):
        cells = [cell for cell in zip(expected.columns, row, wanted) if cell[1] != cell[2]]
        if cells:
            return _sides(
                ", ".join(f"{name} {got!r}" for name, got, _ in cells),
                ", ".join(f"{name} {other!r}" for name, _, other in cells),
                f"row {number} ({row[0]})",
            )
    return _sides(f"{len(seen.rows)} rows", f"{len(expected.rows)}")
