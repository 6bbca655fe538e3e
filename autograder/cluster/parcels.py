"""What came of a notebook on another machine, as bytes: packed there, read here with suspicion.

A parcel is a sequence of records as ``autograder.sandbox.records`` reads them from the sandbox. The
first says on which machine and how long the notebook ran, or why it did not; the others are
one a cell. The reader holds them to the same rules, so a machine that somebody took over can
send wrong observations, which are then judged, and nothing else.
"""

import json
import math

from autograder.errors import MachineError
from autograder.sandbox.records import REASONS, RECORD, CellRun, Records, accept, stopped
from autograder.text import plain

__all__ = ["Reply", "pack", "unpack"]

ROOM = 5  # Attempts at a notebook, each of which may fill some cells' limits, and JSON's own.
TROUBLES = ("", "time", "memory")
_CODES = {text: code for code, text in REASONS.items()}


class Reply:
    """A machine's answer to one job.

    ``runs`` is one ``CellRun`` a cell, or None where the notebook did not run, and then
    ``failure`` says why.
    """

    def __init__(self, header, runs):
        self.runs = runs
        self.address = header["address"] if isinstance(header.get("address"), str) else ""
        self.machine = plain(header.get("machine", ""), 40)
        self.failure = plain(header.get("failure", ""), 300)
        seconds = header.get("seconds")
        usable = type(seconds) is float and math.isfinite(seconds) and seconds >= 0
        self.seconds = seconds if usable else 0.0


def pack(header, runs=()):
    """A parcel of what came of a notebook.

    Args:
        header: what ``Reply`` says of it, as JSON can hold it.
        runs: one ``CellRun`` a cell.
    """
    records = [_record(header)]
    for number, came in enumerate(runs):
        if came.outputs and came.reason:
            said = {"stopped": came.reason, "trouble": came.trouble}
        elif came.observations is not None or came.reason == REASONS["missing"]:
            said = {"reason": _CODES[came.reason]}
        elif not came.reason:
            said = {"outputs": came.outputs}
        else:
            continue  # It was not run.
        records.append(_record({"cell": number} | said, came.observations or b""))
    return b"".join(records)


def unpack(parcel, count, limits):
    """The ``Reply`` in a parcel that may have been forged.

    Args:
        parcel: bytes, as ``pack`` makes them.
        count: number of the notebook's cells.
        limits: as in ``autograder.sandbox.policy.LIMITS``, of one attempt in one sandbox.

    Raises:
        MachineError: if the parcel breaks a rule, saying which.
    """
    sizes = {name: ROOM * limits[name] for name in ("record_bytes", "notebook_bytes")}
    records = Records(None, sizes, count + 1)
    header, runs, current = None, [CellRun() for _ in range(count)], 0
    try:
        for said, payload in records.take(parcel):
            if header is None:
                header = said
            elif isinstance(said.get("stopped"), str):
                current = _stop(said, runs, current)
            else:
                current = accept(said, payload, runs, current, limits)
    except ValueError as error:
        raise MachineError(f"a machine's answer cannot be used: {error}") from None
    if header is None or records.buffer:
        raise MachineError("a machine's answer cannot be used: it ends early")
    ran = "seconds" in header
    return Reply(header, runs if ran else None)


def _record(header, payload=b""):
    text = json.dumps(header | {"bytes": len(payload)}, ensure_ascii=False, separators=(",", ":"))
    content = text.encode("utf-8", "replace")
    return RECORD.pack(len(content)) + content + payload


def _stop(said, runs, current):
    number = said.get("cell")
    if type(number) is not int or not current <= number < len(runs):
        return current
    trouble = said.get("trouble")
    runs[number] = stopped(plain(said["stopped"], 200), trouble if trouble in TROUBLES else "")
    return number
