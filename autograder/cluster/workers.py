"""The workers of a Dask cluster: which may serve, which come and go, and how many are free."""

import contextlib
import json
import sys
import threading
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from autograder.cluster import remote
from autograder.errors import MachineError, UsageError
from autograder.text import plain

__all__ = ["SchedulerLostError", "Workers"]

WATCH_SECONDS = 1  # Between two looks at which workers there are.
FAILURES_IN_A_ROW = 3  # After so many, a worker is told to leave.


class SchedulerLostError(MachineError):
    """The cluster's scheduler is gone: no submission can run any more."""


class Workers:
    """The workers that may serve.

    They may come and go. A worker with another version is told to leave, since its observations
    could differ. Dask gets no more jobs than the workers have threads. So a worker that joins late
    finds work, and a worker that dies costs no job that only waited.

    Args:
        client: Dask's.
        address: of the scheduler.
        settings: as ``remote.settings_for`` makes them.

    Raises:
        UsageError: if one of the workers that are there cannot serve.
    """

    def __init__(self, client: Any, address: str, settings: bytes) -> None:
        self.client, self.address, self.settings = client, address, settings
        self.threads: dict[str, int] = {}  # By address; of workers that may serve.
        self.machines: dict[str, str] = {}  # Names for people, by address.
        self.failures: Counter[str] = Counter()  # In a row, by address.
        self.running, self.lost, self.is_closed = 0, False, False
        self.changed, self.over = threading.Condition(), threading.Event()
        present = client.nthreads()
        unfit = self._admit(present)
        if unfit:
            raise UsageError("; ".join(unfit.values()))
        if present:
            _say(f"{self._count()} at {address}")
        self._say_if_there_is_none()
        self.watcher = threading.Thread(target=self._watch, name="cluster", daemon=True)
        self.watcher.start()

    def close(self) -> None:
        """Stop looking; whoever waits for a worker gets a ``MachineError``."""
        with self.changed:
            self.is_closed = True
            self.changed.notify_all()
        self.over.set()
        self.watcher.join()

    @contextlib.contextmanager
    def free_thread(self) -> Iterator[None]:
        """Wait until one of the workers' threads is free, and use it while inside.

        Raises:
            MachineError: if grading has ended meanwhile.
        """
        with self.changed:
            while self.running >= sum(self.threads.values()):
                self.check()
                self.changed.wait()
            self.check()
            self.running += 1
        try:
            yield
        finally:
            with self.changed:
                self.running -= 1
                self.changed.notify()

    def check(self) -> None:
        """Raise the reason if nothing can run any more.

        Raises:
            SchedulerLostError: if the scheduler is gone.
            MachineError: if grading was stopped.
        """
        if self.is_closed and not self.lost:
            raise MachineError("grading was stopped")
        if self.lost or self._has_lost_the_scheduler():
            raise SchedulerLostError(f"the scheduler at {self.address} is gone")

    def others_than(self, avoided: Collection[str]) -> list[str]:
        """Addresses of all workers but some."""
        return [address for address in list(self.threads) if address not in avoided]

    def succeeded(self, address: str) -> None:
        """Note that a worker ran a notebook."""
        self.failures.pop(address, None)

    def failed(self, address: str, machine: str, reason: str) -> None:
        """Note that a worker could not run a notebook; after some in a row it has to leave."""
        self.failures[address] += 1
        if self.failures[address] == FAILURES_IN_A_ROW:
            self._leave_out({address: f"worker {machine} failed: {reason}"})

    def _admit(self, addresses: Collection[str]) -> dict[str, str]:
        """Make workers ready, and count those that are.

        Returns:
            By address, why a worker cannot serve.
        """
        if not addresses:
            return {}
        answers = self.client.run(
            remote.prepare, self.settings, workers=list(addresses), on_error="return"
        )
        threads, unfit = self.client.nthreads(), {}
        for address, answer in answers.items():
            machine, trouble = _judged(address, answer)
            self.machines[address] = machine
            if trouble:
                unfit[address] = f"worker {machine} cannot serve: {trouble}"
            elif address in threads:
                with self.changed:
                    self.threads[address] = threads[address]
                    self.changed.notify_all()
        return unfit

    def _leave_out(self, unfit: dict[str, str]) -> None:
        """Tell workers to leave, and tell the person who grades why."""
        for address, sentence in unfit.items():
            _say(f"{sentence}; it is told to leave")
            with self.changed:
                self.threads.pop(address, None)
            self._say_if_there_is_none()
        if unfit:
            self.client.retire_workers(workers=list(unfit))

    def _watch(self) -> None:
        """Look again and again which workers are there, and say what changed."""
        while not self.over.wait(WATCH_SECONDS):
            if self._has_lost_the_scheduler():
                with self.changed:
                    self.lost = True
                    self.changed.notify_all()
                return
            # The scheduler may not answer just now: the client gives it some seconds to return.
            with contextlib.suppress(Exception):
                self._look()

    def _has_lost_the_scheduler(self) -> bool:
        return self.client.status in ("closed", "closing")

    def _look(self) -> None:
        present = self.client.nthreads()
        gone = [address for address in list(self.threads) if address not in present]
        with self.changed:
            for address in gone:
                del self.threads[address]
        if gone:
            names = ", ".join(self.machines[address] for address in gone)
            _say(f"gone: {names}; what ran there runs again elsewhere")
            self._say_if_there_is_none()
        known = set(self.threads)
        self._leave_out(self._admit([address for address in present if address not in known]))
        joined = [self.machines[address] for address in self.threads if address not in known]
        if joined:
            _say(f"joined: {', '.join(joined)}; now {self._count()}")

    def _count(self) -> str:
        workers, threads = len(self.threads), sum(self.threads.values())
        return f"{_counted(workers, 'worker')} with {_counted(threads, 'thread')}"

    def _say_if_there_is_none(self) -> None:
        if not self.threads:
            _say(
                "waiting: there is no worker. To go on, start one on any machine: "
                f"'dask worker {self.address} --nthreads 1'"
            )


def _judged(address: str, answer: Any) -> tuple[str, str]:
    """A worker's name, and why it cannot serve, from its answer to ``remote.prepare``."""
    if isinstance(answer, ModuleNotFoundError):
        return address, f"the course is not installed there ({answer})"
    if isinstance(answer, BaseException):
        return address, plain(f"{type(answer).__name__}: {answer}", 200)
    try:
        content = json.loads(answer)
        machine, found = plain(content["machine"], 40), content["versions"]
        trouble = plain(content["trouble"], 300)
        differs = [
            f"{name} {plain(found.get(name, 'none'), 40)} there, {own} here"
            for name, own in remote.versions().items()
            if found.get(name) != own
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        return address, "its answer cannot be read"
    return machine, ", ".join(differs) or trouble


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _say(line: str) -> None:
    print(f"autograder: {line}", file=sys.stderr, flush=True)
