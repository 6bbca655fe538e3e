"""Warm workers: so many as may run at once, each lent to one thread at a time."""

import queue
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.sandbox.needs import require
from autograder.sandbox.policy import LIMITS
from autograder.sandbox.records import CellRun
from autograder.sandbox.worker import Cell, Worker
from course.threads import cores_here

__all__ = ["Pool"]


class Pool:
    """So many workers, started as they are needed, each used by one thread at a time.

    Args:
        assignment: its functions are withheld inside.
        size: number of workers.
        release: folder of the released notebook, or None.
        modules: names of the modules that workers import before the first job.
        isolation: 'bwrap' or 'none'.
        limits: entries that replace those of ``autograder.sandbox.policy.LIMITS``.
        threads: that TensorFlow may use in each; its share of the cores unless given.

    Raises:
        UsageError: if the sandbox cannot be had.
    """

    def __init__(
        self,
        assignment: str,
        size: int = 1,
        release: str | Path | None = None,
        modules: Sequence[str] = (),
        isolation: str = "bwrap",
        limits: Mapping[str, Any] | None = None,
        threads: int | None = None,
    ) -> None:
        require(isolation)
        threads = threads or max(1, cores_here() // size)
        limits = LIMITS | dict(limits or {})
        self.workers = [
            Worker(assignment, number, release, tuple(modules), isolation, limits, threads)
            for number in range(size)
        ]
        # The last one used is the first one taken: the others need not be started.
        self.free: queue.LifoQueue[Worker] = queue.LifoQueue()
        for worker in reversed(self.workers):
            self.free.put(worker)

    def run(self, cells: Sequence[Cell], seed: int) -> tuple[list[CellRun], float]:
        """As ``Worker.run``, on the next worker that is free."""
        worker = self.free.get()
        try:
            return worker.run(cells, seed)
        finally:
            self.free.put(worker)

    def warm(self) -> None:
        """Start all workers, without waiting for them."""
        for worker in self.workers:
            worker.launch()

    def rest(self) -> None:
        """End the processes of workers, unless one has a job; the next job starts them anew."""
        if self.free.qsize() == len(self.workers):
            for worker in self.workers:
                worker.close()

    def close(self) -> None:
        """End all workers for good; what still runs raises ``MachineError``."""
        for worker in self.workers:
            worker.is_closed = True
            worker.close()
