"""How many cores this process may use."""

import math
import os
from pathlib import Path

__all__ = ["cores_here"]


def cores_here(process: Path = Path("/proc/self"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Cores that this process may use, within its affinity and its control groups.

    A container or a hub may give a process two cores' time on a machine with 64 cores. 64
    threads would then wait for each other.

    Args:
        process: folder of the process in /proc.
        groups: where control groups (version 2) are mounted.

    Returns:
        A positive integer.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, int(min(cores, _quota(process, groups))))


def _quota(process: Path, groups: Path) -> float:
    """Cores' worth of time that the control groups allow, rounded up; infinite without a limit."""
    try:
        lines = (process / "cgroup").read_text().splitlines()
    except OSError:
        return math.inf
    own = next((line[3:] for line in lines if line.startswith("0::")), "/")
    least: float = math.inf
    folder = groups / own.lstrip("/")
    for group in [folder, *folder.parents]:  # A group has no more than the groups around it.
        try:
            allowed, period = (group / "cpu.max").read_text().split()
        except (OSError, ValueError):
            allowed = "max"
        if allowed != "max":
            least = min(least, math.ceil(int(allowed) / int(period)))
        if group == groups:
            break
    return least
