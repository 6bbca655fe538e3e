"""Which functions a stranger's cell defines, without running it and at a bounded cost.

``ast.parse`` on what is no Python, or too nested, or too long, must not take the grader
down; then a pattern finds the lines that begin a definition.
"""

import ast
import re
import textwrap
import warnings
from dataclasses import dataclass

__all__ = ["Definition", "Parser", "normalised"]

MAX_PARSED = 50_000  # Characters of a cell; 30 ms and 40 MB at the worst.
MAX_PARSED_IN_ALL = 1_000_000
MAX_DOTS = 500  # In a line: CPython joins the names of `import a.a.a...` in quadratic time.

DEFINITION = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")
CELL_MAGIC = re.compile(r"\s*%%(\w*)")
RUN_AS_PYTHON = ("time", "timeit", "capture", "prun")
ASSIGNED_MAGIC = re.compile(r"^([ \t]*[\w.]+[ \t]*=)[ \t]*[%!].*$", re.MULTILINE)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NOT_ENTERED = (*FUNCTIONS, ast.ClassDef, ast.expr)


@dataclass(frozen=True)
class Definition:
    """A name that a cell binds at its top level, and the statement that does it.

    ``is_function`` is False for an assignment or import, ``is_blank`` True for a body
    that only says that it is not implemented.
    """

    name: str
    text: str
    is_function: bool = True
    is_blank: bool = False


class Parser:
    """Parses the cells of one submission, each once, up to a budget in characters."""

    def __init__(self):
        self._trees = {}
        self._left = MAX_PARSED_IN_ALL

    def tree(self, source):
        """The syntax tree and the lines it was made from, or None if it is not Python."""
        if source not in self._trees:
            self._trees[source] = self._parse(source)
        return self._trees[source]

    def definitions(self, source):
        """What a cell defines, in its order; by a pattern if it is not Python."""
        source = normalised(source)
        magic = CELL_MAGIC.match(source)
        if magic and magic[1] not in RUN_AS_PYTHON:
            return []
        parsed = self.tree(source)
        if parsed is None:
            return _by_pattern(source)
        tree, lines = parsed
        return [found for node in tree.body for found in _bound(node, lines)]

    def added_definitions(self, source, original):
        """Imports, functions and classes of a changed cell that the original has not."""
        parsed, known = self.tree(normalised(source)), set()
        if parsed is None:
            return ""
        if self.tree(normalised(original)):
            tree, lines = self.tree(normalised(original))
            known = {_text(node, lines) for node in tree.body}
        tree, lines = parsed
        kinds = (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)
        added = [_text(node, lines) for node in tree.body if isinstance(node, kinds)]
        return "\n".join(statement for statement in added if statement not in known)

    def _parse(self, source):
        plain = _without_magics(source)
        for text in dict.fromkeys([source, plain, textwrap.dedent(plain)]):
            # A dedent is what IPython does to a cell that begins indented.
            self._left -= len(text)
            if self._left < 0 or len(text) > MAX_PARSED or _dots(text) > MAX_DOTS:
                return None
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # An invalid escape is the student's.
                    return ast.parse(text), text.split("\n")
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                pass
        return None


def normalised(source):
    """Text with Unix line ends, without white space at the ends of lines."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in source.split("\n")).strip("\n")


def _dots(text):
    return max(line.count(".") for line in text.replace("\\\n", "").split("\n"))


def _without_magics(source):
    kept = ["" if line.lstrip()[:1] in ("%", "!", "?") else line for line in source.split("\n")]
    return ASSIGNED_MAGIC.sub(r"\1 None", "\n".join(kept))


def _bound(statement, lines):
    """Definitions in a statement of a cell's top level, also under its ``if`` or ``try``."""
    nodes, found = [statement], []
    while nodes:
        node = nodes.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            found.append((node.lineno, node.name, True, _is_blank(node)))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                found.append((node.lineno, alias.asname or alias.name, False, False))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in getattr(node, "targets", None) or [node.target]:
                if isinstance(target, ast.Name):
                    found.append((node.lineno, target.id, False, False))
        if not isinstance(node, NOT_ENTERED):
            nodes += ast.iter_child_nodes(node)
    found.sort(key=lambda item: item[0])
    whole = _text(statement, lines) if found else ""
    return [Definition(name, whole, function, blank) for _, name, function, blank in found]


def _text(node, lines):
    start = min([node.lineno, *(line.lineno for line in getattr(node, "decorator_list", []))])
    return "\n".join(lines[start - 1 : node.end_lineno])


def _is_blank(node):
    return isinstance(node, FUNCTIONS) and all(_says_nothing(line) for line in node.body)


def _says_nothing(statement):
    match statement:
        case ast.Pass() | ast.Expr(ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name("NotImplementedError")):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name("NotImplementedError"))):
            return True
    return False


def _by_pattern(source):
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
