"""Collects a class's submissions from the zip that Canvas or Moodle lets one download.

What is there already is replaced only by what came after it, and once it is graded only if
that was asked for. nbgrader's own collector puts the files where they belong.
"""

import contextlib
import hashlib
import json
import logging
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import FileNameCollectorPlugin

from autograder.collectors import COLLECTORS, NOBODY
from autograder.downloads import Download
from autograder.errors import UsageError
from autograder.exporting import listed
from autograder.reading import RefusedError, plain

__all__ = ["Collected", "collect_download"]

RECORD = "collected.json"  # By student: from which file of which download.
READ = (".ipynb", ".py")  # grade reads a script in place of a notebook.
STUDENT_ID = re.compile(r"\w[\w.@+-]{0,99}")  # Becomes the name of a folder.


@dataclass
class Collected:
    """What came of a download: who was collected, who not and why, what to know."""

    folder: Path
    students: list = field(default_factory=list)
    left_out: dict = field(default_factory=lambda: defaultdict(list))
    notes: dict = field(default_factory=lambda: defaultdict(list))

    def lines(self):
        """The same as sentences, one a line."""
        yield f"collected: {len(self.students)} new into {self.folder}"
        for reason, who in self.left_out.items():
            yield f"left out, {reason}: {listed(who)}"
        for what, who in self.notes.items():
            if who:
                yield f"{what}: {listed(who)}"


@dataclass(frozen=True)
class _Chosen:
    """One student's file for one notebook: its bytes, its new name, where it was, since when."""

    name: str
    content: bytes
    path: str
    made: datetime
    order: int

    @property
    def digest(self):
        return hashlib.sha256(self.content).hexdigest()


