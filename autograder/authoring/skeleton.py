"""Starts a new exercise: writes every piece into its place, and marks what to fill in.

Nothing is overwritten. An existing file gets its piece at the end, and the name among its
imports and in its ``__all__``.
"""

import ast
import functools
from collections.abc import Callable
from pathlib import Path

import jinja2

from autograder import ROOT
from autograder.authoring.inline import directives
from autograder.authoring.insertion import with_import, with_public_name
from autograder.authoring.names import check_assignment, check_name, read_parameters
from autograder.errors import UsageError

__all__ = ["MARK", "lines_of", "new_exercise"]

MARK = "FILL IN"  # Followed by the exercise's name, a colon, and what is missing.
STEPS = (
    "the reference, with everything that a student needs to know in its docstring",
    "the probe: what is observed of an implementation",
    "misconceptions, each with the sentence that a tutor would say",
    "the cells that ask for the function",
    "right answers as other students would write them",
)
MISTAKES = (
    "the most common mistake",
    "a wrong sign, axis or order",
    "a forgotten border case",
)
STUDENTS = (
    ("Careful", "Checks the inputs, and names every step."),
    ("PurePython", "Learnt Python before NumPy: uses loops and lists."),
    ("NumPyUser", "Knows a NumPy function for everything."),
    ("TensorFlowUser", "Uses tf for everything, in float32, and returns tensors."),
    ("KerasUser", "Has read that keras.ops runs everywhere."),
)

Plan = dict[str, str]  # Text of each file, by its path below the course.
Render = Callable[..., str]  # From a template's name and further values to its text.


def new_exercise(
    name: str, assignment: str, takes: str = "x", root: Path = ROOT
) -> dict[str, bool]:
    """Write the skeleton of an exercise into the places where its pieces belong.

    Args:
        name: of the function that students will write.
        assignment: that it belongs to; the next number (a6_...) starts a new one.
        takes: its parameters, as they stand between the parentheses.
        root: folder of the course.

    Returns:
        The files by their paths relative to ``root``, in the order in which to fill them in:
        True for a new file, False for one that has grown.

    Raises:
        UsageError: if the name, the assignment or the parameters cannot be used, or if a file
            that would be made exists; then nothing is written.
    """
    parameters = read_parameters(takes)
    check_name(name, assignment, root)
    check_assignment(assignment, root)
    module = _module_of_reference(name, assignment, root)
    render = functools.partial(
        _render,
        name=name,
        assignment=assignment,
        takes=takes.strip(),
        parameters=parameters.names,
        arguments=parameters.required,
        module=module,
        mark=f"{MARK} {name}:",
        mistakes=MISTAKES,
        students=STUDENTS,
    )
    plan = {f"{module.replace('.', '/')}.py": render("reference.py")}
    plan |= _probe(name, assignment, root, render)
    plan |= _exercise(name, assignment, module, root, render)
    plan |= _cells(assignment, root, render)
    plan[f"tests/styles/{name}.py"] = render("styles.py")
    return _write(plan, root)


def lines_of(made: dict[str, bool], name: str) -> list[str]:
    """What was made, and what to do next, as lines of text.

    Args:
        made: what ``new_exercise`` returned.
        name: of the exercise.
    """
    lines = [f"{'new:     ' if is_new else 'added to:'} {path}" for path, is_new in made.items()]
    lines += ["", f"Do this next, in this order. '{MARK} {name}' marks each place to fill in:"]
    to_fill = [path for path in made if not path.endswith("__init__.py")]
    steps = [f"{path}: {what}" for path, what in zip(to_fill, STEPS, strict=True)]
    steps += [
        "make build",
        f"python -m autograder check-exercises {name}",
        "CONTRIBUTING.md says what else to run before you commit; docs/authors.md shows how an "
        "exercise is made from beginning to end",
    ]
    return lines + [f"{number}. {step}" for number, step in enumerate(steps, start=1)]


def _module_of_reference(name: str, assignment: str, root: Path) -> str:
    """A new module, in the package that contains the assignment's other references."""
    text = root / f"solutions/{assignment}.py"
    source = text.read_text(encoding="utf-8") if text.exists() else ""
    packages = {directive.module.rpartition(".")[0] for directive in directives(source)}
    return f"{packages.pop() if len(packages) == 1 else 'course'}.{name}"


def _probe(name: str, assignment: str, root: Path, render: Render) -> Plan:
    path = root / f"autograder/inside/probes/{assignment}.py"
    if not path.exists():
        return {_relative(path, root): render("probes.py")}
    text = with_public_name(path.read_text(encoding="utf-8"), name)
    return {_relative(path, root): text.rstrip("\n") + "\n\n\n" + render("probe.py")}


def _exercise(name: str, assignment: str, module: str, root: Path, render: Render) -> Plan:
    """The misconceptions: in the assignment's module, or in a new one if it is a package."""
    package, right = root / f"autograder/exercises/{assignment}", f"{name} as right_{name}"
    if not package.is_dir():
        path = package.with_suffix(".py")
        if not path.exists():
            whole = with_import(render("exercises.py", whole=True), module, right)
            return {_relative(path, root): whole}
        text = with_import(path.read_text(encoding="utf-8"), module, right)
        return {_relative(path, root): text.rstrip("\n") + "\n\n\n" + render("exercise.py")}
    path = package / "__init__.py"
    text = with_import(
        path.read_text(encoding="utf-8"), f"autograder.exercises.{assignment}.{name}", name
    )
    return {
        _relative(package / f"{name}.py", root): with_import(
            render("exercises.py", whole=False), module, right
        ),
        _relative(path, root): with_public_name(text, name),
    }


def _cells(assignment: str, root: Path, render: Render) -> Plan:
    path = root / f"solutions/{assignment}.py"
    if not path.exists():
        number = assignment.partition("_")[0].removeprefix("a")
        return {_relative(path, root): render("assignment.py", number=number)}
    text = path.read_text(encoding="utf-8")
    return {_relative(path, root): text.rstrip("\n") + "\n\n" + render("cells.py")}


def _write(plan: Plan, root: Path) -> dict[str, bool]:
    new = {path: not (root / path).exists() for path in plan}
    for path, text in plan.items():
        ast.parse(text, filename=path)  # A file that grows is still valid Python.
    written: list[str] = []
    try:
        for path, text in plan.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); written before it: "
            f"{', '.join(written) or 'nothing'}. 'git status' shows what to undo"
        ) from None
    return new


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


@functools.cache
def _environment() -> jinja2.Environment:
    # Nothing is escaped: the result is Python, made from names that were checked.
    return jinja2.Environment(
        loader=jinja2.PackageLoader("autograder", "templates/exercise"),
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _render(template: str, **values: object) -> str:
    return _environment().get_template(f"{template}.jinja").render(values)
