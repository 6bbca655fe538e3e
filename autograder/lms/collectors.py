"""Whose file it is, by its name in a download of Canvas or Moodle: plugins of nbgrader's collector.

``python -m autograder collect`` does it all. With nbgrader's own command, a download that lies
in ``downloaded/ASSIGNMENT/archive`` of the class is collected by
``nbgrader zip_collect ASSIGNMENT --collector=autograder.lms.collectors.CanvasCollector``.

The names are those that Canvas (lib/content_zipper.rb) and Moodle
(mod/assign/classes/downloader.php) compose, as their sources of 2026 have it. Neither tells when
a file was handed in: the dates in both zips are those of the download.
"""

import functools
import re
import unicodedata
from collections import defaultdict
from datetime import UTC
from pathlib import Path

from dateutil.parser import parse as parse_date
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from traitlets import Unicode

from autograder.errors import RefusedError, UsageError
from autograder.gradebook.marks import standings
from autograder.lms.downloads import Download
from autograder.lms.rosters import MOODLE_WORKSHEET, canvas_roster, moodle_roster

__all__ = ["COLLECTORS", "BoundedExtractor", "CanvasCollector", "MoodleCollector"]

NOBODY = "nobody in the gradebook"
WORKSHEET_TIME = MOODLE_WORKSHEET[-1]
SEVERAL = "a name or id that others have too"


class _Collector(FileNameCollectorPlugin):
    """Finds the student of the gradebook to whom a name in the download belongs.

    With a roster, the system's own number or name finds a row there, and the row's ids the
    student; without one, ``lms_user_id`` or the name in the gradebook.
    """

    roster = Unicode("", help="The gradebook as the system exports it.").tag(config=True)

    def collect(self, submitted_file):
        """nbgrader's call: student and name of a file, None for what is to be left out."""
        if not super().collect(submitted_file):
            return None
        parts = self.parts(submitted_file)
        student, reason = self.student(parts)
        if student is None:
            self.log.warning("left out, %s: %s", reason, submitted_file)
            return None
        return {"student_id": student, "file_id": self.without_suffix(parts["file_id"])}

    def parts(self, path):
        """Groups of ``named_regexp`` in a path, or None if it is none of this system's."""
        found = re.match(self.named_regexp, path)
        return found.groupdict() if found else None

    def without_suffix(self, name):
        """A file's name without what systems, browsers and Jupyter put behind it."""
        return re.sub(r"(-\d+| ?\(\d+\)|-Copy\d*| - Copy)+(\.\w+)$", r"\2", name)

    def student(self, parts):
        """Pair of the student's id, None if it cannot be told, and the reason."""
        row = self.row(parts)
        if row is None and self.roster:
            return None, "not in the roster"
        if row is None:
            return self._alone(self._by_number.get(parts["lms_id"]) or self._by_name(parts))
        if row == -1:
            return None, SEVERAL
        claimed = [who for who, place in self._places.items() if place == row]
        return self._alone(claimed)

    def row(self, parts):
        """Number of the roster's row: None if there is none, -1 if there are several."""
        raise NotImplementedError

    @functools.cached_property
    def people(self):
        """The class as the system knows it, or None without a roster."""
        return self.read_roster(Path(self.roster)) if self.roster else None

    @functools.cached_property
    def students(self):
        """The ``Standing`` of everybody whom the gradebook knows."""
        course = CourseDirectory(config=self.config, parent=self.parent)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            # Any assignment tells who is there.
            there = [assignment.name for assignment in gradebook.assignments]
            return standings(gradebook, there[0]) if there else []

    def handed_in(self, parts):
        """When the files were handed in, in UTC without saying so, as far as anything tells."""

    def forget(self):
        """Look at the gradebook again: somebody was added."""
        for name in ("students", "_by_number", "_names", "_places"):
            self.__dict__.pop(name, None)

    @functools.cached_property
    def _places(self):
        return {each.student: self.people.row_of(each) for each in self.students}

    @functools.cached_property
    def _by_number(self):
        found = defaultdict(list)
        for each in self.students:
            if each.lms_id:
                found[each.lms_id].append(each.student)
        return dict(found)

    @functools.cached_property
    def _names(self):
        found = defaultdict(list)
        for each in self.students:
            for name in self.spellings(each.first_name, each.last_name):
                found[name].append(each.student)
        return dict(found)

    def _by_name(self, parts):
        return self._names.get(folded(parts["name"]), [])

    @staticmethod
    def _alone(found):
        found = sorted(set(found))
        if len(found) == 1:
            return found[0], ""
        return None, SEVERAL if found else NOBODY


