"""Which of a student's files counts for each notebook of an assignment: the newest of its name."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import RefusedError
from autograder.lms.downloads import Entry
from autograder.lms.file_names import FileName
from autograder.lms.file_owners import Collector
from autograder.submission.copies import answered, with_answers
from autograder.submission.origin import require_answers, require_own
from autograder.submission.read import read_content
from autograder.text import plain

__all__ = ["READABLE", "Choice", "ChosenFile", "SubmittedFile", "choose", "digest_of"]

READABLE = (".ipynb", ".py")  # grade reads a script in place of a notebook.
QUESTION = "each of several files has answers that the others do not have: which one counts?"
SHOWN_NAME = 40  # Characters of a file's name in a sentence.


@dataclass(frozen=True)
class SubmittedFile:
    """A submitted file in the zip, and what its name says."""

    entry: Entry
    name: FileName

    @property
    def shown(self) -> str:
        """The student's own name for it, for a sentence."""
        shown: str = plain(self.name.file_id, SHOWN_NAME)
        return shown


@dataclass(frozen=True)
class ChosenFile:
    """The file that counts for one notebook: its new name, the file, and its digest."""

    name: str
    file: SubmittedFile
    digest: str

    @property
    def age(self) -> tuple[int, str]:
        """What grows from one attempt to the next, and from one download to the next."""
        return self.file.name.order, self.file.entry.made.isoformat()

    def recorded(self) -> dict[str, Any]:
        """What is kept of it for the next download."""
        return {"sha256": self.digest, "path": self.file.entry.path, "age": self.age}


@dataclass(frozen=True)
class Choice:
    """A student's files that count, or the problem with them; and what is to be said.

    ``detail`` says which file has the ``problem``; ``notes`` are pairs of a note and a detail.
    """

    files: list[ChosenFile] = field(default_factory=list)
    problem: str = ""
    detail: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)


def choose(
    files: Sequence[SubmittedFile], names: Sequence[str], collector: Collector, released: Path
) -> Choice:
    """A student's file for each notebook.

    Args:
        files: what the student handed in.
        names: the assignment's notebooks, without their suffix.
        collector: knows what the system puts behind a file's name.
        released: the folder of the released assignment.
    """
    readable = [file for file in files if file.name.file_id.endswith(READABLE)]
    taken: dict[str, list[SubmittedFile]] = defaultdict(list)
    others = []
    for file in readable:
        name = _named(file.name.file_id, names, collector)
        if name is None:
            others.append(file)
        else:
            taken[name].append(file)
    missing = [name for name in names if f"{name}.ipynb" not in taken]
    notes = []
    if missing and len(others) > 1:  # A module beside the notebook is not the notebook.
        notebooks = [file for file in others if file.name.file_id.endswith(".ipynb")]
        others = notebooks if len(notebooks) == 1 else others
    if len(missing) == len(others) == 1:  # There is only one notebook that the file can be.
        suffix = Path(others[0].name.file_id).suffix
        if problem := _not_a_notebook(others[0], released):
            return Choice(problem="no notebook", detail=problem)
        taken[f"{missing[0]}{suffix}"] = others
        notes.append(("taken under another name", others[0].shown))
        missing = []
    if not taken:
        problem = "several files, none by its name" if readable else "no notebook"
        return Choice(problem=problem, detail=", ".join(file.shown for file in files))
    if missing:
        notes.append(("a notebook is missing", ", ".join(missing)))
    chosen = []
    for name, candidates in taken.items():
        try:
            picked, note = _picked(name, candidates, released)
        except RefusedError as error:
            return Choice(problem="cannot be read", detail=str(error), notes=notes)
        if picked is None:
            return Choice(problem=QUESTION, detail=note, notes=notes)
        chosen.append(picked)
        if other := _of_another(picked, released):
            notes.append(("collected, and grade will refuse it", other))
        notes += [(note, picked.file.shown)] if note else []
    return Choice(chosen, notes=notes)


def digest_of(content: bytes) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _named(file_id: str, names: Iterable[str], collector: Collector) -> str | None:
    """The name that the assignment gives to a file, or None."""
    known = {f"{name}.ipynb".casefold(): f"{name}.ipynb" for name in names}
    exact = known.get(file_id.casefold())
    return exact or known.get(collector.without_suffix(file_id).casefold())


def _picked(
    name: str, candidates: Sequence[SubmittedFile], released: Path
) -> tuple[ChosenFile | None, str]:
    """Of several files for one notebook the newest that has the answers, and what to say of it.

    Args:
        name: the notebook's, with its suffix.
        candidates: the files; the system's number of a file grows.
        released: the folder of the released assignment.

    Returns:
        The file and a note, which is empty where there is one only; None and the files' names
        where each answers what the other does not.

    Raises:
        RefusedError: if nothing says which is newer, or the file cannot be read.
    """
    ordered = sorted(candidates, key=lambda file: _age(file, name))
    contents = [file.entry.content() for file in ordered]
    if len(ordered) == 1:
        return ChosenFile(name, ordered[0], digest_of(contents[0])), ""
    answers = [_answers(file, content, released / name) for file, content in zip(ordered, contents)]
    filled = [index for index, each in enumerate(answers) if each]
    place = with_answers([each or {} for each in answers])
    if answers[-1] is None:
        place = len(answers) - 1  # The newest cannot be read: grading will say why.
    if place is None or any(
        ordered[index].name.order == ordered[place].name.order and answers[index] != answers[place]
        for index in filled
        if answers[place]
    ):
        return None, ", ".join(file.shown for file in ordered)
    rivals = [index for index in filled or range(len(ordered)) if index != place]
    newest = ordered[place]
    same_age = [
        index
        for index in rivals
        if _age(ordered[index], name) == _age(newest, name) and contents[index] != contents[place]
    ]
    if same_age:
        raise RefusedError(f"more than one {name}, and nothing says which is newer")
    is_only_one = filled == [place] and None not in answers
    note = "the others are as released, taken" if is_only_one else "newest of several, taken"
    return ChosenFile(name, newest, digest_of(contents[place])), note


def _age(file: SubmittedFile, name: str) -> tuple[int, bool]:
    """What is greater for the newer of two files; in Moodle the one with the right name."""
    return file.name.order, file.name.file_id == name


def _answers(file: SubmittedFile, content: bytes, released: Path) -> Mapping[str, str] | None:
    """What a file answers; None if it cannot be read."""
    try:
        return answered(read_content(file.name.file_id, content), released)
    except RefusedError:
        return None


def _not_a_notebook(file: SubmittedFile, released: Path) -> str:
    """Why the only file cannot stand for the notebook; empty if it may, or cannot be read."""
    try:
        submission = read_content(file.name.file_id, file.entry.content())
    except RefusedError:
        return ""
    try:
        require_answers(submission, released)
    except RefusedError as error:
        return str(error)
    return ""


def _of_another(chosen: ChosenFile, released: Path) -> str:
    """Why a file is not the assignment's notebook; empty if it is, or cannot be read."""
    try:
        submission = read_content(chosen.name, chosen.file.entry.content())
    except RefusedError:
        return ""
    try:
        require_own(submission, released)
    except RefusedError as error:
        return str(error)
    return ""
