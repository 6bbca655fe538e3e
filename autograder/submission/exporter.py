"""nbgrader's exporter for the first step of autograding, which opens no submission by itself.

nbformat fails at notebooks that ``read_submission`` (autograder/submission/read.py) can read.
nbgrader has every file read by nbformat before the first preprocessor runs, and that one,
``RepairSubmission``, reads the file again. So here nbformat reads only what nobody reads later.
"""

from pathlib import Path
from typing import IO, Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.coursedir import CourseDirectory

__all__ = ["SubmissionExporter"]


class SubmissionExporter(NotebookExporter):
    """Hands an empty notebook on in place of a submission that ``RepairSubmission`` reads."""

    def from_file(
        self, file_stream: IO[str], resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """nbconvert's call: preprocess a notebook that was opened."""
        if not self._is_read_later(Path(file_stream.name), resources or {}):
            read: tuple[Any, dict[str, Any]] = super().from_file(file_stream, resources, **kw)
            return read
        empty = nbformat.v4.new_notebook()
        handed_on: tuple[Any, dict[str, Any]] = self.from_notebook_node(empty, resources, **kw)
        return handed_on

    def _is_read_later(self, path: Path, resources: dict[str, Any]) -> bool:
        """True for a submitted file of an assignment that has a release.

        And only if somebody does read it: another configuration may leave that step out.
        """
        if not any(getattr(step, "reads_submission", False) for step in self._preprocessors):
            return False
        ids = resources.get("nbgrader", {})
        if not {"assignment", "student"} <= ids.keys():
            return False
        course, assignment = CourseDirectory(config=self.config), ids["assignment"]
        submitted = course.format_path(course.submitted_directory, ids["student"], assignment)
        released = course.format_path(course.release_directory, ".", assignment)
        is_submitted = path.resolve().parent == Path(submitted).resolve()
        return is_submitted and Path(released, path.name).exists()
