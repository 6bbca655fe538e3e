"""The class as a learning management system knows it: read from a gradebook that it exports.

Canvas' file is read by autograder/lms/canvas.py, Moodle's by autograder/lms/moodle.py.
"""

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError
from autograder.gradebook.marks import Standing

__all__ = ["Roster", "Row", "column_of", "number_in"]

Row = dict[str, str]  # From a column's name to the cell.


@dataclass(frozen=True)
class Roster:
    """What a learning management system exported.

    Attributes:
        columns: names of the columns that say who a student is.
        ids: those of them by which the system looks people up.
        column: name of the column that the marks belong in, '' if none was asked for.
        students: a row per student.
        out_of: the maximum that the system has for the column, or None.
    """

    columns: tuple[str, ...]
    ids: tuple[str, ...]
    column: str
    students: tuple[Row, ...]
    out_of: float | None = None

    def rows_of(self, standing: Standing) -> frozenset[int]:
        """Numbers of the rows that have an id of this student: there should be one."""
        own = {standing.student, standing.email, standing.lms_id} - {""}
        canvas_ids = {standing.lms_id} - {""}  # Canvas' own numbers; nobody logs in with them.
        found: set[int] = set()
        for name in self.ids:
            for key in canvas_ids if name == "ID" else own:
                found |= self._index.get((name, key.casefold()), set())
        return frozenset(found)

    @functools.cached_property
    def _index(self) -> dict[tuple[str, str], set[int]]:
        """Numbers of rows by an id's column and the id; two rows may have the same."""
        index = defaultdict(set)
        for number, row in enumerate(self.students):
            for name in self.ids:
                if row[name].strip():
                    index[name, row[name].strip().casefold()].add(number)
        return dict(index)


def column_of(
    path: Path, header: Sequence[str], start: int, wanted: str, title: re.Pattern[str]
) -> str:
    """The one column from ``start`` on with the wanted name.

    That is its whole name, or the part of it that ``title`` leaves of what the system adds.
    """
    names = header[start:]
    found = [name for name in names if name == wanted]
    if not found:
        titles = {name: title.fullmatch(name) for name in names}
        found = [name for name, match in titles.items() if match and match[1] == wanted]
    if len(found) == 1 and Counter(header)[found[0]] == 1:
        return found[0]
    which = f"{len(found)} columns" if found else "no column"
    others = "; ".join(name for name in names if name)
    raise UsageError(f"{path} has {which} {wanted!r}: name one with --column. There are {others}")


def number_in(cell: str) -> float | None:
    """The number in a cell, with a point or a comma; None if it is not a number."""
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None
