"""A class is graded on a real Dask cluster; some of its workers die or come late."""

import contextlib
import shutil
import signal
import threading
from collections import Counter
from pathlib import Path

import pytest
from dask_cluster import PATIENCE, Cluster, wait_for

from autograder import ROOT
from autograder.authoring.demo import make_class
from autograder.cluster.pool import ClusterPool
from autograder.cluster.remote import versions
from autograder.errors import MachineError, UsageError
from autograder.gradebook.classroom import Classroom
from autograder.gradebook.grade import grade
from autograder.gradebook.locks import nbgrader_lock
from autograder.gradebook.runners import open_runners

ASSIGNMENT = "a1_distances"
HALF = "def kl_gaussian(mu, log_var):\n    return np.sum(mu**2 + np.exp(log_var) - log_var - 1, -1)"
SLOW = "import time\n\ntime.sleep(1)\n\n\ndef lp_norm(x, p):\n    return np.linalg.norm(x, ord=p)"
CRASH = "def lp_norm(x, p):\n    import os\n    os._exit(1)"
CHANGES = {
    "right": {},
    "half": {"kl_gaussian": HALF},
    "slow": {"lp_norm": SLOW},
    "crash": {"lp_norm": CRASH},
}
# Without isolation a submission can end whatever started its sandbox.
KILLER = """
import os
import signal

worker = os.getppid()
status = open(f"/proc/{worker}/stat").read()
os.kill(int(status.rpartition(")")[2].split()[1]), signal.SIGKILL)


def lp_norm(x, p):
    return 0
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler without workers."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.end()


@pytest.fixture
def said(monkeypatch):
    """The lines printed for a person while the class is graded."""
    lines = []
    monkeypatch.setattr("autograder.cluster.workers._say", lines.append)
    return lines


def a_class(folder, students, changes, **overrides):
    """A class whose seed is known, so its marks are known too."""
    classroom = make_class(students, folder, ASSIGNMENT, changes)
    (Path(folder) / "seed").write_text("7")
    return Classroom(folder, classroom.overrides | {"SandboxedExecute": overrides})


@contextlib.contextmanager
def being_graded(classroom, **options):
    """Grade in another thread; yields the list that results come into, all of them at the end.

    Raises:
        Exception: what ended the grading, if something did.
    """
    results, failures = [], []

    def run():
        try:
            results.extend(grade(classroom, ASSIGNMENT, **options))
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield results
    finally:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


def descendants(process):
    """Ids of all processes that one has started, and those that they have."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}


def is_busy(worker):
    """True if Dask has given a worker of the grader's cluster something to run."""
    for runner in open_runners():
        tasks = runner.pool.client.processing()
        workers = runner.pool.client.scheduler_info(n_workers=-1)["workers"]
        return any(tasks.get(a) for a, about in workers.items() if about["name"] == worker)
    return False


def written(classroom):
    """How many sets of marks the gradebook has of each student."""
    with classroom.api.gradebook as gradebook:
        return Counter(
            submission.student_id
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
            for notebook in submission.notebooks
            if all(g.auto_score is not None for g in notebook.grades if "check" in g.name)
        )


