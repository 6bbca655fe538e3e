"""The hostile bank: each attack has the outcome it deserves, and nobody else notices.

It runs on workers as a class is graded by them, but for shorter times. After every attack
a neighbour's notebook shows the same bytes as before, and so does all that it can see of
the sandbox; the machine around it was not touched.
"""

import inspect
import os
import platform
import re
import socket
import sys

import pytest
from attacks import ATTACKS, RIGHT, TENSORFLOW_ATTACKS

from autograder import ROOT
from autograder.exercises.catalogue import exercises_of
from autograder.judging.key import key_of
from autograder.judging.verdict import judge
from autograder.sandbox import pool as pools
from autograder.sandbox.pool import Pool
from course.distances import lp_norm

SEED = 5
SECRET = "kept-from-students-93b1"
ANSWER = inspect.getsource(lp_norm).strip().splitlines()[-1].strip()
LIMITS = {"cell_seconds": 2, "probe_seconds": 2, "notebook_seconds": 30}
CHECK = {"source": "check(lp_norm, points=2)", "check": "lp_norm"}
SYSCALLS = {"x86_64": {"CLONE": 56, "ADD_KEY": 248}, "aarch64": {"CLONE": 220, "ADD_KEY": 217}}
# What a submission can tell another: all that it may write to, and what its process inherits.
CENSUS = """
import os, resource, signal, sys
for folder in ["/tmp", "/dev/shm", "/dev/mqueue", os.environ["HOME"], "."]:
    print(folder, sorted(os.listdir(folder)) if os.path.isdir(folder) else None)
print(len([name for name in os.listdir("/proc") if name.isdigit()]), "processes")
print([open(f"/proc/sysvipc/{kind}").read().count("\\n") for kind in ("shm", "msg", "sem")])
print([(name, resource.getrlimit(getattr(resource, name))) for name in sorted(dir(resource))
       if name.startswith("RLIMIT_") and name != "RLIMIT_AS"])
print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0), os.getuid() != 0)
print([signal.getsignal(number) for number in range(1, 32) if number != signal.SIGALRM])
print(sorted(os.environ), sys.path, sorted(os.listdir("/proc/self/fd"))[:4])
print([line for line in open("/proc/self/status") if line.startswith(("Cap", "Groups", "NoNewP"))])
"""

pytestmark = pytest.mark.slow


