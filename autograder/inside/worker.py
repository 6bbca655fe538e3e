"""A warm worker, inside the sandbox: imports what is slow once, runs none of it, forks.

For each job the pool passes the write end of a new pipe. A forked child runs the job,
writes records into that pipe, and dies. Afterwards every other process of the sandbox is
killed and the scratch folders are emptied, so that nothing of a submission outlives it.
"""

import array
import contextlib
import ctypes
import errno
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import time

__all__ = ["JOB", "OVER_MEMORY", "READY", "RUN", "SECCOMP", "STATUS", "STOP", "main"]

JOB = struct.Struct(">BQ")  # To the worker: RUN and the job's length, or STOP.
RUN, STOP = 1, 2
READY = b"ready"
STATUS = struct.Struct(">Q")  # From the worker: how the child ended, as waitpid says it,
OVER_MEMORY = 1 << 16  # and whether because all its processes took more memory than they may.
WATCH_SECONDS = 0.25  # Between two looks at their memory, in which two cores fill about 2 GB.
IDLE_SECONDS = 900  # A worker of formgrader's, where nobody has clicked for that long, leaves.
PR_SET_DUMPABLE = 4
SECCOMP = "libseccomp.so.2"


def main():
    """Serve jobs until the pool hangs up."""
    settings = json.loads(sys.argv[1])
    control = socket.socket(fileno=settings["control"])
    # Where the machine's memory runs out, the kernel ends this rather than the grader.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    # No process of the sandbox may read this one's memory or take its descriptors.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)
    _import(settings["modules"])
    if _has_own_processes():
        _forbid(settings["forbidden"])
    for folder in settings["scratch"]:
        _empty(folder, os.stat(folder).st_dev)  # The first submission finds what all others do.
    control.sendall(READY)
    while (received := _receive(control)) is not None:
        job, pipe = received
        child, status = _run(job, pipe, control)
        try:
            _sweep(child, settings["scratch"])
        except (OSError, RecursionError):
            sys.exit("something of a submission stays: the pool starts another worker")
        finally:
            control.sendall(STATUS.pack(status))


class _Condition(ctypes.Structure):
    """On one argument of a system call, as libseccomp has it."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


_NOT_EQUAL, _BITS_EQUAL, _NEW_USER = 1, 7, 0x10000000
# Where a call is refused for some arguments only.
_CONDITIONS = {
    "prlimit64": _Condition(0, _NOT_EQUAL, 0, 0),
    "clone": _Condition(0, _BITS_EQUAL, _NEW_USER, _NEW_USER),
}
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050000, -1


def _forbid(names):
    """Have the kernel refuse system calls, to this process and all that it forks."""
    library = ctypes.CDLL(SECCOMP)
    library.seccomp_init.restype = ctypes.c_void_p
    filters = ctypes.c_void_p(library.seccomp_init(_ALLOW))
    done = bool(filters)
    for name in names:
        number = library.seccomp_syscall_resolve_name(name.encode())
        conditions = [_CONDITIONS[name]] if name in _CONDITIONS else []
        # As if the kernel were too old for it: the C library knows what to do then.
        error = errno.ENOSYS if name == "clone3" else errno.EPERM
        added = library.seccomp_rule_add_array(
            filters, _REFUSE | error, number, len(conditions), (_Condition * 1)(*conditions)
        )
        # What this library is too old to know, it cannot forbid.
        done = done and (added == 0 or number == _UNKNOWN)
    if not done or library.seccomp_load(filters) != 0:
        sys.exit("the kernel takes no filter of system calls (seccomp)")


def _import(modules):
    # Before anything runs in TensorFlow: a fork afterwards would hang in its threads.
    for name in [*modules, "autograder.inside.cellrun"]:
        # What cannot be imported, the submission's own cell will say.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    sys.modules["autograder.inside.cellrun"].prepare()
    gc.collect()
    gc.freeze()  # A child's collector need not touch, and so copy, what it shares.


def _receive(control):
    """The next job and its pipe, or None when the pool has hung up."""
    room = socket.CMSG_SPACE(array.array("i").itemsize)
    control.settimeout(IDLE_SECONDS)
    try:
        message, ancillary, _, _ = control.recvmsg(JOB.size, room)
        while message and not ancillary:  # A STOP that came after its job had ended.
            message, ancillary, _, _ = control.recvmsg(JOB.size, room)
    except TimeoutError:
        return None
    if len(message) < JOB.size:
        return None
    control.settimeout(None)
    pipe = array.array("i")
    pipe.frombytes(ancillary[0][2])
    _, length = JOB.unpack(message)
    content = bytearray()
    while len(content) < length:
        piece = control.recv(min(length - len(content), 2**20))
        if not piece:
            return None
        content += piece
    return json.loads(content), pipe[0]


def _run(job, pipe, control):
    """One child's life: its process id and how it ended."""
    child = os.fork()
    if child == 0:
        try:
            _become_child(pipe)
            from autograder.inside.cellrun import run

            run(job, pipe)
        finally:
            os._exit(0)
    os.close(pipe)
    ended = os.pidfd_open(child)
    most, over = _memory(os.getpid()) + job["limits"]["memory"], 0
    while not (ready := select.select([ended, control], [], [], WATCH_SECONDS)[0]):
        if _has_own_processes() and sum(map(_memory, _others())) > most:
            over = OVER_MEMORY
            break
    if ended not in ready:
        if ready:
            control.recv(JOB.size)  # It says STOP, or the pool has hung up.
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(ended)
    return child, (status & 0xFFFF) | over


def _others():
    """Ids of all processes but this one and the namespace's first."""
    return {int(name) for name in os.listdir("/proc") if name.isdigit()} - {1, os.getpid()}


def _memory(process):
    """Bytes of memory that are a process's own, or that it shares since a fork."""
    try:
        with open(f"/proc/{process}/statm") as file:
            _, resident, from_files, *_ = map(int, file.read().split())
    except OSError:  # It has ended.
        return 0
    return (resident - from_files) * os.sysconf("SC_PAGE_SIZE")


def _become_child(pipe):
    os.setpgid(0, 0)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    for entry in os.listdir("/proc/self/fd"):
        if int(entry) > 2 and int(entry) != pipe:
            with contextlib.suppress(OSError):  # The listing's own.
                os.close(int(entry))


def _sweep(child, scratch):
    """Kill what the submission left running and empty where it could write.

    Raises:
        OSError, RecursionError: if something of it stays; then this worker must not go on.
    """
    with contextlib.suppress(ProcessLookupError):
        if _has_own_processes():
            os.kill(-1, signal.SIGKILL)  # All but this one and the namespace's first.
        else:
            os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while _has_own_processes() and os.waitpid(-1, 0)[0]:
            pass
    while _has_own_processes() and _others():
        time.sleep(0.001)  # Orphans are the first process's to wait for; till then they may write.
    for folder in scratch:
        _empty(folder, os.stat(folder).st_dev)


def _empty(folder, device):
    """Remove what lies in a folder, but for what is mounted there; True if nothing is left."""
    bare = True
    for entry in list(os.scandir(folder)):
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.path)
        elif entry.stat(follow_symlinks=False).st_dev != device:
            bare = False
        else:
            with contextlib.suppress(PermissionError):
                os.chmod(entry.path, 0o700)
            if _empty(entry.path, device):
                os.rmdir(entry.path)
            else:
                bare = False
    return bare


def _has_own_processes():
    """True in bubblewrap, where the first process is its own; never on the machine itself."""
    return os.environ.get("AUTOGRADER_SANDBOX") == "bwrap" and os.getppid() == 1


if __name__ == "__main__":
    main()
