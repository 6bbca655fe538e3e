"""A class graded on the workers of a real Dask cluster, some of which die, come late or lie."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import dask
import numpy as np
import pytest

from autograder import ROOT
from autograder.authoring.demo import make_class
from autograder.cluster.parcels import pack, unpack
from autograder.cluster.pool import ClusterPool
from autograder.cluster.remote import versions
from autograder.errors import MachineError, UsageError
from autograder.gradebook import preprocessors as nbgrader_plugins
from autograder.gradebook.bookkeeping import at_the_desk
from autograder.gradebook.classroom import Classroom
from autograder.gradebook.grade import grade
from autograder.sandbox.policy import LIMITS
from autograder.sandbox.records import REASONS, RECORD, CellRun, stopped

ASSIGNMENT = "a1_distances"
PATIENCE = 600  # Seconds for what takes five on an idle machine.
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
HEADER = {"machine": "host:1", "address": "tcp://1", "seconds": 0.5}
ERROR = {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["a", "b"]}
RUNS = [
    CellRun(),
    CellRun([], None, ""),
    CellRun([{"output_type": "stream", "name": "stderr", "text": "é\n\x01"}], None, ""),
    CellRun([ERROR | {"ename": "MemoryError"}], None, "", "memory"),
    CellRun([], b"", ""),
    CellRun([], bytes(range(256)), ""),
    CellRun([], b"seen", REASONS["time"], "time"),
    CellRun([], None, REASONS["missing"]),
    stopped("stopped: it took more memory than it may", "memory"),
]


def test_what_came_of_cells_is_the_same_after_the_journey():
    """Outputs, observations, reasons and troubles of each kind, and of none."""
    reply = unpack(pack(HEADER, RUNS), len(RUNS), LIMITS)
    assert reply.runs == RUNS
    assert (reply.machine, reply.address, reply.seconds) == ("host:1", "tcp://1", 0.5)


def test_a_machine_that_did_not_run_a_notebook_says_why():
    """Without runs, which would be marked."""
    failed = unpack(pack({"machine": "m", "failure": "a worker did not start"}), 3, LIMITS)
    assert (failed.runs, failed.failure) == (None, "a worker did not start")


def record(header):
    """A record as a liar may write it."""
    return RECORD.pack(len(header)) + header


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"\x80\x04N.",
        record(b"[]"),
        record(b'{"bytes": -1}'),
        record(b'{"bytes": 1e99}'),
        RECORD.pack(2**32 - 1),
        pack(HEADER, RUNS)[:-1],
        pack(HEADER, [CellRun([{"output_type": "script"}], None, "")]),
        pack(HEADER) + record(b'{"bytes": 0}') * 12,
    ],
)
def test_a_parcel_that_breaks_a_rule_is_the_machines_fault(forged):
    """A forged answer is no answer: never a mark, never another exception."""
    with pytest.raises(MachineError, match="answer cannot be used"):
        unpack(forged, len(RUNS), LIMITS)


def test_a_parcel_with_any_byte_changed_is_read_or_refused():
    """Two thousand damaged parcels raise nothing but what the grader expects."""
    rng, whole, refused = np.random.default_rng(1), pack(HEADER, RUNS), 0
    for _ in range(2_000):
        forged = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            forged[place] = rng.integers(256)
        try:
            reply = unpack(bytes(forged), len(RUNS), LIMITS)
        except MachineError:
            refused += 1
        else:
            assert reply.seconds >= 0 and reply.machine.isprintable()
    assert 100 < refused < 2_000


def test_without_dask_the_message_has_the_command_that_installs_it(monkeypatch):
    """Nothing else is looked at before."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    command = "pip install --constraint tests/requirements.txt distributed"
    with pytest.raises(UsageError, match=f"--scheduler needs Dask: '{command}'"):
        ClusterPool(ASSIGNMENT, "tcp://127.0.0.1:1", ROOT)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nowhere", "http://x"])
def test_a_scheduler_that_does_not_answer_is_told_in_seconds(address):
    """The message has the address and the command that starts one."""
    with socket.socket() as bound:  # Nobody else's, and nobody listens.
        bound.bind(("127.0.0.1", 0))
        address = address.format(port=bound.getsockname()[1])
        started = time.monotonic()
        with pytest.raises(UsageError, match=r"no Dask scheduler answers at .*'dask scheduler'"):
            ClusterPool(ASSIGNMENT, address, ROOT)
    assert time.monotonic() - started < 60


