"""Checks whether a reference's docstring tells a student everything that they need."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator

from autograder.authoring.case import Breach, Case, place

__all__ = ["incomplete", "sections"]

HEADING = re.compile(r"^(Args|Returns|Yields|Raises|Source|Deviation):(?:[ \t]+(.*))?$")
ARGUMENT = re.compile(r"^    (\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: \(.*?\))?:\s*(.*)$")


def sections(docstring: str) -> dict[str, str]:
    """Sections of a docstring by heading, the summary under ''; their texts are dedented."""
    found: dict[str, list[str]] = {"": []}
    heading = ""
    for line in inspect.cleandoc(docstring).splitlines():
        start = HEADING.match(line)
        if start:
            heading = start[1]
            found[heading] = [start[2] or ""]
        elif line and not line.startswith(" ") and heading:
            # Text at the margin after a section: it continues 'Source: ...', or is prose again.
            found[heading if found[heading][0] else ""].append(line)
        else:
            found[heading].append(line)
    return {name: "\n".join(lines).strip("\n") for name, lines in found.items()}


def incomplete(case: Case) -> Iterator[Breach]:
    """A ``Breach`` for each part that is missing from the docstring of a case's reference."""
    reference = inspect.unwrap(case.exercise.reference)
    told = sections(reference.__doc__ or "")
    for expected, got in _missing(reference, told):
        yield Breach(
            "the reference's docstring is not complete",
            place(reference, case.root),
            expected,
            got,
            "a student must be able to write the function from it alone (docs/authors.md)",
        )


def _missing(reference: Callable[..., object], told: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of what was expected of a docstring and what it says instead."""
    summary = told[""].partition("\n")[0]
    if not summary.endswith("."):
        yield (
            "a first line that says what the function does, with a full stop",
            repr(summary) if summary else "no docstring",
        )
    described = _described(told.get("Args", ""))
    for name in inspect.signature(reference).parameters:
        if not described.get(name):
            yield (
                f"'Args:' with role, shape and range of {name}",
                f"'Args:' on {', '.join(described) or 'nothing'}",
            )
    for heading, why in (
        ("Returns", "shape, unit and reduction of the result"),
        ("Source", "the slide, paper or equation that it follows"),
    ):
        if not told.get(heading, "").strip():
            yield f"'{heading}:' with {why}", _headings(told)
    for error in sorted(_raised(reference)):
        if error not in told.get("Raises", ""):
            yield f"'Raises:' with {error}, which the body raises", _headings(told)


def _headings(told: dict[str, str]) -> str:
    return "sections: " + (", ".join(name for name in told if name) or "none")


def _described(arguments: str) -> dict[str, str]:
    """What an ``Args:`` section says of each parameter."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in arguments.splitlines():
        start = ARGUMENT.match(line)
        if start:
            names = [name.lstrip("*") for name in start[1].split(", ")]
            found |= dict.fromkeys(names, start[2])
        else:
            for name in names:
                found[name] += line.strip()
    return found


def _raised(reference: Callable[..., object]) -> set[str]:
    """Classes of the exceptions that a function's source raises by name."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(reference)))
    calls = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc]
    classes = [call.func if isinstance(call, ast.Call) else call for call in calls]
    return {name.id for name in classes if isinstance(name, ast.Name)} - {"NotImplementedError"}
