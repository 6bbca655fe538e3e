"""Finds the cells in a notebook's JSON, of any version that Jupyter still reads.

nbformat ends in errors at much of what it calls invalid. What can be told without its help is
read here, and a sentence says what was odd.
"""

from collections.abc import Iterable, Iterator, Sequence

from autograder.errors import RefusedError
from autograder.submission.student_cells import SAVE_AGAIN, check_count
from autograder.text import plain

__all__ = ["Json", "cells_in"]

MOST_NUMBERS = 4  # Of cells, in one sentence.
LARGEST_HEADING = 6

Json = dict[str, object]


def cells_in(name: str, notebook: Json) -> tuple[Sequence[object], list[str]]:
    """The cells of a notebook of format 3 or 4, as format 4 has them, and notes on that.

    Args:
        name: the file's name, safe to print.
        notebook: the object at the top of the JSON.

    Raises:
        RefusedError: if it is no notebook, or one of another format.
    """
    version, notes = _version(name, notebook)
    if version == 3:
        cells: Sequence[object] = _upgraded(name, notebook)
        notes.append(
            f"{name} was in notebook format 3, which Jupyter replaced in 2015; it was upgraded"
        )
    else:
        listed = notebook.get("cells")
        if not isinstance(listed, list):
            raise RefusedError(
                f"{name} is JSON but not a notebook (no list of cells): {SAVE_AGAIN}"
            )
        cells = listed
    if not isinstance(notebook.get("metadata", {}), dict):
        notes.append("the notebook's metadata could not be read; it was left out")
    check_count(name, len(cells))
    for part in ("metadata", "attachments"):
        odd = list(_odd(cells, part))
        if odd:
            notes.append(f"{part} of {_numbers(odd)} could not be read; it was left out")
    return cells, notes


def _version(name: str, notebook: Json) -> tuple[int, list[str]]:
    """The version of the format, 3 or 4, and a note if the file does not say it properly."""
    version = notebook.get("nbformat")
    if isinstance(version, (int, float)) and not isinstance(version, bool) and 3 <= version < 5:
        is_exact = isinstance(version, int)
        found = int(version)
    elif version is None or version in ("3", "4"):
        is_exact = False
        older = version == "3" or ("cells" not in notebook and "worksheets" in notebook)
        found = 3 if older else 4
    else:
        raise RefusedError(
            f"{name} is in notebook format {plain(version, 20)}; only 3 and 4 can be read: "
            f"{SAVE_AGAIN}"
        )
    minor = notebook.get("nbformat_minor", 0)
    is_exact = is_exact and isinstance(minor, int) and not isinstance(minor, bool)
    odd = f"{name} did not give its notebook format as a number; it was read as format {found}"
    return found, [] if is_exact else [odd]


def _odd(cells: Iterable[object], part: str) -> Iterator[int]:
    """Numbers of the cells in which a part is there and is no object."""
    for number, cell in enumerate(cells, start=1):
        if isinstance(cell, dict) and not isinstance(cell.get(part, {}), dict):
            yield number


def _numbers(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - MOST_NUMBERS} more" if len(numbers) > MOST_NUMBERS else ""
    word = "cell" if len(numbers) == 1 else "cells"
    return f"{word} {', '.join(map(str, numbers[:MOST_NUMBERS]))}{more}"


def _upgraded(name: str, notebook: Json) -> list[object]:
    """The cells of all worksheets of format 3, with the keys of format 4."""
    sheets = notebook.get("worksheets")
    lists = [
        sheet["cells"]
        for sheet in (sheets if isinstance(sheets, list) else ())
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
    ]
    if not lists:
        raise RefusedError(f"{name} is not a valid notebook of format 3: {SAVE_AGAIN}")
    check_count(name, sum(map(len, lists)))
    return [_upgraded_cell(cell) for cells in lists for cell in cells]


def _upgraded_cell(cell: object) -> object:
    if not isinstance(cell, dict):
        return cell
    kind = cell.get("cell_type")
    kept = {"metadata": cell.get("metadata", {})}
    if kind == "code" or "input" in cell:
        return kept | {"cell_type": "code", "source": cell.get("input", cell.get("source", ""))}
    source = cell.get("source", "")
    if kind == "heading":
        level = cell.get("level")
        marks = level if isinstance(level, int) and 0 < level <= LARGEST_HEADING else 1
        text = "".join(source) if isinstance(source, list) and _all_text(source) else source
        source = f"{'#' * marks} {text}" if isinstance(text, str) else text
    is_raw = kind == "raw"
    return kept | {"cell_type": "raw" if is_raw else "markdown", "source": source}


def _all_text(lines: Iterable[object]) -> bool:
    return all(isinstance(line, str) for line in lines)
