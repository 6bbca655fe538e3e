"""Collects a class's submissions from the zip that Canvas or Moodle lets one download.

What is there already is replaced only by what came after it, and once it is graded only if
that was asked for. nbgrader's own collector puts the files where they belong.
"""

import contextlib
import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import RefusedError, UsageError
from autograder.lms.collectors import COLLECTORS, NOBODY
from autograder.lms.downloads import Download, Entry
from autograder.lms.placing import place
from autograder.text import listed, plain

__all__ = ["Collected", "collect_download"]

RECORD = "collected.json"  # By student: from which file of which download.
READ = (".ipynb", ".py")  # grade reads a script in place of a notebook.
NAMELESS = "no name that this system gives"
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
    """One student's file for one notebook: its new name, its entry, digest and order."""

    name: str
    entry: Entry
    digest: str
    order: int

    @property
    def age(self):
        """What grows from one attempt to the next, and from one download to the next."""
        return self.order, self.entry.made.isoformat()


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
    record = _read(work / RECORD)
    with Download(archive) as download:
        found = _by_student(download, collector, classroom, add, done)
        if not found and not done.left_out.keys() - {NAMELESS}:
            raise UsageError(
                f"{archive} holds no submission as {lms} names them, of {len(download.entries)} "
                f"files: {listed(done.left_out[NAMELESS])}. Give the zip as it was downloaded, and "
                "the system that it came from with --lms"
            )
        due, times = {}, {}
        for student, entries in found.items():
            files = _files(student, entries, names, collector, done)
            before = record.get(student, {})
            if files and _is_due(classroom, assignment, student, files, before, replace, done):
                due[student] = {each.name: each.entry for each in files}
                times[student] = collector.handed_in(entries[0][1])
                record[student] = {
                    each.name: {"sha256": each.digest, "path": each.entry.path, "age": each.age}
                    for each in files
                }
        place(classroom, assignment, due, times, work)
    done.notes["no time of handing in is known, so nobody is late"] += [
        student for student in due if not times[student]
    ]
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
            done.left_out[NAMELESS].append(plain(entry.path, 60))
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
    digest = hashlib.sha256(entry.content()).hexdigest()
    return _Chosen(name, entry, digest, int(parts.get("order") or 0))


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
    ours = before.keys() == here.keys() and all(
        _digest(path) == before[name]["sha256"] for name, path in here.items()
    )
    if ours and max(each.age for each in files) < max(tuple(e["age"]) for e in before.values()):
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


def _digest(path):
    if path.is_symlink() or not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path):
    with contextlib.suppress(OSError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    return {}
