"""Reads the file in which nbgrader keeps when a submission was handed in."""

import stat
import warnings
from datetime import UTC, datetime
from pathlib import Path

from autograder.errors import RefusedError

__all__ = ["TIMESTAMP", "require_time"]

TIMESTAMP = "timestamp.txt"
MAX_TIME = 100  # Bytes; nbgrader writes 30.
YEARS = range(2000, 2100)
EXAMPLE = "2026-10-24 20:00:00 UTC"


def require_time(path: Path) -> None:
    """Refuse a time that nbgrader could not read, or would read in one way today only.

    Args:
        path: the submission's timestamp.txt; nothing is wrong if there is none, or it is empty.

    Raises:
        RefusedError: if it is not a short text file with one complete date and time.
    """
    problem = _problem(path)
    if problem:
        raise RefusedError(
            f"{TIMESTAMP} {problem}: the instructor writes the time of handing in into it, such "
            f"as {EXAMPLE}, or deletes it"
        )


def _problem(path: Path) -> str:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return "is not a file"
        if status.st_size > MAX_TIME:
            return f"has {status.st_size:,} bytes; the limit is {MAX_TIME}"
        text = path.read_bytes().decode("ascii").strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except UnicodeDecodeError:
        return "is not plain text"
    return "" if not text or _is_time(text) else "does not hold a date and time"


def _is_time(text: str) -> bool:
    """True for a time that names its year, month and day, in UTC between 2000 and 2100."""
    from dateutil.parser import parse
    from nbgrader.utils import parse_utc

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # The name of a zone that nobody knows.
            time: datetime = parse_utc(text)
            # dateutil takes what is missing from today's date.
            date = text.rpartition(" ")[0] if len(text.split(" ")) == 3 else text
            dates = {
                parse(date, default=datetime(*default, tzinfo=UTC)).date()
                for default in ((2001, 1, 1), (2002, 2, 2))
            }
    except (ValueError, OverflowError, TypeError, AttributeError):
        return False
    return len(dates) == 1 and time.year in YEARS
