"""Many machines: notebooks run in the sandboxes of Dask's workers, wherever those are.

To the grader this is a ``Pool``. Dask carries bytes there and back, and computes again what
died with a machine; verdicts, keys and books stay in the grader's process.
"""

import contextlib
import hashlib
import json
import sys
import threading
import uuid
from collections import Counter

from autograder.cluster import remote
from autograder.cluster.parcels import unpack
from autograder.errors import MachineError, UsageError
from autograder.sandbox.policy import LIMITS
from autograder.text import plain

__all__ = ["ClusterPool"]

CONNECT_SECONDS = 5  # For the first answer of a scheduler, and for it to come back.
WATCH_SECONDS = 1  # Between two looks at which workers there are.
TRIES = 3  # Machines that a notebook is tried on, and failures in a row that a machine may have.
MISSING = (
    "--scheduler needs Dask: 'pip install --constraint tests/requirements.txt distributed', "
    "on every machine"
)


class ClusterPool:
    """A pool whose sandboxes are on the workers of a Dask cluster, as many as they have threads.

    Workers may come and go. One of another version is told to leave, since its observations
    could differ.

    Args:
        assignment, release, modules, isolation, limits: as the local ``Pool`` takes them.
        address: of the scheduler, such as ``tcp://host:8786`` or ``tls://host:8786``.

    Raises:
        UsageError: if Dask is missing, no scheduler answers, or a worker cannot serve.
    """

    def __init__(self, assignment, address, release, modules=(), isolation="bwrap", limits=None):
        self.address, self.limits = address, LIMITS | (limits or {})
        self.client = _connect(address)
        self.settings = remote.settings_for(
            assignment, release, tuple(modules), isolation, self.limits
        )
        self.name = hashlib.sha256(self.settings).hexdigest()
        # Fit workers: their threads by address. Dask is handed no more than it has threads for,
        # so a late worker finds work, and one that dies takes nobody down who only waited.
        self.threads, self.machines = {}, {}
        self.running, self.failures, self.fatal = 0, Counter(), {}
        self.lost, self.is_closed, self.own = "", False, threading.local()
        self.changed, self.over = threading.Condition(), threading.Event()
        try:
            present = self.client.nthreads()
            unfit = self._admit(present)
            if unfit:
                raise UsageError("; ".join(unfit.values()))
        except BaseException:
            self.client.close()
            raise
        self._tell(f"{_count(self.threads)} at {address}" if present else "")
        self.watcher = threading.Thread(target=self._watch, name="cluster", daemon=True)
        self.watcher.start()

    @property
    def machine(self):
        """Where this thread's last notebook ran."""
        return getattr(self.own, "machine", "")

    def run(self, cells, seed):
        """As ``autograder.sandbox.worker.Worker.run``, on the next worker that is free.

        Raises:
            MachineError: if it could be run nowhere, or whatever runs it dies.
        """
        job = json.dumps({"settings": self.name, "cells": cells, "seed": seed}).encode()
        digest, tries, reason = hashlib.sha256(job).digest(), 0, ""
        if digest in self.fatal:
            raise MachineError(self.fatal[digest])
        avoid = set()
        while tries < TRIES:
            try:
                with self._turn():
                    reply = unpack(self._ask(job, digest, avoid), len(cells), self.limits)
            except _AnswerLostError as error:
                tries, reason = tries + 1, str(error)
                continue
            self.own.machine = reply.machine
            if reply.runs is not None:
                self.failures.pop(reply.address, None)
                return reply.runs, reply.seconds
            tries, reason = tries + 1, f"{reply.machine}: {reply.failure}"
            avoid.add(reply.address)
            self._blame(reply)
        raise MachineError(reason)

    def warm(self):
        """Nothing: a worker's sandboxes start when it is admitted."""

    def close(self):
        """Leave the cluster; what still runs raises ``MachineError``."""
        with self.changed:
            self.is_closed = True
            self.changed.notify_all()
        self.over.set()
        self.watcher.join()
        self.client.close()

    @contextlib.contextmanager
    def _turn(self):
        """One of the cluster's threads, once there is one to be had."""
        with self.changed:
            while self.running >= sum(self.threads.values()) and not self._ended():
                self.changed.wait()
            if self._ended():
                raise MachineError(self.lost or "grading was stopped")
            self.running += 1
        try:
            yield
        finally:
            with self.changed:
                self.running -= 1
                self.changed.notify()

    def _ended(self):
        return self.is_closed or self.lost

    def _ask(self, job, digest, avoid):
        """A worker's parcel."""
        from distributed import CancelledError, KilledWorker

        others = (
            [address for address in list(self.threads) if address not in avoid] if avoid else None
        )
        future = self.client.submit(
            remote.run,
            job,
            key=f"notebook-{uuid.uuid4().hex}",
            pure=False,
            workers=others or None,
            allow_other_workers=bool(others),
        )
        try:
            return future.result()
        except KilledWorker as error:
            reason = f"{error.allowed_failures + 1} workers died while they ran it"
            # Where several threads share a worker, another one's notebook may be what kills it.
            if error.last_worker.nthreads == 1:
                self.fatal[digest] = reason
            raise MachineError(reason) from None
        except CancelledError:
            if self._ended():
                raise MachineError(self.lost or "grading was stopped") from None
            raise _AnswerLostError("the scheduler forgot it") from None
        except Exception as error:
            said = plain(f"{type(error).__name__}: {error}", 200)
            raise _AnswerLostError(f"Dask could not have it run: {said}") from None
        finally:
            future.release()  # A result that is held would be computed again with its worker gone.

    def _admit(self, addresses):
        """Have workers make ready, and count those that are.

        Returns:
            By address, why a worker cannot serve.
        """
        asked = list(addresses)
        answers = (
            self.client.run(remote.prepare, self.settings, workers=asked, on_error="return")
            if asked
            else {}
        )
        threads, unfit = self.client.nthreads() if asked else {}, {}
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

    def _leave_out(self, unfit):
        """Tell workers to leave, and a person why."""
        for address, sentence in unfit.items():
            self._tell(f"{sentence}; it is told to leave")
            with self.changed:
                self.threads.pop(address, None)
        if unfit:
            self.client.retire_workers(workers=list(unfit))

    def _blame(self, reply):
        self.failures[reply.address] += 1
        if self.failures[reply.address] == TRIES:
            self._leave_out({reply.address: f"worker {reply.machine} failed: {reply.failure}"})

    def _watch(self):
        """Until the pool is closed: look who has come and who is gone, and say so."""
        while not self.over.wait(WATCH_SECONDS):
            if self.client.status in ("closed", "closing"):
                with self.changed:
                    self.lost = f"the scheduler at {self.address} is gone"
                    self.changed.notify_all()
                return
            with contextlib.suppress(Exception):  # It may be on its way back; see above.
                self._look()

    def _look(self):
        present = self.client.nthreads()
        gone = [address for address in list(self.threads) if address not in present]
        with self.changed:
            for address in gone:
                del self.threads[address]
        if gone:
            names = ", ".join(self.machines[address] for address in gone)
            self._tell(f"gone: {names}; what ran there runs again elsewhere")
        known = set(self.threads)
        self._leave_out(self._admit({a: n for a, n in present.items() if a not in known}))
        come = [self.machines[address] for address in self.threads if address not in known]
        if come:
            self._tell(f"joined: {', '.join(come)}; now {_count(self.threads)}")

    def _tell(self, line):
        if line:
            _say(line)
        if not self.threads:
            _say(
                "no worker is there: waiting. 'dask worker "
                f"{self.address} --nthreads 1' on any machine goes on"
            )


