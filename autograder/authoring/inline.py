"""Shows a function's source in a notebook, in place of the line that imports it.

``from course.vae.losses import kl_loss  # inline`` becomes the whole function.
With ``# inline: solution``, the body of the function goes between BEGIN SOLUTION and
END SOLUTION. nbgrader then removes it from the release, and the signature and the
docstring stay.
"""

import ast
import builtins
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import AuthorError

__all__ = ["Directive", "bound_names", "directives", "expand", "function_source"]

DIRECTIVE = re.compile(
    r"^from (?P<module>[\w.]+) import (?P<name>\w+)  # inline(?P<solution>: solution)?$"
)
LOOKS_LIKE_ONE = re.compile(r"#\s*inline\b")


@dataclass(frozen=True)
class Directive:
    """A line that shows a function: of which module, which one, and whether students write it."""

    module: str
    name: str
    is_solution: bool


def directives(source: str) -> list[Directive]:
    """The ``# inline`` lines of a text, in order."""
    found = (_directive(line) for line in source.splitlines())
    return [directive for directive in found if directive]


def _directive(line: str) -> Directive | None:
    match = DIRECTIVE.match(line)
    return Directive(match["module"], match["name"], bool(match["solution"])) if match else None


def expand(source: str, root: Path, bound: set[str]) -> str:
    """Replace each directive of a code cell by the function that it names.

    Args:
        source: text of the cell.
        root: folder that contains the packages that the directives import from.
        bound: names that earlier cells of the notebook bind.

    Returns:
        The text of the cell, with functions in place of directives.

    Raises:
        AuthorError: if a directive is malformed, the function cannot be found, or it
            uses a name that the notebook does not bind before.
    """
    lines = []
    for line in source.splitlines():
        directive = _directive(line)
        if directive:
            function, names = _function(root, directive.module, directive.name)
            missing = sorted(names - bound - bound_names(source) - set(dir(builtins)))
            if missing:
                raise AuthorError(
                    f"{directive.name} uses {', '.join(missing)}, which no cell before it binds: "
                    f"import it as {directive.module} does"
                )
            lines.append(_between_marks(function) if directive.is_solution else function)
        elif LOOKS_LIKE_ONE.search(line):
            raise AuthorError(
                f"this line is not a directive: {line.strip()!r}; expected "
                "'from package.module import name  # inline' or '# inline: solution', with one "
                "name per line and two spaces before the '#'"
            )
        else:
            lines.append(line)
    return "\n".join(lines)


def bound_names(source: str) -> set[str]:
    """Names that a cell binds at its top level: imports, definitions, assignments."""
    names = set()
    for node in ast.walk(_parsed(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _parsed(source: str) -> ast.Module:
    # Lines in IPython's own syntax bind nothing that a function needs.
    plain = "\n".join("" if line.lstrip()[:1] in "%!?" else line for line in source.splitlines())
    try:
        return ast.parse(plain)
    except SyntaxError as error:
        raise AuthorError(f"not Python: {error.msg}: {(error.text or '').strip()!r}") from None


def function_source(root: Path, module: str, name: str) -> str:
    """Text of a function or class of a module, with its decorators and its docstring.

    Raises:
        AuthorError: if there is no such module, or no such name at its top level.
    """
    return _function(root, module, name)[0]


def _function(root: Path, module: str, name: str) -> tuple[str, set[str]]:
    """Source of a function or class, and the global names that it uses."""
    path = Path(root, *module.split(".")).with_suffix(".py")
    if not path.exists():
        raise AuthorError(f"no module {module}: {path.relative_to(root)} does not exist")
    text = path.read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name:
            lines = text.splitlines()
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            return "\n".join(lines[start - 1 : node.end_lineno]), _global_names(node)
    raise AuthorError(f"no function or class {name} in {path.relative_to(root)}")


def _global_names(definition: ast.FunctionDef | ast.ClassDef) -> set[str]:
    loaded, local = set(), {definition.name}
    for node in ast.walk(definition):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            loaded.add(node.id)
        elif isinstance(node, ast.Name):
            local.add(node.id)
        elif isinstance(node, ast.arg):
            local.add(node.arg)
        elif isinstance(node, ast.FunctionDef):
            local.add(node.name)
    return loaded - local


def _between_marks(source: str) -> str:
    """A function with the statements after its docstring between nbgrader's marks."""
    (node,) = ast.parse(source).body
    if not isinstance(node, ast.FunctionDef) or ast.get_docstring(node) is None:
        raise AuthorError(
            f"{source.splitlines()[0]!r} cannot be a solution: expected a function with a docstring"
        )
    lines = source.splitlines()
    end = node.body[0].end_lineno
    body = textwrap.dedent("\n".join(lines[end:]))
    marked = f"### BEGIN SOLUTION\n{body}\n### END SOLUTION"
    return "\n".join([*lines[:end], textwrap.indent(marked, "    ")])
