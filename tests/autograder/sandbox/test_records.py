"""Records from a pipe that may lie: records before a lie count, and sizes are bounded."""

import json
import os
import time

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


def test_what_was_said_of_a_cell_stays():
    """Records go forward only, and none is of a cell that does not exist."""
    runs = [CellRun(), CellRun()]
    told = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    assert accept({"cell": 1, "outputs": told}, b"", runs, 0, LIMITS) == 1
    for number in (0, 2, -1, True, None, "0"):
        assert accept({"cell": number, "outputs": []}, b"", runs, 1, LIMITS) == 1
    assert runs == [CellRun(), CellRun(told, None, "")]


def test_a_record_that_comes_byte_by_byte_is_read_once(monkeypatch):
    """Work that grows with its pieces would let a submission use the grader's processor."""
    read, real = [], json.loads
    monkeypatch.setattr("json.loads", lambda text: read.append(len(text)) or real(text))
    records = Records(None, LIMITS, 9)
    content = record(bytes(3_000), cell=0, outputs=[{"text": "x" * 3_000}]) * 2
    found = [each for n in range(len(content)) for each in records.take(content[n : n + 1])]
    assert [len(payload) for _, payload in found] == [3_000, 3_000]
    assert len(read) == 2
    assert records.buffer == b""


def test_a_writer_that_drips_wakes_the_reader_seldom(monkeypatch):
    """After a small piece of a record the reader waits for more; after a whole one it does not."""
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    reader, writer = os.pipe()
    try:
        records = Records(reader, LIMITS, 9)
        content = record(bytes(100))
        for n in range(len(content)):
            os.write(writer, content[n : n + 1])
            assert len([*records.read()]) == (n == len(content) - 1)
        assert len(waits) == len(content) - 1
        for _ in range(2):
            os.write(writer, content)
            assert len([*records.read()]) == 1
        assert len(waits) == len(content) - 1
    finally:
        os.close(reader)
        os.close(writer)


def test_many_records_in_one_piece_are_each_copied_once():
    """A large piece of many records takes as long per record as a small one."""
    limits = LIMITS | {"notebook_bytes": 2**40}

    def seconds(count):
        """Of the processor, for so many records in one piece."""
        content = record(bytes(10)) * count
        records = Records(None, limits, count)
        started = time.process_time()
        assert len([*records.take(content)]) == count
        return time.process_time() - started

    seconds(1_000)
    # Growth with the square would make it 100 times as much for each record.
    assert seconds(200_000) < 20 * 100 * max(seconds(2_000), 0.02)


@pytest.mark.parametrize("half", ["\ud800", "a\udfffb"])
def test_half_a_surrogate_pair_can_be_written(half):
    """In every text that a record has, raw or escaped: what is kept can be saved as UTF-8."""
    outputs = [
        {"output_type": "stream", "name": half, "text": half},
        {"output_type": "error", "ename": half, "evalue": half, "traceback": [half, half]},
        {"output_type": "display_data", "data": {"text/html": half, "image/png": half, half: half}},
        {"output_type": "execute_result", "data": {"text/plain": half}, half: half},
    ]
    header = {"cell": 0, "outputs": outputs, "bytes": 0, half: half}
    for text in (
        json.dumps(header).encode(),
        json.dumps(header, ensure_ascii=False).encode("utf-8", "surrogatepass"),
    ):
        runs = [CellRun()]
        for found, payload in Records(None, LIMITS, 1).take(RECORD.pack(len(text)) + text):
            accept(found, payload, runs, 0, LIMITS)
        kept = json.dumps(runs[0].outputs, ensure_ascii=False)
        assert kept.encode().decode() == kept
        assert len(runs[0].outputs) == 4