@pytest.mark.slow
def test_a_class_survives_its_machines_with_the_marks_of_one_machine(cluster, tmp_path, said):
    """One worker is killed at work, one is late, one has another version: same marks, each once."""
    alone = a_class(tmp_path / "alone", 4, CHANGES)
    marks = {r.student: (r.status, r.marks) for r in grade(alone, ASSIGNMENT)}
    for name in ("a", "b", "c"):
        cluster.add(name)
    cluster.wait("a", "b", "c")
    classroom = a_class(tmp_path / "many", 12, CHANGES, scheduler=cluster.address)
    # No more than four are under way, so the others are still to come while the lock is held.
    with being_graded(classroom, workers=4) as results:
        wait_for(lambda: is_busy("a"))
        helpers = descendants(cluster.processes["a"].pid)
        assert helpers
        cluster.end("a")
        with nbgrader_lock():
            wait_for(lambda: not [pid for pid in helpers if Path(f"/proc/{pid}").exists()])
            cluster.add("late")
            stranger(cluster, tmp_path)
            wait_for(lambda: [line for line in said if "joined" in line and "late" in line])
            wait_for(lambda: cluster.processes["stranger"].poll() is not None)
    assert len(results) == len({result.student for result in results}) == 12
    for result in results:
        kind = result.student.rstrip("0123456789")
        assert (result.status, result.marks) == marks[kind], result
    assert set(written(classroom).values()) == {1} and len(written(classroom)) == 12
    machines = {result.machine.rpartition(":")[2] for result in results}
    assert {"b", "c", "late"} <= machines <= {"a", "b", "c", "late"}
    assert any(line.startswith("gone: ") and ":a;" in line for line in said)
    own = versions()["the course"]
    (refusal,) = [line for line in said if "stranger" in line]
    assert "told to leave" in refusal and f"{own} here" in refusal and "the course" in refusal
    cluster.end("b", "c", "late", "stranger")
    cluster.wait()


def stranger(cluster, folder):
    """Add a worker whose course differs in one line."""
    for name in ("course", "autograder"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / "other" / name, ignore=ignored)
    with open(folder / "other" / "course" / "distances.py", "a") as file:
        file.write("# Another version.\n")
    cluster.add("stranger", PYTHONPATH=str(folder / "other"))


@pytest.mark.slow
def test_a_worker_of_another_version_at_the_start_is_refused_with_what_differs(cluster, tmp_path):
    """Grading does not begin, and the message has both versions."""
    stranger(cluster, tmp_path)
    cluster.wait("stranger")
    with pytest.raises(UsageError, match=r"stranger cannot serve: the course \w+ there, \w+ here"):
        ClusterPool(ASSIGNMENT, cluster.address, tmp_path)
    cluster.end("stranger")
    cluster.wait()


@pytest.mark.slow
def test_without_workers_grading_waits_and_says_so(cluster, tmp_path, said):
    """It continues when a worker comes: at the start, and after the last one died."""
    classroom = a_class(tmp_path, 3, CHANGES, scheduler=cluster.address)
    with being_graded(classroom, workers=1) as results:
        wait_for(lambda: said)
        assert "waiting: there is no worker" in said[0]
        assert f"'dask worker {cluster.address} --nthreads 1'" in said[0]
        cluster.add("first")
        wait_for(lambda: is_busy("first"))
        cluster.end("first")
        wait_for(lambda: sum("there is no worker" in line for line in said) == 2)
        cluster.add("second")
    assert [result.is_graded for result in results] == [True] * 3
    cluster.end("second")
    cluster.wait()


@pytest.mark.slow
def test_a_submission_that_kills_its_workers_is_not_graded_and_no_zero(cluster, tmp_path, said):
    """Dask gives up on it; the others are graded by the worker that its nanny starts again."""
    cluster.add("nursed", "--nanny")
    cluster.wait("nursed")
    changes = {"killer": {"lp_norm": KILLER}, "right": {}}
    overrides = {"scheduler": cluster.address, "isolation": "none"}
    classroom = a_class(tmp_path, 2, changes, **overrides)
    results = {result.student: result for result in grade(classroom, ASSIGNMENT)}
    assert results["right"].status == "graded"
    assert results["killer"].status == "not graded"
    assert results["killer"].detail == "2 workers died while they ran it"
    assert list(written(classroom)) == ["right"]
    cluster.processes["nursed"].send_signal(signal.SIGTERM)
    cluster.processes.pop("nursed").wait(PATIENCE)
    cluster.wait()


@pytest.mark.slow
def test_a_scheduler_that_is_gone_ends_the_run_with_what_to_do(cluster, tmp_path, said):
    """Nobody gets marks for it, and the same command continues later."""
    classroom = a_class(tmp_path, 3, CHANGES, scheduler=cluster.address)

    def lose():
        with being_graded(classroom):
            wait_for(lambda: said)
            cluster.end("scheduler")

    with pytest.raises(
        MachineError, match="is gone; the same command continues where this one stopped"
    ):
        lose()
    assert not written(classroom)
