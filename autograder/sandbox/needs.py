"""Whether submissions can be kept apart on this machine, and what is weaker here."""

import ctypes
import functools
import platform
import re
import subprocess
import sys

from autograder import ROOT
from autograder.errors import UsageError
from autograder.inside.seccomp import LIBRARY
from autograder.sandbox import memory
from autograder.sandbox.launch import WITHOUT, command
from autograder.sandbox.policy import ISOLATIONS, environment

__all__ = ["require", "weaknesses"]

PROCESSES_ONLY = (5, 8)  # Linux from here on shows a submission its own processes and no more.
OWN_COUNT = (5, 14)  # From here on the limit on processes counts those of one sandbox.


@functools.cache
def require(isolation: str) -> None:
    """Refuse to grade where submissions cannot be kept apart from each other and the machine.

    Raises:
        UsageError: with what is missing, and how to get it.
    """
    if isolation not in ISOLATIONS:
        raise UsageError(f"no isolation {isolation!r}; there are {', '.join(ISOLATIONS)}")
    if isolation == "none":
        return
    if not sys.platform.startswith("linux"):
        raise UsageError(
            f"grading a class needs bubblewrap, and so Linux (Windows: WSL). {WITHOUT}"
        )
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        raise UsageError(
            f"grading needs {LIBRARY}, which keeps submissions from parts of the kernel: "
            f"'apt-get install libseccomp2'. {WITHOUT}"
        ) from None
    # A worker makes one child, in all that a submission gets, and ends: 0.1 s.
    tried = subprocess.run(
        command(str(ROOT)),
        capture_output=True,
        text=True,
        errors="replace",
        env=environment("/course", "/tmp"),
    )
    if tried.returncode:
        said = (tried.stderr.strip().splitlines() or ["no word of why"])[-1]
        raise UsageError(
            f"submissions cannot be kept apart here ({said}): the system has to allow "
            "bubblewrap user namespaces, and mounts inside them, as Debian does. SECURITY.md "
            f"says how to allow them. {WITHOUT}"
        )


@functools.cache
def weaknesses(isolation: str) -> tuple[str, ...]:
    """What is weaker on this machine than it could be, one sentence each."""
    if isolation == "none":
        return ("Submissions run without a sandbox, with your user's permissions.",)
    found = []
    if memory.kind() is None:
        found.append(
            "The kernel does not limit a submission's memory here (no control group can be "
            "made): the grader looks four times per second and ends what takes too much."
        )
    version = tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])
    if version < PROCESSES_ONLY:
        found.append(
            "Before Linux 5.8 a submission can read what /proc says of this machine, such as "
            "its load; not what other processes do."
        )
    if version < OWN_COUNT:
        found.append("Before Linux 5.14 the limit on processes counts all of your user's.")
    return tuple(found)
