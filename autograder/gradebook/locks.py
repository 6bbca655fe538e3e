"""Two locks: one between the threads of a grader, and one between several graders of a class.

The threads of one grader share a lock on nbgrader. Several graders share a class through claims: a
claim is a lock on one byte of a file in the class's folder, chosen by the name of the submission.
The system releases it when the grader's process ends, however it ends. Such locks hold between
processes, and over NFS between machines; threads of one process have to share by themselves.
"""

import contextlib
import hashlib
import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self, TextIO

__all__ = ["Claims", "nbgrader_lock", "nbgrader_lock_released"]

HAS_FILE_LOCKS = importlib.util.find_spec("fcntl") is not None  # Windows has none.
LAST_BYTE = 2**62  # A byte of a file can be locked even if the file is shorter than that.

_LOCK, _this_thread = threading.Lock(), threading.local()


@contextlib.contextmanager
def nbgrader_lock() -> Iterator[None]:
    """Hold the lock on nbgrader: one thread at a time runs its code.

    nbgrader and the libraries that it uses are not thread-safe. They set the working directory,
    the variables and the warning filters of the whole process, and when two threads parse code
    at the same time, CPython 3.11 damages the syntax trees of both.
    """
    with _LOCK:
        _this_thread.holds_it = True
        try:
            yield
        finally:
            _this_thread.holds_it = False


@contextlib.contextmanager
def nbgrader_lock_released() -> Iterator[None]:
    """Let other threads run nbgrader's code meanwhile, if this thread holds the lock."""
    if not getattr(_this_thread, "holds_it", False):
        yield
        return
    _this_thread.holds_it = False
    _LOCK.release()
    try:
        yield
    finally:
        _LOCK.acquire()
        _this_thread.holds_it = True


class Claims:
    """Claims on the submissions of a class, as a context manager.

    Without file locks (on Windows) every claim succeeds, so only one grader may run there.

    Args:
        path: of the file; it is made if it is not there, and may stay.
    """

    def __init__(self, path: Path) -> None:
        self.file: TextIO | None = None
        if HAS_FILE_LOCKS:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = path.open("a")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.file:
            self.file.close()

    @contextlib.contextmanager
    def claimed(self, assignment: str, student: str) -> Iterator[bool]:
        """True inside if no other process has the submission; then none gets it meanwhile."""
        if not self.file:
            yield True
            return
        import fcntl  # Unix only.

        name = hashlib.sha256(f"{assignment}\0{student}".encode()).digest()
        byte = int.from_bytes(name[:8], "big") % LAST_BYTE
        try:
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except (BlockingIOError, PermissionError):  # POSIX allows either.
            yield False
            return
        try:
            yield True
        finally:
            fcntl.lockf(self.file, fcntl.LOCK_UN, 1, byte)
