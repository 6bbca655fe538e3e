"""Begins an exercise: every piece in its place, with a mark where an author has to write.

Nothing is overwritten. Files that are there get their piece at the end, and its name among
their imports and in ``__all__``.
"""

import ast
import functools
import re

import jinja2

from autograder import ROOT
from autograder.authoring.inline import DIRECTIVE
from autograder.authoring.insertion import with_import, with_public_name
from autograder.authoring.names import check_assignment, check_name, read_parameters
from autograder.errors import UsageError

__all__ = ["MARK", "lines_of", "new_exercise"]

MARK = "FILL IN"  # Followed by the exercise's name, a colon, and what is missing.
STEPS = (
    "the reference, with all that a student needs to know in its docstring",
    "the probe: what is observed of an implementation",
    "misconceptions, each with the sentence that a tutor would say",
    "the cells that ask for it",
    "right answers as other students would write them",
)
MISTAKES = (
    "the commonest mistake",
    "a sign, an axis or an order mixed up",
    "a border case that is forgotten",
)
STUDENTS = (
    ("Careful", "Checks what comes in, and names every step."),
    ("PurePython", "Learnt Python before NumPy: loops and lists."),
    ("NumPyUser", "Knows what NumPy has for everything."),
    ("TensorFlowUser", "Uses tf for everything, in float32, and gives tensors back."),
    ("KerasUser", "Has read that keras.ops runs everywhere."),
)


def new_exercise(name, assignment, takes="x", root=ROOT):
    """Write the skeleton of an exercise into the places where its pieces belong.

    Args:
        name: of the function that students will write.
        assignment: that it belongs to; the next number (a6_...) begins a new one.
        takes: its parameters, as they stand between the parentheses.
        root: folder of the course.

    Returns:
        Paths relative to ``root`` to True where the file is new, in the order to fill them.

    Raises:
        UsageError: if the name, the assignment or the parameters cannot be used, or a file
            that would be made is there; nothing is written.
    """
    parameters, arguments = read_parameters(takes)
    check_name(name, assignment, root)
    check_assignment(assignment, root)
    module = _module_of_reference(name, assignment, root)
    render = functools.partial(
        _render,
        name=name,
        assignment=assignment,
        takes=takes.strip(),
        parameters=parameters,
        arguments=arguments,
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


def lines_of(made, name):
    """What was made and what comes next, as lines of text.

    Args:
        made: what ``new_exercise`` returned.
        name: of the exercise.
    """
    lines = [f"{'new:     ' if is_new else 'added to:'} {path}" for path, is_new in made.items()]
    lines += ["", f"Next, in this order; '{MARK} {name}' marks each place to fill in:"]
    whats = iter(STEPS)
    steps = [f"{path}: {next(whats)}" for path in made if not path.endswith("__init__.py")]
    steps += [
        "make build",
        f"python -m autograder check-exercises {name}",
        "CONTRIBUTING.md tells what else to run before you commit; docs/authors.md shows an "
        "exercise made from beginning to end",
    ]
    return lines + [f"{number}. {step}" for number, step in enumerate(steps, start=1)]


def _module_of_reference(name, assignment, root):
    """A module of its own, in the package where the assignment's other references lie."""
    text = root / f"solutions/{assignment}.py"
    lines = text.read_text(encoding="utf-8").splitlines() if text.exists() else ()
    found = [match["module"] for match in map(DIRECTIVE.match, lines) if match]
    packages = {module.rpartition(".")[0] for module in found}
    return f"{packages.pop() if len(packages) == 1 else 'course'}.{name}"


def _probe(name, assignment, root, render):
    path = root / f"autograder/inside/probes/{assignment}.py"
    if not path.exists():
        return {_relative(path, root): render("probes.py")}
    text = with_public_name(path.read_text(encoding="utf-8"), name)
    return {_relative(path, root): text.rstrip("\n") + "\n\n\n" + render("probe.py")}


def _exercise(name, assignment, module, root, render):
    """In the assignment's one module, or in a new one where it is a package."""
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


def _cells(assignment, root, render):
    path = root / f"solutions/{assignment}.py"
    if not path.exists():
        number = re.match(r"a(\d+)", assignment)[1]
        return {_relative(path, root): render("assignment.py", number=number)}
    text = path.read_text(encoding="utf-8")
    return {_relative(path, root): text.rstrip("\n") + "\n\n" + render("cells.py")}


def _write(plan, root):
    new = {path: not (root / path).exists() for path in plan}
    for path, text in plan.items():
        ast.parse(text, filename=path)  # Whatever stood there is still Python.
    written = []
    try:
        for path, text in plan.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); written before it: "
            f"{', '.join(written) or 'nothing'}. 'git diff' shows what there is to take back"
        ) from None
    return new


def _relative(path, root):
    return path.relative_to(root).as_posix()


@functools.cache
def _environment():
    # Nothing is escaped, for Python is made here, and from checked names.
    return jinja2.Environment(
        loader=jinja2.PackageLoader("autograder", "templates/exercise"),
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _render(template, **values):
    return _environment().get_template(f"{template}.jinja").render(values)
