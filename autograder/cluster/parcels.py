"""A machine's reply about one notebook, as bytes: packed there, and read here as untrusted input.

A parcel is a sequence of records as ``autograder.sandbox.records`` reads them from the sandbox. The
first says on which machine the notebook ran and for how long, or why it did not run; then comes
one record per cell. The reader applies the same rules as to a sandbox. So a machine that somebody
took over can send wrong observations, which are then judged, and nothing else.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.errors import MachineError
from autograder.sandbox.records import REASONS, RECORD, CellRun, Records, accept, stopped
from autograder.text import plain

__all__ = ["NotRun", "Ran", "pack", "unpack"]

# Times the limits of one attempt: there may be several attempts at a notebook, each of which may
# fill some cells' limits, and JSON has characters of its own.
ROOM = 5
TROUBLES = ("", "time", "memory")
_CODES = {text: code for code, text in REASONS.items()}


@dataclass(frozen=True)
class Ran:
    """A machine ran the notebook.

    Attributes:
        address: of the Dask worker.
        machine: its name, for people.
        seconds: that cells and probes took.
        runs: one ``CellRun`` per cell.
    """

    address: str
    machine: str
    seconds: float
    runs: list[CellRun]


@dataclass(frozen=True)
class NotRun:
    """A machine could not run the notebook, for the reason in ``failure``."""

    address: str
    machine: str
    failure: str


def pack(header: Mapping[str, object], runs: Iterable[CellRun] = ()) -> bytes:
    """A parcel.

    Args:
        header: 'address' and 'machine', and 'seconds' or 'failure'.
        runs: one ``CellRun`` per cell.
    """
    records = [_record(header)]
    for number, run in enumerate(runs):
        if run.outputs and run.reason:
            content: dict[str, object] = {"stopped": run.reason, "trouble": run.trouble}
        elif run.observations is not None or run.reason == REASONS["missing"]:
            content = {"reason": _CODES[run.reason]}
        elif not run.reason:
            content = {"outputs": run.outputs}
        else:
            continue  # The cell did not run.
        records.append(_record({"cell": number} | content, run.observations or b""))
    return b"".join(records)


def unpack(parcel: bytes, count: int, limits: Mapping[str, int]) -> Ran | NotRun:
    """The reply in a parcel that may have been forged.

    Args:
        parcel: as ``pack`` makes it.
        count: number of the notebook's cells.
        limits: as in ``autograder.sandbox.policy.LIMITS``, of one attempt in one sandbox.

    Raises:
        MachineError: if the parcel breaks a rule, saying which.
    """
    sizes = {name: ROOM * limits[name] for name in ("record_bytes", "notebook_bytes")}
    records = Records(None, sizes, count + 1)
    header: dict[str, Any] = {}
    runs, current = [CellRun() for _ in range(count)], 0
    try:
        for number, (content, payload) in enumerate(records.take(parcel)):
            if number == 0:
                header = content
            elif isinstance(content.get("stopped"), str):
                current = _stop(content, runs, current)
            else:
                current = accept(content, payload, runs, current, limits)
    except ValueError as error:
        raise MachineError(f"a machine's answer cannot be used: {error}") from None
    if not header or records.buffer:
        raise MachineError("a machine's answer cannot be used: it ends early")
    address = header["address"] if isinstance(header.get("address"), str) else ""
    machine = plain(header.get("machine", ""), 40)
    if "seconds" in header:
        return Ran(address, machine, _seconds(header["seconds"]), runs)
    return NotRun(address, machine, plain(header.get("failure", ""), 300))


def _seconds(value: object) -> float:
    return value if isinstance(value, float) and math.isfinite(value) and value >= 0 else 0.0


def _record(header: Mapping[str, object], payload: bytes = b"") -> bytes:
    content = {**header, "bytes": len(payload)}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    encoded = text.encode("utf-8", "replace")
    return RECORD.pack(len(encoded)) + encoded + payload


def _stop(content: dict[str, Any], runs: list[CellRun], current: int) -> int:
    """Note that a cell was stopped; returns the number of the cell that runs now."""
    number = content.get("cell")
    if type(number) is not int or not current <= number < len(runs):
        return current
    trouble = content.get("trouble")
    known = trouble if trouble in TROUBLES else ""
    runs[number] = stopped(plain(content["stopped"], 200), known)
    return number
