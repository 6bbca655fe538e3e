"""Which of a student's files counts for each notebook of an assignment: the newest of its name."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import RefusedError
from autograder.lms.downloads import Entry
from autograder.lms.file_names import FileName
from autograder.lms.file_owners import Collector
from autograder.text import plain

__all__ = ["READABLE", "Choice", "ChosenFile", "SubmittedFile", "choose", "digest_of"]

READABLE = (".ipynb", ".py")  # grade reads a script in place of a notebook.
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


def choose(files: Sequence[SubmittedFile], names: Sequence[str], collector: Collector) -> Choice:
    """A student's file for each notebook.

    Args:
        files: what the student handed in.
        names: the assignment's notebooks, without their suffix.
        collector: knows what the system puts behind a file's name.
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
    if len(missing) == len(others) == 1:  # There is only one notebook that the file can be.
        suffix = Path(others[0].name.file_id).suffix
        taken[f"{missing[0]}{suffix}"] = others
        notes.append(("taken under another name", others[0].shown))
        missing = []
    if not taken:
        problem = "several files, none by its name" if readable else "no notebook"
        return Choice(problem=problem, detail=", ".join(file.shown for file in files))
    if missing:
        notes.append(("a notebook is missing", ", ".join(missing)))
    try:
        chosen = [_newest(name, candidates) for name, candidates in taken.items()]
    except RefusedError as error:
        return Choice(problem="cannot be read", detail=str(error), notes=notes)
    several = [each.file.shown for each in chosen if len(taken[each.name]) > 1]
    notes += [("newest of several, taken", shown) for shown in several]
    return Choice(chosen, notes=notes)


def digest_of(content: bytes) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _named(file_id: str, names: Iterable[str], collector: Collector) -> str | None:
    """The name that the assignment gives to a file, or None."""
    known = {f"{name}.ipynb".casefold(): f"{name}.ipynb" for name in names}
    exact = known.get(file_id.casefold())
    return exact or known.get(collector.without_suffix(file_id).casefold())


def _newest(name: str, candidates: Sequence[SubmittedFile]) -> ChosenFile:
    """Of several files for one notebook the newest: the system's number of the file grows.

    Raises:
        RefusedError: if two may be the newest, or the newest cannot be read.
    """

    def age(file: SubmittedFile) -> tuple[int, bool]:
        return file.name.order, file.name.file_id == name

    newest = max(candidates, key=age)
    if Counter(map(age, candidates))[age(newest)] > 1:
        raise RefusedError(f"more than one {name}, and nothing says which is newer")
    return ChosenFile(name, newest, digest_of(newest.entry.content()))
