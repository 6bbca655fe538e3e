"""Observations as bytes: all that crosses from student code to the verdict.

A stream is a sequence of frames. A frame is the length of its header (4 bytes, big
endian), a JSON header, and as many payload bytes as the header says. Arrays travel as
raw little-endian bytes with dtype and shape; nothing is ever unpickled or evaluated,
and sizes are checked before anything is allocated.
"""

import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MAX_OBSERVATIONS",
    "Array",
    "Failure",
    "Observation",
    "Table",
    "Value",
    "WireError",
    "decode",
    "encode",
]

MAX_OBSERVATIONS = 64  # A probe yields about five.
MAX_HEADER_BYTES = 4_096  # A name, a dtype and a shape.
MAX_PAYLOAD_BYTES = 8 * 2**20  # A million float64 values; the largest probe sends 13,000.
MAX_DIMENSIONS = 8
MAX_TEXT = 2_000  # Characters of an error message that a person still reads.

DTYPES = ("<f4", "<f8", "<i8", "|b1")
_LENGTH = struct.Struct(">I")


class WireError(ValueError):
    """A stream of observations breaks its own rules; nothing in it is believed."""


class Table(NamedTuple):
    """Rows of short texts and whole numbers under named columns."""

    columns: tuple[str | int, ...]
    rows: tuple[tuple[str | int, ...], ...]


class Failure(NamedTuple):
    """An exception that student code raised: its class, its message, the guilty line."""

    type: str
    message: str
    line: str = ""


Array = NDArray[Any]
Value = Array | str | Table | Failure | None


@dataclass(frozen=True)
class Observation:
    """One named thing that was seen.

    ``value`` is a NumPy array, a text, a ``Table``, a ``Failure``, or None where the
    student's function returned nothing.
    """

    name: str
    value: Value


def encode(name: str, value: Any) -> bytes:
    """One observation as a frame.

    Args:
        name: what was observed, a short text.
        value: None, text, ``Table``, ``Failure``, or anything NumPy reads as an array
            of booleans, whole or real numbers.

    Returns:
        Bytes of one frame.

    Raises:
        TypeError: if NumPy reads the value as anything else.
        ValueError: if it is larger than a frame may be.
    """
    header: dict[str, Any] = {"name": str(name)[:200]}
    payload = b""
    if value is None:
        header["kind"] = "nothing"
    elif isinstance(value, str):
        header["kind"], payload = "text", value[:MAX_TEXT].encode()
    elif isinstance(value, (Failure, Table)):
        header["kind"] = "failure" if isinstance(value, Failure) else "table"
        payload = json.dumps(value).encode()
    else:
        array = _plain_array(value)
        header |= {"kind": "array", "dtype": array.dtype.str, "shape": array.shape}
        payload = array.tobytes()
    _check_size(len(payload))
    header["bytes"] = len(payload)
    header_bytes = json.dumps(header).encode()
    return _LENGTH.pack(len(header_bytes)) + header_bytes + payload


def decode(stream: bytes) -> list[Observation]:
    """The observations of a stream that may have been forged.

    Args:
        stream: bytes, frames as ``encode`` makes them.

    Returns:
        List of ``Observation``, names unique, in the order of the stream.

    Raises:
        WireError: at the first byte that breaks a rule, saying which rule.
    """
    observations: dict[str, Observation] = {}
    position = 0
    while position < len(stream):
        header, position = _header(stream, position)
        payload = stream[position : position + header["bytes"]]
        position += header["bytes"]
        if len(payload) != header["bytes"]:
            raise WireError(f"observation {header['name']!r} ends early")
        if header["name"] in observations:
            raise WireError(f"observation {header['name']!r} comes twice")
        if len(observations) == MAX_OBSERVATIONS:
            raise WireError(f"more than {MAX_OBSERVATIONS} observations")
        observations[header["name"]] = Observation(header["name"], _value(header, payload))
    return list(observations.values())


def _check_size(size: int) -> None:
    if size > MAX_PAYLOAD_BYTES:
        raise ValueError(f"{size:,} bytes; at most {MAX_PAYLOAD_BYTES:,} are looked at")


