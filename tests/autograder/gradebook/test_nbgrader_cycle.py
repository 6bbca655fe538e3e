"""nbgrader's stock commands and JupyterLab extensions, on a copy with one tiny assignment."""

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

ROOT = Path(__file__).resolve().parents[3]
COURSE_ID = "generative-models"
STUDENT = getpass.getuser()
SOLUTION = """def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION"""
WRITTEN = "Because twice is two times."

pytestmark = pytest.mark.slow


def nbgrader_cell(cell, grade_id, **role):
    """The cell with nbgrader's metadata, so that it is graded or locked as `role` says."""
    metadata = {"schema_version": 3, "grade_id": grade_id, "task": False}
    metadata |= {"grade": False, "solution": False, "locked": False} | role
    cell.metadata["nbgrader"] = metadata
    return cell


@pytest.fixture
def copy(tmp_path):
    """A course of one assignment: a function, its tests, a written question; answers beside."""
    for name in ("nbgrader_config.py", "Makefile"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    folder = tmp_path / "solutions" / "tiny"
    folder.mkdir(parents=True)
    tests = "assert double(3) == 6\n### BEGIN HIDDEN TESTS\nassert double(-1) == -2\n"
    cells = [
        nbgrader_cell(new_code_cell(SOLUTION), "double", solution=True),
        nbgrader_cell(
            new_code_cell(tests + "### END HIDDEN TESTS"),
            "double_tests",
            grade=True,
            locked=True,
            points=2,
        ),
        nbgrader_cell(new_markdown_cell("Because."), "why", grade=True, solution=True, points=3),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "tiny.ipynb")
    (folder / "tiny.py").write_text(SOLUTION)
    return tmp_path


@pytest.fixture
def variables(copy, either_gradebook):
    """Variables that keep the user's own Jupyter, and the class that is open, out of it."""
    own = {f"JUPYTER_{kind}_DIR": str(copy / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    away = ("CLASSROOM", "NBGRADER_EXCHANGE", "JUPYTER_CONFIG_PATH", "MAKEFLAGS", "ARGS", "PYTHON")
    return {name: value for name, value in os.environ.items() if name not in away} | own


def fill(path, code):
    """Fill a fetched notebook as a student would: the function and the written answer."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = code
    notebook.cells[2].source = WRITTEN
    nbformat.write(notebook, path)


def grade_of(classroom):
    """Points so far, and whether a person still has to grade."""
    url = os.environ.get("GRADEBOOK") or f"sqlite:///{classroom / 'gradebook.db'}"
    with Gradebook(url, COURSE_ID) as gradebook:
        submission = gradebook.find_submission("tiny", STUDENT)
        return submission.score, submission.needs_manual_grade


def test_the_stock_commands_take_an_assignment_from_source_to_export(copy, variables):
    """From the root of the course each command finds what the one before it left."""

    def nbgrader(*arguments):
        # By its path, .venv not being on PATH: a fresh gradebook must be made even so.
        command = [str(Path(sys.prefix) / "bin" / "nbgrader"), *arguments]
        done = subprocess.run(
            command, cwd=copy, env=variables, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    nbgrader("generate_assignment", "tiny")
    released = copy / "notebooks" / "assignments" / "tiny"
    assert [path.name for path in released.iterdir()] == ["tiny.ipynb"]
    assert "2 * x" not in (released / "tiny.ipynb").read_text()
    (released / "notes.md").write_text("for the instructor")

    nbgrader("release_assignment", "tiny")
    assert f"{COURSE_ID} tiny" in nbgrader("list")
    nbgrader("fetch_assignment", "tiny")
    mine = copy / "notebooks" / "my_assignments" / "tiny"
    assert [path.name for path in mine.iterdir()] == ["tiny.ipynb"]

    fill(mine / "tiny.ipynb", "def double(x):\n    return x * 2")
    nbgrader("submit", "tiny")
    nbgrader("collect", "tiny")
    submitted = copy / "classroom" / "submitted" / STUDENT / "tiny"
    assert {path.name for path in submitted.iterdir()} == {
        "tiny.ipynb",
        "timestamp.txt",
        "submission_secret.txt",
    }
    nbgrader("autograde", "tiny")
    assert grade_of(copy / "classroom") == (2, True)
    nbgrader("generate_feedback", "tiny")
    assert (copy / "classroom" / "feedback" / STUDENT / "tiny" / "tiny.html").stat().st_size
    nbgrader("export", "--to", "classroom/grades.csv")
    assert f",{STUDENT}," in (copy / "classroom" / "grades.csv").read_text()


@pytest.fixture
def lab(copy, variables):
    """`make lab` in the copy, as a function that sends a request and returns what comes back."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = f"--no-browser --port {port} --ServerApp.port_retries=0"
    with (copy / "lab.log").open("w") as log:
        process = subprocess.Popen(
            ["make", "-o", "install", "lab", f"ARGS={arguments} --IdentityProvider.token=t"],
            cwd=copy,
            env=variables | {"CLASSROOM": "classroom/evening"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def send(path, /, method=None, **body):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/{path}",
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": "token t"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=120) as response:
            text = response.read().decode()
        return json.loads(text) if text.startswith(("{", "[")) else text

    try:
        wait_until_up(send, process, copy / "lab.log")
        yield send
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=120)


def wait_until_up(send, process, log, patience=300):
    """Return once the server answers; fail with its log if it does not."""
    deadline = time.monotonic() + patience
    while True:
        try:
            send("api/status")
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        else:
            return


def test_one_jupyterlab_serves_student_and_instructor(copy, lab):
    """A round in the browser: release, fetch, validate, submit, collect, grade, feedback."""
    assignment = {"course_id": COURSE_ID, "assignment_id": "tiny"}
    classroom = copy / "classroom" / "evening"

    def manage(action):
        assert lab(f"formgrader/api/assignment/tiny/{action}", go=True)["success"], action

    def listed():
        answer = lab(f"assignments?course_id={COURSE_ID}")
        assert answer["success"], answer["value"]
        return [(entry["status"], entry["assignment_id"]) for entry in answer["value"]]

    assert listed() == []
    manage("assign")
    manage("release")
    assert listed() == [("released", "tiny")]

    lab("assignments/fetch", **assignment)
    assert listed() == [("fetched", "tiny")]
    path = "notebooks/my_assignments/tiny/tiny.ipynb"
    assert lab(f"api/contents/{path}")["type"] == "notebook"

    fill(copy / path, "def double(x):\n    return 3 * x")
    (failed,) = lab("assignments/validate", path=path)["value"]["failed"]
    assert failed["source"] == "assert double(3) == 6"
    fill(copy / path, "def double(x):\n    return x + x")
    assert lab("assignments/validate", path=path) == {"success": True, "value": {}}

    lab("assignments/submit", **assignment)
    assert listed() == [("fetched", "tiny"), ("submitted", "tiny")]
    manage("collect")
    graded = lab(f"formgrader/api/submission/tiny/{STUDENT}/autograde", go=True)
    assert graded["success"], "\n".join(str(v) for v in graded.values())
    assert grade_of(classroom) == (2, True)
    (notebook,) = lab("formgrader/api/submitted_notebooks/tiny/tiny")
    assert WRITTEN in lab(f"formgrader/submissions/{notebook['id']}/")
    grades = lab(f"formgrader/api/grades?submission_id={notebook['id']}")
    (written,) = [grade["id"] for grade in grades if grade["max_score"] == 3]
    lab(f"formgrader/api/grade/{written}", method="PUT", manual_score=1.5)
    assert grade_of(classroom) == (3.5, False)

    manage("generate_feedback")
    manage("release_feedback")
    lab("assignments/fetch_feedback", **assignment)
    (feedback,) = (copy / "notebooks/my_assignments/tiny/feedback").glob("*/tiny.html")
    assert WRITTEN in feedback.read_text()
