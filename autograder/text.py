"""Words that several pages share: one safe line of a stranger's text, numbers, durations, lists."""

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["duration", "inert", "lines", "listed", "number", "plain", "words", "writable"]

MOST_NAMES = 40  # In one line.
MOST = 1_000  # Characters of one message.
MOST_LINES = 300  # Of code beside another's.
MOST_INDENT = 60  # Blanks at the start of such a line.
# Characters without width, which spreadsheets may drop.
_HIDDEN = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
_HIDDEN += "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
# What begins a formula: at the start of a cell, or after a character at which the Excel of
# another country begins a new cell. The wide forms are those of Asian keyboards.
_FORMULA = re.compile(rf"""(^|[;,"])([\s{_HIDDEN}]*)(?=[=+\-@＝＋－＠])""")
_BREAKS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")


def plain(text: object, length: int) -> str:
    """A stranger's words for a report: letters, digits and a few marks, cut to length."""
    kept = "".join(c if c.isalnum() or c in " _-.,:+()" else "?" for c in str(text)[: length + 1])
    return kept if len(kept) <= length else kept[: length - 3] + "..."


def inert(text: object) -> str:
    """The text on one line, which no spreadsheet takes for a formula.

    What would be one gets an apostrophe in front: spreadsheets then show it as text.
    """
    return _FORMULA.sub(r"\1\2'", _BREAKS.sub(" ", str(text)).strip())


def number(value: float | None) -> str:
    """Points as text, with two decimals at most; empty for None, which means no points yet."""
    if value is None:
        return ""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")  # + 0.0: never "-0".


def duration(seconds: float) -> str:
    """A time in days, hours and minutes, such as '1 d 2 h'; at least '1 min'."""
    minutes = max(1, round(seconds / 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def listed(students: Sequence[str]) -> str:
    """How many they are, and the first of their ids, safe to print; ``--to csv`` has them all."""
    names = [inert(student) for student in students[:MOST_NAMES]]
    if len(students) > MOST_NAMES:
        names.append(f"and {len(students) - MOST_NAMES} more")
    return f"{len(students)} ({', '.join(names)})"


def words(text: object) -> str:
    """A stranger's words on one line, without what turns, hides or ends a line, cut to length."""
    hidden = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    kept = "".join(" " if unicodedata.category(c) in hidden else c for c in str(text))
    kept = " ".join(kept.split())
    return kept if len(kept) <= MOST else f"{kept[: MOST - 3]}..."


def lines(text: str) -> str:
    """A stranger's lines, each made safe by ``words``, indented as it was; at most 300 of them."""
    found = text.expandtabs(4).splitlines()
    kept = []
    for line in found[:MOST_LINES]:
        indent = min(len(line) - len(line.lstrip(" ")), MOST_INDENT)
        kept.append(" " * indent + words(line))
    if len(found) > MOST_LINES:
        kept.append(f"... and {len(found) - MOST_LINES} more lines")
    return "\n".join(kept)


def writable(text: str) -> str:
    """The text with a ? in place of half a surrogate pair, which no file can hold."""
    return text.encode("utf-8", "replace").decode()
