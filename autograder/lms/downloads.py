"""A class's submissions as a learning management system exports them: one zip of files.

Only files that are asked for by name are unpacked, and never more than the bounds allow.
"""

import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from autograder.errors import RefusedError, UsageError
from autograder.submission.read import MAX_BYTES
from autograder.text import plain

__all__ = ["Download", "Entry"]

MAX_ENTRIES = 50_000  # One file per student in the largest course, and room for pictures.
MAX_UNPACKED = 20_000_000_000  # Bytes; a thousand notebooks full of figures have 5 GB.
MAX_NAME = 1_000  # Characters of a path in the zip.
UTF8 = 0x800  # Flag of an entry whose name is in UTF-8.
ENCRYPTED = 0x1
OUTSIDE = re.compile(r"[/\\]|[A-Za-z]:|(.*[/\\])?\.\.([/\\]|$)")
MADE_BY_SYSTEMS = re.compile(r"(.*/)?(__MACOSX/.*|\.[^/]*|Thumbs\.db|desktop\.ini)")
# What zipfile raises at a file or an entry that is not as its headers say.
DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
)
DOWNLOAD_AGAIN = "download it again from the learning management system"


@dataclass(frozen=True)
class Entry:
    """A file in the zip; ``path`` is its path there."""

    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    path: str

    @property
    def made(self) -> datetime:
        """When the entry was written, in the local time of whoever made the zip.

        The earliest date that a zip can have if this entry has none.
        """
        try:
            return datetime(*self.info.date_time)
        except ValueError:
            return datetime(1980, 1, 1)

    def content(self) -> bytes:
        """The bytes.

        Raises:
            RefusedError: if there are too many, or they cannot be read.
        """
        name = plain(self.path.rpartition("/")[2], 60)
        if self.info.flag_bits & ENCRYPTED:
            raise RefusedError(f"{name} is encrypted in the zip")
        if self.info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RefusedError(
                f"{name} is packed in the zip as no learning management system packs it (method "
                f"{self.info.compress_type}): {DOWNLOAD_AGAIN}"
            )
        if self.info.file_size > MAX_BYTES:
            raise RefusedError(f"{name} has more than {MAX_BYTES / 1e6:.0f} MB")
        try:
            return self.archive.read(self.info)  # Never more than the size it claims.
        except (*DAMAGED, zlib.error, EOFError) as error:
            raise RefusedError(f"{name} is damaged in the zip ({plain(error, 60)})") from None


class Download:
    """A zip that a learning management system made; a context manager.

    Args:
        path: the file.

    Raises:
        UsageError: if it is not a zip, or not one that such a system makes: with links in it,
            paths that lead out of it, the same path twice, more than 50,000 files or 20 GB.
    """

    def __init__(self, path: Path | str) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise UsageError(f"there is no {path}") from None
        except DAMAGED as error:
            raise UsageError(
                f"{path} cannot be read as a zip ({plain(error, 80)}): {DOWNLOAD_AGAIN}"
            ) from None
        try:
            self.entries = self._checked(path)
        except UsageError:
            self._archive.close()
            raise

    def __enter__(self) -> "Download":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._archive.close()

    def _checked(self, path: Path | str) -> list[Entry]:
        infos = self._archive.infolist()
        if len(infos) > MAX_ENTRIES:
            raise UsageError(f"{path} holds {len(infos):,} files; the limit is {MAX_ENTRIES:,}")
        size = sum(info.file_size for info in infos)
        if size > MAX_UNPACKED:
            raise UsageError(
                f"{path} unpacks to {size / 1e9:,.0f} GB; the limit is "
                f"{MAX_UNPACKED / 1e9:.0f} GB: download the class in groups"
            )
        entries: dict[str, Entry] = {}
        for info in infos:
            name = _name(info)
            if problem := _problem(name, info, entries):
                raise UsageError(f"{path} holds {plain(name, 80)}{problem}: {DOWNLOAD_AGAIN}")
            if not info.is_dir() and not MADE_BY_SYSTEMS.fullmatch(name):
                entries[name] = Entry(self._archive, info, name)
        return list(entries.values())


def _problem(name: str, info: zipfile.ZipInfo, known: dict[str, Entry]) -> str:
    """What no learning management system would put into a zip; empty if nothing is wrong."""
    if len(name) > MAX_NAME or "\0" in info.orig_filename or OUTSIDE.match(name):
        return ", which leads out of it"
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return ", a link or a device"
    return " twice" if name in known else ""


def _name(info: zipfile.ZipInfo) -> str:
    """The path as its maker wrote it: Canvas writes UTF-8 without saying so."""
    if info.flag_bits & UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename
