"""Which submissions share code that is their own, and not the course's.

Everything that a student defined is compared, together, by the fingerprints of
``autograder.pages.fingerprint``. Code that also occurs in the course, in its known mistakes or
in the release is taken out first. Right answers to small questions are alike by nature: if an
answer is the course's own, nothing is left to compare, and the comparison says so.

Two numbers were chosen by data, see ``test_similarity.py``: of the right answers in
``tests/styles``, with each style as a student, no pair reaches SHARE; copies with every name
changed are above it.
"""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from autograder import ROOT
from autograder.errors import RefusedError
from autograder.gradebook.classroom import Classroom
from autograder.pages.fingerprint import LENGTH, OwnCode, fingerprints
from autograder.submission.parse import Parser
from autograder.submission.read import check_folder, read_submission
from autograder.submission.repair import repair

__all__ = [
    "LEAST",
    "SHARE",
    "Comparison",
    "Pair",
    "compare",
    "compare_class",
    "given_code",
]

SHARE = 0.5  # Of one's own code, that the other one has too.
LEAST = 120  # Characters in common; two short answers share less than that by chance.
LEAST_OWN = 150  # Characters of one's own code; with less, nothing can be said.
MOST_PAIRS = 50  # Shown with their texts.


@dataclass(frozen=True)
class Pair:
    """Two students with much in common.

    Attributes:
        students: both ids.
        shares: how much of each one's own code the other one has too, in [0, 1].
        length: characters in common, with each name counted as one.
        texts: the functions concerned, as each of them wrote them.
    """

    students: tuple[str, str]
    shares: tuple[float, float]
    length: int
    texts: tuple[str, str]


@dataclass(frozen=True)
class Comparison:
    """A class compared.

    Attributes:
        pairs: the most alike first.
        compared: ids of those who were compared.
        too_little: ids of those who have too little code of their own.
        unread: why a submission cannot be read, by id.
    """

    pairs: list[Pair] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)
    too_little: list[str] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> list[Pair]:
        """The pairs that a person can still read."""
        return self.pairs[:MOST_PAIRS]


def compare_class(classroom: Classroom, assignment: str, share: float = SHARE) -> Comparison:
    """Compare all submissions of an assignment with each other.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        share: a pair is reported if it has at least this share in common.

    Returns:
        A ``Comparison``.

    Raises:
        UsageError: if copydetect is not installed.
    """
    functions: dict[str, list[str]] = {}
    unread: dict[str, str] = {}
    release = classroom.path("release", ".", assignment)
    names = classroom.notebooks(assignment)
    masters = [nbformat.read(release / f"{name}.ipynb", as_version=4) for name in names]
    for student in classroom.submitted(assignment):
        folder = classroom.path("submitted", student, assignment)
        try:
            check_folder(folder)
            functions[student] = [
                text
                for name, master in zip(names, masters)
                for text in _written(folder / f"{name}.ipynb", master)
            ]
        except RefusedError as error:
            unread[student] = str(error)
    given = given_code(assignment)
    for master in masters:
        given += [cell.source for cell in master.cells if cell.cell_type == "code"]
    found = compare(functions, fingerprints(given), share)
    return dataclasses.replace(found, unread=unread)


def compare(
    functions: Mapping[str, Sequence[str]], known: set[int], share: float = SHARE
) -> Comparison:
    """Compare students with each other.

    Args:
        functions: by student, a list of texts with one definition each.
        known: ``fingerprints`` of what everybody has: the course's code, the release's.
        share: a pair is reported if it has at least this share in common.

    Returns:
        A ``Comparison``.
    """
    from copydetect import compare_files

    own = {student: OwnCode(texts, known) for student, texts in functions.items()}
    compared = [student for student, code in own.items() if code.length >= LEAST_OWN]
    too_little = [student for student, code in own.items() if code.length < LEAST_OWN]
    pairs = []
    for one, other in itertools.combinations(compared, 2):
        first, second = own[one].fingerprint, own[other].fingerprint
        if len(first.hashes & second.hashes) * LENGTH < LEAST:
            continue  # This is cheap and rules most pairs out; the rest takes time.
        length, shares, slices = compare_files(first, second)
        if length >= LEAST and max(shares) >= share:
            texts = (own[one].shown(slices[0]), own[other].shown(slices[1]))
            both = (min(1.0, float(shares[0])), min(1.0, float(shares[1])))
            pairs.append(Pair((one, other), both, int(length), texts))
    pairs.sort(key=lambda pair: (-max(pair.shares), -pair.length))
    return Comparison(pairs, compared, too_little)


def given_code(assignment: str) -> list[str]:
    """Texts of the course, its lectures and the known mistakes of an assignment."""
    places = [
        ROOT / "course",
        ROOT / "notebooks" / "lectures",
        ROOT / "autograder" / "exercises" / assignment,
        ROOT / "autograder" / "exercises" / f"{assignment}.py",
    ]
    files = [
        path for place in places for path in ([place] if place.is_file() else place.rglob("*.py"))
    ]
    return [path.read_text(encoding="utf-8") for path in sorted(files)]


def _written(path: Path, master: Any) -> list[str]:
    """What a submission defines and the release does not, as it was written.

    Args:
        path: the notebook that was handed in.
        master: the released notebook.

    Raises:
        RefusedError: if it cannot be read.
    """
    if not path.exists():
        raise RefusedError(f"there is no {path.name}; grade looks for it under other names")
    notebook, _ = repair(read_submission(path), master)
    parser = Parser()
    asked: set[str] = set()
    released: set[str] = set()
    for cell in master.cells:
        if cell.cell_type == "code":
            definitions = parser.definitions(cell.source)
            released |= {definition.text for definition in definitions}
            asked |= {each.name for each in definitions if each.is_function}
    found = [
        definition
        for cell in notebook.cells
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("locked")
        for definition in parser.definitions(cell.source)
    ]
    own = [
        definition.text
        for definition in found
        if definition.text not in released
        and not definition.is_blank
        and (definition.is_function or definition.name in asked)
    ]
    return list(dict.fromkeys(own))
