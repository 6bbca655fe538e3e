"""Bytes that were handed in, to cells: everything doubtful is refused or left behind.

Of a submission only the text of its cells survives, what nbgrader noted on them, and
pictures pasted into Markdown. Outputs are made anew by grading. Nothing is executed.
"""

import json
import os
import re
import stat
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import RefusedError
from autograder.text import plain, writable

__all__ = [
    "StudentCell",
    "Submission",
    "adopted",
    "check_folder",
    "read_submission",
]

MAX_BYTES = 20_000_000  # A notebook full of figures has 5 MB.
MAX_FOLDER_BYTES = 100_000_000  # nbgrader copies all that was handed in.
MAX_FILES = 200
MAX_BRACKETS = 500_000  # Each becomes an object in memory, 30 times the size of its text.
MAX_CELLS = 1_000  # The longest assignment has 30.
MAX_TEXT = 500_000  # Characters in all cells; an assignment with its answers has 15,000.
MAX_SCRIPT = 200_000  # jupytext needs a second for that many characters,
MAX_BLANK_LINES = 4_000  # and takes a blank line for the end of a cell.

NBGRADER_KEYS = ("grade_id", "grade", "locked", "points", "schema_version", "solution", "task")
PICTURES = ("image/png", "image/jpeg", "image/gif")  # Not SVG: it can carry scripts.
AGAIN = "save the notebook in Jupyter and hand it in again"
EXPORT_MARK = re.compile(r"^# In\s?\[[ \d]*\]:[ \t]*$", re.MULTILINE)  # nbconvert --to script
CELL_MARK = re.compile(r"^# ?%%", re.MULTILINE)
ADOPTED = "handed_in_as"  # Key of a notebook's metadata: the name that it came under.
OTHER_FILES = (  # How files begin that are handed in by mistake.
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"<<<<<<<", "a file with merge conflicts"),
    (b"<", "a web page (HTML)"),
)


@dataclass(frozen=True, eq=False)
class StudentCell:
    """A submitted cell. ``number`` counts from 1, as people count.

    ``claims`` is what nbgrader's metadata on it says, None without any: an assertion of
    the submission, not a fact.
    """

    number: int
    kind: str
    source: str
    cell_id: str | None = None
    claims: dict | None = None
    attachments: dict = field(default_factory=dict)

    @property
    def grade_id(self):
        """What the cell says it is, or None."""
        grade_id = (self.claims or {}).get("grade_id")
        return grade_id if isinstance(grade_id, str) else None


@dataclass(frozen=True)
class Submission:
    """What was handed in: the file's name, its cells, and sentences on how it was read."""

    name: str
    cells: tuple
    notes: tuple = ()


def read_submission(path):
    """Read a notebook, or a Python script in place of one, that a stranger wrote.

    Args:
        path: the file, .ipynb or .py.

    Raises:
        RefusedError: if it is no regular file, too large, or no notebook.
    """
    path = Path(path)
    name = plain(path.name, 60)
    text = _decoded(name, _content(path, name))
    if path.suffix == ".py":
        note = f"{name} is a Python script; it was read as a notebook"
        return Submission(name, _cells(name, _script(name, text)), (note,))
    notebook = _parsed(name, text)
    cells, notes = _listed(name, notebook)
    metadata = notebook.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get(ADOPTED), str):
        notes += (f"{plain(metadata[ADOPTED], 60)} was handed in, and read as {name}",)
    return Submission(name, _cells(name, cells), notes)


def check_folder(folder):
    """Refuse a submission that is more than a few files, before anybody copies it.

    Raises:
        RefusedError: if there is a link or a device in it, or more than a notebook needs.
    """
    total = count = 0
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            status, count = os.lstat(os.path.join(place, name)), count + 1
            total += status.st_size
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "no regular file"
                raise RefusedError(f"{plain(name, 60)} is {kind}: hand in the notebook itself")
            if total > MAX_FOLDER_BYTES or count > MAX_FILES:
                raise RefusedError(
                    f"more than {MAX_FILES} files or {MAX_FOLDER_BYTES / 1e6:.0f} MB were handed "
                    "in: hand in the notebook alone"
                )


