"""Runs a notebook's cells and probes in the child: nothing here is believed outside.

Each cell becomes one record in the pipe: a JSON header with its outputs, or, for a test
cell, the observations as bytes.
"""

import base64
import importlib
import io
import json
import os
import random
import resource
import shutil
import signal
import struct
import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from autograder.inside.observe import frames

__all__ = ["RECORD", "prepare", "run"]

RECORD = struct.Struct(">I")  # Length of a record's header.
TEXT_MIMES = ("text/plain", "text/html", "text/markdown", "text/latex")
Output = dict[str, Any]  # As a notebook's JSON has it.


class OutOfTime(KeyboardInterrupt):
    """A cell or a probe took longer than it may. No ordinary ``except`` stops it."""


class BoundedText(io.TextIOBase):
    """A stream that keeps the beginning of what is written."""

    encoding = "utf-8"

    def __init__(self, limit: int) -> None:
        self.parts: list[str] = []
        self.room = limit

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.room > 0:
            self.parts.append(text[: self.room])
            self.room -= len(text)
            if self.room <= 0:
                self.parts.append("\n[more was written; the rest is left out]\n")
        return len(text)

    def text(self) -> str:
        return "".join(self.parts)


def prepare() -> None:
    """Make the shell that every child inherits, before the worker forks."""
    config = Config()
    config.HistoryManager.enabled = False  # It would start a thread.
    shell = _Shell.instance(config=config)
    # Before the streams become a cell's: IPython asks them for colours.
    shell.run_line_magic("colors", "NoColor")
    shell.display_pub.publish = shell.show_display  # type: ignore[method-assign, assignment]
    shell.display_trap.hook = shell.show_result
    shell.enable_matplotlib("inline")


def run(job: Mapping[str, Any], pipe: int) -> None:
    """Run a job's cells in order and write one record each.

    Args:
        job: cells, seed, assignment, limits and folders, as ``sandbox.worker`` sends them.
        pipe: file descriptor to write to.
    """
    limits = job["limits"]
    _limit_resources(limits)
    random.seed(0)  # A regrade draws the same.
    np.random.seed(0)  # noqa: NPY002 -- the generator that student code shares
    shutil.copytree(job["files"], job["folder"])
    os.chdir(job["folder"])
    sys.path.insert(0, "")  # As a notebook's kernel has it.
    shell = _Shell.instance()
    shell.limits = limits
    signal.signal(signal.SIGALRM, _out_of_time)
    for number, cell in enumerate(job["cells"]):
        if cell is None:
            continue
        _send(pipe, {"cell": number, "begins": True})
        if cell["check"] is None:
            outputs = shell.run(cell["source"])
            _send(pipe, {"cell": number, "outputs": outputs})
        else:
            header, stream = _observe(shell, cell["check"], job)
            _send(pipe, {"cell": number} | header, stream)
    _send(pipe, {"end": True})


def _limit_resources(limits: Mapping[str, Any]) -> None:
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    for name, most in [
        (resource.RLIMIT_AS, mapped + limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        # One byte: with 0 the kernel still hands a crash to a program of the machine's, where
        # one is set up for that. With 1 it hands it to nobody, and no file is so small.
        (resource.RLIMIT_CORE, 1),
    ]:
        if most is not None:
            resource.setrlimit(name, (most, most))


class _Timed:
    """Raises ``OutOfTime`` in what runs too long, and again each second: some catch it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, self.seconds, 1)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _out_of_time(signum: int, frame: FrameType | None) -> None:
    raise OutOfTime("stopped: it took longer than it may")


def _observe(
    shell: InteractiveShell, name: str, job: Mapping[str, Any]
) -> tuple[dict[str, str], bytes]:
    """Header and payload of a test cell: what its probe sees of the student's function."""
    if name not in shell.user_ns:
        return {"reason": "missing"}, b""
    probe = getattr(importlib.import_module(f"autograder.inside.probes.{job['assignment']}"), name)
    seen: list[bytes] = []
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = BoundedText(0)
    try:
        with _Timed(job["limits"]["probe_seconds"]):
            for frame in frames(probe, shell.user_ns[name], job["seed"]):
                seen.append(frame)
    except OutOfTime:
        return {"reason": "time"}, b"".join(seen)
    finally:
        sys.stdout, sys.stderr = streams
    return {"reason": ""}, b"".join(seen)


def _send(pipe: int, header: dict[str, Any], payload: bytes = b"") -> None:
    content = json.dumps(header | {"bytes": len(payload)}).encode()
    message = memoryview(RECORD.pack(len(content)) + content + payload)
    while message:
        message = message[os.write(pipe, message) :]


class _Shell(InteractiveShell):
    """IPython without a terminal: what a cell shows is collected as notebook outputs."""

    limits: Mapping[str, int]
    outputs: list[Output]
    room: int  # For so many more displays.

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no event loop to join."""

    def run(self, source: str) -> list[Output]:
        """Run one cell; returns its outputs as a notebook has them."""
        self.outputs, self.room = [], self.limits["displays"]
        out, err = BoundedText(self.limits["text"]), BoundedText(self.limits["text"])
        streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = out, err
        try:
            with _Timed(self.limits["cell_seconds"]):
                self.run_cell(source, store_history=True)
        except OutOfTime as error:
            self._showtraceback(OutOfTime, error, [str(error)])
        finally:
            sys.stdout, sys.stderr = streams
        texts = [("stdout", out.text()), ("stderr", err.text())]
        written: list[Output] = [
            {"output_type": "stream", "name": name, "text": text} for name, text in texts if text
        ]
        return written + self.outputs

    def _showtraceback(self, etype: type, evalue: object, stb: list[str]) -> None:
        text = "\n".join(stb)[-self.limits["text"] :]
        self.outputs.append(
            {
                "output_type": "error",
                "ename": getattr(etype, "__name__", "Exception")[:200],
                "evalue": str(evalue)[:2000],
                "traceback": text.split("\n"),
            }
        )

    def show_display(self, data: Mapping[str, Any], metadata: object = None, **_: object) -> None:
        """What a cell hands to IPython's ``display``."""
        self.add("display_data", data)

    def show_result(self, value: object = None) -> None:
        """Python's display hook: the value of a cell's last line."""
        if value is not None and self.display_formatter and not self.displayhook.quiet():
            self.user_ns["_"] = value
            self.add("execute_result", self.display_formatter.format(value)[0])

    def add(self, output_type: str, data: Mapping[str, Any]) -> None:
        """Keep a display if there is room for it."""
        self.room -= 1
        if self.room >= 0:
            kept = _plain(data, self.limits["display_bytes"])
            self.outputs.append({"output_type": output_type, "data": kept})


def _plain(data: Mapping[str, Any], room: int) -> dict[str, str]:
    """The kinds of display that feedback shows, as text; what is too large is left out."""
    kept = {}
    for mime, value in data.items():
        if mime == "image/png" and isinstance(value, bytes):
            value = base64.b64encode(value).decode()
        if mime in TEXT_MIMES or mime == "image/png":
            kept[mime] = str(value) if len(str(value)) <= room else "[too large to show]"
    return kept
