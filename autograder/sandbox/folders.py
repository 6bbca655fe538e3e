"""Temporary folders that end with the grader, also with one that was killed.

The grader holds a lock on each of its folders for as long as it lives; the kernel lets go of
it however the grader ends. Whoever starts next removes the folders that nobody holds.
"""

import contextlib
import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

__all__ = ["make", "nameless_file", "remove", "sweep"]

PREFIX = "autograder-held-"
_HELD: dict[str, tuple[tempfile.TemporaryDirectory[str], int]] = {}


def make() -> str:
    """A new folder, which is removed when this process ends and not before."""
    sweep()
    while True:
        folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
        descriptor = _lock(Path(folder.name))
        # Another grader's sweep may have come between the two lines above.
        if descriptor is not None and os.path.exists(folder.name):
            _HELD[folder.name] = folder, descriptor
            return folder.name
        if descriptor is not None:
            os.close(descriptor)


def remove(path: str) -> None:
    """Remove a folder of ``make`` before this process ends."""
    folder, descriptor = _HELD.pop(path)
    folder.cleanup()
    os.close(descriptor)


def nameless_file() -> IO[bytes]:
    """A file in memory that only its descriptors lead to; on the disk where there is none."""
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("job"), "w+b")
    return tempfile.TemporaryFile()


@functools.cache
def sweep() -> None:
    """Remove, once per process, what killed graders of this user left behind."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        descriptor = None
        with contextlib.suppress(OSError):
            if path.lstat().st_uid == os.geteuid():
                descriptor = _lock(path)
        if descriptor is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(descriptor)


def _lock(path: Path) -> int | None:
    """A descriptor that holds the folder, or None where somebody holds it or it is gone."""
    try:
        import fcntl
    except ImportError:  # Windows, where nothing is graded but the page of help has to come.
        return None
    descriptor = None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if descriptor is not None:
            os.close(descriptor)
        return None
    return descriptor
