"""Memory of a worker and all that it starts: limited by the kernel, and watched from outside.

A control group counts everything, also what no process has mapped, and the kernel ends what
exceeds it. Where none can be had, the grader looks at the processes itself, several times per
second. It looks in either case: a submission can neither stop nor deceive the grader.
"""

import contextlib
import functools
import itertools
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Group", "Watch", "kind", "new_group"]

LOOK_SECONDS = 0.25  # Between two looks, in which two cores fill about 2 GB.
SLACK = 128 * 2**20  # For what the kernel itself needs for some hundred processes.
FIRST_LIMIT = 16 * 2**30  # While a worker imports, before its own limit is known.
GROUPS = Path("/sys/fs/cgroup")
PREFIX = "autograder-"
SYSTEMD = ("systemd-run", "--scope", "--quiet", "--collect", "--property=MemorySwapMax=0")
REMOVAL_SECONDS = 2
_NUMBERS = itertools.count()


@dataclass
class Group:
    """A control group of one worker.

    ``start`` are words to put before a command so that it runs in the group. ``folder`` is
    None until systemd has made it; ``is_old`` says that its files are those of version 1.
    """

    start: list[str]
    folder: Path | None
    is_old: bool = False

    def find(self, process: int) -> None:
        """Ask the kernel for the folder, if systemd made it for this process."""
        if self.folder is None:
            with contextlib.suppress(OSError):
                own = _own_groups(process).get("", "")
                if own.endswith(".scope"):
                    self.folder = GROUPS / own.lstrip("/")

    def limit(self, size: int) -> None:
        """Let the kernel end what makes the group larger than ``size`` bytes."""
        name = "memory.limit_in_bytes" if self.is_old else "memory.max"
        if self.folder is not None:
            with contextlib.suppress(OSError):
                (self.folder / name).write_text(str(size))

    def kills(self) -> int:
        """How many processes of the group the kernel has ended because of its limit."""
        name = "memory.oom_control" if self.is_old else "memory.events"
        if self.folder is not None:
            with contextlib.suppress(OSError, ValueError):
                for line in (self.folder / name).read_text().splitlines():
                    if line.startswith("oom_kill "):
                        return int(line.split()[1])
        return 0

    def remove(self) -> None:
        """Remove the folder, once the last of its processes is gone."""
        if self.folder is None or not self.folder.name.startswith(PREFIX):
            return  # systemd removes its own.
        end = time.monotonic() + REMOVAL_SECONDS
        while self.folder.exists() and time.monotonic() < end:
            with contextlib.suppress(OSError):
                self.folder.rmdir()
                return
            time.sleep(0.01)


class Watch:
    """Looks at a worker's processes, from outside its sandbox.

    Args:
        process: id of the first of them; all that descend from it count.
        most: bytes that one submission may take on top of its worker's own.
        group: the worker's control group, or None.
    """

    def __init__(self, process: int, most: int, group: Group | None) -> None:
        self._process, self._group = process, group
        own = self.taken()
        # A child's count begins at what it shares with its worker since the fork.
        self._most = 2 * own + most
        self._kills, self._next = 0, 0.0
        if group is not None:
            group.find(process)
            group.limit(own + most + SLACK)

    def begin(self, delay: float = LOOK_SECONDS) -> None:
        """A submission starts; the first look comes after some seconds."""
        self._kills = self._group.kills() if self._group else 0
        self._next = time.monotonic() + delay

    def is_exceeded(self) -> bool:
        """Whether the submission takes too much; looks only as often as is worth it."""
        if time.monotonic() < self._next:
            return False
        taken = self.taken()
        self._next = time.monotonic() + LOOK_SECONDS
        return taken > self._most or self.was_ended()

    def taken(self) -> int:
        """Bytes of memory without a file behind them, of all processes together."""
        total, waiting = 0, [self._process]
        while waiting:
            folder = Path("/proc", str(waiting.pop()))
            with contextlib.suppress(OSError):  # It has ended.
                for line in (folder / "status").read_text().splitlines():
                    if line.startswith(("RssAnon:", "RssShmem:")):
                        total += int(line.split()[1]) * 1024
                for thread in (folder / "task").iterdir():
                    waiting += map(int, (thread / "children").read_text().split())
        return total

    def was_ended(self) -> bool:
        """Whether the kernel ended a process of the submission because of its memory."""
        return self._group is not None and self._group.kills() > self._kills


def new_group() -> Group | None:
    """A control group for one more worker, or None where none can be had."""
    made = kind()
    if made is None:
        return None
    if made == "systemd":
        return Group([*_systemd(), f"--property=MemoryMax={FIRST_LIMIT}", "--", *_UNSET], None)
    folder = _parent(made) / f"{PREFIX}{os.getpid()}-{next(_NUMBERS)}"
    try:
        folder.mkdir()
    except OSError:
        return None
    # The shell joins the group and becomes the command, so that nothing starts outside.
    start = ["/bin/sh", "-c", 'echo 0 > "$0" && exec "$@"', str(folder / "cgroup.procs")]
    return Group(start, folder, made == "old")


@functools.cache
def kind() -> str | None:
    """How control groups are made here: 'old' (version 1), 'new', by 'systemd', or None."""
    if not sys.platform.startswith("linux"):
        return None
    for name in ("old", "new"):
        with contextlib.suppress(OSError, KeyError):
            _sweep(_parent(name))
            trial = _parent(name) / f"{PREFIX}{os.getpid()}-trial"
            trial.mkdir()
            try:
                if _can_limit(trial, "memory.limit_in_bytes" if name == "old" else "memory.max"):
                    return name
            finally:
                Group([], trial).remove()
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        trial_run = [*_systemd(), "--property=MemoryMax=1G", "--", "/bin/true"]
        subprocess.run(trial_run, check=True, capture_output=True, timeout=10)
        return "systemd"
    return None


def _can_limit(folder: Path, file: str) -> bool:
    """Whether a new group counts memory, takes a limit, and lets a process in."""
    if not (folder / file).exists():  # The folder is no group, or counts something else.
        return False
    (folder / file).write_text(str(FIRST_LIMIT))
    join = ["/bin/sh", "-c", 'echo 0 > "$0"', str(folder / "cgroup.procs")]
    return subprocess.run(join, check=False, capture_output=True).returncode == 0


# systemd-run needs them to find the user's manager; no submission is to see them.
_UNSET = ("env", "-u", "XDG_RUNTIME_DIR", "-u", "DBUS_SESSION_BUS_ADDRESS")


def _systemd() -> list[str]:
    return [*SYSTEMD, *([] if os.getuid() == 0 else ["--user"])]


def _parent(name: str) -> Path:
    """Where groups of a version are made: below this process's own.

    Raises:
        KeyError: if the machine has no such groups.
    """
    own = _own_groups(os.getpid())
    if name == "old":
        return GROUPS / "memory" / own["memory"].lstrip("/")
    return GROUPS / own[""].lstrip("/")


def _own_groups(process: int) -> dict[str, str]:
    """A process's control groups: paths by controller, version 2 under an empty name."""
    groups: dict[str, str] = {}
    for line in Path(f"/proc/{process}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        groups |= dict.fromkeys(controllers.split(","), path)
    return groups


def _sweep(parent: Path) -> None:
    """Remove the groups of graders that were killed."""
    for folder in parent.glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            with contextlib.suppress(OSError):  # It still has processes.
                folder.rmdir()
