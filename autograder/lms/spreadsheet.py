"""Tables that people open in a spreadsheet, although strangers wrote what is in their cells."""

import csv
import io

from autograder.errors import UsageError

__all__ = ["read_csv", "write_csv"]


def write_csv(path, rows, bom=False):
    """Write rows of text as CSV, making the folder.

    Args:
        path: the file, which is replaced.
        rows: lists of texts that went through ``inert`` or ``number``.
        bom: begin as Excel wants it to read accents right; where programs read, without.

    Raises:
        UsageError: if the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def read_csv(path):
    """Rows of a CSV file, whichever of comma, semicolon and tab separates its cells.

    Raises:
        UsageError: if it is no text in UTF-8, or empty.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        first = text.lstrip().partition("\n")[0]
        separator = max(",;\t", key=first.count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} is no CSV in UTF-8 ({error}): download it again") from None
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise UsageError(f"{path} is empty: download it again")
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]
