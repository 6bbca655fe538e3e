"""Plugins of nbgrader's collector, by the system that a download comes from.

``python -m autograder collect`` does everything. With nbgrader's own command, a download in
``downloaded/ASSIGNMENT/archive`` of the class is collected by
``nbgrader zip_collect ASSIGNMENT --collector=autograder.lms.collectors.CanvasCollector``.
"""

from pathlib import Path

from nbgrader.plugins import ExtractorPlugin

from autograder.errors import RefusedError, UsageError
from autograder.lms.canvas import CanvasCollector
from autograder.lms.downloads import Download, Entry
from autograder.lms.file_owners import Collector
from autograder.lms.moodle import MoodleCollector

__all__ = ["COLLECTORS", "BoundedExtractor", "CanvasCollector", "MoodleCollector"]

COLLECTORS: dict[str, type[Collector]] = {"canvas": CanvasCollector, "moodle": MoodleCollector}


class BoundedExtractor(ExtractorPlugin):
    """In place of nbgrader's, which unpacks any size, and archives in archives."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack the zips of a folder into another, file by file, within bounds."""
        for path in sorted(Path(archive_path).glob("*.zip")):
            try:
                with Download(path) as download:
                    for entry in download.entries:
                        self._unpack(entry, Path(extracted_path, path.stem))
            except UsageError as error:
                self.log.error(str(error))
                raise SystemExit(1) from None

    def _unpack(self, entry: Entry, folder: Path) -> None:
        try:
            content = entry.content()
        except RefusedError as error:
            self.log.warning("left out: %s", error)
            return
        target = folder / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
