"""Executed lectures, stored so that the tests, the site and the browser execute each only once.

    python tools/site/executed.py            all lectures that are not stored yet
    python tools/site/executed.py 01 05      some, by number

They are in ``.executed/``, which git ignores. The name of a file ends in a hash of everything
its outputs depend on: its code, ``course/``, the pinned packages and the Python. Prose is not
part of it, so after an edit of a sentence nothing has to be executed again.

jupyter-cache does not fit: its key is made of a notebook's code cells and kernel alone, and its
executors cannot run a kernel with the network cut off.
"""

import hashlib
import os
import platform
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from autograder import ROOT
from autograder.errors import UsageError

__all__ = ["OFFLINE", "cached", "execute", "executed", "keep", "lectures", "place_of"]

FOLDER = ROOT / ".executed"
# A proxy that refuses every connection at once.
OFFLINE = dict.fromkeys(
    ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9"
)
# Seconds per cell. Machines differ by a factor of 6; only a cell that hangs takes this long.
TIMEOUT = 900


def lectures(numbers=()):
    """Paths of the built lectures, in order.

    Args:
        numbers: which of them, such as ``("01", "05")``; empty for all.

    Raises:
        UsageError: if there is no lecture with one of the numbers.
    """
    paths = sorted(ROOT.glob("notebooks/lectures/*.ipynb"))
    unknown = [number for number in numbers if not any(p.name.startswith(number) for p in paths)]
    if unknown:
        names = ", ".join(path.stem for path in paths)
        raise UsageError(f"no lecture {' '.join(unknown)}: there are {names}")
    return [path for path in paths if not numbers or path.name.startswith(tuple(numbers))]


def execute(path):
    """The notebook, run from top to bottom in a new kernel, without a network.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell raises.
        nbclient.exceptions.CellTimeoutError: if one takes longer than 15 minutes.
    """
    client = NotebookClient(
        nbformat.read(path, as_version=4),
        timeout=TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(Path(path).parent)}},
        extra_arguments=["--log-level=ERROR"],
    )
    return client.execute(env=os.environ | OFFLINE)


def executed(path, folder=FOLDER):
    """The notebook with its outputs: from the folder, or executed now if they are not there.

    Args:
        path: a built lecture.
        folder: where executed notebooks are stored.

    Returns:
        The notebook as it is at ``path``, with the outputs of its code.

    Raises:
        As ``execute``; a notebook with an error is not stored.
    """
    if (found := cached(path, folder)) is not None:
        return found
    # Before the execution: an edit made while the lecture runs must not count as executed.
    place = place_of(path, folder)
    notebook = execute(path)
    keep(notebook, place)
    return notebook


def keep(notebook, place):
    """Store the outputs of an execution, for example in a browser.

    Args:
        notebook: the executed notebook.
        place: result of ``place_of`` before the execution.

    Raises:
        ValueError: if it was not run once from top to bottom in a new kernel, or contains an
            error.
    """
    cells, place = _code_cells(notebook), Path(place)
    counts = [cell.execution_count for cell in cells]
    if counts != list(range(1, len(cells) + 1)):
        raise ValueError(f"{place.stem} is not stored: not run once from top to bottom, {counts}")
    if any(output.output_type == "error" for cell in cells for output in cell.outputs):
        raise ValueError(f"{place.stem} is not stored: it contains an error")
    place.parent.mkdir(exist_ok=True)
    unfinished = place.with_suffix(f".{os.getpid()}")
    nbformat.write(notebook, unfinished)
    unfinished.replace(place)  # Atomic, because several processes may store the same lecture.
    for older in place.parent.glob(f"{place.stem.rpartition('-')[0]}-*.ipynb"):
        if older != place:
            older.unlink(missing_ok=True)


def cached(path, folder=FOLDER):
    """The notebook with its stored outputs, or None if there are none for this code."""
    try:
        outputs = _code_cells(nbformat.read(place_of(path, folder), as_version=4))
    except FileNotFoundError:
        return None
    notebook = nbformat.read(path, as_version=4)
    for cell, with_outputs in zip(_code_cells(notebook), outputs, strict=True):
        cell.outputs, cell.execution_count = with_outputs.outputs, with_outputs.execution_count
    return notebook


def place_of(path, folder=FOLDER):
    """The file for a notebook's outputs; its name contains a hash of all they depend on."""
    parts = [platform.python_version().encode(), (ROOT / "requirements.txt").read_bytes()]
    for file in sorted((ROOT / "course").rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            parts += [file.relative_to(ROOT).as_posix().encode(), file.read_bytes()]
    notebook = nbformat.read(path, as_version=4)
    parts += [cell.source.encode() for cell in _code_cells(notebook)]
    key = hashlib.sha256()
    for part in parts:
        key.update(hashlib.sha256(part).digest())  # Each hashed, so that its end is in the key.
    return Path(folder, f"{Path(path).stem}-{key.hexdigest()[:16]}.ipynb")


def _code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def main():
    """Execute the lectures of the command line, and print a line for each."""
    try:
        chosen = lectures(tuple(sys.argv[1:]))
    except UsageError as error:
        sys.exit(f"executed: {error}")
    for path in chosen:
        kept = cached(path) is not None
        executed(path)
        print(f"{path.stem}: {'already stored' if kept else 'executed'}", flush=True)


if __name__ == "__main__":
    main()
