"""Which function a test cell asks for, and the points that it is worth."""

import ast
import functools
from typing import Any, NamedTuple

__all__ = ["CheckCell", "checked"]


class CheckCell(NamedTuple):
    """The call ``check(name, points=...)`` of a test cell; ``points`` None where it has none."""

    name: str
    points: Any  # As the author wrote it: ``autograder.authoring.cells`` refuses what is no number.


@functools.lru_cache(maxsize=1_000)
def checked(source: str) -> CheckCell | None:
    """The call of a test cell, or None for any other cell."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return None
    match body:
        case [ast.Expr(ast.Call(ast.Name("check"), [ast.Name(name)], keywords))]:
            for keyword in keywords:
                if keyword.arg == "points" and isinstance(keyword.value, ast.Constant):
                    return CheckCell(name, keyword.value.value)
            return CheckCell(name, None)
    return None