class _AnswerLostError(Exception):
    """Dask lost a notebook's answer: to be asked for again."""


def _connect(address):
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(MISSING) from None
    try:
        # Only bytes are taken for a result: nothing that a worker returns is unpickled here.
        return Client(
            address,
            timeout=CONNECT_SECONDS,
            set_as_default=False,
            direct_to_workers=False,
            deserializers=["dask", "msgpack"],
        )
    except (OSError, ValueError, TypeError, ImportError, RuntimeError) as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UsageError(
            f"no Dask scheduler answers at {address} ({said}). 'dask scheduler' starts one and "
            "says its address"
        ) from None


def _judged(address, answer):
    """A worker's name, and why it cannot serve, from its answer to ``remote.prepare``."""
    if isinstance(answer, ModuleNotFoundError):
        return address, f"the course is not installed there ({answer})"
    if isinstance(answer, BaseException):
        return address, plain(f"{type(answer).__name__}: {answer}", 200)
    try:
        told = json.loads(answer)
        machine, found, trouble = plain(told["machine"], 40), told["versions"], told["trouble"]
        differs = [
            f"{name} {plain(found.get(name, 'none'), 40)} there, {own} here"
            for name, own in remote.versions().items()
            if found.get(name) != own
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        return address, "its answer cannot be read"
    return machine, ", ".join(differs) or plain(trouble, 300)


def _count(threads):
    workers, total = len(threads), sum(threads.values())
    return f"{workers} worker{'s' * (workers != 1)} with {total} thread{'s' * (total != 1)}"


def _say(line):
    print(f"autograder: {line}", file=sys.stderr, flush=True)
