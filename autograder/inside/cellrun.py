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

import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from autograder.inside.observe import frames

__all__ = ["RECORD", "prepare", "run"]

RECORD = struct.Struct(">I")  # Length of a record's header.
TEXT_MIMES = ("text/plain", "text/html", "text/markdown", "text/latex")


class OutOfTime(KeyboardInterrupt):
    """A cell or a probe took longer than it may. No ordinary ``except`` stops it."""


class BoundedText(io.TextIOBase):
    """A stream that keeps the beginning of what is written."""

    encoding = "utf-8"

    def __init__(self, limit):
        self.parts, self.room = [], limit

    def writable(self):
        return True

    def write(self, text):
        if self.room > 0:
            self.parts.append(text[: self.room])
            self.room -= len(text)
            if self.room <= 0:
                self.parts.append("\n[more was written; the rest is left out]\n")
        return len(text)

    def text(self):
        return "".join(self.parts)


def prepare():
    """Make the shell that every child inherits, before the worker forks."""
    config = Config()
    config.HistoryManager.enabled = False  # It would start a thread.
    shell = _Shell.instance(config=config)
    # Before the streams become a cell's: IPython asks them for colours.
    shell.run_line_magic("colors", "NoColor")
    shell.display_pub.publish = lambda data, metadata=None, **_: shell.add("display_data", data)
    shell.display_trap.hook = shell.show_result
    shell.enable_matplotlib("inline")


def run(job, pipe):
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


def _limit_resources(limits):
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

    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        signal.setitimer(signal.ITIMER_REAL, self.seconds, 1)

    def __exit__(self, *_):
        signal.setitimer(signal.ITIMER_REAL, 0)


def _out_of_time(signum, frame):
    raise OutOfTime("stopped: it took longer than it may")


def _observe(shell, name, job):
    """Header and payload of a test cell: what its probe sees of the student's function."""
    if name not in shell.user_ns:
        return {"reason": "missing"}, b""
    probe = getattr(importlib.import_module(f"autograder.inside.probes.{job['assignment']}"), name)
    seen, streams = [], (sys.stdout, sys.stderr)
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


def _send(pipe, header, payload=b""):
    header = json.dumps(header | {"bytes": len(payload)}).encode()
    message = memoryview(RECORD.pack(len(header)) + header + payload)
    while message:
        message = message[os.write(pipe, message) :]


class _Shell(InteractiveShell):
    """IPython without a terminal: what a cell shows is collected as notebook outputs."""

    limits, outputs, room = None, (), 0

    def enable_gui(self, gui=None):
        """There is no event loop to join."""

    def run(self, source):
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
        written = [
            {"output_type": "stream", "name": name, "text": text} for name, text in texts if text
        ]
        return written + self.outputs

    def _showtraceback(self, etype, evalue, stb):
        text = "\n".join(stb)[-self.limits["text"] :]
        self.outputs.append(
            {
                "output_type": "error",
                "ename": getattr(etype, "__name__", "Exception")[:200],
                "evalue": str(evalue)[:2000],
                "traceback": text.split("\n"),
            }
        )

    def show_result(self, value=None):
        """Python's display hook: the value of a cell's last line."""
        if value is not None and not self.displayhook.quiet():
            self.user_ns["_"] = value
            self.add("execute_result", self.display_formatter.format(value)[0])

    def add(self, output_type, data):
        """Keep a display if there is room for it."""
        self.room -= 1
        if self.room >= 0:
            data = _plain(data, self.limits["display_bytes"])
            self.outputs.append({"output_type": output_type, "data": data})


def _plain(data, room):
    """The kinds of display that feedback shows, as text; what is too large is left out."""
    kept = {}
    for mime, value in data.items():
        if mime == "image/png" and isinstance(value, bytes):
            value = base64.b64encode(value).decode()
        if mime in TEXT_MIMES or mime == "image/png":
            kept[mime] = str(value) if len(str(value)) <= room else "[too large to show]"
    return kept
