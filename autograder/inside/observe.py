"""Runs a probe on an implementation: the only place that touches student objects.

A probe is a generator function of an implementation and a seeded random generator. It
yields pairs of a name and a function of no arguments. That function calls the
implementation. It is called here, one at a time, so that an exception costs one
observation and not the rest.
"""

import linecache
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from autograder.inside import wire

__all__ = ["Probe", "frames", "observe"]

# Files that are not the student's: a part of the path.
NOT_THE_STUDENTS = (
    "site-packages",
    "dist-packages",
    "/autograder/inside/",
    "<frozen",
    "/lib/python",
)


class Probe(Protocol):
    """``probe(implementation, rng)`` yields pairs of a name and a function that looks."""

    __name__: str

    def __call__(
        self, implementation: Callable[..., Any], rng: np.random.Generator, /
    ) -> Iterator[tuple[str, Callable[[], Any]]]: ...


def observe(probe: Probe, implementation: Callable[..., Any], seed: int) -> bytes:
    """Everything a probe sees of an implementation, as bytes.

    Args:
        probe: generator function ``probe(implementation, rng)``.
        implementation: the function to look at.
        seed: integer; one seed gives every implementation the same inputs.

    Returns:
        Bytes: a stream of frames for ``autograder.inside.wire.decode``. An exception that the
        implementation raises (``SystemExit`` too) is an observation of its own.
    """
    return b"".join(frames(probe, implementation, seed))


def frames(probe: Probe, implementation: Callable[..., Any], seed: int) -> Iterator[bytes]:
    """The same, frame by frame: what was seen before an interrupt is not lost."""
    rng = np.random.default_rng([seed, zlib.crc32(probe.__name__.encode())])
    with warnings.catch_warnings():
        # A warning of a student's expression is not an error and belongs in no feedback.
        warnings.simplefilter("ignore")
        for name, look in probe(implementation, rng):
            yield _frame(name, look)


def _frame(name: str, look: Callable[[], Any]) -> bytes:
    try:
        return wire.encode(name, look())
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return wire.encode(name, _failure(error))


def _failure(error: BaseException) -> wire.Failure:
    try:
        message = str(error).strip().partition("\n")[0][: wire.MAX_TEXT]
    except Exception:
        message = "with a message that cannot be read"
    return wire.Failure(type(error).__name__[:200], message, _guilty_line(error))


def _guilty_line(error: BaseException) -> str:
    """The last line of the student's own code that the exception passed, '' if there is none."""
    line, traceback = "", error.__traceback__
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if not any(part in filename for part in NOT_THE_STUDENTS) and sys.prefix not in filename:
            line = linecache.getline(filename, traceback.tb_lineno).strip()
        traceback = traceback.tb_next
    return line[: wire.MAX_TEXT]
