"""Handing in through a folder that a whole class may write into, safely.

In nbgrader's exchange everybody can put a folder there under anybody's name; nbgrader only warns.
Here a submission is collected only if every file of it is owned by the student that it names.
Links are not followed, because they could lead to the instructor's files. If the student is not a
user of this machine, as on a laptop, the submission may be owned by whoever collects.

A folder that is wrong is left out, with one line; all others are collected.
"""

import contextlib
import errno
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

from nbgrader.exchange.default import ExchangeCollect, ExchangeSubmit
from nbgrader.utils import parse_utc

from autograder.errors import RefusedError
from autograder.submission.read import MAX_FILES, MAX_FOLDER_BYTES
from autograder.text import plain

__all__ = ["CheckedCollect", "PrivateSubmit", "owners_of", "take"]

SUBMITTING = timedelta(minutes=10)  # Longer than nbgrader takes to hand in after its time stamp.
MAX_DEPTH = 10  # Nested folders; nbgrader's own copying would run out of stack.
SECRET_BYTES = 64  # As nbgrader's own submit makes a secret.
SHOWN_NAME = 120  # Characters of a file's or folder's name in a sentence,
SHOWN_STUDENT = 60  # of a student's,
SHOWN_TIME = 40  # and of the time in a folder's name.

# nbgrader's: 'username', 'filename' and 'timestamp' of a submission.
Record = dict[str, Any]


class CheckedCollect(ExchangeCollect):
    """nbgrader's, but refuses what a student did not hand in; ``check_owner`` switches this off.

    A later forgery does not hide what the student handed in before it.
    """

    check_owner: bool  # These two are nbgrader's.
    src_records: list[Record]

    def init_src(self) -> None:
        self._refused: set[str] = set()
        self._requires_owner = self.check_owner
        super().init_src()
        self.src_records = [r for r in self.src_records if r["filename"] not in self._refused]

    def _path_to_record(self, path: str) -> Record:
        try:
            record: Record = super()._path_to_record(path)
        except (ValueError, OverflowError):  # nbgrader would stop here, for the whole class.
            name = os.path.basename(path)
            self._refuse(name, "there is no time in its name")
            return {"username": "", "filename": name, "timestamp": datetime.min}
        return record

    def _sort_by_timestamp(self, records: list[Record]) -> Any:
        accepted = [record for record in records if self._is_acceptable(record)]
        return super()._sort_by_timestamp(accepted or records)

    def _is_acceptable(self, record: Record) -> bool:
        if record["filename"] in self._refused:
            return False
        source = Path(self.inbound_path, record["filename"])
        return self._take(source, None, record["username"]) is not None

    def _take(self, source: Path, target: Path | None, student: str) -> datetime | None:
        """As ``take``; None, and a line, if the folder is refused."""
        try:
            return take(source, target, owners_of(student) if self._requires_owner else None)
        except RefusedError as error:
            self._refuse(source.name, str(error))
            return None

    def _refuse(self, name: str, reason: str) -> None:
        self._refused.add(name)
        self.log.error(f"Refused, and left in the exchange: {plain(name, SHOWN_NAME)}: {reason}")

    def copy_files(self) -> None:
        # With it, nbgrader would now warn of everything an instructor handed in for a student.
        self.check_owner = False
        try:
            super().copy_files()
        finally:
            self.check_owner = self._requires_owner

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
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
                f"{plain(student, SHOWN_STUDENT)} handed in as of {plain(time, SHOWN_TIME)}, and "
                f"changed it later, last at {changed:%F %T} UTC"
            )


class PrivateSubmit(ExchangeSubmit):
    """nbgrader's, but into a folder that only the student and the instructors can open.

    nbgrader lets everybody who learns the folder's name read and write it. If the inbound folder
    passes on a group that the student is not in, access for that group is enough.
    """

    def copy_files(self) -> None:
        super().copy_files()
        folder = Path(self.inbound_path, self.assignment_filename)
        group = folder.stat().st_gid
        inherited = group == os.stat(self.inbound_path).st_gid
        if inherited and group not in {os.getegid(), *os.getgroups()}:
            folder.chmod(0o770)


