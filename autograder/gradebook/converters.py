"""nbgrader's conversions of one submission, with the exception that stopped one.

nbgrader writes such an exception into its log, and raises another that says 'see above'.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.utils import temp_attrs
from traitlets.config import Config

__all__ = ["autograde", "generate_feedback"]


def autograde(api: NbGraderAPI, assignment: str, student: str) -> None:
    """Grade a submission as ``nbgrader autograde --force`` does.

    Raises:
        Exception: what stopped it. nbgrader has removed what it had written so far.
    """
    converter = _Autograde(coursedir=api.coursedir, parent=api)
    converter.force = converter.create_student = True
    _start(converter, assignment, student)


def generate_feedback(api: NbGraderAPI, assignment: str, student: str) -> None:
    """Write the feedback of a graded submission as ``nbgrader generate_feedback --force`` does.

    Raises:
        Exception: what stopped it.
    """
    converter = _GenerateFeedback(coursedir=api.coursedir, parent=api)
    # The configuration may name another template, for other pages.
    converter.update_config(Config(HTMLExporter={"template_name": "feedback"}))
    converter.force = True
    _start(converter, assignment, student)


def _start(converter: "_KeepsException", assignment: str, student: str) -> None:
    with temp_attrs(converter.coursedir, assignment_id=assignment, student_id=student):
        try:
            converter.start()
        except NbGraderException as error:
            raise converter.stopped_by or error from None


class _KeepsException(BaseConverter):
    """Keeps the exception of the step that failed."""

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


class _Autograde(_KeepsException, Autograde):
    """nbgrader's, configured as ``Autograde`` in nbgrader_config.py."""


class _GenerateFeedback(_KeepsException, GenerateFeedback):
    """nbgrader's, configured as ``GenerateFeedback`` in nbgrader_config.py."""
