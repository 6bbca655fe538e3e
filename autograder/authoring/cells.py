"""The metadata that nbgrader needs for each cell of an assignment.

Most of it follows from what the cell is, so the author does not write it:

- ``from ... import name  # inline: solution`` is a solution cell, grade_id ``name``;
- ``check(name, points=3)`` alone is its test cell, grade_id ``check_name``, 3 points;
- any other code cell is given, and locked;
- a Markdown cell with ``nbgrader={"grade_id": ..., "points": ...}`` on its marker is a
  written answer, which a person marks.
"""

import hashlib
from typing import Any

from autograder.authoring.inline import directives
from autograder.errors import AuthorError
from autograder.exercises.catalogue import exercises_of
from autograder.judging.check_cells import checked

__all__ = ["Metadata", "assignment_metadata"]

KEYS = {"grade", "grade_id", "locked", "points", "solution", "task"}

Metadata = dict[str, Any]  # What a notebook's JSON may contain.


def assignment_metadata(
    cell_type: str, source: str, metadata: Metadata, assignment: str
) -> Metadata:
    """The complete metadata of one cell of an assignment's text.

    Args:
        cell_type: of the cell, "code" or "markdown".
        source: text of the cell.
        metadata: what its marker says; this is kept.
        assignment: name of the assignment.

    Raises:
        AuthorError: if the marker has a key that nbgrader does not know, or if a check names
            no exercise of the assignment, or no points.
    """
    others = {key: value for key, value in metadata.items() if key != "nbgrader"}
    written = dict(metadata.get("nbgrader", {}))
    unknown = written.keys() - KEYS
    if unknown:
        raise AuthorError(f"unknown nbgrader keys {sorted(unknown)}; there are {sorted(KEYS)}")
    inferred = _inferred(cell_type, source, written, assignment)
    if inferred is None:
        return others
    base = {"cell_type": cell_type, "grade": False, "locked": False, "schema_version": 3}
    nbgrader = base | {"solution": False, "task": False} | inferred | written
    if nbgrader["grade"] and not _is_positive(nbgrader.get("points")):
        raise AuthorError(f"points must be a number above 0, got {nbgrader.get('points')!r}")
    return others | {"nbgrader": nbgrader}


def _inferred(cell_type: str, source: str, written: Metadata, assignment: str) -> Metadata | None:
    """What follows from the cell itself, or None if nbgrader has nothing to do with it."""
    if cell_type != "code":
        if "points" in written:
            return {"grade": True, "solution": True}
        return {} if written else None
    shown = directives(source)
    if any(directive.is_solution for directive in shown):
        return {"grade_id": shown[0].name, "solution": True}
    check = checked(source)
    if check:
        name, points = check
        if name not in exercises_of(assignment):
            known = ", ".join(exercises_of(assignment))
            raise AuthorError(f"{assignment} has no exercise {name!r}; there are {known}")
        return {"grade_id": f"check_{name}", "grade": True, "locked": True, "points": points}
    digest = hashlib.sha256(source.encode()).hexdigest()[:8]
    return {"grade_id": f"given-{digest}", "locked": True}


def _is_positive(points: object) -> bool:
    return isinstance(points, (int, float)) and not isinstance(points, bool) and points > 0
