"""One warm worker from outside: starts it, feeds it, believes nothing it says.

A job is a list of cells. Whatever becomes of it, ``Worker.run`` comes back with one
``CellRun`` per cell: what a submission breaks is its own cell, and the worker is replaced.
"""

import array
import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from autograder.errors import MachineError
from autograder.inside.worker import JOB, READY, RUN, STATUS, STOP
from autograder.sandbox import folders
from autograder.sandbox.deaths import Death, by_status, over_memory
from autograder.sandbox.launch import command
from autograder.sandbox.memory import LOOK_SECONDS, Group, Watch, new_group
from autograder.sandbox.policy import environment
from autograder.sandbox.records import CellRun, Records, accept, stopped
from autograder.sandbox.stage import probes_in, stage

__all__ = ["START_SECONDS", "Cell", "Worker"]

START_SECONDS = 180  # TensorFlow's import takes 5; on a busy laptop, from a cold disk, 60.
GRACE_SECONDS = 5  # For the child's own alarm to come before the pool's.
STARTS = 3  # Of a worker for one notebook, before the machine is blamed.
DEATHS = 3  # Of a process in one cell by what may be the machine, before the cell is blamed.
RETRIES = 3  # Cells of one notebook that may each kill their process.

# What a cell asks for, ``{"source", "check"}``, where ``check`` is the name of a function to
# observe, or None; None for a cell that is not to be run.
Cell = Mapping[str, Any] | None