class CanvasCollector(_Collector):
    """'Download Submissions': ``lovelaceada_LATE_1001_67890_a2_vae-1.ipynb``.

    Last and first name without what is no letter, LATE, Canvas' number of the person, its
    number of the file (which grows), the file's name; ``-1`` behind that of a second attempt.
    """

    named_regexp = Unicode(
        r"(?:.*/)?(?P<name>[^/]*?)_(?:(?P<late>LATE|late)_)?(?P<lms_id>\d+)_"
        r"(?P<order>\d+)_(?P<file_id>[^/]+)$"
    ).tag(config=True)
    read_roster = staticmethod(canvas_roster)

    def row(self, parts):
        rows = self.people.students if self.people else ()
        found = [n for n, row in enumerate(rows) if row["ID"].strip() == parts["lms_id"]]
        return found[0] if len(found) == 1 else -1 if found else None

    def person(self, row):
        """What nbgrader keeps of the person in a row of the roster, with an id for it."""
        row = self.people.students[row]
        last, _, first = row.get("Student", "").partition(", ")
        return {
            "student": (row.get("SIS Login ID") or row.get("SIS User ID") or "").strip(),
            "first_name": row.get("FirstName", first),
            "last_name": row.get("LastName", last),
            "lms_user_id": row["ID"].strip(),
        }

    @staticmethod
    def spellings(first, last):
        """The one way in which Canvas writes a name into that of a file."""
        return {folded(f"{last}{first}")}


class MoodleCollector(_Collector):
    """'Download all submissions', in folders and without.

    ``Ada Lovelace_345_assignsubmission_file/a2_vae.ipynb``, with ``file_/`` before Moodle 4,
    or ``Ada Lovelace_345_assignsubmission_file_a2_vae.ipynb``. The number is the person's in
    this assignment alone: only its grading worksheet knows it, so the full name has to do.
    """

    named_regexp = Unicode(
        r"(?:.*/)?(?P<name>[^/]+)_(?P<lms_id>\d+)_assignsubmission_(?P<kind>[a-z]+)"
        r"(?:_?/(?:.*/)?|_)(?P<file_id>[^/]+)$"
    ).tag(config=True)
    read_roster = staticmethod(moodle_roster)

    @functools.cached_property
    def _rows(self):
        found = defaultdict(set)
        for number, row in enumerate(self.people.students):
            first, last = row.get("First name", ""), row.get("Last name", row.get("Surname", ""))
            names = self.spellings(first, last) | {folded(row.get("Full name", ""))}
            digits = re.sub(r"\D", "", row.get("Identifier", ""))
            for key in [*names, digits]:
                found[key].add(number)
        return found

    def row(self, parts):
        if self.people is None:
            return None
        found = self._rows.get(parts["lms_id"]) or self._rows.get(folded(parts["name"])) or set()
        return next(iter(found)) if len(found) == 1 else -1 if found else None

    @staticmethod
    def spellings(first, last):
        """In the order of either kind of country."""
        return {folded(f"{first}{last}"), folded(f"{last}{first}")}

    def handed_in(self, parts):
        row = self.row(parts) if self.people else None
        if row is None or row < 0:
            return None
        said = self.people.students[row].get(WORKSHEET_TIME, "")
        try:
            # Moodle writes the time of the zone of whoever downloaded it.
            return parse_date(said).astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return None

    def person(self, row):
        """What nbgrader keeps of the person in a row of the roster, with an id for it."""
        row = self.people.students[row]
        names = (row.get("Username"), row.get("Email address"), row.get("ID number"))
        return {
            "student": next((name.strip() for name in names if name), ""),
            "first_name": row.get("First name", ""),
            "last_name": row.get("Last name", row.get("Surname", row.get("Full name", ""))),
            "email": row.get("Email address", "").strip(),
        }

    @property
    def _by_number(self):
        return {}  # Its numbers are of one assignment, and in no gradebook.


class BoundedExtractor(ExtractorPlugin):
    """In place of nbgrader's, which unpacks whatever size, and archives in archives."""

    def extract(self, archive_path, extracted_path):
        """Unpack the zips of a folder into another, file by file, within bounds."""
        for path in sorted(Path(archive_path).glob("*.zip")):
            try:
                with Download(path) as download:
                    for entry in download.entries:
                        self._unpack(entry, Path(extracted_path, path.stem))
            except UsageError as error:
                self.log.error(str(error))
                raise SystemExit(1) from None

    def _unpack(self, entry, folder):
        try:
            content = entry.content()
        except RefusedError as error:
            self.log.warning("left out: %s", error)
            return
        target = folder / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


COLLECTORS = {"canvas": CanvasCollector, "moodle": MoodleCollector}


def folded(name):
    """A name as it is compared: its letters and digits alone, of one case and one encoding."""
    name = unicodedata.normalize("NFC", name).casefold()
    return "".join(character for character in name if character.isalnum())