def adopted(submission):
    """A notebook of a submission that came under another name, or as a script, to be saved.

    Returns:
        Notebook of nbformat 4. ``read_submission`` tells of the name that it had.
    """
    import nbformat

    makers = {"code": nbformat.v4.new_code_cell, "raw": nbformat.v4.new_raw_cell}
    makers["markdown"] = nbformat.v4.new_markdown_cell
    cells = []
    for cell in submission.cells:
        made = makers[cell.kind](cell.source)
        if cell.claims:
            made.metadata["nbgrader"] = cell.claims
        if cell.attachments:
            made["attachments"] = cell.attachments
        cells.append(made)
    return nbformat.v4.new_notebook(cells=cells, metadata={ADOPTED: submission.name})


def _content(path, name):
    try:
        mode = os.lstat(path).st_mode
        if not stat.S_ISREG(mode):
            found = "a symbolic link" if stat.S_ISLNK(mode) else "no regular file"
            raise RefusedError(f"{name} is {found}: hand in the notebook itself")
        # Between the two calls the file may become a link or a pipe.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags), "rb") as file:
            status = os.fstat(file.fileno())
            size = status.st_size
            content = b""
            if stat.S_ISREG(status.st_mode) and size <= MAX_BYTES:
                content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RefusedError(f"{name} cannot be read: {error.strerror}") from None
    if max(size, len(content)) > MAX_BYTES:
        raise RefusedError(
            f"{name} has {size / 1e6:,.0f} MB, at most {MAX_BYTES / 1e6:.0f} MB are read: clear "
            f"all outputs, {AGAIN}"
        )
    return content


def _decoded(name, content):
    if not content.strip():
        raise RefusedError(f"{name} is empty ({len(content)} bytes): {AGAIN}")
    for start, kind in OTHER_FILES:
        if content.lstrip().startswith(start):
            raise RefusedError(f"{name} is {kind}, not a notebook: hand in the .ipynb file itself")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError(f"{name} is not UTF-8 text (byte {error.start}): {AGAIN}") from None


def _parsed(name, text):
    brackets = text.count("{") + text.count("[")
    if brackets > MAX_BRACKETS:
        raise RefusedError(
            f"{name} has {brackets:,} brackets, at most {MAX_BRACKETS:,} are read: clear all "
            f"outputs, {AGAIN}"
        )
    try:
        return json.loads(text)
    except RecursionError:
        raise RefusedError(f"{name} is nested deeper than any notebook: {AGAIN}") from None
    except json.JSONDecodeError as error:
        cut = error.msg.startswith("Unterminated") or error.pos >= len(text.rstrip()) - 5
        if text.lstrip()[0] == "{" and cut:
            found = f"is cut off after {len(text):,} characters"
        else:
            found = f"is not JSON (line {error.lineno}: {error.msg}), so not a notebook"
        raise RefusedError(f"{name} {found}: {AGAIN}") from None
    except ValueError:  # An integer of more digits than Python converts.
        raise RefusedError(f"{name} has a number of thousands of digits: {AGAIN}") from None


def _listed(name, notebook):
    """The cells of a notebook of any format that is still about, as nbformat 4 has them."""
    if not isinstance(notebook, dict):
        raise RefusedError(f"{name} is JSON but not a notebook (no object at its top): {AGAIN}")
    version = notebook.get("nbformat", 4)
    if version == 3 and isinstance(version, int):
        note = f"{name} was in notebook format 3, which Jupyter left in 2015; it was upgraded"
        return _upgraded(name, notebook), (note,)
    if isinstance(version, bool) or version != 4:
        raise RefusedError(
            f"{name} is in notebook format {plain(version, 20)}; 3 and 4 are read: {AGAIN}"
        )
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise RefusedError(f"{name} is JSON but not a notebook (no list of cells): {AGAIN}")
    return cells, ()


