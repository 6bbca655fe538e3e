"""One class as nbgrader keeps it: folders, gradebook, submissions, marks."""

import hashlib
import logging
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder import ROOT
from autograder.errors import UsageError
from autograder.judging.verdict import Verdict

__all__ = ["Classroom", "Result", "environment"]

_CONFIGURING = threading.Lock()  # nbgrader_config.py reads the environment.


@dataclass(frozen=True)
class Result:
    """What one submission came to.

    ``points`` are those of the machine and of the person so far. ``marks`` are pairs of
    points and maximum by cell, with None for points where a person has yet to mark;
    ``verdicts`` are by exercise name. ``status`` is one of

    - 'graded';
    - 'repaired': graded, after the repairs that ``detail`` tells;
    - 'blank': every function is as it was released;
    - 'timed out', 'out of memory': graded, but for cells that were stopped;
    - 'refused': cannot be read, as ``detail`` tells;
    - 'not graded': the machine failed, which is never a zero; ``detail`` has the reason.

    ``seconds`` is what the cells took, ``isolation`` how they were run ('bwrap', 'none'),
    ``machine`` on which machine of a cluster, if on one.
    """

    student: str
    status: str
    points: float = 0.0
    out_of: float = 0.0
    marks: dict = field(default_factory=dict)
    verdicts: dict = field(default_factory=dict)
    detail: str = ""
    seconds: float = 0.0
    isolation: str = ""
    machine: str = ""

    @property
    def is_graded(self):
        """True if there are marks."""
        return self.status not in ("refused", "not graded")


class Classroom:
    """A class in a folder: ``submitted/``, ``autograded/``, ``feedback/``, gradebook.

    Not for two threads at once: each takes its own, of the same arguments.

    Args:
        folder: relative to the course; None for $CLASSROOM or else ``classroom``.
        overrides: trait values by class and name that replace nbgrader_config.py's.
    """

    def __init__(self, folder=None, overrides=None):
        from nbgrader.apps.api import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory
        from traitlets.config import Config, PyFileConfigLoader

        self.folder = Path(folder or os.environ.get("CLASSROOM", "classroom"))
        self.overrides = overrides or {}
        with _CONFIGURING, environment(CLASSROOM=str(self.folder)):
            config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
        config.merge(Config(self.overrides))
        self.config = config
        self.directory = CourseDirectory(config=config)
        self.api = NbGraderAPI(self.directory, config=config)
        # Of this one's own: a reason must not come from another submission's log.
        self.api.log = logging.Logger("autograder")

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

    def notebooks(self, assignment):
        """Names of the notebooks that an assignment consists of."""
        with self.api.gradebook as gradebook:
            return sorted(each.name for each in gradebook.find_assignment(assignment).notebooks)

    def result(self, assignment, student):
        """Marks of a graded submission, with the verdicts behind them."""
        from nbgrader.api import MissingEntry

        from autograder.gradebook.bookkeeping import cells_of
        from autograder.gradebook.preprocessors import repairs_in, stamp_in

        absent = Result(student, "not graded", detail="handed in, and not graded yet")
        with self.api.gradebook as gradebook:
            try:
                submission = gradebook.find_submission(assignment, student)
            except MissingEntry:
                return absent
            cells = [cells_of(notebook) for notebook in submission.notebooks]  # noqa: F841
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            marks = {grade.name: (_given(grade), grade.max_score) for grade in grades}
            points, out_of = submission.score, submission.max_score
        verdicts, repairs, troubles, seconds, isolation, machine = {}, (), set(), 0.0, "", ""
        for path in sorted(self.path("autograded", student, assignment).glob("*.ipynb")):
            notebook = nbformat.read(path, as_version=4)
            stamp = stamp_in(notebook)
            repairs += repairs_in(notebook)
            found = [Verdict.from_json(content) for content in stamp.get("verdicts", ())]
            verdicts |= {verdict.exercise: verdict for verdict in found}
            troubles |= set(stamp.get("troubles", ()))
            seconds, isolation = seconds + stamp.get("seconds", 0), stamp.get("isolation", "")
            machine = stamp.get("machine", "")
        if not isolation:
            return absent
        blank = not points and verdicts and all(verdict.is_stub for verdict in verdicts.values())
        status = "repaired" if repairs else "blank" if blank else "graded"
        if troubles:
            status = "timed out" if "time" in troubles else "out of memory"
        detail = "; ".join(repairs)
        came = points, out_of, marks, verdicts, detail, seconds, isolation, machine
        return Result(student, status, *came)

    def marks_digest(self, assignment, student):
        """Of all marks and comments in the gradebook: equal ones make equal feedback."""
        from autograder.gradebook.bookkeeping import cells_of

        with self.api.gradebook as gradebook:
            submission = gradebook.find_submission(assignment, student)
            said = [submission.late_submission_penalty]
            for notebook in submission.notebooks:
                cells = cells_of(notebook)  # noqa: F841
                said += [(grade.name, grade.score, grade.max_score) for grade in notebook.grades]
                said += [(comment.name, comment.comment) for comment in notebook.comments]
        return hashlib.sha256(repr(sorted(said, key=repr)).encode()).hexdigest()[:16]


def _given(grade):
    """Points of one cell, or None where a person has yet to mark.

    After a regrade nbgrader asks for a second look at a mark given by hand; it counts.
    """
    return None if grade.needs_manual_grade and grade.manual_score is None else grade.score


@contextmanager
def environment(**variables):
    """Set variables of the environment for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
