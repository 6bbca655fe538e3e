"""Collects a class's submissions from the zip that Canvas or Moodle exports.

A submission that is there already is replaced only by a later one, and once it is graded only
if that was asked for. nbgrader's own collector puts the files where they belong.
"""

import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.gradebook.classroom import Classroom
from autograder.lms.attempts import READABLE, ChosenFile, SubmittedFile, choose, digest_of
from autograder.lms.collectors import COLLECTORS
from autograder.lms.downloads import Download
from autograder.lms.file_names import (
    SHOWN_NAME,
    FileName,
    Person,
    Stranger,
    Unknown,
    shown,
)
from autograder.lms.file_owners import Collector
from autograder.lms.placing import Due, place
from autograder.text import listed, plain, words

__all__ = ["Collected", "collect_download"]

RECORD = "collected.json"  # By student: from which file of which download.
NAMELESS = "not named as this system names files"
UNKNOWN_TIME = "not known when it was handed in, so not counted as late"
STUDENT_ID = re.compile(r"\w[\w.@+-]{0,99}")  # Becomes the name of a folder.
SHOWN_PATH = 60  # Characters of a path in a sentence.

Record = dict[str, dict[str, dict[str, Any]]]  # By student and by file, where it came from.
Said = dict[str, list[str]]  # By what is said, of whom.


@dataclass(frozen=True)
class Collected:
    """What came of a download: who was collected, who was not and why, what to know."""

    folder: Path
    students: list[str]
    left_out: Said
    notes: Said

    def lines(self) -> Iterator[str]:
        """The same as sentences, one a line."""
        yield f"collected: {len(self.students)} new into {self.folder}"
        for reason, who in self.left_out.items():
            yield f"left out, {reason}: {listed(who)}"
        for what, who in self.notes.items():
            if who:
                yield f"{what}: {listed(who)}"


@dataclass(frozen=True)
class _Owned:
    """The files in a download by student, whose could not be told, and what to know."""

    files: dict[str, list[SubmittedFile]]
    left_out: Said
    notes: Said


@dataclass(frozen=True)
class _Decision:
    """Whether a student's files are to be placed, and what is to be said of it, if anything."""

    is_due: bool
    why: str = ""