class Host:
    """What an attack must not touch: listeners, a secret, the grader's own signals."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "gradebook.db").write_text(SECRET)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.local = socket.socket(socket.AF_UNIX)
        self.abstract = f"course-{os.getpid()}"
        self.local.bind(f"\0{self.abstract}")
        self.local.listen()
        for listener in (self.server, self.local):
            listener.setblocking(False)

    def filled_in(self, source):
        """An attack's text with this machine's names in it."""
        words = {
            "SECRET": SECRET,
            "ANSWER": ANSWER.replace("'", "\\'"),
            "FOLDER": str(self.folder),
            "ROOT": str(ROOT),
            "PREFIX": os.path.realpath(sys.base_prefix),
            "PORT": str(self.server.getsockname()[1]),
            "ABSTRACT": self.abstract,
        } | {name: str(number) for name, number in SYSCALLS.get(platform.machine(), {}).items()}
        return re.sub("|".join(words), lambda found: words[found[0]], source)

    def assert_untouched(self):
        """Nobody called, and the secret is as it was."""
        for listener in (self.server, self.local):
            with pytest.raises(BlockingIOError):
                listener.accept()
        assert (self.folder / "gradebook.db").read_text() == SECRET

    def close(self):
        """Hang up."""
        self.server.close()
        self.local.close()


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """This machine."""
    host = Host(tmp_path_factory.mktemp("host"))
    yield host
    host.close()


@pytest.fixture(scope="module")
def make_bench(host):
    """Makes workers that import some modules, with what a neighbour shows on a fresh one."""
    patch, made = pytest.MonkeyPatch(), []
    patch.setenv("CANARY", SECRET)
    patch.setattr(pools, "GRACE_SECONDS", 2)

    def make(*modules):
        made.append(Pool("a1_distances", 1, None, modules, "bwrap", LIMITS))
        return made[-1], neighbour(made[-1])

    yield make
    for pool in made:
        pool.close()
    patch.undo()


@pytest.fixture(scope="module")
def bench(make_bench):
    """One worker without TensorFlow: it is soon started anew."""
    return make_bench("numpy", "matplotlib.pyplot")


@pytest.fixture(scope="module")
def tensorflow_bench(make_bench):
    """One worker with it."""
    return make_bench("course.backend", "tensorflow", "keras")


def neighbour(pool):
    """All that comes of a right submission, and what it sees around it."""
    cells = [{"source": source, "check": None} for source in (RIGHT, CENSUS)]
    (worker,) = pool.workers
    short, worker.limits = worker.limits, pools.LIMITS  # The machine may be busy cleaning up.
    runs, _ = pool.run([*cells, CHECK], SEED)
    worker.limits = short
    assert [run.reason for run in runs] == ["", "", ""]
    assert [output["output_type"] for output in runs[1].outputs] == ["stream"]
    return runs


def attacked(attack, bench, host):
    """Run an attack; its own runs, after everybody else was seen to be well."""
    pool, undisturbed = bench
    cells = [attack.answer, host.filled_in(attack.cell)]
    runs, _ = pool.run([*({"source": source, "check": None} for source in cells), CHECK], SEED)
    shown = repr([run.outputs for run in runs])
    assert SECRET not in shown
    assert ANSWER not in shown
    host.assert_untouched()
    assert neighbour(pool) == undisturbed
    return runs


def mark(run):
    """The share of the points that a checked cell has."""
    key = key_of(exercises_of("a1_distances")["lp_norm"], SEED)
    return judge(key, run.observations, run.reason or "not observed").fraction


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_has_its_outcome_and_no_other(name, bench, host):
    """Its own mark, the host untouched, the neighbour's bytes as before."""
    check_outcome(ATTACKS[name], bench, host)


@pytest.mark.parametrize("name", TENSORFLOW_ATTACKS)
def test_an_attack_through_tensorflow_has_its_outcome(name, tensorflow_bench, host):
    """The same, where TensorFlow is loaded."""
    check_outcome(TENSORFLOW_ATTACKS[name], tensorflow_bench, host)


def check_outcome(attack, bench, host):
    """Run it and compare."""
    _, run, checked = attacked(attack, bench, host)
    shown = "\n".join(map(repr, run.outputs))
    assert re.search(host.filled_in(attack.shows), shown, re.DOTALL), shown[:2_000]
    assert re.search(attack.stopped, run.reason), run
    assert attack.trouble is None or run.trouble == attack.trouble
    assert mark(checked) == attack.mark


def test_no_process_outlives_its_pool(bench, host):
    """When grading ends, nothing of any submission runs on."""
    pool = Pool("a1_distances", 1, None, ("numpy",), "bwrap", LIMITS)
    user = 2**21 + os.getpid() * 64
    name = f"left-{os.getpid()}"
    pool.run([{"source": f"import subprocess\nsubprocess.Popen(['sleep', '1000'])\n{name!r}",
               "check": None}, {"source": "while True: pass", "check": None}], SEED)  # fmt: skip
    process = pool.workers[0].process
    pool.close()
    assert process.poll() is not None
    if os.getuid() == 0:
        users = []
        for entry in os.listdir("/proc"):
            try:
                users.append(os.stat(f"/proc/{entry}").st_uid if entry.isdigit() else 0)
            except OSError:
                continue
        # The other fixtures' workers alone.
        assert sum(user <= owner < user + 64 for owner in users) <= 4


def test_there_are_at_least_forty_ideas():
    """So many are promised."""
    assert len(ATTACKS | TENSORFLOW_ATTACKS) >= 40
