"""A class's submissions as a learning management system hands them out: one zip of files.

Nothing is unpacked that was not asked for by name, and nothing beyond its bounds.
"""

import re
import stat
import zipfile
import zlib
from datetime import datetime

from autograder.errors import RefusedError, UsageError
from autograder.submission.read import MAX_BYTES
from autograder.text import plain

__all__ = ["Download", "Entry"]

MAX_ENTRIES = 50_000  # A file a student in the largest course, and room for their pictures.
MAX_UNPACKED = 20_000_000_000  # Bytes; a thousand notebooks full of figures have 5 GB.
MAX_NAME = 1_000  # Characters of a path in the zip.
UTF8 = 0x800  # Flag of an entry whose name is in UTF-8.
ENCRYPTED = 0x1
_OUTSIDE = re.compile(r"[/\\]|[A-Za-z]:|(.*[/\\])?\.\.([/\\]|$)")
_OF_SYSTEMS = re.compile(r"(.*/)?(__MACOSX/.*|\.[^/]*|Thumbs\.db|desktop\.ini)")
AGAIN = "download it again from the learning management system"


class Entry:
    """A file in the zip: ``path`` there, ``made`` as local time of whoever made the zip."""

    def __init__(self, archive, info, path):
        self._archive, self._info, self.path = archive, info, path

    @property
    def made(self):
        """When the entry was written, as far as the zip has a date; the earliest one otherwise."""
        try:
            return datetime(*self._info.date_time)
        except ValueError:
            return datetime(1980, 1, 1)

    def content(self):
        """The bytes.

        Raises:
            RefusedError: if there are too many, or they cannot be had.
        """
        name = plain(self.path.rpartition("/")[2], 60)
        if self._info.flag_bits & ENCRYPTED:
            raise RefusedError(f"{name} is encrypted in the zip")
        if self._info.file_size > MAX_BYTES:
            raise RefusedError(f"{name} has more than {MAX_BYTES / 1e6:.0f} MB")
        try:
            return self._archive.read(self._info)  # No more than the size it claims.
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise RefusedError(f"{name} is damaged in the zip ({plain(error, 60)})") from None


class Download:
    """A zip that a learning management system made; a context manager.

    Args:
        path: the file.

    Raises:
        UsageError: if it is no zip, or one that no such system makes: with links in it, paths
            that lead out of it, the same path twice, more than 50,000 files or 20 GB.
    """

    def __init__(self, path):
        try:
            self._archive = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise UsageError(f"there is no {path}") from None
        except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
            raise UsageError(f"{path} cannot be read as a zip ({error}): {AGAIN}") from None
        try:
            self.entries = self._checked(path)
        except UsageError:
            self._archive.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._archive.close()

    def _checked(self, path):
        infos = self._archive.infolist()
        if len(infos) > MAX_ENTRIES:
            raise UsageError(f"{path} holds {len(infos):,} files, at most {MAX_ENTRIES:,} are read")
        if (size := sum(info.file_size for info in infos)) > MAX_UNPACKED:
            raise UsageError(
                f"{path} unpacks to {size / 1e9:,.0f} GB, at most {MAX_UNPACKED / 1e9:.0f} GB are "
                "read: download the class in groups"
            )
        entries = {}
        for info in infos:
            name = _name(info)
            said, mode = plain(name, 80), info.external_attr >> 16
            if len(name) > MAX_NAME or "\0" in info.orig_filename or _OUTSIDE.match(name):
                raise UsageError(f"{path} holds {said}, which leads out of it: {AGAIN}")
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise UsageError(f"{path} holds {said}, a link or a device: {AGAIN}")
            if name in entries:
                raise UsageError(f"{path} holds {said} twice: {AGAIN}")
            if not info.is_dir() and not _OF_SYSTEMS.fullmatch(name):
                entries[name] = Entry(self._archive, info, name)
        return list(entries.values())


def _name(info):
    """The path as its maker wrote it: Canvas writes UTF-8 without saying so."""
    if info.flag_bits & UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename
