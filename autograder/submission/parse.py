"""Finds which functions a student's cell defines, without running it and at a bounded cost.

``ast.parse`` on text that is not Python, or too nested, or too long, must not take the grader
down. In that case a pattern finds the lines that begin a definition.
"""

import ast
import re
import textwrap
import warnings
from dataclasses import dataclass

__all__ = ["DEFINITION", "Definition", "Parser", "normalised"]

MAX_PARSED = 50_000  # Characters of a cell; at worst 30 ms and 40 MB.
MAX_PARSED_IN_ALL = 1_000_000  # Characters of all cells of a submission.
MAX_DOTS = 500  # In a line: CPython joins the names of `import a.a.a...` in quadratic time.

DEFINITION = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")
CELL_MAGIC = re.compile(r"\s*%%(\w*)")
RUN_AS_PYTHON = ("time", "timeit", "capture", "prun")
ASSIGNED_MAGIC = re.compile(r"^([ \t]*[\w.]+[ \t]*=)[ \t]*[%!].*$", re.MULTILINE)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NOT_ENTERED = (*FUNCTIONS, ast.ClassDef, ast.expr)
NOT_LOST = (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)  # When a cell is restored.


@dataclass(frozen=True)
class Definition:
    """A name that a cell binds at its top level, and the statement that binds it.

    ``is_function`` is False for an assignment or import. ``is_blank`` is True for a body that
    only says that it is not implemented.
    """

    name: str
    text: str
    is_function: bool = True
    is_blank: bool = False


Tree = tuple[ast.Module, list[str]]  # A syntax tree, and the lines that it was made from.


class Parser:
    """Parses the cells of one submission, each once, up to a budget in characters."""

    def __init__(self) -> None:
        self._trees: dict[str, Tree | None] = {}
        self._left = MAX_PARSED_IN_ALL

    def tree(self, source: str) -> Tree | None:
        """The syntax tree and the lines it was made from, or None if it is not Python."""
        if source not in self._trees:
            self._trees[source] = self._parse(source)
        return self._trees[source]

    def definitions(self, source: str) -> list[Definition]:
        """What a cell defines, in its order; by a pattern if the cell is not Python."""
        source = normalised(source)
        magic = CELL_MAGIC.match(source)
        if magic and magic[1] not in RUN_AS_PYTHON:
            return []
        parsed = self.tree(source)
        if parsed is None:
            return _by_pattern(source)
        tree, lines = parsed
        return [found for statement in tree.body for found in _bound(statement, lines)]

    def added_definitions(self, source: str, original: str) -> str:
        """Imports, functions and classes of a changed cell that the original does not have."""
        changed = self.tree(normalised(source))
        if changed is None:
            return ""
        tree, lines = changed
        added = [_text(node, lines) for node in tree.body if isinstance(node, NOT_LOST)]
        known = set()
        if released := self.tree(normalised(original)):
            tree, lines = released
            known = {_text(node, lines) for node in tree.body}
        return "\n".join(statement for statement in added if statement not in known)

    def _parse(self, source: str) -> Tree | None:
        without_magics = _without_magics(source)
        # IPython dedents a cell that begins indented.
        for text in dict.fromkeys([source, without_magics, textwrap.dedent(without_magics)]):
            self._left -= len(text)
            if self._left < 0 or len(text) > MAX_PARSED or _most_dots(text) > MAX_DOTS:
                return None
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # An invalid escape is the student's.
                    return ast.parse(text), text.split("\n")
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                pass
        return None


def normalised(source: str) -> str:
    """Text with Unix line ends, without white space at the ends of lines."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in source.split("\n")).strip("\n")


def _most_dots(text: str) -> int:
    return max(line.count(".") for line in text.replace("\\\n", "").split("\n"))


def _without_magics(source: str) -> str:
    kept = ["" if line.lstrip()[:1] in ("%", "!", "?") else line for line in source.split("\n")]
    return ASSIGNED_MAGIC.sub(r"\1 None", "\n".join(kept))


def _bound(statement: ast.stmt, lines: list[str]) -> list[Definition]:
    """Definitions in a statement of a cell's top level, also under its ``if`` or ``try``."""
    whole = _text(statement, lines)
    nodes: list[ast.AST] = [statement]
    found: list[tuple[int, Definition]] = []  # With the line that each stands in.
    while nodes:
        node = nodes.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            definition = Definition(node.name, whole, is_blank=_is_blank(node))
            found.append((node.lineno, definition))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = alias.asname or alias.name
                found.append((node.lineno, Definition(name, whole, is_function=False)))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found.append((node.lineno, Definition(target.id, whole, is_function=False)))
        if not isinstance(node, NOT_ENTERED):
            nodes += ast.iter_child_nodes(node)
    found.sort(key=lambda item: item[0])
    return [definition for _, definition in found]


def _text(node: ast.stmt, lines: list[str]) -> str:
    """The lines of a statement, with its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    start = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return "\n".join(lines[start - 1 : node.end_lineno])


def _is_blank(node: ast.stmt) -> bool:
    return isinstance(node, FUNCTIONS) and all(_does_nothing(line) for line in node.body)


def _does_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name("NotImplementedError")):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name("NotImplementedError"))):
            return True
    return False


def _by_pattern(source: str) -> list[Definition]:
    lines, found = source.split("\n"), []
    for number, line in enumerate(lines):
        start = DEFINITION.match(line)
        if start:
            begin, end = number, number + 1
            while begin and lines[begin - 1].startswith("@"):
                begin -= 1
            while end < len(lines) and lines[end][:1] in ("", " ", "\t", "#", ")"):
                end += 1
            found.append(Definition(start[1], normalised("\n".join(lines[begin:end]))))
    return found
