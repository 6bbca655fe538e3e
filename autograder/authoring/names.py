"""Which names a new exercise may have: good ones, and nobody else's."""

import ast
import builtins
import keyword
import re

from autograder.errors import UsageError

__all__ = ["check_assignment", "check_name", "read_parameters"]

NAME = re.compile(r"[a-z][a-z0-9_]*")
ASSIGNMENT = re.compile(r"a([1-9][0-9]*)_[a-z][a-z0-9_]*")
GRADE_ID = re.compile(r'"grade_id": "([^"]*)"')


def check_name(name, assignment, root):
    """Refuse what is no good name for an exercise, or somebody else's.

    Raises:
        UsageError: with the reason, and who has the name.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise UsageError(
            f"{name!r} is no name for an exercise: wanted a Python function's name of small "
            "letters, digits and underscores, such as reconstruction_error"
        )
    if hasattr(builtins, name) or name.startswith("check_"):
        whose = "a name of Python's own" if hasattr(builtins, name) else "the name of a test cell"
        raise UsageError(f"{name!r} is {whose}: choose another name")
    for path, names in _taken(assignment, root):
        if name in names:
            raise UsageError(f"{name!r} is taken, in {path.relative_to(root)}: choose another name")
    for path in (*root.glob(f"course/**/{name}.py"), root / f"tests/styles/{name}.py"):
        if path.exists():
            raise UsageError(f"{path.relative_to(root)} is there already: choose another name")


def check_assignment(assignment, root):
    """Refuse an assignment that is neither there nor the next one.

    Raises:
        UsageError: with those that are there.
    """
    known = sorted(path.stem for path in root.glob("solutions/a*.py"))
    if assignment in known:
        return
    numbers = [int(match[1]) for match in map(ASSIGNMENT.fullmatch, known) if match]
    following = max(numbers, default=0) + 1
    match = ASSIGNMENT.fullmatch(assignment)
    if not match or int(match[1]) != following:
        raise UsageError(
            f"no assignment {assignment!r}; there are {', '.join(known)}. A new one begins "
            f"with a{following}_, such as a{following}_flows"
        )


def read_parameters(takes):
    """Names of a function's parameters: all of them, and those that have no default.

    Args:
        takes: what stands between the parentheses of its signature.

    Raises:
        UsageError: if that cannot be a signature, or asks for more than names and defaults.
    """
    try:
        (function,) = ast.parse(f"def function({takes}): pass").body
        found = function.args
    except (SyntaxError, ValueError, AttributeError):
        found = None
    if found is None or found.vararg or found.kwarg or found.kwonlyargs or found.posonlyargs:
        raise UsageError(
            f"{takes!r} are no parameters: wanted names, and defaults if need be, such as "
            "'images, reconstructions, kl_weight=1e-3'"
        )
    names = [argument.arg for argument in found.args]
    return names, names[: len(names) - len(found.defaults)]


def _taken(assignment, root):
    """Pairs of a file and the names in it that a new exercise must not bear."""
    # All of the course: grading withholds every function of the name that it asks for.
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


def _defined(path):
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def _bound(path):
    """Names that a module binds at its top level."""
    names = _defined(path)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            stored = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
            names |= {inner.id for inner in stored if isinstance(inner.ctx, ast.Store)}
    return names
