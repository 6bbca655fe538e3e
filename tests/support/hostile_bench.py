"""What hostile tests share: the machine around a sandbox, and workers of root's and others'."""

import inspect
import os
import platform
import re
import socket
import sys

import benches
import pytest
from channels import RIGHT
from ordinary_user import OrdinaryUser

from autograder import ROOT
from autograder.sandbox.policy import LIMITS as USUAL_LIMITS
from course.distances import lp_norm

__all__ = [
    "ANSWER",
    "CENSUS",
    "CHECK",
    "SECRET",
    "SEED",
    "SHORT",
    "Bench",
    "bench",
    "host",
    "make_bench",
    "tensorflow_bench",
]

SEED = 5
SECRET = "kept-from-students-93b1"
ANSWER = inspect.getsource(lp_norm).strip().splitlines()[-1].strip()
LIMITS = {"cell_seconds": 30, "probe_seconds": 4, "notebook_seconds": 200}
SHORT = LIMITS | {"cell_seconds": 2, "notebook_seconds": 30}
CHECK = {"source": "check(lp_norm, points=2)", "check": "lp_norm"}
SYSCALLS = {
    "x86_64": {"CLONE": 56, "ADD_KEY": 248, "KEYCTL": 250, "IO_SETUP": 206},
    "aarch64": {"CLONE": 220, "ADD_KEY": 217, "KEYCTL": 219, "IO_SETUP": 0},
}
USERS = ("root", "ordinary") if os.getuid() == 0 else ("ordinary",)
# What a submission can tell another: all that it may write to, and what its process inherits.
CENSUS = """
import os, resource, signal, socket, sys
scratch = ["/tmp", "/dev/shm", os.environ["HOME"], "."]
for folder in scratch:
    print(folder, sorted(os.listdir(folder)), oct(os.stat(folder).st_mode), os.listxattr(folder))
    print(os.statvfs(folder).f_bfree, os.statvfs(folder).f_ffree)
large = ("/proc", "/tmp", "/dev/shm", "/usr", "/lib", "/lib64", "/bin", sys.prefix,
         sys.base_prefix)
for top, names, files in os.walk("/"):
    names.sort()
    if top in large or top.count("/") > 2:
        names.clear()
        files.clear()
    if top in ("/proc", "/tmp", "/dev/shm"):
        continue
    for path in [top, *(os.path.join(top, name) for name in sorted(files))]:
        seen = os.lstat(path)
        print(path, oct(seen.st_mode), seen.st_uid, seen.st_size, seen.st_mtime_ns,
              seen.st_ctime_ns, os.listxattr(path, follow_symlinks=False))
print([line.split()[3:6] for line in open("/proc/self/mountinfo")])
print([name for name in os.listdir("/proc") if not name.isdigit()],
      len([name for name in os.listdir("/proc") if name.isdigit()]), "processes")
socket.socket(socket.AF_UNIX).bind("\\0left")
print(len(open("/proc/self/net/unix").readlines()), open("/proc/self/net/sockstat").readline())
print([(name, resource.getrlimit(getattr(resource, name))) for name in sorted(dir(resource))
       if name.startswith("RLIMIT_") and name != "RLIMIT_AS"])
print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0), os.getuid() != 0)
print([signal.getsignal(number) for number in range(1, 32) if number != signal.SIGALRM])
print(signal.getitimer(signal.ITIMER_PROF), os.umask(0o22), os.getpgrp(), os.getsid(0))
print(sorted(os.environ), sys.path, sorted(os.listdir("/proc/self/fd"))[:4])
print([line for line in open("/proc/self/status")
       if line.startswith(("Cap", "Groups", "NoNewP", "Seccomp", "Sig", "Shd", "Threads"))])
"""


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


class Bench:
    """A worker of some user's, and what a neighbour shows on a fresh one."""

    def __init__(self, user, call, modules, limits=LIMITS):
        self.user, self._call = user, call
        self._number = call(benches.make, modules, limits)
        self.undisturbed = None if limits is None else self.neighbour()

    def run(self, cells, limits=None):
        """What comes of some cells."""
        runs, _ = self._call(benches.run, self._number, cells, SEED, limits)
        return runs

    def show(self, source):
        """What one cell shows."""
        (run,) = self.run([{"source": source, "check": None}], USUAL_LIMITS)
        return repr(run)

    def neighbour(self):
        """All that comes of a right submission, and what it sees around it."""
        cells = [{"source": source, "check": None} for source in (RIGHT, CENSUS)]
        runs = self.run([*cells, CHECK], USUAL_LIMITS)  # The machine may be busy cleaning up.
        assert [run.reason for run in runs] == ["", "", ""]
        assert [output["output_type"] for output in runs[1].outputs] == ["stream"], runs[1]
        return runs

    def process(self):
        """Id of the process that holds the sandbox."""
        return self._call(benches.worker_process, self._number)

    def close(self):
        """End the worker."""
        self._call(benches.close, self._number)


@pytest.fixture(scope="module", params=USERS)
def make_bench(request, host):
    """Makes workers that import some modules, as root's or an ordinary user's."""
    variables, made = {"CANARY": SECRET}, []
    user = OrdinaryUser(variables) if os.getuid() == 0 and request.param == "ordinary" else None
    patch = pytest.MonkeyPatch()
    patch.setenv("CANARY", SECRET)

    def here(function, *arguments):
        return function(*arguments)

    def make(*modules):
        made.append(Bench(request.param, user.call if user else here, modules))
        return made[-1]

    yield make
    for bench in made:
        bench.close()
    if user:
        user.close()
    patch.undo()


@pytest.fixture(scope="module")
def bench(make_bench):
    """One worker without TensorFlow: it is soon started anew."""
    return make_bench("numpy", "matplotlib.pyplot")


@pytest.fixture(scope="module")
def tensorflow_bench(make_bench):
    """One worker with it."""
    return make_bench("course.backend", "tensorflow", "keras")
