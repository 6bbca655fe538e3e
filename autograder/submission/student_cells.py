"""The cells of a submission: what is kept of each, and what is left behind.

A student's file is untrusted. Only the text of its cells is kept, what nbgrader noted on them,
and the pictures pasted into Markdown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autograder.errors import RefusedError
from autograder.submission.parse import normalised
from autograder.text import writable

__all__ = [
    "NBGRADER_KEYS",
    "SAVE_AGAIN",
    "Attachments",
    "Claims",
    "StudentCell",
    "Submission",
    "check_count",
    "student_cells",
]

MAX_CELLS = 1_000  # The longest assignment has 30.
MAX_TEXT = 500_000  # Characters in all cells; an assignment with its answers has 15,000.

NBGRADER_KEYS = ("grade_id", "grade", "locked", "points", "schema_version", "solution", "task")
PICTURES = ("image/png", "image/jpeg", "image/gif")  # Not SVG: it can carry scripts.
PICTURE_NAME = re.compile(r"[\w .()-]{1,200}")
BASE64 = re.compile(r"[\w+/=\s]*")
SAVE_AGAIN = "save the notebook in Jupyter and hand it in again"
KINDS = {"code": "a code cell", "markdown": "a Markdown cell", "raw": "a raw cell"}

Claims = dict[str, bool | int | float | str]
Attachments = dict[str, dict[str, str]]  # By the picture's name: its base64 text by media type.


@dataclass(frozen=True, eq=False)
class StudentCell:
    """A submitted cell. ``number`` counts from 1, as people count.

    ``claims`` is what nbgrader's metadata on the cell says, or None if it has none. The
    submission asserts it; it need not be true. ``is_as_released`` says that the cell has not
    been changed since some release, not necessarily the present one.
    """

    number: int
    kind: str
    source: str
    cell_id: str | None = None
    claims: Claims | None = None
    attachments: Attachments = field(default_factory=dict)
    is_as_released: bool = False

    @property
    def grade_id(self) -> str | None:
        """The grade_id that the cell claims, or None."""
        grade_id = (self.claims or {}).get("grade_id")
        return grade_id if isinstance(grade_id, str) else None

    @cached_property
    def text(self) -> str:
        """The source as it is compared: white space at the ends of lines does not count."""
        return normalised(self.source)

    @property
    def described(self) -> str:
        """The kind of the cell, for a sentence."""
        return KINDS[self.kind]


@dataclass(frozen=True)
class Submission:
    """What was handed in: the file's name, its cells, and sentences on how it was read."""

    name: str
    cells: tuple[StudentCell, ...]
    notes: tuple[str, ...] = ()


def student_cells(name: str, raw: Sequence[object]) -> tuple[StudentCell, ...]:
    """The cells of a notebook as they stand in its JSON.

    Args:
        name: the file's name, safe to print.
        raw: the items of nbformat 4's list of cells, of any type.

    Raises:
        RefusedError: if there are too many cells, too much text, or a cell without text.
    """
    check_count(name, len(raw))
    cells = tuple(_cell(name, number, cell) for number, cell in enumerate(raw, start=1))
    length = sum(len(cell.source) for cell in cells)
    if length > MAX_TEXT:
        raise RefusedError(
            f"{name} has {length:,} characters in its cells; the limit is {MAX_TEXT:,}: load "
            "data from a file instead of pasting it, and hand it in again"
        )
    return cells


def check_count(name: str, count: int) -> None:
    """Refuse more cells than any notebook needs.

    Raises:
        RefusedError: if there are more than 1,000.
    """
    if count > MAX_CELLS:
        raise RefusedError(
            f"{name} has {count:,} cells; the limit is {MAX_CELLS:,}: delete those that "
            "are not part of the assignment, and hand it in again"
        )


def _cell(name: str, number: int, raw: object) -> StudentCell:
    source = _source(raw.get("source", "")) if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or source is None:
        raise RefusedError(f"{name}: cell {number} is damaged (it has no text): {SAVE_AGAIN}")
    kind = raw.get("cell_type")
    if not isinstance(kind, str) or kind not in KINDS:
        kind = "code" if "outputs" in raw or "execution_count" in raw else "raw"
    cell_id = raw.get("id")
    return StudentCell(
        number=number,
        kind=kind,
        source=source,
        cell_id=writable(cell_id) if isinstance(cell_id, str) else None,
        claims=_claims(raw.get("metadata")),
        attachments={} if kind == "code" else _pictures(raw.get("attachments")),
        is_as_released=_is_as_released(kind, source, raw.get("metadata")),
    )


def _is_as_released(kind: str, source: str, metadata: object) -> bool:
    """True if nbgrader's checksum is that of the cell: it was written when it was released."""
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    noted = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(noted, dict) or not isinstance(noted.get("checksum"), str):
        return False
    claims = _claims(metadata)
    cell = from_dict({"cell_type": kind, "source": source, "metadata": {"nbgrader": claims}})
    try:
        return bool(noted["checksum"] == compute_checksum(cell))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return False


def _source(source: object) -> str | None:
    """A cell's text, which nbformat allows as a list of lines; None if it is neither."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    return writable(source)


def _claims(metadata: object) -> Claims | None:
    claims = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(claims, dict):
        return None
    kept = {
        key: writable(claims[key]) if isinstance(claims[key], str) else claims[key]
        for key in NBGRADER_KEYS
        if isinstance(claims.get(key), (bool, int, float, str))
    }
    return kept or None


def _pictures(attachments: object) -> Attachments:
    kept = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        if not isinstance(bundle, dict) or not PICTURE_NAME.fullmatch(name):
            continue
        pictures = {kind: bundle[kind] for kind in PICTURES if isinstance(bundle.get(kind), str)}
        pictures = {kind: data for kind, data in pictures.items() if BASE64.fullmatch(data)}
        if pictures:
            kept[name] = pictures
    return kept