def collect_download(
    classroom: Classroom,
    assignment: str,
    archive: Path,
    lms: str,
    roster: Path | str | None = None,
    replace: bool = False,
    add: bool = False,
) -> Collected:
    """Put the submissions of a download into ``submitted/``.

    Args:
        classroom: the class.
        assignment: name of the assignment.
        archive: the zip.
        lms: 'canvas' or 'moodle'.
        roster: file of the gradebook as the system exports it, or Moodle's grading worksheet.
        replace: also replace what was graded, or handed in another way.
        add: add students to the gradebook whom only the roster knows.

    Raises:
        UsageError: if the zip or the roster cannot be used; then nothing is changed.
    """
    collector = COLLECTORS[lms](config=classroom.config, roster=str(roster or ""))
    work = classroom.path("feedback").parent / "downloaded" / assignment
    names = classroom.notebooks(assignment)
    record = _read(work / RECORD)
    due: dict[str, Due] = {}
    with Download(archive) as download:
        owned = _by_student(download, collector, classroom, add)
        left_out, notes = owned.left_out, owned.notes
        if not owned.files and not left_out.keys() - {NAMELESS}:
            raise UsageError(
                f"{archive} holds no submission as {lms} names them, of {len(download.entries)} "
                f"files: {listed(left_out[NAMELESS])}. Give the zip as it was downloaded, and "
                "the system that it came from with --lms"
            )
        for student, files in owned.files.items():
            choice = choose(files, names, collector, classroom.path("release", ".", assignment))
            for note, detail in choice.notes:
                notes[note].append(f"{student}: {detail}")
            if choice.problem:
                left_out[choice.problem].append(f"{student}: {choice.detail}")
                continue
            folder = classroom.path("submitted", student, assignment)
            is_graded = classroom.path("autograded", student, assignment).exists()
            decision = _decide(folder, is_graded, choice.files, record.get(student, {}), replace)
            if decision.why:
                (notes if decision.is_due else left_out)[decision.why].append(student)
            if decision.is_due:
                entries = {each.name: each.file.entry for each in choice.files}
                due[student] = Due(entries, collector.handed_in(files[0].name))
                record[student] = {each.name: each.recorded() for each in choice.files}
        place(classroom, assignment, due, work)
    notes[UNKNOWN_TIME] += [student for student, each in due.items() if each.handed_in is None]
    work.mkdir(parents=True, exist_ok=True)
    (work / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
    folder = classroom.path("submitted", "STUDENT", assignment)
    return Collected(folder, sorted(due), left_out, notes)


def _by_student(
    download: Download, collector: Collector, classroom: Classroom, add: bool
) -> _Owned:
    files: dict[str, list[SubmittedFile]] = defaultdict(list)
    left_out: Said = defaultdict(list)
    notes: Said = defaultdict(list)
    strangers: dict[tuple[str, str], Stranger] = {}
    late = set()
    for entry in download.entries:
        reading = collector.whose(entry.path)
        if reading is None:
            left_out[NAMELESS].append(plain(entry.path, SHOWN_PATH))
            continue
        name, student = reading.file, reading.student
        who = name.name, name.lms_id
        if isinstance(student, Stranger) and student.reason is Unknown.NOBODY:
            student = strangers.get(who) or _newcomer(classroom, collector, name, add)
            if not isinstance(student, Stranger):
                collector.forget()
                notes["added to the gradebook"].append(student)
        if isinstance(student, Stranger):
            strangers[who] = student
            continue
        files[student].append(SubmittedFile(entry, name))
        if name.is_late:
            late.add(student)
    for student, merged in [*files.items()]:
        people = dict.fromkeys(shown(each.name) for each in merged)
        if len({each.name.lms_id for each in merged}) > 1:
            detail = f"{words(student)}: {', '.join(people)}"
            left_out[Unknown.SEVERAL_NUMBERS.value].append(detail)
            del files[student]
    notes["Canvas calls late"] += sorted(late & files.keys())
    for stranger in strangers.values():
        left_out[stranger.reason.value].append(stranger.detail)
    return _Owned(files, left_out, notes)


def _newcomer(
    classroom: Classroom, collector: Collector, name: FileName, add: bool
) -> str | Stranger:
    """What becomes of somebody whom the gradebook does not know: added if that is asked for."""
    person = collector.person(name)
    if person is None:
        return Stranger(Unknown.NOBODY, shown(name))
    who = plain(f"{person.first_name} {person.last_name}".strip(), SHOWN_NAME)
    if same := collector.namesakes(person):
        ids = ", ".join(words(each) for each in same)
        theirs = words(person.student)[:SHOWN_NAME]
        return Stranger(Unknown.SAME_NAME, f"{who}: {theirs} in the roster, {ids} here")
    return _added(classroom, person, who) if add else Stranger(Unknown.NOBODY, shown(name))


def _added(classroom: Classroom, person: Person, who: str) -> str | Stranger:
    """Id of a student whom only the roster knew, and who is in the gradebook now."""
    if not STUDENT_ID.fullmatch(person.student):
        found = f"got {words(person.student)[:SHOWN_NAME]!r}" if person.student else "got none"
        return Stranger(Unknown.NO_ID, f"{who}: {found}")
    with classroom.api.gradebook as gradebook:
        if person.student in {each.id for each in gradebook.students}:
            # This id already belongs to another student; otherwise the row had matched them.
            return Stranger(Unknown.TAKEN, f"{who}: {words(person.student)}")
        gradebook.add_student(
            person.student,
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.email,
            lms_user_id=person.lms_user_id,
        )
    return person.student


def _decide(
    folder: Path,
    is_graded: bool,
    chosen: Sequence[ChosenFile],
    before: Mapping[str, Mapping[str, Any]],
    replace: bool,
) -> _Decision:
    """Whether a student's files are to be put into a folder.

    Args:
        folder: of the student and assignment, in ``submitted/``.
        is_graded: True if what is there was graded.
        chosen: the files in the download.
        before: what was recorded of earlier downloads, by file.
        replace: replace also what was graded, or handed in another way.
    """
    here = {path.name: _digest(path) for path in folder.glob("*") if path.suffix in READABLE}
    if not here:
        return _Decision(is_due=True)
    if here == {each.name: each.digest for each in chosen}:
        return _Decision(is_due=False, why="the same as collected before")
    is_ours = here == {name: entry["sha256"] for name, entry in before.items()}
    if is_ours:
        newest_here = max(tuple(entry["age"]) for entry in before.values())
        if max(each.age for each in chosen) < newest_here:
            return _Decision(is_due=False, why="older than the submission that is there")
    elif not replace:
        why = "handed in another way before; --replace takes this one"
        return _Decision(is_due=False, why=why)
    if not is_graded:
        return _Decision(is_due=True, why="replaced")
    if not replace:
        return _Decision(is_due=False, why="graded before; --replace takes the newer one")
    return _Decision(is_due=True, why="replaced, and to be graded again")


def _digest(path: Path) -> str:
    """Digest of a file that may count as collected before; '' for a link or a folder."""
    is_file = path.is_file() and not path.is_symlink()
    return digest_of(path.read_bytes()) if is_file else ""


def _read(path: Path) -> Record:
    with contextlib.suppress(OSError, ValueError):
        record: Record = json.loads(path.read_text(encoding="utf-8"))
        return record
    return {}
