"""What comes out of the sandbox, as bytes: sizes and forms are checked, nothing is believed.

A record is the length of its header (4 bytes, big endian), a JSON header, and as many bytes of
observations as the header says. Outputs in a header are put into the form that a notebook has
them in, or left out; the observations are for ``autograder.inside.wire``.
"""

import json
import os
import re
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.text import writable

__all__ = ["REASONS", "RECORD", "CellRun", "Records", "accept", "stopped"]

RECORD = struct.Struct(">I")
MIMES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
REASONS = {
    "": "",
    "missing": "there is no function of this name",
    "time": "stopped: it took longer than it may",
}
# A writer that sends a record byte by byte would wake the reader for each. So the reader looks
# at most a thousand times a second while pieces are smaller than a page of memory.
SMALL_PIECE = 4_096
PAUSE = 0.001  # Seconds.
MOST_NAME, MOST_MESSAGE = 200, 2_000  # Characters of an exception's name and of its message.
CUT_NOTE = 100  # Characters of the sentence that says that a text was cut inside the sandbox.

Header = dict[str, Any]
Limits = Mapping[str, Any]
Output = dict[str, Any]


@dataclass
class CellRun:
    """What running one cell gave: outputs of a notebook, observations, or why there are none.

    ``reason`` is empty for a cell that ran to its end; ``trouble`` is 'time' or 'memory'
    where that is what stopped it.
    """

    outputs: list[Output] = field(default_factory=list)
    observations: bytes | None = None
    reason: str = "not run"
    trouble: str = ""


class Records:
    """Records from an untrusted pipe. Each byte is looked at once, in pieces of any size.

    Args:
        descriptor: read end of the pipe; None if ``take`` is handed all bytes.
        limits: as in ``autograder.sandbox.policy.LIMITS``.
        most: number of records that there may be.
    """

    def __init__(self, descriptor: int | None, limits: Limits, most: int) -> None:
        self.descriptor, self.limits, self.most = descriptor, limits, most
        self.buffer, self.total, self.closed = bytearray(), 0, False
        self._start = 0  # Where the record that comes next begins in the buffer.
        self._header: Header | None = None  # Of that record, once it is complete.
        self._payload = 0  # Where that record's observations begin.
        self._is_dripping = False

    def read(self) -> Iterator[tuple[Header, bytes]]:
        """Yield the records that are complete by now; ``closed`` once there will be no more.

        Raises:
            ValueError: if a record breaks the rules, after those that came before it.
        """
        if self.descriptor is None:
            raise TypeError("these records have no pipe to read from")
        if self._is_dripping:
            time.sleep(PAUSE)
        piece = os.read(self.descriptor, 2**20)
        self.closed = not piece
        yield from self.take(piece)
        self._is_dripping = len(piece) < SMALL_PIECE and bool(self.buffer)

    def take(self, piece: bytes) -> Iterator[tuple[Header, bytes]]:
        """As ``read``, of bytes that came in another way."""
        self.buffer += piece
        self.total += len(piece)
        try:
            while (record := self._next()) is not None:
                self.most -= 1
                if self.most < 0:
                    raise ValueError("it sent more records than a notebook may")
                yield record
        finally:
            # Once for all of them: each time, the bytes behind them may have to move.
            del self.buffer[: self._start]
            self._payload -= self._start
            self._start = 0
        if self.total > self.limits["notebook_bytes"]:
            raise ValueError("it sent more than a notebook may")

    def _next(self) -> tuple[Header, bytes] | None:
        """The next record, if it is complete."""
        if self._header is None:
            self._read_header()
        if self._header is None:
            return None
        end = self._payload + self._header["bytes"]
        if len(self.buffer) < end:
            return None
        header, payload = self._header, bytes(memoryview(self.buffer)[self._payload : end])
        self._header, self._start = None, end
        return header, payload

    def _read_header(self) -> None:
        """Read the header of the next record, once, if all of it is there."""
        if len(self.buffer) < self._start + RECORD.size:
            return
        (length,) = RECORD.unpack_from(self.buffer, self._start)
        self._check(length)
        begin = self._start + RECORD.size
        if len(self.buffer) < begin + length:
            return
        try:
            header = json.loads(self.buffer[begin : begin + length])
        except (ValueError, RecursionError):
            raise ValueError("it sent a record that is not JSON") from None
        size = header.get("bytes") if isinstance(header, dict) else None
        if type(size) is not int or size < 0:
            raise ValueError("it sent a record without a size")
        self._check(length + size)
        self._header, self._payload = header, begin + length

    def _check(self, size: int) -> None:
        if size > self.limits["record_bytes"]:
            raise ValueError("it sent more than a cell may")


