"""Shows a function's source in a notebook through the import line that brings it in.

``from course.vae.losses import kl_loss  # inline`` becomes the whole function;
with ``# inline: solution`` its body goes between BEGIN SOLUTION and END SOLUTION, so
that nbgrader takes it out of the release and leaves signature and docstring.
"""

import ast
import builtins
import re
import textwrap
from pathlib import Path

from autograder.errors import AuthorError

__all__ = ["bound_names", "expand", "function_source", "is_solution"]

DIRECTIVE = re.compile(
    r"^from (?P<module>[\w.]+) import (?P<name>\w+)  # inline(?P<solution>: solution)?$"
)
LOOKS_LIKE_ONE = re.compile(r"#\s*inline\b")


def is_solution(source):
    """True if a cell's source has an ``# inline: solution`` line."""
    return any(found and found["solution"] for found in map(DIRECTIVE.match, source.splitlines()))


def expand(source, root, bound):
    """Replace each directive of a code cell by the function it names.

    Args:
        source: text of the cell.
        root: folder that holds the packages that the directives import from.
        bound: names that earlier cells of the notebook bind.

    Returns:
        The cell's text with functions instead of directives.

    Raises:
        AuthorError: if a directive is malformed, the function cannot be found, or it
            uses a name that the notebook has not bound by then.
    """
    lines = []
    for line in source.splitlines():
        found = DIRECTIVE.match(line)
        if found:
            function, names = _function(root, found["module"], found["name"])
            missing = sorted(names - bound - bound_names(source) - set(dir(builtins)))
            if missing:
                raise AuthorError(
                    f"{found['name']} uses {', '.join(missing)}, which no cell before it binds: "
                    f"import as in {found['module']}"
                )
            lines.append(_between_marks(function) if found["solution"] else function)
        elif LOOKS_LIKE_ONE.search(line):
            raise AuthorError(
                f"this line is not a directive: {line.strip()!r}; wanted "
                "'from package.module import name  # inline' or '# inline: solution', "
                "one name a line, two spaces before the mark"
            )
        else:
            lines.append(line)
    return "\n".join(lines)


def bound_names(source):
    """Names that a cell's top level binds: imports, definitions, assignments."""
    names = set()
    for node in ast.walk(_parsed(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _parsed(source):
    # Lines of IPython's own syntax bind nothing that a function needs.
    plain = "\n".join("" if line.lstrip()[:1] in "%!?" else line for line in source.splitlines())
    try:
        return ast.parse(plain)
    except SyntaxError as error:
        raise AuthorError(f"not Python: {error.msg}: {(error.text or '').strip()!r}") from None


def function_source(root, module, name):
    """Text of a function or class of a module, decorators and docstring included.

    Raises:
        AuthorError: if there is no such module, or no such name at its top level.
    """
    return _function(root, module, name)[0]


def _function(root, module, name):
    """Source of a function or class, and the global names it uses."""
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


def _global_names(node):
    loaded, local = set(), {node.name}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            (loaded if isinstance(inner.ctx, ast.Load) else local).add(inner.id)
        elif isinstance(inner, ast.arg):
            local.add(inner.arg)
        elif isinstance(inner, ast.FunctionDef):
            local.add(inner.name)
    return loaded - local


def _between_marks(function):
    """The function with the statements after its docstring between nbgrader's marks."""
    (node,) = ast.parse(function).body
    if not isinstance(node, ast.FunctionDef) or ast.get_docstring(node) is None:
        raise AuthorError(f"{node.name} needs to be a function with a docstring to be a solution")
    lines = function.splitlines()
    end = node.body[0].end_lineno
    marked = ["### BEGIN SOLUTION", *textwrap.dedent("\n".join(lines[end:])).splitlines()]
    return "\n".join(
        [*lines[:end], textwrap.indent("\n".join([*marked, "### END SOLUTION"]), "    ")]
    )
