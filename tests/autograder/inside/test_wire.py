"""Observations survive the wire, and a forged stream is refused before it costs anything."""

import contextlib
import json
import struct

import numpy as np
import pytest
import tensorflow as tf

from autograder.inside import wire
from autograder.inside.wire import Failure, Table, WireError, decode, encode


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(1.5), np.array(1.5)),
        (3, np.array(3)),
        (True, np.array(True)),
        ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]])),
        (np.arange(6, dtype=np.float32).reshape(2, 3).T, np.array([[0, 3], [1, 4], [2, 5]])),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        (tf.constant([1.0, 2.0], tf.bfloat16), np.array([1.0, 2.0])),
        (np.zeros((0, 4)), np.zeros((0, 4))),
    ],
)
def test_arrays_arrive_as_they_left(value, expected):
    """Values, shape and order survive, whatever the memory layout or number type."""
    (observation,) = decode(encode("x", value))
    assert observation.value.shape == expected.shape
    np.testing.assert_array_equal(observation.value, expected)


@pytest.mark.parametrize(
    "value", [None, "grün", Table(("a", "b"), (("x", 1), ("y", 2))), Failure("E", "why", "line")]
)
def test_other_kinds_arrive_as_they_left(value):
    """Nothing, text, tables and failures survive."""
    assert decode(encode("x", value))[0].value == value


@pytest.mark.parametrize("value", [object(), [object()], 1 + 2j, {"a": 1}, ["text"]])
def test_what_is_no_number_is_not_sent(value):
    """Objects, complex numbers and lists of text are refused where they are encoded."""
    with pytest.raises(TypeError, match="expected numbers"):
        encode("x", value)


def test_an_array_too_large_is_not_sent():
    """An observation beyond the limit is refused with both sizes."""
    with pytest.raises(ValueError, match=r"8,400,000 bytes; at most 8,388,608"):
        encode("x", np.zeros(1_050_000))


def frame(header, payload=b""):
    """A frame whose header is whatever a forger writes."""
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack(">I", len(header)) + header + payload


@pytest.mark.parametrize(
    "value", [Failure("E", "half \ud800 of", "\udfff"), Table(("\ud800", "b"), (("\udbff", 1),))]
)
def test_half_a_surrogate_pair_arrives_as_text_that_can_be_written(value):
    """JSON carries such halves, and no file or page can hold them."""
    (observation,) = decode(encode("x", value))
    assert "?" in repr(observation.value)
    repr(observation.value).encode()


ARRAY = {"name": "x", "kind": "array", "dtype": "<f8", "shape": [2], "bytes": 16}
FORGED = {
    "cut off in the length": b"\0\0",
    "header of gigabytes": b"\xff\xff\xff\xff",
    "not JSON": frame(b"{"),
    "not an object": frame([1]),
    "nested too deeply": frame(b"[" * 4000),
    "no name": frame({"kind": "text", "bytes": 0}),
    "name is a number": frame({"name": 1, "kind": "text", "bytes": 0}),
    "negative size": frame({"name": "x", "kind": "text", "bytes": -1}),
    "size is a boolean": frame({"name": "x", "kind": "text", "bytes": True}, b"a"),
    "payload of petabytes": frame(ARRAY | {"bytes": 10**15}),
    "payload missing": frame(ARRAY, b"1234"),
    "unknown kind": frame({"name": "x", "kind": "pickle", "bytes": 0}),
    "object dtype": frame(ARRAY | {"dtype": "|O"}, bytes(16)),
    "structured dtype": frame(ARRAY | {"dtype": [["a", "<f8"]]}, bytes(16)),
    "shape of petabytes": frame(ARRAY | {"shape": [10**15]}, bytes(16)),
    "shape overflows": frame(ARRAY | {"shape": [2**62, 4]}, bytes(16)),
    "shape is negative": frame(ARRAY | {"shape": [-1, -2]}, bytes(16)),
    "shape is text": frame(ARRAY | {"shape": "2"}, bytes(16)),
    "too many dimensions": frame(ARRAY | {"shape": [1] * 9 + [2]}, bytes(16)),
    "text is not UTF-8": frame({"name": "x", "kind": "text", "bytes": 1}, b"\xff"),
    "table is a number": frame({"name": "x", "kind": "table", "bytes": 1}, b"1"),
    "table with a float": frame({"name": "x", "kind": "table", "bytes": 14}, b'[["a"],[[1.5]]'),
    "ragged table": frame({"name": "x", "kind": "table", "bytes": 15}, b'[["a"],[[1,2]]]'),
    "failure of numbers": frame({"name": "x", "kind": "failure", "bytes": 7}, b"[1,2,3]"),
    "twice the same name": encode("x", 1) + encode("x", 1),
    "too many": b"".join(encode(str(n), 1) for n in range(wire.MAX_OBSERVATIONS + 1)),
}


@pytest.mark.parametrize("stream", FORGED.values(), ids=FORGED)
def test_forged_streams_are_refused(stream):
    """Each way to break the rules is refused as such, and nothing is returned."""
    with pytest.raises(WireError):
        decode(stream)


def test_random_bytes_never_do_more_than_refuse():
    """Ten thousand streams with flipped bytes either decode or raise WireError."""
    rng = np.random.default_rng(0)
    good = encode("a", np.arange(4.0)) + encode("b", Table(("c",), ((1,),))) + encode("d", "text")
    for _ in range(10_000):
        stream = bytearray(good)
        for position in rng.integers(len(stream), size=3):
            stream[position] = rng.integers(256)
        with contextlib.suppress(WireError):
            decode(bytes(stream))
