"""Has nbgrader's own collector put files where a class's submissions belong."""

import logging
import shutil
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import FileNameCollectorPlugin

from autograder.errors import UsageError

__all__ = ["place"]


def place(classroom, assignment, due, times, work):
    """Put files into ``submitted/``; what was there is moved to ``replaced/`` beside.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        due: by student, the ``Entry`` by the name that the file is to have.
        times: by student, when it was handed in, in UTC without a zone, or None.
        work: folder of this assignment's downloads.

    Raises:
        UsageError: if that cannot be done; then all is as it was.
    """
    from nbgrader.apps.zipcollectapp import ZipCollectApp

    if not due:
        return
    extracted, moved = work / "extracted", {}
    folders = {student: classroom.path("submitted", student, assignment) for student in due}
    new = [folder for folder in folders.values() if not folder.exists()]
    app = ZipCollectApp(config=classroom.config)
    app.coursedir = CourseDirectory(config=classroom.config, assignment_id=assignment)
    app.log, said = logging.Logger("autograder"), []
    app.log.addHandler(_Kept(said))
    app.collector_plugin_inst = _Sorted(extracted, times)
    try:
        _unpack(due, extracted)
        for student, folder in folders.items():
            if folder not in new:
                kept = work / "replaced" / f"{student}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
                kept.parent.mkdir(parents=True, exist_ok=True)
                moved[folder] = shutil.move(folder, kept)
        app.process_extracted_files()
        for student, files in due.items():
            if not all((folders[student] / name).exists() for name in files):
                raise OSError(f"nbgrader left out {student}")
    except (OSError, SystemExit, KeyboardInterrupt) as error:
        for folder in [*new, *moved]:
            shutil.rmtree(folder, ignore_errors=True)
        for folder, kept in moved.items():
            shutil.move(kept, folder)
        if isinstance(error, KeyboardInterrupt):
            raise
        reason = said[-1] if isinstance(error, SystemExit) and said else error
        raise UsageError(f"nothing was collected: {reason}") from None
    finally:
        shutil.rmtree(extracted, ignore_errors=True)


def _unpack(due, extracted):
    shutil.rmtree(extracted, ignore_errors=True)
    for student, files in due.items():
        (extracted / student).mkdir(parents=True)
        for name, entry in files.items():
            (extracted / student / name).write_bytes(entry.content())


class _Sorted(FileNameCollectorPlugin):
    """For files that lie in their student's folder, under the name that they are to have."""

    def __init__(self, folder, times):
        super().__init__()
        self.folder, self.times = folder, times

    def collect(self, submitted_file):
        student, name = Path(submitted_file).relative_to(self.folder).parts
        time = {"timestamp": self.times[student]} if self.times[student] else {}
        return {"student_id": student, "file_id": name} | time


class _Kept(logging.Handler):
    """Keeps what nbgrader says of an error."""

    def __init__(self, said):
        super().__init__(logging.ERROR)
        self.said = said

    def emit(self, record):
        self.said.append(record.getMessage())
