"""Puts a name into a Python file, and leaves everything else in it as it is."""

import ast

from autograder.errors import UsageError

__all__ = ["with_import", "with_public_name"]

LINE_LENGTH = 100  # The same as ruff's in pyproject.toml; ruff itself may not be installed here.
OWN_PACKAGES = ("autograder", "course")


def with_public_name(source: str, name: str) -> str:
    """A module's text with one more name in its ``__all__``, sorted.

    Raises:
        UsageError: if it has no ``__all__`` that is a list of names.
    """
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names = sorted({*ast.literal_eval(node.value), name})
            return _replaced(source, node.value, _list_of(names))
    raise UsageError(f"there is no __all__ to add {name} to: add one to the module")


def with_import(source: str, module: str, imported: str) -> str:
    """A module's text with ``from module import imported`` among its imports, sorted."""
    line = f"from {module} import {imported}"
    if len(line) > LINE_LENGTH:
        line = f"from {module} import (\n    {imported},\n)"
    # The course's own imports are the last section of a module's imports.
    own = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OWN_PACKAGES
    ]
    later = [node for node in own if (node.module, node.names[0].name) > (module, imported)]
    lines = source.split("\n")
    at = later[0].lineno - 1 if later else own[-1].end_lineno
    return "\n".join([*lines[:at], line, *lines[at:]])


def _list_of(names: list[str]) -> str:
    line = "[" + ", ".join(f'"{name}"' for name in names) + "]"
    if len(f"__all__ = {line}") <= LINE_LENGTH:
        return line
    return "[\n" + "".join(f'    "{name}",\n' for name in names) + "]"


def _replaced(source: str, node: ast.expr, text: str) -> str:
    """The source with another text in place of a node."""
    start = node.col_offset + sum(map(len, source.splitlines(keepends=True)[: node.lineno - 1]))
    end = start + len(ast.get_source_segment(source, node) or "")
    return source[:start] + text + source[end:]
