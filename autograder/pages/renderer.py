"""Draws what strangers wrote in a process of its own, with little time and memory for each text.

A regular expression in a parser cannot be interrupted from Python. So the kernel kills the
process once a text has used its share of the processor, and another one draws the next text.
The time is that of the processor, so a busy machine makes no difference.
"""

import atexit
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from typing import IO

from autograder.errors import MachineError
from autograder.pages.markup import DRAW, Attachments, TooMuchError, pixels_in

__all__ = ["Drawing", "Renderer", "Text", "draw"]

MEMORY = 512 * 2**20  # Bytes on top of what the imports take. An ordinary text needs 10 MB.
ANSWER = 16_000_000  # Characters of HTML from one text; a table of 1,000 rows has 100,000.
START_SECONDS = 180  # The imports take 1; on a busy laptop, from a cold disk, 30.
PATIENCE = 120  # Seconds of waiting for a text, if the kernel should not keep the time.
KEPT = 1_024  # Drawings. Most cells are the same in all submissions of a class.
KEPT_LENGTH = 10_000  # Characters of a text whose drawing is kept,
KEPT_HTML = 50_000  # and of that drawing: 60 MB in all, if somebody fills them.
ATTEMPTS = 2  # A process that ends without a word may have been ended by somebody else.
_LENGTH = struct.Struct(">I")
_READY = b"ready"


@dataclass(frozen=True)
class Text:
    """What is to be drawn.

    ``kind`` is a key of ``autograder.pages.markup.DRAW``, and ``options`` are what its function
    takes besides the source.
    """

    kind: str
    source: str
    options: tuple[str | tuple[tuple[str, str, str], ...], ...] = ()

    @property
    def length(self) -> int:
        """Characters of the source and of all pictures that were pasted into it."""
        return len(self.source) + len(str(self.options))


@dataclass(frozen=True)
class Drawing:
    """HTML of a ``Text``, the seconds of the processor that it took, and its pictures' pixels."""

    html: str
    seconds: float
    pixels: int


