"""One class as nbgrader keeps it: folders, gradebook, submissions, marks."""

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder.build import ROOT
from autograder.display import VERDICT_MIME
from autograder.errors import UsageError
from autograder.verdict import Verdict

__all__ = ["Classroom", "Result"]


@dataclass(frozen=True)
class Result:
    """What one submission came to.

    ``points`` are those of the machine and of the person so far. ``marks`` are pairs of
    points and maximum by cell, with None for points where a person has yet to mark;
    ``verdicts`` are by exercise name. ``status`` is 'graded', 'repaired' (graded after the
    repairs that ``detail`` tells), 'blank' (every function is as it was released), 'refused'
    (cannot be read) or 'not graded', with the reason in ``detail``: a machine's failure is
    never a zero.
    """

    student: str
    status: str
    points: float = 0.0
    out_of: float = 0.0
    marks: dict = field(default_factory=dict)
    verdicts: dict = field(default_factory=dict)
    detail: str = ""

    @property
    def is_graded(self):
        """True if there are marks."""
        return self.status not in ("refused", "not graded")


class Classroom:
    """A class in a folder: ``submitted/``, ``autograded/``, ``feedback/``, gradebook.

    Args:
        folder: relative to the course; None for $CLASSROOM or else ``classroom``.
        overrides: trait values by class and name that replace nbgrader_config.py's.
    """

    def __init__(self, folder=None, overrides=None):
        from nbgrader.apps.api import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory
        from traitlets.config import Config, PyFileConfigLoader

        self.folder = Path(folder or os.environ.get("CLASSROOM", "classroom"))
        with _environment(CLASSROOM=str(self.folder)):
            config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
        config.merge(Config(overrides or {}))
        self.directory = CourseDirectory(config=config)
        self.api = NbGraderAPI(self.directory, config=config)

    def path(self, step, student=".", assignment="."):
        """Folder of a step ('submitted', 'autograded', 'feedback', 'release')."""
        step = getattr(self.directory, f"{step}_directory")
        return Path(self.directory.format_path(step, student, assignment))

    def submitted(self, assignment):
        """Students with a submission, sorted."""
        return sorted(self.api.get_submitted_students(assignment))

    def require(self, assignment):
        """Refuse to grade what the gradebook does not know.

        Raises:
            UsageError: with the command that is missing.
        """
        from nbgrader.api import MissingEntry

        try:
            with self.api.gradebook as gradebook:
                notebooks = gradebook.find_assignment(assignment).notebooks
        except MissingEntry:
            notebooks = []
        if not notebooks:
            raise UsageError(
                f"the gradebook in {self.folder} has no assignment {assignment!r}: run "
                f"'make build' and 'nbgrader generate_assignment {assignment} --force'"
            )

    def result(self, assignment, student):
        """Marks of a graded submission, with the verdicts behind them."""
        from nbgrader.api import MissingEntry

        from autograder.nbgrader_plugins import repairs_in

        with self.api.gradebook as gradebook:
            try:
                submission = gradebook.find_submission(assignment, student)
            except MissingEntry:
                return Result(student, "not graded", detail="handed in, and not graded yet")
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            marks = {grade.name: (_given(grade), grade.max_score) for grade in grades}
            points, out_of = submission.score, submission.max_score
        verdicts, repairs = {}, ()
        for path in sorted(self.path("autograded", student, assignment).glob("*.ipynb")):
            notebook = nbformat.read(path, as_version=4)
            repairs += repairs_in(notebook)
            found = [verdict for cell in notebook.cells if (verdict := _verdict_in(cell))]
            verdicts |= {verdict.exercise: verdict for verdict in found}
        written = points or any(not verdict.is_stub for verdict in verdicts.values())
        status = "graded" if written or not verdicts else "blank"
        status = "repaired" if repairs else status
        return Result(student, status, points, out_of, marks, verdicts, "; ".join(repairs))


def _verdict_in(cell):
    """The verdict that a test cell shows, or None. Other cells may show what they like."""
    for output in cell.get("outputs", []):
        content = output.get("data", {}).get(VERDICT_MIME)
        try:
            content = json.loads(content) if isinstance(content, str) else content
            verdict = Verdict.from_json(content)
        except (KeyError, TypeError, ValueError):
            continue
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"check_{verdict.exercise}":
            return verdict
    return None


def _given(grade):
    """Points of one cell, or None where a person has yet to mark.

    After a regrade nbgrader asks for a second look at a mark given by hand; it counts.
    """
    return None if grade.needs_manual_grade and grade.manual_score is None else grade.score


@contextmanager
def _environment(**variables):
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
