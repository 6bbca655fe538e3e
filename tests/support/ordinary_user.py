"""Runs what a test asks for as an ordinary user, also where the tests run as root.

The user has a number and no account, no capability, and none of root's files. Python may be
installed where only root can go, as in a home folder: then the user finds it, and the
course, in a mount namespace in which the folders on the way are open.
"""

import os
import shlex
import socket
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

from autograder import ROOT

__all__ = ["OrdinaryUser"]

NUMBER = 54_321
MOST_SECONDS = 300  # For one call; a test that hangs has to say where.


class OrdinaryUser:
    """A process of an ordinary user, to call functions in.

    Args:
        variables: of its environment, besides the few that Python needs.
    """

    def __init__(self, variables=None):
        ours, theirs = socket.socketpair()
        self._home = tempfile.TemporaryDirectory(prefix="ordinary-user-")
        os.chmod(self._home.name, 0o777)
        environment = {
            "HOME": self._home.name,
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin:/usr/sbin:/sbin",
            "PYTHONPATH": f"{ROOT}:{Path(__file__).parent}",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        start = [sys.executable, "-c", SERVE, str(theirs.fileno())]
        self._process = subprocess.Popen(
            start if os.getuid() else ["unshare", "--mount", "sh", "-ec", _script(start)],
            pass_fds=[theirs.fileno()],
            env=environment | (variables or {}),
            cwd=self._home.name,
        )
        theirs.close()
        self._pipe = Connection(ours.detach())

    def call(self, function, *arguments):
        """What a function of an importable module returns, or what it raises, there."""
        self._pipe.send((function, arguments))
        if not self._pipe.poll(MOST_SECONDS):
            raise TimeoutError(f"{function.__name__} took more than {MOST_SECONDS} s")
        is_done, result = self._pipe.recv()
        if not is_done:
            raise result
        return result

    def close(self):
        """End the process, once it has ended what it started."""
        self._pipe.close()
        self._process.wait(timeout=60)
        self._home.cleanup()


SERVE = "import sys, ordinary_user; ordinary_user.serve(int(sys.argv[1]))"


def serve(descriptor):
    """Answer calls until the other end hangs up."""
    if os.getuid() == 0 or "CapEff:\t0000000000000000" not in Path("/proc/self/status").read_text():
        sys.exit("this is no ordinary user")
    pipe = Connection(descriptor)
    while True:
        try:
            function, arguments = pipe.recv()
        except EOFError:
            return
        try:
            answer = True, function(*arguments)
        except Exception as error:
            answer = False, error
        pipe.send(answer)


def _script(command):
    """A shell's words: open what is closed on the way to Python, and become the user."""
    needed = {str(Path(path).resolve()) for path in (sys.base_prefix, sys.prefix, ROOT)}
    lines = ["mount --make-rprivate /", "held=$(mktemp -d)"]
    closed = {top: [] for path in sorted(needed) for top in _closed(path)[:1]}
    for path in sorted(needed):
        for top in _closed(path)[:1]:
            closed[top].append(path)
    for top, paths in closed.items():
        holds = [f'"$held/{number}"' for number in range(len(paths))]
        for hold, path in zip(holds, map(shlex.quote, paths), strict=True):
            lines += [f"mkdir {hold}", f"mount --bind {path} {hold}"]
        lines += [f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(top)}"]
        for hold, path in zip(holds, map(shlex.quote, paths), strict=True):
            lines += [f"mkdir -p {path}", f"mount --bind {hold} {path}"]
            lines += [f"umount {hold}", f"rmdir {hold}"]
    lines += ['rmdir "$held"']
    become = ["setpriv", f"--reuid={NUMBER}", f"--regid={NUMBER}", "--clear-groups"]
    become += ["--inh-caps=-all", "--bounding-set=-all", *command]
    return "\n".join([*lines, f"exec {shlex.join(become)}"])


def _closed(path):
    """Folders on the way to a path, and itself, that other users may not enter, from the top."""
    way = [*reversed(Path(path).parents), Path(path)]
    return [str(folder) for folder in way if not folder.stat().st_mode & 0o001]
