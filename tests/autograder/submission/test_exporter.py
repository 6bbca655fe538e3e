"""nbgrader's exporter leaves a submission to the step that repairs it, if there is such a step."""

import nbformat
import pytest
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from autograder.gradebook.preprocessors import RepairSubmission
from autograder.submission.exporter import SubmissionExporter

IDS = {"student": "ada", "assignment": "a1", "notebook": "one"}


class Seen(Preprocessor):
    """Notes the sources of the cells that it is handed."""

    sources = None

    def preprocess(self, nb, resources):
        """Nothing is changed."""
        Seen.sources = [cell.source for cell in nb.cells]
        return nb, resources


class ReadsItself(Seen):
    """As ``RepairSubmission``, of which nothing but this matters here."""

    reads_submission = RepairSubmission.reads_submission


@pytest.mark.parametrize(("step", "sources"), [(Seen, ["x = 1"]), (ReadsItself, [])])
def test_a_submission_is_left_out_only_where_a_step_reads_it(tmp_path, step, sources):
    """nbgrader's own steps alone, as in another configuration, get what was handed in."""
    for folder in ("submitted/ada/a1", "release/a1"):
        (tmp_path / folder).mkdir(parents=True)
        notebook = new_notebook(cells=[new_code_cell("x = 1", id="one")])
        nbformat.write(notebook, tmp_path / folder / "one.ipynb")
    exporter = SubmissionExporter(config=Config(CourseDirectory={"root": str(tmp_path)}))
    exporter.register_preprocessor(step, enabled=True)
    exporter.from_filename(
        str(tmp_path / "submitted/ada/a1/one.ipynb"), resources={"nbgrader": dict(IDS)}
    )
    assert Seen.sources == sources
