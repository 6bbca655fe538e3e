"""Reads a file that a student handed in: everything doubtful is refused or left behind.

What survives is a ``Submission`` (autograder/submission/student_cells.py). Outputs are dropped;
grading makes them again. Nothing is executed.
"""

import json
import os
import stat
from pathlib import Path
from typing import Any

from autograder.errors import RefusedError
from autograder.submission.files.formats import Json, cells_in
from autograder.submission.files.scripts import cells_of_script
from autograder.submission.files.timestamps import TIMESTAMP, require_time
from autograder.submission.student_cells import SAVE_AGAIN, Submission, student_cells
from autograder.text import plain

__all__ = ["adopted", "check_folder", "read_content", "read_submission"]

MAX_BYTES = 20_000_000  # A notebook full of figures has 5 MB.
MAX_FOLDER_BYTES = 100_000_000  # nbgrader copies everything that was handed in.
MAX_FILES = 200
MAX_BRACKETS = 500_000  # Each becomes an object in memory, 30 times the size of its text.
END = 5  # Characters: JSON that fails this close to the end of the file was cut off.

ADOPTED = "handed_in_as"  # Key in a notebook's metadata: the name of the file it came from.
OTHER_FILES = (  # How files begin that are handed in by mistake.
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"<<<<<<<", "a file with merge conflicts"),
    (b"<", "a web page (HTML)"),
)


def read_submission(path: Path | str) -> Submission:
    """Read a notebook, or a Python script in place of one, that a student handed in.

    Args:
        path: the file, .ipynb or .py.

    Raises:
        RefusedError: if it is not a regular file, is too large, or is not a notebook.
    """
    path = Path(path)
    return read_content(path.name, _content(path, plain(path.name, 60)))


def read_content(file_name: str, content: bytes) -> Submission:
    """Read the bytes of a notebook or script, as ``read_submission`` reads a file.

    Args:
        file_name: the name that the student gave it, with its suffix.
        content: the bytes.

    Raises:
        RefusedError: if they are not a notebook.
    """
    name = plain(file_name, 60)
    text = _decoded(name, content)
    if file_name.endswith(".py"):
        note = f"{name} is a Python script; it was read as a notebook"
        return Submission(name, student_cells(name, cells_of_script(name, text)), (note,))
    notebook = _parsed(name, text)
    raw, notes = cells_in(name, notebook)
    metadata = notebook.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get(ADOPTED), str):
        notes = [*notes, f"{plain(metadata[ADOPTED], 60)} was handed in, and read as {name}"]
    return Submission(name, student_cells(name, raw), tuple(notes))


def check_folder(folder: Path | str) -> None:
    """Refuse a submission that is more than a few files, before anything copies it.

    Raises:
        RefusedError: if it contains a link or a device, or more than a notebook needs; or if
            the time in its timestamp.txt cannot be read.
    """
    total = count = 0
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            status = os.lstat(os.path.join(place, name))
            count += 1
            total += status.st_size
            if not stat.S_ISDIR(status.st_mode):
                _require_regular(plain(name, 60), status.st_mode)
            if total > MAX_FOLDER_BYTES or count > MAX_FILES:
                raise RefusedError(
                    f"more than {MAX_FILES} files or {MAX_FOLDER_BYTES / 1e6:.0f} MB were handed "
                    "in: hand in only the notebook"
                )
    require_time(Path(folder, TIMESTAMP))


def adopted(submission: Submission) -> Any:
    """A submission as a notebook to save, where it came under another name or as a script.

    Returns:
        Notebook of nbformat 4. ``read_submission`` reports the name that the file had.
    """
    import nbformat

    makers = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
        "raw": nbformat.v4.new_raw_cell,
    }
    cells = []
    for cell in submission.cells:
        made = makers[cell.kind](cell.source)
        if cell.claims:
            made.metadata["nbgrader"] = cell.claims
        if cell.attachments:
            made["attachments"] = cell.attachments
        cells.append(made)
    return nbformat.v4.new_notebook(cells=cells, metadata={ADOPTED: submission.name})


def _content(path: Path, name: str) -> bytes:
    try:
        _require_regular(name, os.lstat(path).st_mode)
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
            f"{name} has {size / 1e6:,.0f} MB; the limit is {MAX_BYTES / 1e6:.0f} MB: clear "
            f"all outputs, {SAVE_AGAIN}"
        )
    return content


def _require_regular(name: str, mode: int) -> None:
    if not stat.S_ISREG(mode):
        found = "a symbolic link" if stat.S_ISLNK(mode) else "not a regular file"
        raise RefusedError(f"{name} is {found}: hand in the notebook itself")


def _decoded(name: str, content: bytes) -> str:
    if not content.strip():
        raise RefusedError(f"{name} is empty ({len(content)} bytes): {SAVE_AGAIN}")
    for start, kind in OTHER_FILES:
        if content.lstrip().startswith(start):
            raise RefusedError(f"{name} is {kind}, not a notebook: hand in the .ipynb file itself")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError(f"{name} is not UTF-8 text (byte {error.start}): {SAVE_AGAIN}") from None


def _parsed(name: str, text: str) -> Json:
    brackets = text.count("{") + text.count("[")
    if brackets > MAX_BRACKETS:
        raise RefusedError(
            f"{name} has {brackets:,} brackets; the limit is {MAX_BRACKETS:,}: clear all "
            f"outputs, {SAVE_AGAIN}"
        )
    try:
        notebook = json.loads(text)
    except RecursionError:
        raise RefusedError(f"{name} is nested deeper than any notebook: {SAVE_AGAIN}") from None
    except json.JSONDecodeError as error:
        is_cut = error.msg.startswith("Unterminated") or error.pos >= len(text.rstrip()) - END
        if text.lstrip()[0] == "{" and is_cut:
            found = f"is cut off after {len(text):,} characters"
        else:
            found = f"is not JSON (line {error.lineno}: {error.msg}), so not a notebook"
        raise RefusedError(f"{name} {found}: {SAVE_AGAIN}") from None
    except ValueError:  # An integer with more digits than Python converts.
        raise RefusedError(f"{name} has a number with thousands of digits: {SAVE_AGAIN}") from None
    if not isinstance(notebook, dict):
        raise RefusedError(
            f"{name} is JSON but not a notebook (no object at its top): {SAVE_AGAIN}"
        )
    return notebook