class Worker:
    """One warm worker. Not for two threads at once. ``Pool`` says what the arguments are."""

    control: socket.socket
    log: IO[bytes]
    watch: Watch

    def __init__(
        self,
        assignment: str,
        number: int,
        release: str | Path | None,
        modules: Sequence[str],
        isolation: str,
        limits: dict[str, Any],
        threads: int = 1,
    ) -> None:
        self.assignment, self.number, self.threads = assignment, number, threads
        self.release, self.modules = release, modules
        self.isolation, self.limits = isolation, limits
        self.process: subprocess.Popen[bytes] | None = None
        self.scratch: str | None = None
        self.group: Group | None = None
        self.is_ready = self.is_closed = False
        self.changing = threading.RLock()  # The pool may warm or close what another thread uses.

    def run(self, cells: Sequence[Cell], seed: int) -> tuple[list[CellRun], float]:
        """Run one notebook.

        Args:
            cells: what each asks for.
            seed: for the probes.

        Returns:
            One ``CellRun`` per cell, and how many seconds they took. After a cell that ends its
            process, the others run again without it.

        Raises:
            MachineError: if a worker cannot be started, or ends before the first cell.
        """
        cells, runs, seconds = list(cells), [CellRun() for _ in cells], 0.0
        deaths, failures, blamed = Counter[int](), 0, 0
        while blamed <= RETRIES:
            try:
                self._make_ready()
                started = time.monotonic()
                deadline = started + self.limits["notebook_seconds"] - seconds
                death = self._attempt(cells, seed, runs, deadline)
            except MachineError:
                failures += 1
                if failures == STARTS or self.is_closed:
                    raise
                continue
            seconds += time.monotonic() - started
            if death is None:
                break
            deaths[death.cell] += 1
            if death.by_machine and deaths[death.cell] < DEATHS:
                continue
            runs[death.cell] = stopped(f"stopped: {death.reason}", death.trouble)
            cells[death.cell], blamed = None, blamed + 1
            if seconds >= self.limits["notebook_seconds"]:
                break
        return runs, seconds

    def close(self) -> None:
        """End the worker and all that runs in its sandbox; the next job starts it anew."""
        with self.changing:
            if self.process is not None:
                self.process.kill()  # bubblewrap takes its namespace's processes along.
                self.process.wait()
                self.control.close()
                self.log.close()
                self.process = None
                if self.scratch:
                    folders.remove(self.scratch)
                if self.group:
                    self.group.remove()
                self.scratch = self.group = None

    def launch(self) -> None:
        """Start the process, if there is none, and do not wait until it is ready.

        Raises:
            MachineError: if the pool was closed.
        """
        with self.changing:
            if self.is_closed:
                raise MachineError("grading was stopped")
            if self.process is None:
                self._launch()

    def _launch(self) -> None:
        ours, theirs = socket.socketpair()
        folder = stage(self.assignment, self.release)
        modules = [*self.modules, *probes_in(folder, self.assignment)]
        settings: dict[str, Any] = {"modules": modules, "control": theirs.fileno()}
        if self.isolation == "none":
            self.scratch = folders.make()
            settings |= {"isolation": "none", "scratch": self.scratch}
            start = [sys.executable, "-P", "-m", "autograder.inside.worker", json.dumps(settings)]
            variables = environment(folder, self.scratch, self.threads)
        else:
            start = command(folder, self.number, settings)
            variables = environment("/course", "/tmp", self.threads)
            self.group = new_group()
            start = [*(self.group.start if self.group else ()), *start]
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 -- open as long as the process
        self.process = subprocess.Popen(
            start,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.log,
            env=variables,
            start_new_session=True,  # Ctrl-C is for the grader, which then ends its workers.
        )
        theirs.close()
        self.control, self.is_ready = ours, False

    def _make_ready(self) -> None:
        self.launch()
        if self.is_ready:
            return
        with contextlib.suppress(OSError):
            self.control.settimeout(START_SECONDS)
            self.is_ready = self.control.recv(len(READY)) == READY
            self.control.settimeout(None)
        if not self.is_ready:
            said = self._last_words()
            self.close()
            raise MachineError(f"a worker did not start: {said}")
        process = self.process
        if process is None:
            raise MachineError("grading was stopped")
        most, is_apart = self.limits["memory"], self.isolation != "none"
        self.watch = Watch(process.pid, most, self.group, has_network=is_apart)

    def _last_words(self) -> str:
        with contextlib.suppress(ValueError):  # Closed by the pool.
            self.log.seek(0)
            said = self.log.read(100_000).decode(errors="replace").strip()
            if said:
                return said.splitlines()[-1]
        return "no word of why"

    def _attempt(
        self, cells: Sequence[Cell], seed: int, runs: list[CellRun], deadline: float
    ) -> Death | None:
        """One child's life. Returns its ``Death``, or None if it came to its end."""
        job: dict[str, Any] = {"cells": cells, "seed": seed, "assignment": self.assignment}
        if self.isolation == "none":
            folder, scratch = stage(self.assignment, self.release), self.scratch
            job["limits"] = self.limits | {"processes": None}  # All of the user's would count.
        else:
            folder, scratch = "/course", "/tmp"
            job["limits"] = self.limits
        job |= {"folder": f"{scratch}/notebook", "files": f"{folder}/files"}
        reader, writer = os.pipe()
        try:
            self._send(json.dumps(job).encode(), writer)
        except OSError:
            self.close()  # It was idle for too long and left, or somebody ended it.
            raise MachineError("a worker hung up before its job") from None
        finally:
            os.close(writer)
        try:
            return self._follow(reader, runs, deadline)
        finally:
            os.close(reader)

    def _send(self, content: bytes, pipe: int) -> None:
        """Hand over a job: the worker passes both descriptors on and reads from neither."""
        with folders.nameless_file() as file:
            file.write(content)
            file.flush()
            passed = array.array("i", [file.fileno(), pipe])
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)]
            self.control.sendmsg([JOB.pack(RUN)], rights)

    def _follow(self, reader: int, runs: list[CellRun], deadline: float) -> Death | None:
        # Two a cell, where it begins and ends, and one when all is over.
        records = Records(reader, self.limits, 2 * len(runs) + 1)
        current, begun, ended = 0, False, False
        longest = max(self.limits["cell_seconds"], self.limits["probe_seconds"]) + GRACE_SECONDS
        patience = time.monotonic() + longest
        while not records.closed:
            # Until it begins, its time does not count, nor the memory of the submission before.
            wait = (min(patience, deadline) if begun else patience) - time.monotonic()
            if wait < 0 and not begun:
                break  # The worker is to blame.
            if wait < 0:
                self._stop()
                what = "the notebook" if time.monotonic() >= deadline else "it"
                return Death(current, f"{what} took longer than it may", "time")
            if begun and self.watch.is_exceeded():
                self._stop()
                return over_memory(current)
            if not select.select([reader], [], [], min(wait, LOOK_SECONDS))[0]:
                continue
            try:
                for header, payload in records.read():
                    if not begun:
                        self.watch.begin()
                    begun, ended = True, ended or header.get("end") is True
                    current = accept(header, payload, runs, current, self.limits)
                    patience = time.monotonic() + longest
            except ValueError as error:
                self._stop()
                return Death(current, str(error))
        return self._outcome(current, begun, ended)

    def _stop(self) -> None:
        """Have the worker kill its child; if it cannot, end the worker."""
        with contextlib.suppress(OSError):
            self.control.sendall(JOB.pack(STOP))
        self._status()

    def _status(self) -> int | None:
        """How the child ended, from the worker; None if there is no such word, nor a worker."""
        try:
            self.control.settimeout(GRACE_SECONDS)
            answer = self.control.recv(STATUS.size)
        except OSError:
            answer = b""
        if len(answer) < STATUS.size:
            self.close()  # Killed, stopped or flooded by its own child, or by the machine.
            return None
        self.control.settimeout(None)
        (status,) = STATUS.unpack(answer)
        return int(status)

    def _outcome(self, current: int, begun: bool, ended: bool) -> Death | None:
        is_over_memory = self.watch.was_ended()
        status = self._status()
        if ended:
            return None
        if not begun:
            said = self._last_words()
            self.close()
            raise MachineError(f"a worker ended before the first cell: {said}")
        if is_over_memory:
            return over_memory(current)
        return by_status(current, status)
