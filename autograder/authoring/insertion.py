"""Puts a name into a Python file, and leaves all else in it as it is."""

import ast

from autograder.errors import UsageError

__all__ = ["with_import", "with_public_name"]

LINE_LENGTH = 100  # As pyproject.toml has it for ruff, which need not be installed here.


def with_public_name(source, name):
    """A module's text with one more name in its ``__all__``, sorted.

    Raises:
        UsageError: if it has no ``__all__`` that is a list of names.
    """
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names = sorted({*ast.literal_eval(node.value), name})
            return _replaced(source, node.value, _list_of(names))
    raise UsageError(f"there is no __all__ to add {name} to: add one to the module")


def with_import(source, module, imported):
    """A module's text with ``from module import imported`` among its imports, sorted."""
    lines, line = source.split("\n"), f"from {module} import {imported}"
    if len(line) > LINE_LENGTH:
        line = f"from {module} import (\n    {imported},\n)"
    before = 0
    for node in ast.parse(source).body:
        # The course's own imports are the last section.
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in (
            "autograder",
            "course",
        ):
            if (node.module, node.names[0].name) > (module, imported):
                before = before or node.lineno
            last = node.end_lineno
    at = before - 1 if before else last
    return "\n".join([*lines[:at], line, *lines[at:]])


def _list_of(names):
    line = "[" + ", ".join(f'"{name}"' for name in names) + "]"
    if len(f"__all__ = {line}") <= LINE_LENGTH:
        return line
    return "[\n" + "".join(f'    "{name}",\n' for name in names) + "]"


def _replaced(source, node, text):
    lines = source.split("\n")
    before = [*lines[: node.lineno - 1], lines[node.lineno - 1][: node.col_offset]]
    after = [lines[node.end_lineno - 1][node.end_col_offset :], *lines[node.end_lineno :]]
    return "\n".join(before) + text + "\n".join(after)
