"""Notebooks run in the sandboxes of a Dask cluster's workers, on any number of machines.

Dask carries bytes to the workers and back, and runs a notebook again if its machine dies.
Verdicts, answer keys and marks stay in the grader's process.
"""

import hashlib
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.cluster import remote
from autograder.cluster.parcels import NotRun, Ran, unpack
from autograder.cluster.workers import Workers
from autograder.errors import MachineError, UsageError
from autograder.sandbox.policy import LIMITS
from autograder.text import plain

__all__ = ["ClusterPool"]

CONNECT_SECONDS = 5  # A scheduler has so long to answer first, and to come back when it is away.
ATTEMPTS = 3  # At a notebook, on another worker each time if there is one.
MISSING = (
    "--scheduler needs Dask: 'pip install --constraint tests/requirements.txt distributed', "
    "on every machine"
)


class ClusterPool:
    """Sandboxes on the workers of a Dask cluster, one per thread of a worker.

    Args:
        assignment, release, modules, isolation, limits: as for ``autograder.sandbox.pool.Pool``.
        address: of the scheduler, such as ``tcp://host:8786`` or ``tls://host:8786``.

    Raises:
        UsageError: if Dask is missing, no scheduler answers, or a worker cannot serve.
    """

    def __init__(
        self,
        assignment: str,
        address: str,
        release: str | Path,
        modules: Sequence[str] = (),
        isolation: str = "bwrap",
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self.limits = {**LIMITS, **(limits or {})}
        self.fatal: dict[bytes, str] = {}  # Why a job killed its workers, by digest.
        self.client = _connect(address)
        try:
            settings = remote.settings_for(assignment, release, modules, isolation, self.limits)
            # Workers know the settings by this name.
            self.name = hashlib.sha256(settings).hexdigest()
            self.workers = Workers(self.client, address, settings)
        except BaseException:
            self.client.close()
            raise

    def run(self, cells: Sequence[dict[str, str | None] | None], seed: int) -> Ran:
        """Run one notebook on the next worker that is free.

        Args:
            cells, seed: as for ``autograder.sandbox.pool.Pool.run``.

        Raises:
            SchedulerLostError: if the cluster's scheduler is gone.
            MachineError: if the notebook could not be run anywhere, or kills its workers.
        """
        job = json.dumps({"settings": self.name, "cells": cells, "seed": seed}).encode()
        digest, reason = hashlib.sha256(job).digest(), ""
        if digest in self.fatal:
            raise MachineError(self.fatal[digest])
        avoided: set[str] = set()
        for _ in range(ATTEMPTS):
            try:
                with self.workers.free_thread():
                    reply = unpack(self._ask(job, digest, avoided), len(cells), self.limits)
            except _AnswerLostError as error:
                reason = str(error)
                continue
            if isinstance(reply, NotRun):
                reason = f"{reply.machine}: {reply.failure}"
                avoided.add(reply.address)
                self.workers.failed(reply.address, reply.machine, reply.failure)
                continue
            self.workers.succeeded(reply.address)
            return reply
        self.workers.check()
        raise MachineError(reason)

    def close(self) -> None:
        """Leave the cluster; whatever still runs raises ``MachineError``."""
        self.workers.close()
        self.client.close()

    def _ask(self, job: bytes, digest: bytes, avoided: Collection[str]) -> bytes:
        """Have a worker run a job, and return its parcel.

        Raises:
            MachineError: if the job killed its workers, or grading has ended.
            _AnswerLostError: if Dask lost the job or its answer.
        """
        from distributed import CancelledError, KilledWorker

        others = self.workers.others_than(avoided) if avoided else []
        future = self.client.submit(
            remote.run,
            job,
            key=f"notebook-{uuid.uuid4().hex}",
            pure=False,
            workers=others or None,
            allow_other_workers=bool(others),
        )
        try:
            return future.result()  # type: ignore[no-any-return]
        except KilledWorker as error:
            reason = f"{error.allowed_failures + 1} workers died while they ran it"
            # If several threads share a worker, the notebook of another one may have killed it.
            if error.last_worker.nthreads == 1:
                self.fatal[digest] = reason
            raise MachineError(reason) from None
        except CancelledError:
            self.workers.check()
            raise _AnswerLostError("the scheduler forgot it") from None
        except Exception as error:
            message = plain(f"{type(error).__name__}: {error}", 200)
            raise _AnswerLostError(f"Dask could not run it: {message}") from None
        finally:
            future.release()  # Dask computes a result again that is held when its worker dies.


class _AnswerLostError(Exception):
    """Dask lost a notebook's answer: to be asked for again."""


def _connect(address: str) -> Any:
    """Dask's ``Client``.

    Raises:
        UsageError: if Dask is missing, or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(MISSING) from None
    try:
        # Only bytes are accepted as results: nothing that a worker returns is unpickled here.
        return Client(
            address,
            timeout=CONNECT_SECONDS,
            set_as_default=False,
            direct_to_workers=False,
            deserializers=["dask", "msgpack"],
        )
    except (OSError, ValueError, TypeError, ImportError, RuntimeError) as error:
        message = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UsageError(
            f"no Dask scheduler answers at {address} ({message}). 'dask scheduler' starts one "
            "and prints its address"
        ) from None
