"""What a machine of a cluster replies: complete after the journey, and harmless when forged."""

import numpy as np
import pytest

from autograder.cluster.parcels import NotRun, Ran, pack, unpack
from autograder.errors import MachineError
from autograder.sandbox.policy import LIMITS
from autograder.sandbox.records import REASONS, RECORD, CellRun, stopped

HEADER = {"machine": "host:1", "address": "tcp://1", "seconds": 0.5}
ERROR = {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["a", "b"]}
RUNS = [
    CellRun(),
    CellRun([], None, ""),
    CellRun([{"output_type": "stream", "name": "stderr", "text": "é\n\x01"}], None, ""),
    CellRun([ERROR | {"ename": "MemoryError"}], None, "", "memory"),
    CellRun([], b"", ""),
    CellRun([], bytes(range(256)), ""),
    CellRun([], b"seen", REASONS["time"], "time"),
    CellRun([], None, REASONS["missing"]),
    stopped("stopped: it took more memory than it may", "memory"),
]


def test_what_came_of_cells_is_the_same_after_the_journey():
    """Outputs, observations, reasons and troubles of each kind, and of none."""
    reply = unpack(pack(HEADER, RUNS), len(RUNS), LIMITS)
    assert reply == Ran("tcp://1", "host:1", 0.5, RUNS)


def test_a_machine_that_did_not_run_a_notebook_says_why():
    """Without runs, which would be marked."""
    failed = unpack(pack({"machine": "m", "failure": "a worker did not start"}), 3, LIMITS)
    assert failed == NotRun("", "m", "a worker did not start")


def record(header):
    """A record as a liar may write it."""
    return RECORD.pack(len(header)) + header


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"\x80\x04N.",
        record(b"[]"),
        record(b'{"bytes": -1}'),
        record(b'{"bytes": 1e99}'),
        RECORD.pack(2**32 - 1),
        pack(HEADER, RUNS)[:-1],
        pack(HEADER, [CellRun([{"output_type": "script"}], None, "")]),
        pack(HEADER) + record(b'{"bytes": 0}') * 12,
    ],
)
def test_a_parcel_that_breaks_a_rule_is_the_machines_fault(forged):
    """A forged answer gives neither a mark nor another exception."""
    with pytest.raises(MachineError, match="answer cannot be used"):
        unpack(forged, len(RUNS), LIMITS)


def test_a_parcel_with_any_byte_changed_is_read_or_refused():
    """Two thousand damaged parcels raise only the error that the grader expects."""
    rng, whole, refused = np.random.default_rng(1), pack(HEADER, RUNS), 0
    for _ in range(2_000):
        forged = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            forged[place] = rng.integers(256)
        try:
            reply = unpack(bytes(forged), len(RUNS), LIMITS)
        except MachineError:
            refused += 1
        else:
            assert getattr(reply, "seconds", 0) >= 0 and reply.machine.isprintable()
    assert 100 < refused < 2_000
