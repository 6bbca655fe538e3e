"""Pictures by their headers: how much a browser has to hold and to draw for one of them.

A file of 4 MB can unfold to 40,000 by 40,000 pixels, or to a picture that is drawn a thousand
times over. Whoever writes such a file can say anything in it, but not draw more than it says.
"""

import base64
import binascii
import re
import struct

__all__ = ["MOST_PIXELS", "PICTURE", "PICTURE_TYPES", "is_base64", "pixels"]

PICTURE_TYPES = {"image/png": "iVBORw0KGgo", "image/jpeg": "/9j/"}  # and how their base64 begins
PICTURE = r"(iVBORw0KGgo|/9j/)[A-Za-z0-9+/=\s]*"
MOST_PIXELS = 16_000_000  # 64 MB in a browser's memory; a screen of 4K has 8 million.
_SECTIONS = 200  # Of a header, before the picture itself begins. Cameras write about 10.
_SCANS = 40  # Of a JPEG. Each is drawn over the whole picture; a progressive file has about 10.


def is_base64(data: str, kind: str) -> bool:
    """True if the text can be base64 of a picture of this kind, by its beginning and letters."""
    return data.startswith(PICTURE_TYPES[kind]) and re.fullmatch(PICTURE, data) is not None


def pixels(data: str) -> int | None:
    """Number of pixels of a still picture.

    Args:
        data: a PNG or JPEG file as base64, from anybody.

    Returns:
        Width times height, as the file says it. None if the file is damaged, if it moves, or
        if drawing it would take much longer than its number of pixels says.
    """
    try:
        content = base64.b64decode(data)
        return _png(content) if data.startswith(PICTURE_TYPES["image/png"]) else _jpeg(content)
    except (binascii.Error, struct.error):
        return None


def _png(content: bytes) -> int | None:
    width, height = struct.unpack_from(">II", content, 16)
    position = 8
    for _ in range(_SECTIONS):
        length, name = struct.unpack_from(">I4s", content, position)
        if name == b"acTL":  # An animation: it is drawn as long as the page is open.
            return None
        if name == b"IDAT":
            return int(width * height)
        position += 12 + length  # Length, name, content, checksum.
    return None


def _jpeg(content: bytes) -> int | None:
    if content.count(b"\xff\xda") > _SCANS:
        return None
    position = 2
    for _ in range(_SECTIONS):
        marker, length = struct.unpack_from(">HH", content, position)
        # Frame headers; the other three in between are tables.
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height, width = struct.unpack_from(">HH", content, position + 5)
            return int(width * height)
        position += 2 + length
    return None
