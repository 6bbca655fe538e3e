"""How many cores this process may use."""

import math
import os
from pathlib import Path

__all__ = ["cores_here"]


def cores_here(process=Path("/proc/self"), groups=Path("/sys/fs/cgroup")):
    """Cores that this process may use: what its affinity and its control groups leave of all.

    A container or a hub gives a process two cores' time on a machine of 64. Who then starts
    64 threads makes them wait for each other.

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
    return max(1, min(cores, _quota(process, groups)))


def _quota(process, groups):
    """Cores' worth of time that the control groups allow, rounded up; infinite without one."""
    try:
        lines = (process / "cgroup").read_text().splitlines()
    except OSError:
        return math.inf
    own = next((line[3:] for line in lines if line.startswith("0::")), "/")
    least = math.inf
    folder = groups / own.lstrip("/")
    for group in [folder, *folder.parents]:  # A group has no more than those it lies in.
        try:
            allowed, period = (group / "cpu.max").read_text().split()
        except (OSError, ValueError):
            allowed = "max"
        if allowed != "max":
            least = min(least, math.ceil(int(allowed) / int(period)))
        if group == groups:
            break
    return least
