"""Does an observation agree with the expected one, and if not, in what words?"""

import numpy as np

from autograder.wire import Failure, Table

__all__ = ["NOT_WRITTEN", "agree", "difference"]

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
        seen, expected: values of observations (``autograder.wire.Observation``).

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


@quietly
def difference(seen, expected):
    """One sentence on how an observed value differs from the expected one.

    It speaks of what came, and of the shape, kind or size that was wanted; never of how
    to compute it.
    """
    if isinstance(seen, Failure):
        return _failure(seen)
    if seen is None:
        return f"nothing came back, {_kind(expected)} was expected: is there a return?"
    if isinstance(seen, str) and isinstance(expected, str):
        return f"{seen}; expected: {expected}"
    if isinstance(seen, Table) and isinstance(expected, Table):
        return _table_difference(seen, expected)
    if isinstance(seen, np.ndarray) and isinstance(expected, np.ndarray):
        return _array_difference(seen, expected)
    return f"{_kind(seen)} came, {_kind(expected)} was expected"


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


def _array_difference(seen, expected):
    if seen.shape != expected.shape:
        return f"{_kind(seen)} came, {_kind(expected)} was expected"
    seen, expected = seen.astype(float), expected.astype(float)
    if seen.shape == ():
        return f"{seen:.6g} came, {expected:.6g} was expected{_factor(seen, expected)}"
    wrong = ~_close(seen, expected)
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    index = ", ".join(str(i) for i in first)
    return (
        f"{wrong.sum():,} of {wrong.size:,} values differ; at [{index}] {seen[first]:.6g} came, "
        f"{expected[first]:.6g} was expected{_factor(seen, expected)}"
    )


def _factor(seen, expected):
    """A factor common to all values often tells more than the values do."""
    ratio = (seen / expected)[expected != 0] if seen.shape else np.atleast_1d(seen / expected)
    if ratio.size == 0 or not np.isfinite(ratio).all() or np.all(ratio == 0):
        return ""
    if np.any(seen[expected == 0]) or np.ptp(ratio) > RELATIVE * np.abs(ratio).max():
        return ""
    if ratio.size == 1 and not _is_telling(ratio[0]):
        return ""
    return f" ({ratio[0]:.4g} times the expected)"


def _is_telling(ratio):
    """Of one number alone, only a small whole factor or its inverse says something."""
    size = max(abs(ratio), 1 / abs(ratio))
    return size < 100 and abs(size - round(size)) < RELATIVE


def _table_difference(seen, expected):
    for number, (row, wanted) in enumerate(zip(seen.rows, expected.rows), start=1):
        if row != wanted:
            parts = [
                f"{column} {came!r} came, {want!r} was expected"
                for column, came, want in zip(expected.columns, row, wanted)
                if came != want
            ]
            return f"row {number} ({row[0]}): " + "; ".join(parts)
    return f"{len(seen.rows)} rows came, {len(expected.rows)} were expected"
