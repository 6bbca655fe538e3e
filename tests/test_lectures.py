"""Every notebook that people open runs from top to bottom, without a network."""

import nbformat
import pytest
from nbclient import NotebookClient

from autograder import ROOT
from autograder.exercise import assignments, exercises_of

pytestmark = pytest.mark.slow


def run(path, monkeypatch):
    """The executed notebook; a cell that raises, or hangs for 15 minutes, fails the test."""
    # Whoever asks the network is refused at once.
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=900,  # Machines differ sixfold: how long lectures take is measured in benchmarks.
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--log-level=ERROR"],
    )
    return client.execute()


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("notebooks/lectures/*.ipynb")), ids=lambda p: p.stem
)
def test_lecture_runs(path, monkeypatch):
    """A lecture runs, and nothing in it writes to stderr."""
    for cell in run(path, monkeypatch).cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", output["text"]


@pytest.mark.parametrize("assignment", assignments())
@pytest.mark.usefixtures("instructor_notebooks")
def test_answers_have_all_points(assignment, monkeypatch):
    """The instructor's notebook runs, cells for the eyes included, and every check is full."""
    notebook = run(ROOT / f"solutions/{assignment}/{assignment}.ipynb", monkeypatch)
    cells = {cell.id: cell for cell in notebook.cells}
    for name in exercises_of(assignment):
        checked = cells[f"check_{name}"]
        points = float(checked.outputs[-1].data["text/plain"])
        assert points == checked.metadata.nbgrader.points, name
