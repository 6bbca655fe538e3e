"""From a repaired notebook to one with outputs and verdicts, without running it here."""

import ast
import functools
import math
from dataclasses import dataclass, field

import nbformat
from nbgrader.utils import is_grade, is_locked, is_solution

from autograder.judging.check_cells import checked
from autograder.judging.display import mime_bundle
from autograder.judging.verdict import judge

__all__ = ["Outcome", "execute", "modules_of"]

STANDARD = ("course.backend", "tensorflow", "keras")  # In this order, where one is imported.


@dataclass
class Outcome:
    """What became of a notebook: verdicts by cell, and 'time' or 'memory' where one ran out.

    ``seconds`` is what its cells and probes took.
    """

    seconds: float
    verdicts: list = field(default_factory=list)
    troubles: list = field(default_factory=list)


def execute(notebook, run, names, key):
    """Fill in a notebook's outputs.

    A test cell ``check(name)`` shows a verdict and its points, which nbgrader reads as partial
    credit. Other cells show what they showed in the sandbox. Stderr of a test cell becomes
    stdout, since nbgrader gives 0 points for a word of TensorFlow's there.

    Args:
        notebook: of nbformat 4, as nbgrader's sanitising leaves it. Changed in place.
        run: function of the cells to run, as ``autograder.sandbox.pool.Pool.run``.
        names: of the functions that have an answer key.
        key: function that returns the ``Key`` by function name; asked after the run, so that
            it may be made meanwhile.

    Returns:
        The ``Outcome``.
    """
    jobs = [_job(cell, names) for cell in notebook.cells]
    runs, seconds = run(jobs)
    key = key()
    outcome = Outcome(seconds)
    for number, (cell, job, came) in enumerate(zip(notebook.cells, jobs, runs), start=1):
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if job is None:
            continue
        cell.execution_count = number
        if came.trouble:
            outcome.troubles.append(came.trouble)
        if job["check"]:
            verdict = _verdict(cell, came, key[job["check"]])
            outcome.verdicts.append(verdict)
            cell.outputs = _shown(verdict)
        else:
            cell.outputs = [nbformat.from_dict(output) for output in came.outputs]
            if came.reason and not cell.outputs:
                cell.outputs = [_error("NotRun", came.reason)]
            if is_grade(cell):
                cell.outputs = _creditable(cell)
    return outcome


@functools.lru_cache(maxsize=64)
def modules_of(source):
    """Names of the modules that some code imports, in an order in which they can be."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ()
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
    first = [name for name in STANDARD if any(name.partition(".")[0] in f for f in found)]
    return tuple(dict.fromkeys([*first, *found]))


def _job(cell, names):
    """What a cell asks of the sandbox, or None: text, and given cells that need not be run."""
    if cell.cell_type != "code" or not cell.source.strip():
        return None
    skipped = "skip-grading" in cell.metadata.get("tags", ())
    # Only the course's own cells may ask for it: one that was not run shows no error.
    if skipped and is_locked(cell) and not is_grade(cell):
        return None
    name, _ = (checked(cell.source) if is_grade(cell) else None) or (None, None)
    return {"source": cell.source, "check": name if name in names else None}


def _verdict(cell, came, key):
    points = float(cell.metadata["nbgrader"]["points"])
    return judge(key, came.observations, came.reason or "not observed", points)


def _shown(verdict):
    bundle = mime_bundle(verdict)
    shown = nbformat.v4.new_output("display_data", data=bundle)
    points = {"text/plain": f"{verdict.points:g}"}
    return [shown, nbformat.v4.new_output("execute_result", data=points)]


def _creditable(cell):
    """Outputs of a test cell with asserts, of another author's, as nbgrader can read them."""
    kept = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            output = nbformat.v4.new_output("stream", name="stdout", text=output.text)
        elif output.output_type == "execute_result" and not is_solution(cell):
            output = _checked_credit(output, float(cell.metadata["nbgrader"]["points"]))
        kept.append(output)
    return kept


def _checked_credit(output, most):
    """The output, or an error where nbgrader would stop or take it for full marks by mistake."""
    text = output.data.get("text/plain")
    if not text:
        return nbformat.v4.new_output("display_data", data=output.data)
    try:
        credit = float(text)
    except ValueError:
        return output
    if math.isfinite(credit) and 0 <= credit <= most:
        return output
    return _error("NoCredit", f"{text[:40]} came out as points; this cell gives 0 to {most:g}")


def _error(name, reason):
    return nbformat.v4.new_output("error", ename=name, evalue=reason, traceback=[reason])
