"""Grades one submission: nbgrader's two conversions, and what stops before or after them."""

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.utils import temp_attrs
from traitlets.config import Config

from autograder.cluster.workers import SchedulerLostError
from autograder.errors import AutograderError, MachineError, RefusedError
from autograder.gradebook.classroom import Classroom, Result
from autograder.gradebook.locks import Claims, nbgrader_lock
from autograder.gradebook.preprocessors import SandboxedExecute
from autograder.gradebook.stamp import fingerprint_in
from autograder.submission.copies import require_no_better_copy
from autograder.submission.origin import require_answers, require_own
from autograder.submission.read import adopted, check_folder, read_submission
from autograder.text import plain

__all__ = ["SubmissionGrader"]

MARKS = "marks.json"  # In the feedback folder of a submission: the marks that it was made from.


class SubmissionGrader:
    """Grades submissions of one assignment, also from several threads at the same time.

    Args:
        classroom: the ``Classroom``; each thread makes its own, with the same arguments.
        assignment: name of the assignment.
        claims: which submissions other graders have.
    """

    def __init__(self, classroom: Classroom, assignment: str, claims: Claims) -> None:
        self.folder, self.overrides = classroom.folder, classroom.overrides
        self.assignment, self.claims = assignment, claims
        self.own = threading.local()
        self.names = self.classroom.notebooks(assignment)

    @property
    def classroom(self) -> Classroom:
        """This thread's ``Classroom``."""
        if not hasattr(self.own, "classroom"):
            self.own.classroom = Classroom(self.folder, self.overrides)
        return self.own.classroom  # type: ignore[no-any-return]

    def grade(self, student: str, again: bool) -> Result | None:
        """Grade a submission and write its feedback.

        Args:
            student: id.
            again: grade it even if nothing has changed since it was graded.

        Returns:
            The ``Result``, or None while another grader has the submission.

        Raises:
            SchedulerLostError: if the cluster's scheduler is gone, so that no other submission
                can be graded either.
        """
        with self.claims.claimed(self.assignment, student) as mine:
            if not mine:
                return None
            with nbgrader_lock():
                return self._result(student, again)

    def _result(self, student: str, again: bool) -> Result:
        try:
            if again or not self.is_graded(student):
                check_folder(self._path("submitted", student))
                self._adopt(student)
                require_no_better_copy(self._path("submitted", student), self._path("release", "."))
                for path in self._path("submitted", student).glob("*.ipynb"):
                    require_own(read_submission(path), self._path("release", "."))
                self._autograde(student)
            self.write_feedback(student)
            return self.classroom.result(self.assignment, student)
        except SchedulerLostError:
            raise
        except RefusedError as error:
            return Result(student, "refused", detail=str(error))
        except Exception as error:
            # It concerns this submission only; the others continue.
            return Result(student, "not graded", detail=_reason(error))

    def is_graded(self, student: str) -> bool:
        """True if it was graded from the same submission, release, exercises and seed."""
        execute = SandboxedExecute(config=self.classroom.config)
        for name in self.names:
            path = self._path("autograded", student) / f"{name}.ipynb"
            try:
                found = fingerprint_in(nbformat.read(path, as_version=4))
            except (OSError, ValueError, AttributeError):  # Missing, or only half written.
                return False
            if found != execute.fingerprint(self.assignment, student, name):
                return False
        return True

    def write_feedback(self, student: str) -> None:
        """Write the feedback, unless it is there and was made from these marks.

        Raises:
            MachineError: if it cannot be written.
        """
        record = self._path("feedback", student) / MARKS
        graded = [self._path("autograded", student) / f"{name}.ipynb" for name in self.names]
        marks = {
            "marks": self.classroom.marks_digest(self.assignment, student),
            "graded": [path.stat().st_mtime_ns for path in graded if path.exists()],
        }
        with contextlib.suppress(OSError, ValueError):
            if json.loads(record.read_text()) == marks:
                return
        try:
            _generate_feedback(self.classroom.api, self.assignment, student)
        except Exception as error:
            raise MachineError(f"no feedback: {_reason(error)}") from error
        record.write_text(json.dumps(marks))

    def _autograde(self, student: str) -> None:
        try:
            _autograde(self.classroom.api, self.assignment, student)
        except SchedulerLostError:
            raise
        except Exception:  # Once more: the database may have been busy.
            _autograde(self.classroom.api, self.assignment, student)

    def _adopt(self, student: str) -> None:
        """If one notebook is missing, and one other file can only be it, write it as that notebook.

        Raises:
            RefusedError: if the only notebook is missing, and no other file or several could be it.
        """
        folder = self._path("submitted", student)
        present = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
        expected = {f"{name}.ipynb" for name in self.names}
        missing = sorted(expected - present)
        others = sorted(n for n in present - expected if n.endswith((".ipynb", ".py")))
        if not missing:
            return
        if len(missing) == len(others) == 1:
            submission = read_submission(folder / others[0])
            require_answers(submission, self._path("release", "."))
            with open(folder / missing[0], "x", encoding="utf-8") as file:
                nbformat.write(adopted(submission), file)
            return
        if len(missing) < len(expected):
            return  # nbgrader gives 0 points for the notebooks that are missing.
        found = ", ".join(plain(name, 40) for name in sorted(present)) or "nothing"
        raise RefusedError(
            f"there is no {missing[0]}; handed in: {found}. Give the notebook its name"
        )

    def _path(self, step: str, student: str) -> Path:
        return self.classroom.path(step, student, self.assignment)


