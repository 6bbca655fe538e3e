"""Fill a repaired notebook with outputs and verdicts. Its cells run elsewhere, in a sandbox."""

import ast
import functools
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

from autograder.judging.check_cells import checked
from autograder.judging.display import mime_bundle
from autograder.judging.key import Key
from autograder.judging.verdict import Verdict, judge
from autograder.sandbox.records import CellRun

__all__ = ["Job", "NotebookRun", "Outcome", "execute", "modules_of"]

STANDARD = ("course.backend", "tensorflow", "keras")  # A notebook imports them in this order.

# What the sandbox should run: a cell's 'source', and 'check', the name of the function to
# observe. None for a cell that is not run.
Job = dict[str, str | None] | None


@dataclass(frozen=True)
class NotebookRun:
    """How a notebook ran in a sandbox.

    Attributes:
        cells: one ``CellRun`` per cell.
        seconds: that cells and probes took.
        machine: of a cluster, where it ran; '' for this one.
    """

    cells: list[CellRun]
    seconds: float
    machine: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a notebook was judged.

    Attributes:
        verdicts: one per test cell that has an answer key.
        troubles: 'time' or 'memory', for each cell that used too much of it.
        seconds, machine: as in ``NotebookRun``.
    """

    verdicts: tuple[Verdict, ...]
    troubles: tuple[str, ...]
    seconds: float
    machine: str


def execute(
    notebook: NotebookNode,
    run: Callable[[list[Job]], NotebookRun],
    names: Collection[str],
    key: Callable[[], Mapping[str, Key]],
) -> Outcome:
    """Fill in a notebook's outputs.

    A test cell ``check(name)`` shows a verdict and its points, which nbgrader reads as partial
    credit. Other cells show the outputs that they had in the sandbox. In a test cell, stderr
    becomes stdout: nbgrader gives 0 points for any text on stderr, such as TensorFlow's messages.

    Args:
        notebook: of nbformat 4, as nbgrader's sanitising leaves it. Changed in place.
        run: runs the cells.
        names: of the functions that have an answer key.
        key: returns the ``Key`` by function name; called after the run, so that the key can be
            made at the same time.
    """
    jobs = [_job(cell, names) for cell in notebook.cells]
    ran = run(jobs)
    keys = key()
    verdicts, troubles = [], []
    for number, (cell, job, cell_run) in enumerate(zip(notebook.cells, jobs, ran.cells), start=1):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if job is None:
            continue
        cell.execution_count = number
        if cell_run.trouble:
            troubles.append(cell_run.trouble)
        if job["check"]:
            points = float(cell.metadata["nbgrader"]["points"])
            unseen = cell_run.reason or "not observed"
            verdict = judge(keys[job["check"]], cell_run.observations, unseen, points)
            verdicts.append(verdict)
            cell.outputs = _shown(verdict)
        else:
            cell.outputs = _outputs(cell, cell_run)
    return Outcome(tuple(verdicts), tuple(troubles), ran.seconds, ran.machine)


@functools.lru_cache(maxsize=64)
def modules_of(source: str) -> tuple[str, ...]:
    """Names of the modules that some code imports, in an order that works."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ()
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
    packages = {name.partition(".")[0] for name in found}
    first = [name for name in STANDARD if name.partition(".")[0] in packages]
    return tuple(dict.fromkeys([*first, *found]))


def _job(cell: NotebookNode, names: Collection[str]) -> Job:
    if cell.cell_type != "code" or not cell.source.strip():
        return None
    skipped = "skip-grading" in cell.metadata.get("tags", ())
    # Only the course's own cells may skip grading: a cell that does not run shows no error.
    if skipped and is_locked(cell) and not is_grade(cell):
        return None
    call = checked(cell.source) if is_grade(cell) else None
    name = call[0] if call else None
    return {"source": cell.source, "check": name if name in names else None}


def _shown(verdict: Verdict) -> list[NotebookNode]:
    bundle = mime_bundle(verdict)
    shown = nbformat.v4.new_output("display_data", data=bundle)
    points = {"text/plain": f"{verdict.points:g}"}
    return [shown, nbformat.v4.new_output("execute_result", data=points)]


def _outputs(cell: NotebookNode, cell_run: CellRun) -> list[NotebookNode]:
    outputs = [nbformat.from_dict(output) for output in cell_run.outputs]
    if cell_run.reason and not outputs:
        outputs = [_error("NotRun", cell_run.reason)]
    return _readable_outputs(cell, outputs) if is_grade(cell) else outputs


def _readable_outputs(cell: NotebookNode, outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs of another author's test cell (with asserts, say), as nbgrader can read them."""
    kept = []
    for output in outputs:
        if output.output_type == "stream" and output.name == "stderr":
            output = nbformat.v4.new_output("stream", name="stdout", text=output.text)
        elif output.output_type == "execute_result" and not is_solution(cell):
            output = _checked_credit(output, float(cell.metadata["nbgrader"]["points"]))
        kept.append(output)
    return kept


def _checked_credit(output: NotebookNode, most: float) -> NotebookNode:
    """The output, or an error where nbgrader would stop or give full marks by mistake."""
    text = output.data.get("text/plain")
    if not text:
        return nbformat.v4.new_output("display_data", data=output.data)
    try:
        credit = float(text)
    except ValueError:
        return output
    if math.isfinite(credit) and 0 <= credit <= most:
        return output
    return _error("NoCredit", f"got {text[:40]} as points of this cell, expected 0 to {most:g}")


def _error(name: str, reason: str) -> NotebookNode:
    return nbformat.v4.new_output("error", ename=name, evalue=reason, traceback=[reason])
