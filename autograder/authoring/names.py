"""Which names a new exercise may have: well-formed ones that nothing else uses."""

import ast
import builtins
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

__all__ = ["Parameters", "check_assignment", "check_name", "read_parameters"]

NAME = re.compile(r"[a-z][a-z0-9_]*")
ASSIGNMENT = re.compile(r"a([1-9][0-9]*)_[a-z][a-z0-9_]*")
GRADE_ID = re.compile(r'"grade_id": "([^"]*)"')


@dataclass(frozen=True)
class Parameters:
    """Names of a function's parameters: all of them, and those without a default."""

    names: list[str]
    required: list[str]


def check_name(name: str, assignment: str, root: Path) -> None:
    """Check that a name is well-formed and free.

    Raises:
        UsageError: if it is not; the message says why, and which file uses the name.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise UsageError(
            f"{name!r} is no name for an exercise: expected a Python function's name of small "
            "letters, digits and underscores, such as reconstruction_error"
        )
    if hasattr(builtins, name):
        raise UsageError(f"{name!r} is a name of Python's own: choose another name")
    if name.startswith("check_"):
        raise UsageError(f"{name!r} is the name of a test cell: choose another name")
    for path, names in _taken(assignment, root):
        if name in names:
            raise UsageError(f"{name!r} is taken, in {path.relative_to(root)}: choose another name")
    for path in (*root.glob(f"course/**/{name}.py"), root / f"tests/styles/{name}.py"):
        if path.exists():
            raise UsageError(f"{path.relative_to(root)} exists already: choose another name")


def check_assignment(assignment: str, root: Path) -> None:
    """Check that an assignment exists, or would be the next one.

    Raises:
        UsageError: if neither is true; the message lists the assignments that exist.
    """
    known = sorted(path.stem for path in root.glob("solutions/a*.py"))
    if assignment in known:
        return
    numbers = [int(match[1]) for match in map(ASSIGNMENT.fullmatch, known) if match]
    following = max(numbers, default=0) + 1
    match = ASSIGNMENT.fullmatch(assignment)
    if not match or int(match[1]) != following:
        raise UsageError(
            f"no assignment {assignment!r}; there are {', '.join(known)}. The name of a new one "
            f"begins with a{following}_, such as a{following}_flows"
        )


def read_parameters(takes: str) -> Parameters:
    """The parameters of a function.

    Args:
        takes: what stands between the parentheses of its signature.

    Raises:
        UsageError: if that is not a signature, or if it contains more than names and defaults.
    """
    found = _arguments(takes)
    if found is None or found.vararg or found.kwarg or found.kwonlyargs or found.posonlyargs:
        raise UsageError(
            f"{takes!r} are no parameters: expected names, with defaults if needed, such as "
            "'images, reconstructions, kl_weight=1e-3'"
        )
    names = [argument.arg for argument in found.args]
    return Parameters(names, names[: len(names) - len(found.defaults)])


def _arguments(takes: str) -> ast.arguments | None:
    try:
        body = ast.parse(f"def function({takes}): pass").body
    except (SyntaxError, ValueError):
        return None
    match body:
        case [ast.FunctionDef(args=arguments)]:
            return arguments
    return None  # The text closes the parenthesis itself, and more follows.


def _taken(assignment: str, root: Path) -> Iterator[tuple[Path, set[str]]]:
    """Pairs of a file and the names in it that a new exercise must not have."""
    # The whole course: grading withholds every function that has the name of an exercise.
    for path in sorted(root.glob("course/**/*.py")):
        yield path, _defined(path)
    for path in sorted(root.glob("autograder/inside/probes/*.py")):
        mine = path.stem == assignment
        yield path, _bound(path) if mine else _defined(path)
    package = root / "autograder" / "exercises" / assignment
    for path in (package.with_suffix(".py"), package / "__init__.py"):
        if path.exists():
            yield path, _bound(path) | {other.stem for other in package.glob("*.py")}
    text = root / "solutions" / f"{assignment}.py"
    if text.exists():
        yield text, _bound(text) | set(GRADE_ID.findall(text.read_text(encoding="utf-8")))


def _defined(path: Path) -> set[str]:
    """Names of the functions and classes of a module."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def _bound(path: Path) -> set[str]:
    """All names that a module binds at its top level."""
    names = _defined(path)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            stored = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
            names |= {inner.id for inner in stored if isinstance(inner.ctx, ast.Store)}
    return names
