"""How the process of a submission ended, and whether the submission or the machine is to blame."""

import os
import signal
from typing import NamedTuple

__all__ = ["Death", "by_status", "over_memory"]


class Death(NamedTuple):
    """A cell at which a child's life ended; perhaps by the machine, so that it is tried again."""

    cell: int
    reason: str
    trouble: str = ""
    by_machine: bool = False


def over_memory(cell: int) -> Death:
    """The submission took more than its limit in this cell."""
    return Death(cell, "it took more memory than it may", "memory")


def by_status(cell: int, status: int | None) -> Death:
    """What the worker says of its child, as ``os.waitpid`` does; None if it says nothing more."""
    if status is None:
        return Death(cell, "it ended the worker that ran it", by_machine=True)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return Death(cell, f"{name} ended its process", by_machine=name == "SIGKILL")
    return Death(cell, "it ended its own process")
