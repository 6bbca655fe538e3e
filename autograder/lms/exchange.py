"""Handing in through a folder that a whole class may write into: from its owner alone.

nbgrader's exchange lets everybody put a folder there under anybody's name, and only warns.
What is collected here is owned, every file of it, by the student that it names; links are
not followed, which could lead to the instructor's files. Where the student is no user of
this machine, as on a laptop, it may be the collector's own.

One folder that is wrong costs its own collection, with one line, and nobody else's.
"""

import contextlib
import errno
import os
import re
import shutil
import stat
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

from nbgrader.exchange.default import ExchangeCollect, ExchangeSubmit
from nbgrader.utils import parse_utc

from autograder.errors import RefusedError
from autograder.submission.read import MAX_FILES, MAX_FOLDER_BYTES
from autograder.text import plain

__all__ = ["CheckedCollect", "PrivateSubmit", "owners_of", "take"]

SUBMITTING = timedelta(minutes=10)  # More than it takes from a submission's stamp to its end.
MAX_DEPTH = 10  # Folders in one another; nbgrader's own copying would run out of stack.


class CheckedCollect(ExchangeCollect):
    """nbgrader's, which refuses what a student did not hand in; ``check_owner`` switches it off.

    A later forgery does not stand in the way of what the student handed in before it.
    """

    def init_src(self):
        self._refused = set()
        self._owners = owners_of if self.check_owner else lambda student: None
        super().init_src()
        self.src_records = [r for r in self.src_records if r["filename"] not in self._refused]

    def _path_to_record(self, path):
        try:
            return super()._path_to_record(path)
        except (ValueError, OverflowError):  # nbgrader would end here, for the whole class.
            name = os.path.basename(path)
            self._refuse(name, "there is no time in its name")
            return {"username": "", "filename": name, "timestamp": datetime.min}

    def _sort_by_timestamp(self, records):
        accepted = [record for record in records if self._is_acceptable(record)]
        return super()._sort_by_timestamp(accepted or records)

    def _is_acceptable(self, record):
        if record["filename"] in self._refused:
            return False
        source = Path(self.inbound_path, record["filename"])
        return self._take(source, None, record["username"]) is not None

    def _take(self, source, target, student):
        try:
            return take(source, target, self._owners(student))
        except RefusedError as error:
            self._refuse(source.name, error)
            return None

    def _refuse(self, name, reason):
        self._refused.add(name)
        self.log.error(f"Refused, and left in the exchange: {plain(name, 120)}: {reason}")

    def copy_files(self):
        # nbgrader would now warn of whatever an instructor handed in for a student.
        asked, self.check_owner = self.check_owner, False
        try:
            super().copy_files()
        finally:
            self.check_owner = asked

    def do_copy(self, src, dest, log=None):
        """Copy what is its owner's now, whatever has happened since it was chosen."""
        student, _, time = Path(src).name.rsplit("+", 3)[:3]
        with tempfile.TemporaryDirectory(prefix="autograder-collect-") as folder:
            taken = Path(folder, "taken")
            changed = self._take(Path(src), taken, student)
            if changed is None:
                return
            _sign(taken, time)
            super().do_copy(str(taken), dest, log)
        if changed - parse_utc(time) > SUBMITTING:
            self.log.warning(
                f"{plain(student, 60)} handed in as of {plain(time, 40)}, and changed it later, "
                f"last at {changed:%F %T} UTC"
            )


class PrivateSubmit(ExchangeSubmit):
    """nbgrader's, into a folder for the student and the instructors alone.

    nbgrader lets everybody read and write it who learns its name. Where the inbound folder
    hands on a group that the student is not in, that group is enough.
    """

    def copy_files(self):
        super().copy_files()
        folder = Path(self.inbound_path, self.assignment_filename)
        group = folder.stat().st_gid
        inherited = group == os.stat(self.inbound_path).st_gid
        if inherited and group not in {os.getegid(), *os.getgroups()}:
            folder.chmod(0o770)