class Renderer:
    """The process, started when it is first needed. Several threads may share it.

    Args:
        memory: bytes that it may take on top of its imports.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self.memory = memory
        self.starts = 0  # How often a process was started.
        self._running: _Running | None = None
        self._kept: dict[Text, Drawing] = {}
        self._lock = threading.Lock()

    def draw(self, text: Text, seconds: float) -> Drawing:
        """Draw a text.

        Args:
            text: from anybody.
            seconds: of the processor, that it may take.

        Raises:
            TooMuchError: if it takes more time or memory, or cannot be drawn; says which.
            MachineError: if the process cannot be started.
        """
        with self._lock:
            if text in self._kept:
                return self._kept[text]
            drawing = self._draw(text, seconds)
            if text.length <= KEPT_LENGTH and len(drawing.html) <= KEPT_HTML:
                self._kept[text] = replace(drawing, seconds=0.0)
                if len(self._kept) > KEPT:
                    del self._kept[next(iter(self._kept))]
            return drawing

    def close(self) -> None:
        """End the process; the next text starts another."""
        running, self._running = self._running, None
        if running and running.owner == os.getpid():
            running.end()

    def _draw(self, text: Text, seconds: float) -> Drawing:
        request = json.dumps([text.kind, text.source, text.options, seconds]).encode()
        for _ in range(ATTEMPTS):
            try:
                running = self._ready()
                running.send(request)
                drawn, failure, used, size = json.loads(running.receive(PATIENCE))
            except (OSError, EOFError, ValueError):  # It ended before its answer, or amid it.
                self.close()
                continue
            if failure:
                raise TooMuchError(failure, seconds if used is None else used)
            return Drawing(drawn, used, size)
        raise TooMuchError("drawing it ends the process that does it", seconds)

    def _ready(self) -> "_Running":
        # A fork of the process that started it needs its own.
        if self._running is None or self._running.owner != os.getpid():
            self._running, self.starts = _Running(self.memory), self.starts + 1
            try:
                self._running.receive(START_SECONDS)  # A word that it is ready.
            except (OSError, EOFError):
                self.close()
                raise MachineError("the process that draws pages did not start") from None
        return self._running


class _Running:
    """One process, and the socket to it."""

    def __init__(self, memory: int) -> None:
        self.owner = os.getpid()
        self.connection, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "autograder.pages.renderer", str(memory)],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                # Ctrl-C is for the grader, which then ends this and its child.
                start_new_session=True,
            )

    def send(self, content: bytes) -> None:
        self.connection.settimeout(PATIENCE)
        self.connection.sendall(_LENGTH.pack(len(content)) + content)

    def receive(self, patience: float) -> bytes:
        """The next message.

        Raises:
            EOFError: if the process ends instead.
            TimeoutError: if it says nothing for so many seconds.
        """
        self.connection.settimeout(patience)
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        return self._read(length)

    def _read(self, size: int) -> bytes:
        content = bytearray()
        while len(content) < size:
            piece = self.connection.recv(min(size - len(content), 2**20))
            if not piece:
                raise EOFError
            content += piece
        return bytes(content)

    def end(self) -> None:
        self.connection.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # Its child, too.
        self.process.wait()


_shared = Renderer()
atexit.register(_shared.close)


def draw(text: Text, seconds: float) -> Drawing:
    """As ``Renderer.draw``, with the one that this whole process shares."""
    return _shared.draw(text, seconds)


def serve(requests: IO[bytes], answers: IO[bytes], memory: int) -> None:
    """What the process does: it has a child draw, and replaces one that was killed at it.

    A new child costs milliseconds; a new process would have to import everything first.
    """
    _warm()
    _answer(answers, _READY)
    while True:
        child = os.fork()
        if child == 0:
            _work(requests, answers, memory)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF):
            return  # There are no more requests, or it crashed, perhaps amid a message.
        _answer(answers, json.dumps(["", "drawing it takes too long", None, 0]).encode())


def _work(requests: IO[bytes], answers: IO[bytes], memory: int) -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # Ends the process, without asking Python.
    _limit_memory(memory)
    while len(prefix := requests.read(_LENGTH.size)) == _LENGTH.size:
        kind, source, options, seconds = json.loads(requests.read(*_LENGTH.unpack(prefix)))
        started = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, seconds)
        drawn, failure = _drawn(kind, source, options)
        size = pixels_in(drawn)
        signal.setitimer(signal.ITIMER_PROF, 0)
        used = time.process_time() - started
        _answer(answers, json.dumps([drawn, failure, used, size]).encode())


def _drawn(kind: str, source: str, options: list[str | Attachments]) -> tuple[str, str]:
    """HTML and nothing, or nothing and why there is none."""
    try:
        drawn = DRAW[kind](source, *options)
    except TooMuchError as error:
        return "", str(error)
    except MemoryError:
        return "", "drawing it takes too much memory"
    except RecursionError:
        return "", "it is nested too deeply"
    # Parsers of other people, on a stranger's text: whatever they raise is about that text.
    except Exception as error:
        return "", f"drawing it raises {type(error).__name__}"
    if len(drawn) > ANSWER:
        return "", f"it becomes more than {ANSWER:,} characters of HTML"
    return drawn, ""


def _warm() -> None:
    """Draw a little of each kind, so that the first text does not pay for imports."""
    DRAW["markdown"]("$x$", [])
    DRAW["code"]("x", "", "")


def _limit_memory(memory: int) -> None:
    import resource  # Windows has none; there, JupyterLab loads this module and grades nothing.

    if os.path.exists("/proc/self/statm"):  # Elsewhere, as on macOS, time alone is limited.
        with open("/proc/self/statm") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, mapped + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(answers: IO[bytes], content: bytes) -> None:
    answers.write(_LENGTH.pack(len(content)) + content)
    answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
