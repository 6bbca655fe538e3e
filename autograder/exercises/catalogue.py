"""Which assignments there are, and the exercises of each."""

import ast
import functools
import importlib
import pkgutil
import re

from autograder import ROOT, exercises
from autograder.errors import UsageError
from autograder.exercises.exercise import Exercise

__all__ = ["asked_for", "assignments", "exercises_of", "find_exercise"]

ASSIGNMENT = re.compile(r"a\d+_\w+")


@functools.cache
def assignments() -> tuple[str, ...]:
    """Names of the assignments that have exercises, in order."""
    names = (module.name for module in pkgutil.iter_modules(exercises.__path__))
    return tuple(sorted(name for name in names if ASSIGNMENT.fullmatch(name)))


@functools.cache
def exercises_of(assignment: str) -> dict[str, Exercise]:
    """The exercises of an assignment by function name."""
    if assignment not in assignments():
        raise UsageError(f"no assignment {assignment!r}; there are {', '.join(assignments())}")
    module = importlib.import_module(f"autograder.exercises.{assignment}")
    found = [value for value in vars(module).values() if isinstance(value, Exercise)]
    return {exercise.name: exercise for exercise in found}


def find_exercise(name: str) -> Exercise:
    """The exercise that asks for a function of this name.

    Raises:
        UsageError: if no assignment asks for it, with the names that are asked for.
    """
    for assignment in assignments():  # The first ones import no TensorFlow.
        if name in exercises_of(assignment):
            return exercises_of(assignment)[name]
    known = [name for assignment in assignments() for name in exercises_of(assignment)]
    raise UsageError(f"no exercise asks for a function {name!r}; there are {', '.join(known)}")


def asked_for(assignment: str) -> set[str]:
    """Names of the functions that an assignment asks for, as its probes list them.

    Nothing is imported: the exercises themselves need TensorFlow.
    """
    path = ROOT / "autograder" / "inside" / "probes" / f"{assignment}.py"
    if not path.exists():
        return set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()