def owners_of(student):
    """User ids that may own what this student hands in.

    Those are the student's, if there is such a user on this machine, and the collector's:
    what an instructor handed in for somebody.
    """
    import pwd  # Not on Windows, where there is no exchange either.

    owners = {os.geteuid()}
    with contextlib.suppress(KeyError, ValueError):
        owners.add(pwd.getpwnam(student).pw_uid)
    return owners


def take(source, target, owners):
    """Copy a stranger's folder, following no link and believing no second look.

    Args:
        source: Path of the folder.
        target: Path that is made; None to look only.
        owners: user ids of which one has to own all of it; None for anybody.

    Returns:
        The last change of anything in it, as a naive datetime in UTC. The kernel sets that
        time, and no user can.

    Raises:
        RefusedError: with what is wrong; ``target`` may then be there in part.
    """
    way = _Taking(owners)
    way.visit(source, target)
    return datetime.fromtimestamp(way.changed, UTC).replace(tzinfo=None)


class _Taking:
    """The way through one folder, and what has been met on it."""

    def __init__(self, owners):
        self.owners, self.owner = owners, None
        self.files = self.bytes = 0
        self.changed = 0.0

    def visit(self, name, target, dir_fd=None, depth=0):
        """Take a file or folder by its name in an open folder, and all that is in it."""
        with _opened(name, dir_fd, depth) as here:
            status = os.fstat(here)
            self._check(name, status, depth)
            if stat.S_ISREG(status.st_mode):
                if target is not None:
                    self._copy(here, status.st_size, target)
                return
            if target is not None:
                target.mkdir(mode=0o700)
            with os.scandir(here) as entries:
                inside = sorted(entry.name for entry in entries)
            for child in inside:
                self.visit(child, target and target / child, here, depth + 1)

    def _check(self, name, status, depth):
        called = _called(name, depth)
        self.owner = status.st_uid if self.owner is None else self.owner
        self.files, self.bytes = self.files + 1, self.bytes + status.st_size
        self.changed = max(self.changed, status.st_ctime)
        if self.owners is not None and status.st_uid not in self.owners & {self.owner}:
            rest = f", and the folder {_user(self.owner)}'s" if depth else ""
            raise RefusedError(f"{called} is {_user(status.st_uid)}'s{rest}")
        if not (stat.S_ISDIR(status.st_mode) or (depth and stat.S_ISREG(status.st_mode))):
            raise RefusedError(f"{called} is neither a file nor a folder")
        if self.files > MAX_FILES or self.bytes > MAX_FOLDER_BYTES or depth > MAX_DEPTH:
            raise RefusedError(
                f"it holds more than {MAX_FILES} files, {MAX_FOLDER_BYTES / 1e6:.0f} MB or "
                f"{MAX_DEPTH} folders in one another"
            )

    def _copy(self, here, size, target):
        # No more than was counted: it may be growing.
        with open(here, "rb", closefd=False) as file, target.open("xb") as copy:
            copy.write(file.read(size))


@contextlib.contextmanager
def _opened(name, dir_fd, depth):
    """An open descriptor of a file or folder; not of a link, and without waiting for a pipe."""
    try:
        here = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=dir_fd)
    except OSError as error:
        said = "is a link" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
        raise RefusedError(f"{_called(name, depth)} {said}") from None
    try:
        yield here
    finally:
        os.close(here)


def _called(name, depth):
    return plain(name, 120) if depth else "it"


def _sign(folder, time):
    """Write into a copy what nbgrader goes by for the whole class, and a student may have spoilt.

    Those are the time in the folder's name, and the secret by which feedback is found again.
    """
    stamp, secret = folder / "timestamp.txt", folder / "submission_secret.txt"
    readable = secret.is_file() and re.fullmatch(rb"[0-9a-f]{32,256}", secret.read_bytes())
    for path, content in [(stamp, time)] + [(secret, token_hex(64))] * (not readable):
        if path.is_dir():
            shutil.rmtree(path)
        path.write_text(content)


def _user(number):
    """A user's name, or the number of one who has none."""
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
