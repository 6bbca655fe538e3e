"""Has nbgrader's own collector put files where a class's submissions belong."""

import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import FileNameCollectorPlugin

from autograder.errors import UsageError
from autograder.gradebook.classroom import Classroom
from autograder.lms.downloads import Entry

__all__ = ["Due", "place"]


@dataclass(frozen=True)
class Due:
    """A student's files that are to be placed, and when they were handed in.

    ``entries`` are by the name that each file is to have; ``handed_in`` is a naive datetime in
    UTC, or None if nothing says it.
    """

    entries: Mapping[str, Entry]
    handed_in: datetime | None


def place(classroom: Classroom, assignment: str, due: Mapping[str, Due], work: Path) -> None:
    """Put files into ``submitted/``; what was there is moved to ``replaced/`` in ``work``.

    Args:
        classroom: the class.
        assignment: name of the assignment.
        due: by student, what is to be placed.
        work: folder of this assignment's downloads.

    Raises:
        UsageError: if that fails; then everything is as it was.
    """
    if not due:
        return
    extracted = work / "extracted"
    folders = {student: classroom.path("submitted", student, assignment) for student in due}
    try:
        _extract(due, extracted)
        with _restored_if_it_fails(folders, work / "replaced"):
            _collect(classroom, assignment, extracted, due)
            for student, files in due.items():
                if not all((folders[student] / name).exists() for name in files.entries):
                    raise UsageError(f"nbgrader left out {student}")
    except (OSError, UsageError) as error:
        raise UsageError(f"nothing was collected: {error}") from None
    finally:
        shutil.rmtree(extracted, ignore_errors=True)


def _extract(due: Mapping[str, Due], extracted: Path) -> None:
    shutil.rmtree(extracted, ignore_errors=True)
    for student, files in due.items():
        (extracted / student).mkdir(parents=True)
        for name, entry in files.entries.items():
            (extracted / student / name).write_bytes(entry.content())


@contextmanager
def _restored_if_it_fails(folders: Mapping[str, Path], replaced: Path) -> Iterator[None]:
    """Move the students' folders away, and put them back if what follows fails or is stopped."""
    new = [folder for folder in folders.values() if not folder.exists()]
    moved: dict[Path, Path] = {}
    try:
        for student, folder in folders.items():
            if folder not in new:
                kept = replaced / f"{student}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
                kept.parent.mkdir(parents=True, exist_ok=True)
                moved[folder] = Path(shutil.move(folder, kept))
        yield
    except BaseException:
        for folder in [*new, *moved]:
            shutil.rmtree(folder, ignore_errors=True)
        for folder, kept in moved.items():
            shutil.move(kept, folder)
        raise


def _collect(
    classroom: Classroom, assignment: str, extracted: Path, due: Mapping[str, Due]
) -> None:
    """Run nbgrader's collector over a folder.

    Raises:
        UsageError: if nbgrader ends with an error.
    """
    from nbgrader.apps.zipcollectapp import ZipCollectApp

    errors = _Errors()
    app = ZipCollectApp(config=classroom.config)
    app.coursedir = CourseDirectory(config=classroom.config, assignment_id=assignment)
    app.log = logging.Logger("autograder")
    app.log.addHandler(errors)
    app.collector_plugin_inst = _Sorted(extracted, due)
    try:
        app.process_extracted_files()
    except SystemExit as end:
        raise UsageError(errors.last or str(end)) from None


class _Sorted(FileNameCollectorPlugin):
    """For files that lie in their student's folder, under the name that they are to have."""

    def __init__(self, folder: Path, due: Mapping[str, Due]) -> None:
        super().__init__()
        self.folder, self.due = folder, due

    def collect(self, submitted_file: str) -> dict[str, str | datetime]:
        student, name = Path(submitted_file).relative_to(self.folder).parts
        found: dict[str, str | datetime] = {"student_id": student, "file_id": name}
        handed_in = self.due[student].handed_in
        if handed_in is not None:
            found["timestamp"] = handed_in
        return found


class _Errors(logging.Handler):
    """Keeps the last error that nbgrader logs, which says why it ended."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()
