"""A warm worker, inside the sandbox: imports what is slow once, runs none of it, forks.

For each job the pool passes two descriptors: a file to read the cells from and the write end
of a new pipe. Only a forked child uses them, so that no byte of a submission is ever in the
worker's memory, where the next child would find it. The child runs the job, writes records
into the pipe, and dies. Its namespaces end with it, and with them all that it left behind.
"""

import array
import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Any

from autograder.inside.namespaces import Namespaces, SetupError, expose

__all__ = ["JOB", "READY", "RUN", "STATUS", "STOP", "main"]

JOB = struct.Struct(">B")  # To the worker: RUN, with the two descriptors, or STOP.
RUN, STOP = 1, 2
READY = b"ready"
STATUS = struct.Struct(">Q")  # From the worker: how the child ended, as waitpid says it.
IDLE_SECONDS = 900  # A worker of formgrader's, where nobody has clicked for that long, leaves.
PR_SET_DUMPABLE = 4


def main() -> None:
    """Serve jobs until the pool hangs up, or make one child to see whether that works."""
    settings = json.loads(sys.argv[1])
    try:
        children = _children(settings)
        if "control" not in settings:
            sys.exit(_trial(children))
    except (OSError, SetupError) as error:
        sys.exit(str(error))
    control = socket.socket(fileno=settings["control"])
    control.set_inheritable(False)
    _protect()
    _import(settings["modules"])
    children.prepare()
    control.sendall(READY)
    while (descriptors := _receive(control)) is not None:
        child = children.fork()
        if child == 0:
            _run(*descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _wait(child, control)
        control.sendall(STATUS.pack(children.end(child)))
        # While the grader judges: the next child finds nothing of this one, or there is none.
        try:
            children.prepare()
        except (OSError, RecursionError):
            sys.exit("something of a submission stays: the pool starts another worker")


class _Unprotected:
    """Children with this process's rights, for ``--isolation none``.

    Args:
        folder: where they may write; emptied after each.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Empty the folder, in which imports write, too: all children find the same."""
        _empty(self._folder)

    def fork(self) -> int:
        """As ``os.fork``."""
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            if sys.platform == "linux":
                expose()
        return child

    def end(self, child: int) -> int:
        """End the child and what is still in its group; how the child ended."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(child, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        return status


def _children(settings: dict[str, Any]) -> Namespaces | _Unprotected:
    if settings["isolation"] == "none":
        return _Unprotected(settings["scratch"])
    names = ("scratch", "files", "user", "devices", "kept")
    return Namespaces(*(settings[name] for name in names))


def _trial(children: Namespaces | _Unprotected) -> int:
    """Make a child that does nothing; 0 if it was made."""
    children.prepare()
    child = children.fork()
    if child == 0:
        _close_all_but()
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    return os.waitstatus_to_exitcode(children.end(child))


def _protect() -> None:
    # Where the machine's memory runs out, the kernel ends this rather than the grader.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("900")
    # No process of the sandbox may read this one's memory or take its descriptors.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _import(modules: list[str]) -> None:
    # Before anything runs in TensorFlow: a fork afterwards would hang in its threads.
    for name in [*modules, "autograder.inside.cellrun"]:
        # What cannot be imported, the submission's own cell will say.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    sys.modules["autograder.inside.cellrun"].prepare()
    gc.collect()
    gc.freeze()  # A child's collector need not touch, and so copy, what it shares.


def _receive(control: socket.socket) -> tuple[int, int] | None:
    """Descriptors of the next job and of its pipe, or None when the pool has hung up."""
    room = socket.CMSG_SPACE(2 * array.array("i").itemsize)
    control.settimeout(IDLE_SECONDS)
    try:
        message, ancillary, _, _ = control.recvmsg(JOB.size, room)
        while message and not ancillary:  # A STOP that came after its job had ended.
            message, ancillary, _, _ = control.recvmsg(JOB.size, room)
    except TimeoutError:
        return None
    if not message:
        return None
    control.settimeout(None)
    descriptors = array.array("i")
    descriptors.frombytes(ancillary[0][2])
    job, pipe = descriptors
    return job, pipe


def _run(job: int, pipe: int) -> None:
    """The child's life."""
    try:
        _close_all_but(job, pipe)
        with open(job, "rb") as file:
            file.seek(0)
            cells = json.load(file)
        from autograder.inside.cellrun import run

        run(cells, pipe)
    finally:
        os._exit(0)


def _close_all_but(*kept: int) -> None:
    try:
        null = os.open(os.devnull, os.O_RDWR)
    except OSError as error:
        os.write(2, f"{error}\n".encode())
        os._exit(os.EX_OSERR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    for entry in os.listdir("/proc/self/fd"):
        if int(entry) > 2 and int(entry) not in kept:
            with contextlib.suppress(OSError):  # The listing's own.
                os.close(int(entry))


def _wait(child: int, control: socket.socket) -> None:
    """Until the child has ended, or the pool says STOP or hangs up."""
    with _ending(child) as ended:
        if ended not in select.select([ended, control.fileno()], [], [])[0]:
            control.recv(JOB.size)


@contextlib.contextmanager
def _ending(child: int) -> Iterator[int]:
    """A descriptor that can be read once the child has ended."""
    descriptor = os.pidfd_open(child)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _empty(folder: str) -> None:
    """Remove what lies in a folder.

    Raises:
        OSError, RecursionError: if something stays; then this worker must not go on.
    """
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            with contextlib.suppress(PermissionError):
                os.chmod(entry.path, 0o700)
            _empty(entry.path)
            os.rmdir(entry.path)
        else:
            os.unlink(entry.path)


if __name__ == "__main__":
    main()
