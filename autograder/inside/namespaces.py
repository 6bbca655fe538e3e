"""A new sandbox for each submission: what a child enters between its fork and its first byte.

The worker lives in bubblewrap's sandbox, whose folders are read-only, and never runs a
submission. Each child it forks gets namespaces of its own: other processes, mounts, network
and kernel objects, with empty scratch folders. All of it ends with the child.
"""

import contextlib
import ctypes
import functools
import os
import shutil
import signal

from autograder.inside import seccomp

__all__ = ["Namespaces", "SetupError", "expose"]

_NEW_MOUNTS, _NEW_HOSTNAME, _NEW_IPC = 0x00020000, 0x04000000, 0x08000000
_NEW_PROCESSES, _NEW_NETWORK = 0x20000000, 0x40000000
_PRIVATE, _RECURSIVE = 0x40000, 0x4000
_READ_ONLY, _NOSUID, _NODEV, _NOEXEC = 1, 2, 4, 8
_REMOUNT, _BIND = 32, 4096
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 24, 38
_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION = 0x20080522
_JOIN_SESSION_KEYRING = 1


class SetupError(Exception):
    """A step that the kernel refuses, in words for whoever grades."""


class Namespaces:
    """Makes one child after another, each in namespaces of its own.

    Args:
        scratch: folders that a child may write to; their sizes in bytes.
        files: how many files, folders and links each of them may hold.
        user: id of the user that a child becomes; None to stay the worker's own.
        devices: files of /dev that the sandbox has.
        kept: what lies below a scratch folder and stays visible, such as a Python in /tmp.

    Raises:
        SetupError: if the kernel or a library lacks something.
    """

    def __init__(
        self,
        scratch: dict[str, int],
        files: int,
        user: int | None,
        devices: list[str],
        kept: list[str],
    ) -> None:
        self._scratch, self._files, self._user, self._kept = scratch, files, user, kept
        self._own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self._first = 0
        # Their times would tell the next submission something. What is written goes through.
        for path in devices:
            _mount(None, path, None, _REMOUNT | _BIND | _READ_ONLY | _NOSUID | _NOEXEC)
        # Its only work is to be a namespace's first process, whose end is the end of all.
        self._sleep = shutil.which("sleep", path="/usr/bin:/bin") or ""
        if not self._sleep:
            raise SetupError("there is no program 'sleep' in /usr/bin or /bin")
        try:
            self._keyctl = seccomp.number_of("keyctl")
            self._filter = seccomp.compiled()
        except OSError as error:
            raise SetupError(f"libseccomp cannot be used: {error}") from None

    def prepare(self) -> None:
        """Wait until nothing of the last child is left, and make a namespace for the next."""
        if self._first:
            os.waitpid(self._first, 0)  # Returns when no process of its namespace is left.
        _call("unshare", _NEW_PROCESSES)
        # Dead orphans of the submission are waited for by nobody: the kernel removes them.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        try:
            self._first = os.posix_spawn(self._sleep, ["sleep", "infinity"], {}, setsid=True)
        finally:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    def fork(self) -> int:
        """As ``os.fork``: 0 in the child, which is bound for good when this returns there.

        The worker has to have one thread. The child still has the worker's descriptors.
        """
        child = os.fork()
        if child == 0:
            try:
                self._enter()
            except (OSError, SetupError) as error:
                os.write(2, f"{error}\n".encode())
                os._exit(os.EX_OSERR)
        else:
            _call("setns", self._own, _NEW_PROCESSES)  # The next child gets another one.
        return child

    def end(self, child: int) -> int:
        """End the child and all that it started, if they still run; how the child ended.

        The kernel is still busy ending the others when this returns; ``prepare`` waits.
        """
        # Not by the child's own id: it may have left others, who hold its files and mounts.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._first, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        return status

    def _enter(self) -> None:
        # A group and session of its own: a signal to its group would reach the worker.
        os.setsid()
        expose()
        _call("unshare", _NEW_MOUNTS | _NEW_HOSTNAME | _NEW_IPC | _NEW_NETWORK)
        _mount(None, "/", None, _PRIVATE | _RECURSIVE)
        self._mount_scratch()
        self._mount_processes()
        os.chdir("/tmp")
        # In the worker's session keyring may lie keys of the person who grades. Where the
        # kernel has no keyrings, or a container forbids the call, there are none to leave.
        _library().syscall(self._keyctl, _JOIN_SESSION_KEYRING, None)
        _drop_rights(self._user)
        seccomp.load(self._filter)

    def _mount_scratch(self) -> None:
        """New folders to write to, over the worker's; what lies below those is mounted again."""
        kept = [(path, os.open(path, os.O_PATH)) for path in self._kept]
        for folder, size in self._scratch.items():
            options = f"mode=1777,size={size},nr_inodes={self._files}"
            _mount("tmpfs", folder, "tmpfs", _NOSUID | _NODEV, options)
        for path, descriptor in kept:
            os.makedirs(path, exist_ok=True)
            # A mount stays as it is where it is mounted again: read-only.
            _mount(f"/proc/self/fd/{descriptor}", path, None, _BIND | _RECURSIVE)
            os.close(descriptor)

    def _mount_processes(self) -> None:
        """Of all that /proc says of the machine, a child sees its own processes only."""
        flags = _NOSUID | _NODEV | _NOEXEC
        try:
            _mount("proc", "/proc", "proc", flags, "hidepid=2,subset=pid")
        except SetupError:  # Linux before 5.8.
            _mount("proc", "/proc", "proc", flags, "hidepid=2")


def expose() -> None:
    """Where memory runs out, the kernel ends a submission first, then its worker.

    Afterwards no process of the same user may look into this one.
    """
    _library().prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # Else the file belongs to root.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    # Nor does the kernel hand its memory to a program of the machine's when it crashes.
    _library().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _drop_rights(user: int | None) -> None:
    """Become a user without capabilities, who can never get any."""
    _library().prctl(_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0)
    capability = 0
    while _library().prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    words = [None if word is None else word.encode() for word in (source, target, kind, options)]
    try:
        _call("mount", *words[:3], ctypes.c_ulong(flags), words[3])
    except OSError as error:
        raise SetupError(f"{target} cannot be mounted as a submission needs it: {error}") from None


@functools.cache
def _library() -> ctypes.CDLL:
    """The C library; not on import, which has to work on Windows, too."""
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    """A function of the C library that says 0 when it was done."""
    if getattr(_library(), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