def _upgraded(name, notebook):
    import nbformat

    try:
        sheets = [sheet["cells"] for sheet in notebook["worksheets"]]
        cells = [dict(cell, outputs=[]) for sheet in sheets for cell in sheet]
        _check_count(name, cells)
        old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
        return nbformat.convert(nbformat.from_dict(old), 4).cells
    except (AttributeError, KeyError, TypeError, ValueError):
        raise RefusedError(f"{name} is no valid notebook of format 3: {AGAIN}") from None


def _script(name, text):
    import jupytext

    if len(text) > MAX_SCRIPT or text.count("\n\n") > MAX_BLANK_LINES:
        raise RefusedError(
            f"{name} is a script of {len(text):,} characters, too long to be an answer: hand in "
            "the notebook itself"
        )
    if len(CELL_MARK.findall(text)) > MAX_CELLS:
        raise RefusedError(f"{name} has more than {MAX_CELLS:,} cells: hand in the notebook itself")
    layout = "percent" if CELL_MARK.search(text) else "light"
    text = EXPORT_MARK.sub("", _without_header(text.replace("\r\n", "\n")))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cells = jupytext.reads(text, fmt={"extension": ".py", "format_name": layout}).cells
    except Exception:  # jupytext promises no class of error for what is no script.
        raise RefusedError(
            f"{name} cannot be read as a script: hand in the notebook itself"
        ) from None
    return [dict(cell, id=None) for cell in cells]  # Its ids are random.


def _without_header(text):
    """Without jupytext's YAML: aliases in it can grow beyond any memory."""
    lines = text.split("\n")
    marks = [n for n, line in enumerate(lines) if line.strip(" #\t") == "---"]
    if len(marks) > 1 and all(line.startswith("#") for line in lines[: marks[1]]):
        lines = lines[marks[1] + 1 :]
    return "\n".join(line for line in lines if line.strip(" #\t") != "---")


def _check_count(name, cells):
    if len(cells) > MAX_CELLS:
        raise RefusedError(
            f"{name} has {len(cells):,} cells, at most {MAX_CELLS:,} are read: delete those that "
            "are not part of the assignment, and hand it in again"
        )


def _cells(name, raw):
    _check_count(name, raw)
    cells = tuple(_cell(name, number, cell) for number, cell in enumerate(raw, start=1))
    length = sum(len(cell.source) for cell in cells)
    if length > MAX_TEXT:
        raise RefusedError(
            f"{name} has {length:,} characters in its cells, at most {MAX_TEXT:,} are read: load "
            "data from a file instead of pasting it, and hand it in again"
        )
    return cells


def _cell(name, number, raw):
    source = raw.get("source", "") if isinstance(raw, dict) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise RefusedError(f"{name}: cell {number} is damaged, it has no text: {AGAIN}")
    kind = raw.get("cell_type")
    if kind not in ("code", "markdown", "raw"):
        kind = "code" if "outputs" in raw or "execution_count" in raw else "raw"
    metadata = raw.get("metadata")
    claims = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if isinstance(claims, dict):
        claims = {
            key: writable(claims[key]) if isinstance(claims[key], str) else claims[key]
            for key in NBGRADER_KEYS
            if isinstance(claims.get(key), (bool, int, float, str))
        }
    cell_id = raw.get("id")
    return StudentCell(
        number,
        kind,
        writable(source),
        writable(cell_id) if isinstance(cell_id, str) else None,
        claims if isinstance(claims, dict) and claims else None,
        {} if kind == "code" else _pictures(raw.get("attachments")),
    )


def _pictures(attachments):
    kept = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        if not isinstance(bundle, dict) or not re.fullmatch(r"[\w .()-]{1,200}", name):
            continue
        bundle = {kind: bundle[kind] for kind in PICTURES if isinstance(bundle.get(kind), str)}
        bundle = {k: data for k, data in bundle.items() if re.fullmatch(r"[\w+/=\s]*", data)}
        if bundle:
            kept[name] = bundle
    return kept