class Cluster:
    """A scheduler and workers, each a process in a folder of its own."""

    def __init__(self, folder, **variables):
        self.folder, self.processes = folder, {}
        failures = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
        self.variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | failures | variables
        options = ["--port", "0", "--dashboard-address", "127.0.0.1:0"]
        file = folder / "scheduler" / "address"
        self.start("scheduler", "scheduler", *options, "--scheduler-file", str(file))
        wait_for(lambda: file.exists() and file.read_text().strip())
        log = folder / "scheduler" / "log"
        wait_for(lambda: "Scheduler at:" in log.read_text())
        self.address = log.read_text().partition("Scheduler at:")[2].split()[0]

    def start(self, name, kind, *options, **variables):
        """Start a process of Dask's and do not wait for it."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        variables = self.variables | {"DASK_TEMPORARY_DIRECTORY": str(home)} | variables
        with open(home / "log", "wb") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "dask", kind, "--host", "127.0.0.1", *options],
                cwd=home,
                env=variables,
                stdout=log,
                stderr=log,
            )

    def add(self, name, *options, **variables):
        """Start a worker of one thread, and do not wait for it."""
        options = options or ("--no-nanny",)
        common = ["--nthreads", "1", "--name", name, "--dashboard-address", "127.0.0.1:0"]
        self.start(name, "worker", self.address, *common, *options, **variables)

    def end(self, *names):
        """Kill processes at once."""
        for name in names or list(self.processes):
            process = self.processes.pop(name)
            process.kill()
            process.wait()

    def wait(self, *names):
        """Wait until Dask's scheduler knows these workers and no others."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            wait_for(lambda: known(client) == set(names))


def known(client):
    """Names of a cluster's workers."""
    return {worker["name"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()}


def wait_for(condition):
    """Wait for what other processes do."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler without workers."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.end()


@pytest.fixture
def said(monkeypatch):
    """What a person is told while the class is graded."""
    lines = []
    monkeypatch.setattr("autograder.cluster.pool._say", lines.append)
    return lines


def a_class(folder, students, changes, **overrides):
    """A class whose seed is known, and so its marks."""
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
    for pool in list(nbgrader_plugins._POOLS.values()):
        tasks = pool.client.processing()
        workers = pool.client.scheduler_info(n_workers=-1)["workers"]
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
    """One worker killed at work, one late, one of another version: each graded once, as ever."""
    alone = a_class(tmp_path / "alone", 4, CHANGES)
    marks = {r.student: (r.status, r.marks) for r in grade(alone, ASSIGNMENT)}
    for name in ("a", "b", "c"):
        cluster.add(name)
    cluster.wait("a", "b", "c")
    classroom = a_class(tmp_path / "many", 12, CHANGES, scheduler=cluster.address)
    # No more than four are under way, so the others are still to come while the desk is held.
    with being_graded(classroom, workers=4) as results:
        wait_for(lambda: is_busy("a"))
        helpers = descendants(cluster.processes["a"].pid)
        assert helpers
        cluster.end("a")
        with at_the_desk():
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
    """It goes on when one comes: at the start, and after the last one died."""
    classroom = a_class(tmp_path, 3, CHANGES, scheduler=cluster.address)
    with being_graded(classroom, workers=1) as results:
        wait_for(lambda: said)
        assert f"no worker is there: waiting. 'dask worker {cluster.address}" in said[0]
        cluster.add("first")
        wait_for(lambda: is_busy("first"))
        cluster.end("first")
        wait_for(lambda: sum("no worker is there" in line for line in said) == 2)
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
    """Nobody is marked for it, and the same command goes on later."""
    classroom = a_class(tmp_path, 3, CHANGES, scheduler=cluster.address)

    def lose():
        with being_graded(classroom):
            wait_for(lambda: said)
            cluster.end("scheduler")

    with pytest.raises(MachineError, match="is gone; the same command goes on where this one was"):
        lose()
    assert not written(classroom)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_with_tls_only_who_has_the_certificate_gets_in(tmp_path):
    """Dask's own settings are all it takes; without them nobody answers."""
    names = [str(tmp_path / name) for name in ("key.pem", "cert.pem")]
    make = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=class -keyout {} -out {}"
    subprocess.run(["openssl", *make.format(*names).split()], check=True, capture_output=True)
    settings = {"distributed.comm.default-scheme": "tls", "distributed.comm.tls.ca-file": names[1]}
    for role in ("scheduler", "worker", "client"):
        settings |= {f"distributed.comm.tls.{role}.key": names[0]}
        settings |= {f"distributed.comm.tls.{role}.cert": names[1]}
    spelled = {name.replace(".", "__").replace("-", "_").upper(): name for name in settings}
    variables = {f"DASK_{upper}": settings[name] for upper, name in spelled.items()}
    cluster = Cluster(tmp_path, **variables)
    try:
        assert cluster.address.startswith("tls://")
        with pytest.raises(UsageError, match="no Dask scheduler answers at tls://"):
            ClusterPool(ASSIGNMENT, cluster.address, tmp_path)
        cluster.add("private")
        with dask.config.set(settings):
            cluster.wait("private")
            pool = ClusterPool(ASSIGNMENT, cluster.address, tmp_path)
            runs, _ = pool.run([{"source": "print('seen')", "check": None}], 1)
            pool.close()
        assert runs[0].outputs[0]["text"] == "seen\n"
    finally:
        cluster.end()
