"""What comes out of the sandbox, byte by byte: sizes and forms checked, nothing believed.

A record is the length of its header (4 bytes, big endian), a JSON header, and as many
bytes of observations as the header says. Outputs in a header are put into the form that
a notebook has them in, or left out; the observations are for ``autograder.inside.wire``.
"""

import json
import os
import re
import struct
from dataclasses import dataclass, field

__all__ = ["REASONS", "RECORD", "CellRun", "Records", "accept", "stopped"]

RECORD = struct.Struct(">I")
MIMES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
REASONS = {
    "": "",
    "missing": "there is no function of this name",
    "time": "stopped: it took longer than it may",
}


@dataclass
class CellRun:
    """What came of one cell: outputs of a notebook, observations, or why there are none.

    ``reason`` is empty for a cell that ran to its end; ``trouble`` is 'time' or 'memory'
    where that is what stopped it.
    """

    outputs: list = field(default_factory=list)
    observations: bytes | None = None
    reason: str = "not run"
    trouble: str = ""


class Records:
    """Records from an untrusted pipe.

    Args:
        descriptor: read end of the pipe; None if ``take`` is handed all bytes.
        limits: as in ``autograder.sandbox.policy.LIMITS``.
        most: number of records that there may be.
    """

    def __init__(self, descriptor, limits, most):
        self.descriptor, self.limits, self.most = descriptor, limits, most
        self.buffer, self.total, self.closed = bytearray(), 0, False

    def read(self):
        """Yield the records that are complete by now; ``closed`` once there will be no more.

        Raises:
            ValueError: if a record breaks the rules, after those that came before it.
        """
        piece = os.read(self.descriptor, 2**20)
        self.closed = not piece
        yield from self.take(piece)

    def take(self, piece):
        """As ``read``, of bytes that came in another way."""
        self.buffer += piece
        self.total += len(piece)
        while (record := self._next()) is not None:
            self.most -= 1
            if self.most < 0:
                raise ValueError("it sent more records than a notebook may")
            yield record
        if self.total > self.limits["notebook_bytes"]:
            raise ValueError("it sent more than a notebook may")

    def _next(self):
        if len(self.buffer) < RECORD.size:
            return None
        (length,) = RECORD.unpack(self.buffer[: RECORD.size])
        self._check(length)
        start = RECORD.size + length
        if len(self.buffer) < start:
            return None
        try:
            header = json.loads(self.buffer[RECORD.size : start])
        except (ValueError, RecursionError):
            raise ValueError("it sent a record that is not JSON") from None
        size = header.get("bytes") if isinstance(header, dict) else None
        if type(size) is not int or size < 0:
            raise ValueError("it sent a record without a size")
        self._check(length + size)
        if len(self.buffer) < start + size:
            return None
        payload = bytes(self.buffer[start : start + size])
        del self.buffer[: start + size]
        return header, payload

    def _check(self, size):
        if size > self.limits["record_bytes"]:
            raise ValueError("it sent more than a cell may")


def accept(header, payload, runs, current, limits):
    """Take one record in.

    Args:
        header, payload: as ``Records.read`` gives them.
        runs: one ``CellRun`` a cell, to be filled.
        current: number of the cell that runs.

    Returns:
        Number of the cell that runs now. Records go forward only: a cell that is over
        cannot be told anew.

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


def stopped(reason, trouble=""):
    """The ``CellRun`` of a cell that was ended from outside, with the reason as its output."""
    output = {"output_type": "error", "ename": "Stopped", "evalue": reason, "traceback": [reason]}
    return CellRun([output], None, reason, trouble)


def _trouble(outputs):
    """Why a cell stopped, for the class's overview. A submission may lie about itself here."""
    names = {output["ename"] for output in outputs if output["output_type"] == "error"}
    if "OutOfTime" in names:
        return "time"
    return "memory" if names & {"MemoryError", "ResourceExhaustedError"} else ""


def _checked(outputs, limits):
    if not isinstance(outputs, list):
        raise ValueError("it sent outputs that are not a list")
    makers = {
        "stream": _stream,
        "error": _error,
        "display_data": _display,
        "execute_result": _display,
    }
    kept = []
    for output in outputs[: limits["displays"] + 3]:  # Both streams and an error come besides.
        kind = output.get("output_type") if isinstance(output, dict) else None
        if not isinstance(kind, str) or kind not in makers:
            raise ValueError("it sent an output of no known type")
        kept.append({"output_type": kind} | makers[kind](output, limits))
    return kept


def _stream(output, limits):
    name = "stderr" if output.get("name") == "stderr" else "stdout"
    return {"name": name, "text": _text(output.get("text"), limits)}


def _error(output, limits):
    lines = output.get("traceback") if isinstance(output.get("traceback"), list) else []
    text = "\n".join(line for line in lines if isinstance(line, str))
    return {
        "ename": _text(output.get("ename"), limits)[:200],
        "evalue": _text(output.get("evalue"), limits)[:2_000],
        "traceback": _text(text, limits).split("\n"),
    }


def _display(output, limits):
    data = output.get("data") if isinstance(output.get("data"), dict) else {}
    kept = {}
    for mime in MIMES:
        value = data.get(mime)
        if not isinstance(value, str) or len(value) > limits["display_bytes"]:
            continue
        if mime != "image/png":
            kept[mime] = _encodable(value)
        elif BASE64.fullmatch(value):
            kept[mime] = value
    made = {"data": kept, "metadata": {}}
    return made | {"execution_count": None} if output["output_type"] == "execute_result" else made


def _text(value, limits):
    room = limits["text"] + 100  # For the sentence that says that there was more.
    return _encodable(value[:room]) if isinstance(value, str) else ""


def _encodable(text):
    return text.encode("utf-8", "replace").decode()  # Half a surrogate pair cannot be saved.