def collect_download(classroom, assignment, archive, lms, roster="", replace=False, add=False):
    """Put the submissions of a download into ``submitted/``.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        archive: the zip.
        lms: 'canvas' or 'moodle'.
        roster: file of the gradebook as the system exports it, or Moodle's grading worksheet.
        replace: replace also what was graded, or came another way.
        add: add to the gradebook whom only the roster knows.

    Returns:
        A ``Collected``.

    Raises:
        UsageError: if the zip or the roster cannot be used; then nothing is changed.
    """
    collector = COLLECTORS[lms](config=classroom.config, roster=str(roster or ""))
    work = classroom.path("feedback").parent / "downloaded" / assignment
    done = Collected(classroom.path("submitted", "STUDENT", assignment))
    names = classroom.notebooks(assignment)
    with Download(archive) as download:
        found = _by_student(download, collector, classroom, add, done)
        if not found and not done.left_out:
            raise UsageError(f"{archive} holds no submission as {lms} names them; is it --lms?")
        chosen = {
            student: files
            for student, entries in found.items()
            if (files := _files(student, entries, names, collector, done))
        }
    record = _read(work / RECORD)
    due = {
        student: files
        for student, files in chosen.items()
        if _is_due(classroom, assignment, student, files, record.get(student), replace, done)
    }
    times = {student: collector.handed_in(found[student][0][1]) for student in due}
    done.notes["no time of handing in is known, so nobody is late"] += [
        student for student in due if not times[student]
    ]
    _transfer(classroom, assignment, due, times, work)
    for student, files in due.items():
        record[student] = {
            each.name: {
                "sha256": each.digest,
                "path": each.path,
                "made": each.made.isoformat(),
                "order": each.order,
            }
            for each in files
        }
    work.mkdir(parents=True, exist_ok=True)
    (work / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
    done.students = sorted(due)
    return done


def _by_student(download, collector, classroom, add, done):
    """Lists of entries with the parts of their names, by student; notes whose none can be."""
    found, strangers, late = defaultdict(list), {}, set()
    for entry in download.entries:
        parts = collector.parts(entry.path)
        if parts is None:
            done.left_out["no name that this system gives"].append(plain(entry.path, 60))
            continue
        who = parts["name"], parts["lms_id"]
        student, reason = collector.student(parts)
        if student is None and reason == NOBODY and add and who not in strangers:
            student = _add(classroom, collector, parts)
            done.notes["added to the gradebook"] += [student] if student else []
        if student is None:
            strangers[who] = reason
            continue
        found[student].append((entry, parts))
        if parts.get("late"):
            late.add(student)
    done.notes["Canvas calls late"] += sorted(late)
    for (name, number), reason in strangers.items():
        done.left_out[reason].append(f"{plain(name, 40)} ({number})")
    return found


def _add(classroom, collector, parts):
    """Id of a student whom only the roster knew, or None if the row makes none."""
    row = collector.row(parts)
    who = collector.person(row) if row is not None and row >= 0 else None
    if who is None or not STUDENT_ID.fullmatch(who["student"]):
        return None
    student = who.pop("student")
    with classroom.api.gradebook as gradebook:
        if student in {each.id for each in gradebook.students}:
            return None  # Somebody else's, or this row would have been theirs.
        gradebook.add_student(student, **who)
    collector.forget()
    return collector.student(parts)[0]


def _files(student, entries, names, collector, done):
    """The ``_Chosen`` of a student; notes what else was handed in, and what cannot be read."""
    readable = [each for each in entries if each[1]["file_id"].endswith(READ)]
    taken, others = {}, []
    for entry, parts in readable:
        name = _named(parts["file_id"], names, collector)
        (taken.setdefault(name, []) if name else others).append((entry, parts))
    missing = [name for name in names if f"{name}.ipynb" not in taken]
    said = ", ".join(plain(parts["file_id"], 40) for _, parts in entries)
    if len(missing) == len(others) == 1:
        entry, parts = others[0]
        suffix = Path(parts["file_id"]).suffix
        taken[f"{missing[0]}{suffix}"] = others
        done.notes["taken under another name"].append(f"{student}: {plain(parts['file_id'], 40)}")
        missing = []
    if not taken:
        kind = "several files, none by its name" if readable else "no notebook"
        done.left_out[kind].append(f"{student}: {said}")
        return None
    if missing:
        done.notes["a notebook is missing"].append(f"{student}: {', '.join(missing)}")
    try:
        files = [_chosen(student, name, candidates, done) for name, candidates in taken.items()]
    except RefusedError as error:
        done.left_out["cannot be read"].append(f"{student}: {error}")
        return None
    return files


def _named(file_id, names, collector):
    """The name that the assignment gives to a file, or None."""
    known = {f"{name}.ipynb".casefold(): f"{name}.ipynb" for name in names}
    exact = known.get(file_id.casefold())
    return exact or known.get(collector.without_suffix(file_id).casefold())


def _chosen(student, name, candidates, done):
    """Of several files for one notebook the newest: the system's number of the file grows."""

    def age(candidate):
        parts = candidate[1]
        return int(parts.get("order") or 0), parts["file_id"] == name

    entry, parts = max(candidates, key=age)
    if len(candidates) > 1:
        if [age(each) for each in candidates].count(age((entry, parts))) > 1:
            raise RefusedError(f"more than one {name}, and nothing says which is newer")
        done.notes["of several, taken"].append(f"{student}: {plain(parts['file_id'], 40)}")
    return _Chosen(name, entry.content(), entry.path, entry.made, int(parts.get("order") or 0))


def _is_due(classroom, assignment, student, files, before, replace, done):
    """True if a student's files are to be put into ``submitted/``; notes why if not."""
    folder = classroom.path("submitted", student, assignment)
    here = {path.name: path for path in folder.glob("*") if path.suffix in READ}
    if not here:
        return True
    same = [here.get(each.name) and _digest(here[each.name]) == each.digest for each in files]
    if all(same) and len(here) == len(files):
        done.left_out["the same as collected before"].append(student)
        return False
    known = before or {}
    ours = known.keys() == here.keys() and all(
        _digest(path) == known[name]["sha256"] for name, path in here.items()
    )
    newest = max((each.order, each.made.isoformat()) for each in files)
    last = max((each["order"], each["made"]) for each in known.values()) if ours else None
    if ours and newest < last:
        done.left_out["older than what is there"].append(student)
        return False
    if not ours and not replace:
        done.left_out["handed in another way before; --replace takes this one"].append(student)
        return False
    graded = classroom.path("autograded", student, assignment).exists()
    if graded and not replace:
        done.left_out["graded before; --replace takes the newer one"].append(student)
        return False
    note = "replaced, and to be graded again" if graded else "replaced"
    done.notes[note].append(student)
    return True


def _transfer(classroom, assignment, due, times, work):
    """Have nbgrader's collector put the files into ``submitted/``; what was there is kept."""
    from nbgrader.apps.zipcollectapp import ZipCollectApp

    if not due:
        return
    extracted, moved = work / "extracted", {}
    shutil.rmtree(extracted, ignore_errors=True)
    for student, files in due.items():
        (extracted / student).mkdir(parents=True)
        for each in files:
            (extracted / student / each.name).write_bytes(each.content)
    app = ZipCollectApp(config=classroom.config)
    app.coursedir = CourseDirectory(config=classroom.config, assignment_id=assignment)
    app.log, said = logging.Logger("autograder"), []
    app.log.addHandler(_Kept(said))
    app.collector_plugin_inst = _Sorted(extracted, times)
    try:
        for student in due:
            folder = classroom.path("submitted", student, assignment)
            if folder.exists():
                moved[folder] = work / "replaced" / f"{student}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
                moved[folder].parent.mkdir(parents=True, exist_ok=True)
                shutil.move(folder, moved[folder])
        app.process_extracted_files()
        for student, files in due.items():
            folder = classroom.path("submitted", student, assignment)
            if [each.name for each in files if not (folder / each.name).exists()]:
                raise OSError(f"nbgrader left out {student}")
    except (OSError, SystemExit) as error:
        for folder, kept in moved.items():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.move(kept, folder)
        reason = said[-1] if isinstance(error, SystemExit) and said else error
        raise UsageError(f"nothing was collected: {reason}") from None
    shutil.rmtree(extracted, ignore_errors=True)


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


def _digest(path):
    if path.is_symlink() or not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path):
    with contextlib.suppress(OSError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    return {}
