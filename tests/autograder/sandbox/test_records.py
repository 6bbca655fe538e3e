"""Records from a pipe that may lie: what came before a lie counts, and sizes are bounded."""

import json
import os

import pytest

from autograder.sandbox.policy import LIMITS
from autograder.sandbox.records import RECORD, CellRun, Records, accept


def record(payload=b"", **header):
    """One record as the child sends it."""
    text = json.dumps({"bytes": len(payload)} | header).encode()
    return RECORD.pack(len(text)) + text + payload


@pytest.fixture
def receive():
    """Makes ``Records`` of some bytes, whose writer has hung up."""
    readers = []

    def make(content, limits=LIMITS, most=9):
        reader, writer = os.pipe()
        readers.append(reader)
        os.write(writer, content)
        os.close(writer)
        return Records(reader, limits, most)

    yield make
    for reader in readers:
        os.close(reader)


def test_what_came_before_a_lie_counts(receive):
    """A cell that ended well is not blamed for what the next one sends."""
    records = receive(record(cell=0, outputs=[]) + bytes(8)).read()
    assert next(records) == ({"bytes": 0, "cell": 0, "outputs": []}, b"")
    with pytest.raises(ValueError, match="not JSON"):
        next(records)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (RECORD.pack(2**32 - 1), "more than a cell may"),
        (record(bytes=2**40), "more than a cell may"),
        (record(bytes=-1), "without a size"),
        (record(bytes=True), "without a size"),
        (RECORD.pack(2) + b"[]", "without a size"),
        (RECORD.pack(4000) + b"[" * 4000, "not JSON"),
        (record() * 10, "more records"),
    ],
)
def test_a_record_that_breaks_the_rules_ends_the_reading(receive, content, message):
    """Each with its reason, and before anything is allocated for it."""
    with pytest.raises(ValueError, match=message):
        list(receive(content).read())


def test_all_records_together_are_bounded(receive):
    """Many that are small enough are too much all the same."""
    limits = LIMITS | {"notebook_bytes": 100}
    with pytest.raises(ValueError, match="more than a notebook may"):
        list(receive(record(bytes(60)) * 2, limits).read())


def test_no_cell_is_told_anew():
    """Records go forward only, and none is of a cell that does not exist."""
    runs = [CellRun(), CellRun()]
    told = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    assert accept({"cell": 1, "outputs": told}, b"", runs, 0, LIMITS) == 1
    for number in (0, 2, -1, True, None, "0"):
        assert accept({"cell": number, "outputs": []}, b"", runs, 1, LIMITS) == 1
    assert runs == [CellRun(), CellRun(told, None, "")]
