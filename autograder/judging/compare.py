"""Does an observation agree with the expected one, and if not, in what words?"""

from dataclasses import dataclass

import numpy as np

from autograder.inside.wire import Failure, Table

__all__ = ["NOT_WRITTEN", "Difference", "agree", "difference"]

NOT_WRITTEN = "not written yet"  # Of a stub, which raises NotImplementedError.

# Right answers in float32 and float64, summed in another order or integrated by another
# rule, agree within this; the mildest misconception is ten times further away (tests).
RELATIVE = 1e-3
ABSOLUTE = 1e-6

# Beside student code, in the notebook, NumPy may have been told to raise or to warn.
quietly = np.errstate(all="ignore")


@quietly
def agree(seen, expected):
    """True where two observed values say the same.

    Args:
        seen, expected: values of observations (``autograder.inside.wire.Observation``).

    Returns:
        Bool. Numbers agree within 1e-3 of the expected one, or 1e-4 of the largest
        expected one; shapes must be equal, whole and real numbers may mix. Failures
        agree when their class does.
    """
    if type(seen) is not type(expected):
        return False
    if isinstance(expected, np.ndarray):
        return seen.shape == expected.shape and bool(np.all(_close(seen, expected)))
    if isinstance(expected, Failure):
        return seen.type == expected.type
    return seen == expected


@dataclass(frozen=True)
class Difference:
    """How an observed value differs from the expected one.

    Attributes:
        sentence: all of it, in words.
        came, wanted: the two sides of a sentence that has two, for a table; else empty.
        remark: what the sentence says besides.
    """

    sentence: str
    came: str = ""
    wanted: str = ""
    remark: str = ""


@quietly
def difference(seen, expected):
    """The ``Difference`` of an observed value from the expected one.

    It speaks of what came, and of the shape, kind or size that was wanted; never of how
    to compute it.
    """
    if isinstance(seen, Failure):
        return Difference(_failure(seen))
    if seen is None:
        wanted, question = _kind(expected), "is there a return?"
        sentence = f"nothing came back, {wanted} was expected: {question}"
        return Difference(sentence, "nothing", wanted, question)
    if isinstance(seen, str) and isinstance(expected, str):
        return Difference(f"{seen}; expected: {expected}", seen, expected)
    if isinstance(seen, Table) and isinstance(expected, Table):
        return _table_difference(seen, expected)
    if isinstance(seen, np.ndarray) and isinstance(expected, np.ndarray):
        return _array_difference(seen, expected)
    return _sides(_kind(seen), _kind(expected))


def _close(seen, expected):
    seen, expected = seen.astype(float), expected.astype(float)
    finite = np.isfinite(expected)
    largest = np.abs(expected[finite]).max(initial=0.0)
    tolerance = np.maximum(RELATIVE * np.abs(expected), 0.1 * RELATIVE * largest + ABSOLUTE)
    near = np.abs(seen - expected) <= tolerance
    same = (seen == expected) | (np.isnan(seen) & np.isnan(expected))
    return np.where(finite, near, same)


def _failure(seen):
    if seen.type == "NotImplementedError":
        return NOT_WRITTEN
    where = f", in the line: {seen.line}" if seen.line else ""
    return (
        f"raised {seen.type}: {seen.message}{where}"
        if seen.message
        else (f"raised {seen.type}{where}")
    )


def _kind(value):
    if isinstance(value, np.ndarray):
        return "a number" if value.shape == () else f"an array of shape {value.shape}"
    if isinstance(value, Failure):
        return f"an exception {value.type}"
    return "a table" if isinstance(value, Table) else repr(value)


def _sides(came, wanted, place="", factor=""):
    before, after = f"{place} " if place else "", f" ({factor})" if factor else ""
    sentence = f"{before}{came} came, {wanted} was expected{after}"
    return Difference(sentence, came, wanted, "; ".join(filter(None, (place, factor))))


def _array_difference(seen, expected):
    if seen.shape != expected.shape:
        return _sides(_kind(seen), _kind(expected))
    seen, expected = seen.astype(float), expected.astype(float)
    factor = _factor(seen, expected)
    if seen.shape == ():
        return _sides(f"{seen:.6g}", f"{expected:.6g}", factor=factor)
    wrong = ~_close(seen, expected)
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    index = ", ".join(str(i) for i in first)
    place = f"{wrong.sum():,} of {wrong.size:,} values differ; at [{index}]"
    return _sides(f"{seen[first]:.6g}", f"{expected[first]:.6g}", place, factor)


def _factor(seen, expected):
    """A factor common to all values often tells more than the values do."""
    ratio = (seen / expected)[expected != 0] if seen.shape else np.atleast_1d(seen / expected)
    if ratio.size == 0 or not np.isfinite(ratio).all() or np.all(ratio == 0):
        return ""
    if np.any(seen[expected == 0]) or np.ptp(ratio) > RELATIVE * np.abs(ratio).max():
        return ""
    if ratio.size == 1 and not _is_telling(ratio[0]):
        return ""
    return f"{ratio[0]:.4g} times the expected"


def _is_telling(ratio):
    """Of one number alone, only a small whole factor or its inverse says something."""
    size = max(abs(ratio), 1 / abs(ratio))
    return size < 100 and abs(size - round(size)) < RELATIVE


def _table_difference(seen, expected):
    for number, (row, wanted) in enumerate(zip(seen.rows, expected.rows), start=1):
        if row != wanted:
            cells = [cell for cell in zip(expected.columns, row, wanted) if cell[1] != cell[2]]
            sentences = [
                f"{name} {came!r} came, {want!r} was expected" for name, came, want in cells
            ]
            place = f"row {number} ({row[0]})"
            return Difference(
                f"{place}: " + "; ".join(sentences),
                ", ".join(f"{name} {came!r}" for name, came, _ in cells),
                ", ".join(f"{name} {want!r}" for name, _, want in cells),
                place,
            )
    came, wanted = f"{len(seen.rows)} rows", f"{len(expected.rows)}"
    return Difference(f"{came} came, {wanted} were expected", came, wanted)