def owners_of(student: str) -> set[int]:
    """User ids that may own what this student hands in.

    Those are the student's, if there is such a user on this machine, and that of whoever
    collects: an instructor may hand in for a student.
    """
    import pwd  # Not on Windows, where there is no exchange either.

    owners = {os.geteuid()}
    with contextlib.suppress(KeyError, ValueError):
        owners.add(pwd.getpwnam(student).pw_uid)
    return owners


def take(source: Path, target: Path | None, owners: set[int] | None) -> datetime:
    """Copy a stranger's folder without following links, checking each file as it is opened.

    Args:
        source: Path of the folder.
        target: Path that is made; None to look only.
        owners: user ids of which one has to own all of it; None if anybody may.

    Returns:
        The last change of anything in it, as a naive datetime in UTC. The kernel sets that
        time; no user can.

    Raises:
        RefusedError: with what is wrong; ``target`` may then exist in part.
    """
    taking = _Taking(owners)
    taking.visit(source, target)
    return datetime.fromtimestamp(taking.changed, UTC).replace(tzinfo=None)


class _Taking:
    """The way through one folder, and what was met on it so far."""

    def __init__(self, owners: set[int] | None) -> None:
        self.owners = owners
        self.owner: int | None = None  # Of the folder itself.
        self.files = self.bytes = 0
        self.changed = 0.0

    def visit(
        self, name: Path | str, target: Path | None, dir_fd: int | None = None, depth: int = 0
    ) -> None:
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

    def _check(self, name: Path | str, status: os.stat_result, depth: int) -> None:
        called = _called(name, depth)
        if self.owner is None:
            self.owner = status.st_uid
        self.files += 1
        self.bytes += status.st_size
        self.changed = max(self.changed, status.st_ctime)
        is_owned = status.st_uid == self.owner and status.st_uid in (self.owners or ())
        if self.owners is not None and not is_owned:
            rest = f", and the folder {_user(self.owner)}'s" if depth else ""
            raise RefusedError(f"{called} is {_user(status.st_uid)}'s{rest}")
        if not (stat.S_ISDIR(status.st_mode) or (depth and stat.S_ISREG(status.st_mode))):
            raise RefusedError(f"{called} is neither a file nor a folder")
        if self.files > MAX_FILES or self.bytes > MAX_FOLDER_BYTES or depth > MAX_DEPTH:
            raise RefusedError(
                f"it holds more than {MAX_FILES} files, {MAX_FOLDER_BYTES / 1e6:.0f} MB or "
                f"{MAX_DEPTH} nested folders"
            )

    def _copy(self, here: int, size: int, target: Path) -> None:
        # No more than was counted: the file may be growing.
        with open(here, "rb", closefd=False) as file, target.open("xb") as copy:
            copy.write(file.read(size))


@contextlib.contextmanager
def _opened(name: Path | str, dir_fd: int | None, depth: int) -> Iterator[int]:
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


def _called(name: Path | str, depth: int) -> str:
    """The name of a file or folder inside a submission; 'it' for the submission itself."""
    called: str = plain(name, SHOWN_NAME) if depth else "it"
    return called


def _sign(folder: Path, time: str) -> None:
    """Write into a copy what nbgrader reads for the whole class, and a student may have spoilt.

    Those are the time in the folder's name, and the secret by which feedback is found again.
    """
    _overwrite(folder / "timestamp.txt", time)
    secret = folder / "submission_secret.txt"
    if not (secret.is_file() and re.fullmatch(rb"[0-9a-f]{32,256}", secret.read_bytes())):
        _overwrite(secret, token_hex(SECRET_BYTES))


def _overwrite(path: Path, text: str) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.write_text(text)


def _user(number: int) -> str:
    """A user's name, or the number if the machine knows no name."""
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
