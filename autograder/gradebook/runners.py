"""Where a class's cells run: sandboxes of this machine, or those of a cluster.

A process keeps one runner per assignment and setting, for all of nbgrader's conversions. So
sandboxes stay warm between two submissions, also those that formgrader grades.
"""

import atexit
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import nbformat

from autograder.cluster.pool import ClusterPool
from autograder.gradebook.fill import Job, NotebookRun, modules_of
from autograder.sandbox.pool import Pool

__all__ = ["Runner", "close_runners", "open_runners", "runner_for"]


class Runner(Protocol):
    """Runs notebooks, several at the same time."""

    def run(self, cells: list[Job], seed: int) -> NotebookRun:
        """Run one notebook.

        Raises:
            MachineError: if it cannot be run, which is not the submission's fault.
        """

    def warm(self) -> None:
        """Start the sandboxes, without waiting for them."""

    def close(self) -> None:
        """End all sandboxes; whatever still runs raises ``MachineError``."""


class LocalRunner:
    """Runs notebooks in the sandboxes of this machine."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def run(self, cells: list[Job], seed: int) -> NotebookRun:
        """See ``Runner``."""
        runs, seconds = self.pool.run(cells, seed)
        return NotebookRun(runs, seconds)

    def warm(self) -> None:
        """See ``Runner``."""
        self.pool.warm()

    def close(self) -> None:
        """See ``Runner``."""
        self.pool.close()


class ClusterRunner:
    """Runs notebooks in the sandboxes of a cluster's machines."""

    def __init__(self, pool: ClusterPool) -> None:
        self.pool = pool

    def run(self, cells: list[Job], seed: int) -> NotebookRun:
        """See ``Runner``."""
        ran = self.pool.run(cells, seed)
        return NotebookRun(ran.runs, ran.seconds, ran.machine)

    def warm(self) -> None:
        """Do nothing: a worker's sandboxes start when the worker joins."""

    def close(self) -> None:
        """See ``Runner``."""
        self.pool.close()


_RUNNERS: dict[tuple[object, ...], Runner] = {}
_LOCK = threading.Lock()


def runner_for(
    assignment: str,
    release: str,
    isolation: str,
    limits: Mapping[str, int],
    workers: int,
    scheduler: str,
) -> Runner:
    """The runner of this process with these settings.

    Args:
        assignment: name of the assignment.
        release: folder of the released notebooks.
        isolation: 'bwrap' or 'none'.
        limits: entries that replace those of ``autograder.sandbox.policy.LIMITS``.
        workers: number of sandboxes on this machine.
        scheduler: address of a Dask scheduler; '' to run on this machine.

    Raises:
        UsageError: if the sandbox or the cluster cannot be used.
    """
    with _LOCK:
        where = scheduler or workers
        name = (assignment, where, isolation, release, str(limits))
        if name not in _RUNNERS:
            modules = _modules_in(release)
            if scheduler:
                _RUNNERS[name] = ClusterRunner(
                    ClusterPool(assignment, scheduler, release, modules, isolation, limits)
                )
            else:
                _RUNNERS[name] = LocalRunner(
                    Pool(assignment, workers, release, modules, isolation, limits)
                )
        return _RUNNERS[name]


def open_runners() -> list[Runner]:
    """All runners of this process."""
    return list(_RUNNERS.values())


@atexit.register
def close_runners() -> None:
    """End all sandboxes of this process."""
    while _RUNNERS:
        _RUNNERS.popitem()[1].close()


def _modules_in(release: str) -> tuple[str, ...]:
    """Modules that the released notebooks import; workers import them before the first job."""
    found: list[str] = []
    for path in sorted(Path(release).glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                found += modules_of(cell.source)
    return tuple(dict.fromkeys(found))