def _reason(error: Exception) -> str:
    """The error in one line."""
    if isinstance(error, AutograderError):
        return str(error)
    return f"{type(error).__name__}: {error}".partition("\n")[0]


class _KeepsException(BaseConverter):
    """Keeps the exception that stopped a conversion.

    nbgrader writes it into its log, and raises another exception that says 'see above'.
    """

    stopped_by: Exception | None = None

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.stopped_by = error
            raise

    def init_destination(self, *ids: str) -> Any:
        with self._kept():
            return super().init_destination(*ids)

    def init_assignment(self, *ids: str) -> None:
        with self._kept():
            super().init_assignment(*ids)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        with self._kept():
            super().convert_single_notebook(notebook_filename)

    def set_permissions(self, *ids: str) -> None:
        with self._kept():
            super().set_permissions(*ids)


class _KeepingAutograde(_KeepsException, Autograde):
    """nbgrader's, configured as ``Autograde`` in nbgrader_config.py."""


class _KeepingFeedback(_KeepsException, GenerateFeedback):
    """nbgrader's, configured as ``GenerateFeedback`` in nbgrader_config.py."""


def _autograde(api: NbGraderAPI, assignment: str, student: str) -> None:
    """Grade a submission as ``nbgrader autograde --force`` does.

    Raises:
        Exception: what stopped it. nbgrader has removed what it had written so far.
    """
    converter = _KeepingAutograde(coursedir=api.coursedir, parent=api)
    converter.force = converter.create_student = True
    _start(converter, assignment, student)


def _generate_feedback(api: NbGraderAPI, assignment: str, student: str) -> None:
    """Write the feedback of a graded submission as ``nbgrader generate_feedback --force`` does.

    Raises:
        Exception: what stopped it.
    """
    converter = _KeepingFeedback(coursedir=api.coursedir, parent=api)
    # The configuration may name another template, for other pages.
    converter.update_config(Config(HTMLExporter={"template_name": "feedback"}))
    converter.force = True
    _start(converter, assignment, student)


def _start(converter: _KeepsException, assignment: str, student: str) -> None:
    with temp_attrs(converter.coursedir, assignment_id=assignment, student_id=student):
        try:
            converter.start()
        except NbGraderException as error:
            raise converter.stopped_by or error from None
