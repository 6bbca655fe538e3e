"""What runs inside nbgrader's own conversions, wired in nbgrader_config.py."""

from pathlib import Path

import nbformat
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum, is_grade

from autograder.cells import checked
from autograder.display import VERDICT_MIME
from autograder.errors import AuthorError
from autograder.notebooks import repair
from autograder.reading import read_submission

__all__ = ["REPAIRS", "RepairSubmission", "RequireVerdict", "repairs_in"]

REPAIRS = "repairs"  # Id of the cell that tells of them.


class RepairSubmission(NbGraderPreprocessor):
    """The first step of autograding: the student's answers in the released notebook's cells.

    It reads the submitted file itself, which stays as it is. What was repaired is told in
    a first cell, so that feedback shows it.
    """

    def preprocess(self, nb, resources):
        """The repaired notebook; one of an assignment without a release stays as it is."""
        course, ids = CourseDirectory(config=self.config), resources["nbgrader"]
        assignment, name = ids["assignment"], f"{ids['notebook']}.ipynb"
        released = Path(course.format_path(course.release_directory, ".", assignment), name)
        if not released.exists():
            return nb, resources
        folder = course.format_path(course.submitted_directory, ids["student"], assignment)
        notebook, repairs = repair(read_submission(Path(folder, name)), _master(released))
        if repairs:
            lines = "\n".join(f"- {sentence}" for sentence in repairs)
            text = f"This notebook was repaired before it was graded:\n\n```\n{lines}\n```"
            notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text, id=REPAIRS))
        return notebook, resources


class RequireVerdict(NbGraderPreprocessor):
    """After the cells have run: a test cell without a verdict has not tested anything.

    nbgrader gives full marks to a test cell that neither fails nor shows a number, as one
    does after ``check`` has been defined anew.
    """

    def preprocess_cell(self, cell, resources, index):
        """The cell, with an error where its verdict is missing."""
        if cell.cell_type != "code" or not checked(cell.source) or not is_grade(cell):
            return cell, resources
        shown = [output.get("data", {}) for output in cell.outputs]
        if not any(VERDICT_MIME in data for data in shown):
            reason = "no verdict came out of this cell: is something else called check?"
            error = nbformat.v4.new_output("error", ename="NoVerdict", evalue=reason)
            error.traceback = [reason]
            cell.outputs = [*cell.outputs, error]
        return cell, resources


def repairs_in(notebook):
    """The sentences that ``RepairSubmission`` left in a graded notebook."""
    first = notebook.cells[0] if notebook.cells else {}
    lines = first.get("source", "").splitlines() if first.get("id") == REPAIRS else []
    return tuple(line[2:] for line in lines if line.startswith("- "))


def _master(path):
    """The released notebook, if it is as nbgrader released it.

    Raises:
        AuthorError: if a cell was edited. What somebody wrote there would become the answer
            of whoever handed in nothing.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        noted = cell.metadata.get("nbgrader", {})
        if "checksum" in noted and noted["checksum"] != compute_checksum(cell):
            raise AuthorError(
                f"cell {noted['grade_id']} of the released {path} was edited: move that copy "
                "elsewhere and run 'python -m autograder build --overwrite'"
            )
    return notebook