def accept(
    header: Header, payload: bytes, runs: list[CellRun], current: int, limits: Limits
) -> int:
    """Take one record in.

    Args:
        header, payload: as ``Records.read`` gives them.
        runs: one ``CellRun`` per cell; the one that the record is about is replaced.
        current: number of the cell that runs.
        limits: as in ``autograder.sandbox.policy.LIMITS``.

    Returns:
        Number of the cell that runs now. Records go forward only: nothing changes what was
        said of a cell that is over.

    Raises:
        ValueError: if outputs have not the form of a notebook's.
    """
    number = header.get("cell")
    if type(number) is not int or not current <= number < len(runs):
        return current
    if header.get("begins") is True:
        return number
    if "outputs" in header:
        outputs = _checked(header["outputs"], limits)
        runs[number] = CellRun(outputs, None, "", _trouble(outputs))
    else:
        reason = header.get("reason")
        reason = reason if isinstance(reason, str) and reason in REASONS else "missing"
        seen = None if reason == "missing" else payload
        runs[number] = CellRun([], seen, REASONS[reason], "time" if reason == "time" else "")
    return number


def stopped(reason: str, trouble: str = "") -> CellRun:
    """The ``CellRun`` of a cell that was ended from outside, with the reason as its output."""
    output = {"output_type": "error", "ename": "Stopped", "evalue": reason, "traceback": [reason]}
    return CellRun([output], None, reason, trouble)


def _trouble(outputs: Sequence[Output]) -> str:
    """Why a cell stopped, for the class's overview. A submission may lie about itself here."""
    names = {output["ename"] for output in outputs if output["output_type"] == "error"}
    if "OutOfTime" in names:
        return "time"
    return "memory" if names & {"MemoryError", "ResourceExhaustedError"} else ""


def _checked(outputs: object, limits: Limits) -> list[Output]:
    if not isinstance(outputs, list):
        raise ValueError("it sent outputs that are not a list")
    makers: dict[str, Callable[[Output, Limits], Output]] = {
        "stream": _stream,
        "error": _error,
        "display_data": _display,
        "execute_result": _result,
    }
    kept: list[Output] = []
    for output in outputs[: limits["displays"] + 3]:  # Two streams and an error come on top.
        kind = output.get("output_type") if isinstance(output, dict) else None
        if not isinstance(kind, str) or kind not in makers:
            raise ValueError("it sent an output of no known type")
        kept.append({"output_type": kind} | makers[kind](output, limits))
    return kept


def _stream(output: Output, limits: Limits) -> Output:
    name = "stderr" if output.get("name") == "stderr" else "stdout"
    return {"name": name, "text": _text(output.get("text"), limits)}


def _error(output: Output, limits: Limits) -> Output:
    lines = output.get("traceback")
    lines = lines if isinstance(lines, list) else []
    text = "\n".join(line for line in lines if isinstance(line, str))
    return {
        "ename": _text(output.get("ename"), limits)[:MOST_NAME],
        "evalue": _text(output.get("evalue"), limits)[:MOST_MESSAGE],
        "traceback": _text(text, limits).split("\n"),
    }


def _display(output: Output, limits: Limits) -> Output:
    data = output.get("data")
    data = data if isinstance(data, dict) else {}
    kept = {}
    for mime in MIMES:
        value = data.get(mime)
        if not isinstance(value, str) or len(value) > limits["display_bytes"]:
            continue
        if mime != "image/png" or BASE64.fullmatch(value):
            kept[mime] = writable(value)
    return {"data": kept, "metadata": {}}


def _result(output: Output, limits: Limits) -> Output:
    return _display(output, limits) | {"execution_count": None}


def _text(value: object, limits: Limits) -> str:
    return writable(value[: limits["text"] + CUT_NOTE]) if isinstance(value, str) else ""