def _plain_array(value: Any) -> Array:
    array = np.asarray(value)
    dtypes = {"b": "|b1", "i": "<i8", "u": "<i8", "f": "<f4"}
    dtype = "<f8" if array.dtype == np.float64 else dtypes.get(array.dtype.kind)
    if array.dtype.name == "bfloat16":  # Its kind is 'V', for void.
        dtype = "<f4"
    if dtype is None:
        raise TypeError(f"expected numbers, got {type(value).__name__} of {array.dtype}")
    _check_size(array.size * np.dtype(dtype).itemsize)
    return array.astype(dtype, order="C")


def _header(stream: bytes, position: int) -> tuple[dict[str, Any], int]:
    prefix = stream[position : position + _LENGTH.size]
    if len(prefix) < _LENGTH.size:
        raise WireError("the stream ends within a frame's length")
    (length,) = _LENGTH.unpack(prefix)
    if length > MAX_HEADER_BYTES:
        raise WireError(f"a header of {length:,} bytes; at most {MAX_HEADER_BYTES:,} are read")
    position += _LENGTH.size
    try:
        header = json.loads(stream[position : position + length])
    except (ValueError, RecursionError) as error:
        raise WireError(f"a header is not JSON: {error}") from None
    if not isinstance(header, dict):
        raise WireError("a header is not a JSON object")
    if not (isinstance(header.get("name"), str) and isinstance(header.get("kind"), str)):
        raise WireError("a header has no name or no kind")
    if type(header.get("bytes")) is not int or not 0 <= header["bytes"] <= MAX_PAYLOAD_BYTES:
        raise WireError(f"observation {header['name']!r} claims {header.get('bytes')!r} bytes")
    header["name"] = _writable(header["name"])
    return header, position + length


def _value(header: dict[str, Any], payload: bytes) -> Value:
    if header["kind"] not in _READERS:
        raise WireError(f"unknown kind of observation {header['kind']!r}")
    try:
        return _READERS[header["kind"]](header, payload)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise WireError(f"observation {header['name']!r} cannot be read: {error}") from None


def _nothing(header: dict[str, Any], payload: bytes) -> None:
    """The student's function returned nothing."""


def _text(header: dict[str, Any], payload: bytes) -> str:
    return payload.decode()[:MAX_TEXT]


def _array(header: dict[str, Any], payload: bytes) -> Array:
    dtype, shape = header.get("dtype"), header.get("shape")
    if dtype not in DTYPES:
        raise WireError(f"observation {header['name']!r} has dtype {dtype!r}, not in {DTYPES}")
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise WireError(f"observation {header['name']!r} has no usable shape")
    if not all(type(length) is int and length >= 0 for length in shape):
        raise WireError(f"observation {header['name']!r} has no usable shape")
    if math.prod(shape) * np.dtype(dtype).itemsize != len(payload):
        raise WireError(f"observation {header['name']!r}: bytes do not fill shape {shape}")
    return np.frombuffer(payload, dtype=dtype).reshape(shape)


def _table(header: dict[str, Any], payload: bytes) -> Table:
    content = json.loads(payload)
    if not (isinstance(content, list) and len(content) == 2):
        raise WireError(f"table {header['name']!r} is not columns and rows")
    columns, rows = content
    if not (isinstance(columns, list) and isinstance(rows, list) and _is_row(columns)):
        raise WireError(f"table {header['name']!r} is not columns and rows")
    if not all(_is_row(row) and len(row) == len(columns) for row in rows):
        raise WireError(f"table {header['name']!r} has a row that does not fit its columns")
    return Table(_cells(columns), tuple(map(_cells, rows)))


def _cells(row: list[str | int]) -> tuple[str | int, ...]:
    return tuple(_writable(cell) if isinstance(cell, str) else cell for cell in row)


def _writable(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON can carry and no file can."""
    return text.encode(errors="replace").decode()


def _is_row(row: Any) -> bool:
    return isinstance(row, list) and all(type(cell) in (str, int) for cell in row)


def _failure(header: dict[str, Any], payload: bytes) -> Failure:
    content = json.loads(payload)
    if not (isinstance(content, list) and len(content) == len(Failure._fields)):
        raise WireError(f"failure {header['name']!r} is not type, message and line")
    if not all(isinstance(part, str) for part in content):
        raise WireError(f"failure {header['name']!r} is not text")
    return Failure(*(_writable(part[:MAX_TEXT]) for part in content))


_READERS: dict[str, Callable[[dict[str, Any], bytes], Value]] = {
    "nothing": _nothing,
    "text": _text,
    "array": _array,
    "table": _table,
    "failure": _failure,
}
