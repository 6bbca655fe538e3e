"""Which submissions somebody grades just now, so that several graders of one class share it.

A claim is a lock on one byte of a file in the class's folder, by the name of the submission. The
system gives it back when the grader's process ends, however it ends. Such locks hold between
processes, and over NFS between machines; threads of one process have to share by themselves.
"""

import contextlib
import hashlib

try:
    import fcntl
except ImportError:  # Windows, where nobody is asked: one grader at a time there.
    fcntl = None

__all__ = ["Claims"]

FARTHEST = 2**62  # Of a file's bytes. None of them has to be there to be locked.


class Claims:
    """Claims on the submissions of a class, as a context manager.

    Args:
        path: of the file, which is made if it is not there and may stay.
    """

    def __init__(self, path):
        self.file = None
        if fcntl:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = path.open("a")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.file:
            self.file.close()

    @contextlib.contextmanager
    def claimed(self, assignment, student):
        """True inside, if no other process has the submission; then none gets it meanwhile."""
        if not self.file:
            yield True
            return
        name = hashlib.sha256(f"{assignment}\0{student}".encode()).digest()
        byte = int.from_bytes(name[:8], "big") % FARTHEST
        try:
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except (BlockingIOError, PermissionError):  # POSIX lets systems choose which.
            yield False
            return
        try:
            yield True
        finally:
            fcntl.lockf(self.file, fcntl.LOCK_UN, 1, byte)
