"""What the sandbox sees of the course: a copy without the answers that an assignment asks for."""

import ast
import functools
import shutil
from pathlib import Path

from autograder import ROOT
from autograder.exercises.catalogue import asked_for
from autograder.sandbox import folders

__all__ = ["probes_in", "stage"]

# For cells of the student's own. Test cells are not run but observed, if their exercise exists.
CHECK = '''"""In grading nothing is judged here: functions are observed, and judged elsewhere."""


def check(function, points=None):
    """Nothing: the verdict is made outside."""
    if points is not None:
        raise LookupError("this assignment has no exercise of that name")
'''
WITHHELD = """

def __getattr__(name):
    if name in {names!r}:
        raise ImportError(f"{{name}} is what assignment {assignment} asks you to write")
    raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
"""


@functools.cache
def stage(assignment: str, release: str | Path | None = None) -> str:
    """A folder with what the sandbox sees of the course; it lasts as long as this process.

    The functions that the assignment asks for are cut out of their modules, and importing
    one says so.

    Args:
        assignment: name of the assignment.
        release: folder with the released notebook, or None. Other files in it (data of an
            author's own) are put where a submission runs.
    """
    target = Path(folders.make())
    # Of the autograder only what looks at a submission; nothing that knows an answer or judges.
    _copy_tree(ROOT / "autograder" / "inside", target / "autograder" / "inside")
    (target / "autograder" / "check.py").write_text(CHECK)
    _copy_tree(ROOT / "course", target / "course")
    shutil.rmtree(target / "course" / "experiments")  # Steps and losses written out, for lectures.
    (target / "files").mkdir()
    for path in Path(release).iterdir() if release and Path(release).is_dir() else ():
        if path.suffix != ".ipynb" and not path.name.startswith("."):
            (_copy_tree if path.is_dir() else shutil.copy)(path, target / "files" / path.name)
    _withhold(target, assignment)
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return str(target)


def probes_in(folder: str, assignment: str) -> list[str]:
    """The module of an assignment's probes in a staged course; none of another author's."""
    path = Path(folder, "autograder", "inside", "probes", f"{assignment}.py")
    return [f"autograder.inside.probes.{assignment}"] if path.exists() else []


def _copy_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))


def _withhold(folder: Path, assignment: str) -> None:
    """Cut the functions that an assignment asks for out of the staged course."""
    names = asked_for(assignment)
    for path in (folder / "course").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        lines, cut = text.splitlines(), list[str]()
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name in names:
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                last = node.end_lineno or first
                lines[first - 1 : last] = [""] * (last - first + 1)
                cut.append(node.name)
        if cut:
            ending = WITHHELD.format(names=sorted(cut), assignment=assignment)
            path.write_text("\n".join(lines) + ending, encoding="utf-8")
