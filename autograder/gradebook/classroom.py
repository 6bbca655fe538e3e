"""One class as nbgrader keeps it: folders, gradebook, submissions, marks."""

import hashlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbgrader.api import Grade, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder import ROOT
from autograder.errors import UsageError
from autograder.gradebook.bookkeeping import cells_in_memory
from autograder.gradebook.stamp import Stamp, repairs_in, stamp_in
from autograder.judging.verdict import Verdict

__all__ = ["Classroom", "Mark", "Overrides", "Result", "process_variables"]

Overrides = dict[str, dict[str, Any]]  # Trait values by class and name.
_CONFIGURING = threading.Lock()  # nbgrader_config.py reads the process's variables.


class Mark(NamedTuple):
    """Points of one cell, None while a person has yet to mark it, and the cell's maximum."""

    points: float | None
    out_of: float


@dataclass(frozen=True)
class Result:
    """How one submission was graded.

    ``points`` is the sum so far, of the machine's and the person's points. ``marks`` are by
    cell, ``verdicts`` by exercise name. ``status`` is one of

    - 'graded';
    - 'repaired': graded, after the repairs that ``detail`` lists;
    - 'blank': every function is as it was released;
    - 'timed out', 'out of memory': graded, but some cells were stopped;
    - 'refused': it cannot be read, for the reason in ``detail``;
    - 'not graded': the machine failed, which never counts as 0; ``detail`` has the reason.

    ``seconds`` is how long the cells took, ``isolation`` how they ran ('bwrap' or 'none'),
    ``machine`` the cluster's machine that ran them; '' for the grader's own.
    """

    student: str
    status: str
    points: float = 0.0
    out_of: float = 0.0
    marks: dict[str, Mark] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    detail: str = ""
    seconds: float = 0.0
    isolation: str = ""
    machine: str = ""

    @property
    def is_graded(self) -> bool:
        """True if there are marks."""
        return self.status not in ("refused", "not graded")


class Classroom:
    """A class in a folder: ``submitted/``, ``autograded/``, ``feedback/``, gradebook.

    It must not be used by two threads at once; each thread makes its own, with the same arguments.

    Args:
        folder: relative to the course; None for $CLASSROOM or else ``classroom``.
        overrides: trait values by class and name that replace those of nbgrader_config.py.
    """

    def __init__(self, folder: str | Path | None = None, overrides: Overrides | None = None):
        self.folder = Path(folder or os.environ.get("CLASSROOM", "classroom"))
        self.overrides = overrides or {}
        with _CONFIGURING, process_variables(CLASSROOM=str(self.folder)):
            config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
        config.merge(Config(self.overrides))
        self.config = config
        self.directory = CourseDirectory(config=config)
        self.api = NbGraderAPI(self.directory, config=config)
        # nbgrader would print its log, several lines per submission.
        self.api.log = logging.Logger("autograder")
        self.api.log.addHandler(logging.NullHandler())

    def path(self, step: str, student: str = ".", assignment: str = ".") -> Path:
        """Folder of a step ('submitted', 'autograded', 'feedback', 'release')."""
        pattern = getattr(self.directory, f"{step}_directory")
        return Path(self.directory.format_path(pattern, student, assignment))

    def submitted(self, assignment: str) -> list[str]:
        """Ids of the students with a submission, sorted."""
        return sorted(self.api.get_submitted_students(assignment))

    def require(self, assignment: str) -> None:
        """Check that the gradebook has an assignment.

        Raises:
            UsageError: if it does not, with the command that adds it.
        """
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

    def notebooks(self, assignment: str) -> list[str]:
        """Names of the notebooks that an assignment consists of."""
        with self.api.gradebook as gradebook:
            return sorted(each.name for each in gradebook.find_assignment(assignment).notebooks)

    def result(self, assignment: str, student: str) -> Result:
        """Marks of a graded submission, with the verdicts behind them."""
        not_yet = Result(student, "not graded", detail="handed in, and not graded yet")
        with self.api.gradebook as gradebook:
            try:
                submission = gradebook.find_submission(assignment, student)
            except MissingEntry:
                return not_yet
            with cells_in_memory(*submission.notebooks):
                grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
                marks = {grade.name: Mark(_points(grade), grade.max_score) for grade in grades}
                points, out_of = submission.score, submission.max_score
        paths = sorted(self.path("autograded", student, assignment).glob("*.ipynb"))
        notebooks = [nbformat.read(path, as_version=4) for path in paths]
        stamps = [stamp for stamp in map(stamp_in, notebooks) if stamp]
        if not stamps:
            return not_yet
        repairs = [sentence for notebook in notebooks for sentence in repairs_in(notebook)]
        return Result(
            student,
            _status(points, repairs, stamps),
            points,
            out_of,
            marks,
            verdicts={verdict.exercise: verdict for each in stamps for verdict in each.verdicts},
            detail="; ".join(repairs),
            seconds=sum(stamp.seconds for stamp in stamps),
            isolation=stamps[-1].isolation,
            machine=stamps[-1].machine,
        )

    def marks_digest(self, assignment: str, student: str) -> str:
        """Digest of all marks and comments in the gradebook: if it is equal, so is the feedback."""
        with self.api.gradebook as gradebook:
            submission = gradebook.find_submission(assignment, student)
            said: list[Any] = [submission.late_submission_penalty]
            with cells_in_memory(*submission.notebooks):
                for notebook in submission.notebooks:
                    said += [(each.name, each.score, each.max_score) for each in notebook.grades]
                    said += [(each.name, each.comment) for each in notebook.comments]
        return hashlib.sha256(repr(sorted(said, key=repr)).encode()).hexdigest()[:16]


def _status(points: float, repairs: list[str], stamps: list[Stamp]) -> str:
    troubles = {trouble for stamp in stamps for trouble in stamp.troubles}
    verdicts = [verdict for stamp in stamps for verdict in stamp.verdicts]
    if troubles:
        return "timed out" if "time" in troubles else "out of memory"
    if repairs:
        return "repaired"
    if verdicts and not points and all(verdict.is_stub for verdict in verdicts):
        return "blank"
    return "graded"


def _points(grade: Grade) -> float | None:
    """Points of one cell, or None while a person has yet to mark it.

    After a regrade nbgrader asks for a second look at marks given by hand; they still count.
    """
    if grade.needs_manual_grade and grade.manual_score is None:
        return None
    return float(grade.score)


@contextmanager
def process_variables(**values: str) -> Iterator[None]:
    """Set environment variables of this process for a while.

    ``unittest.mock.patch.dict`` removes all variables for a moment when it ends. Other threads
    may start programs at that moment, which would find no PATH.
    """
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
