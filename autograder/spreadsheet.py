"""Tables that people open in a spreadsheet, although strangers wrote what is in their cells."""

import csv
import io
import re

from autograder.errors import UsageError

__all__ = ["duration", "inert", "number", "read_csv", "write_csv"]

# What begins a formula, at the start of a cell or after what another country's Excel takes
# for the border between two; the wide forms are those of Asian keyboards.
_FORMULA = re.compile(r"""(^|[;,"])(\s*)(?=[=+\-@＝＋－＠])""")
_BREAKS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")


def inert(text):
    """The text on one line, which no spreadsheet takes for a formula.

    An apostrophe is put before what would be one: spreadsheets show the rest as text.
    """
    return _FORMULA.sub(r"\1\2'", _BREAKS.sub(" ", str(text)).strip())


def number(value):
    """Points as text, with two decimals at most; None, which is no points yet, is empty."""
    if value is None:
        return ""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")  # + 0.0: there is no -0 points.


def duration(seconds):
    """A time in days, hours and minutes, such as '1 d 2 h'; at least '1 min'."""
    minutes = max(1, round(seconds / 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


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
