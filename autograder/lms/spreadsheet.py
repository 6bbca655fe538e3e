"""Tables that people open in a spreadsheet, although strangers wrote what is in their cells."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.errors import UsageError

__all__ = ["read_csv", "write_csv"]


def write_csv(path: Path, rows: Iterable[Sequence[str]], bom: bool = False) -> None:
    """Write rows of text as CSV; the folder is made if there is none.

    Args:
        path: the file, which is replaced.
        rows: lists of texts that went through ``inert`` or ``number``.
        bom: begin with a byte order mark, without which Excel reads accents wrongly. Programs
            that read CSV need none.

    Raises:
        UsageError: if the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def read_csv(path: Path) -> list[list[str]]:
    """Rows of a CSV file, all of the same length, separated by comma, semicolon or tab.

    Raises:
        UsageError: if it is not text in UTF-8, or is empty.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        first = text.lstrip().partition("\n")[0]
        separator = max(",;\t", key=first.count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} is not CSV in UTF-8 ({error}): download it again") from None
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise UsageError(f"{path} is empty: download it again")
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]
