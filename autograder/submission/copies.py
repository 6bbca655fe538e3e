"""Which of several copies of a notebook has the answers: the one that counts, or a question."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat

from autograder.errors import RefusedError
from autograder.submission.read import read_submission
from autograder.submission.repair import repair
from autograder.submission.student_cells import Submission
from autograder.text import plain

__all__ = ["answered", "require_no_better_copy", "with_answers"]

MOST_NAMES = 3  # Of answers, in one sentence.
SHOWN_NAME = 40  # Characters of a file's name in a sentence.


def answered(submission: Submission, released: Path) -> Mapping[str, str]:
    """The solution cells that are not as released, by grade_id, with their sources.

    Args:
        submission: what was handed in.
        released: the released notebook's file; if there is none, nothing can be said.
    """
    if not released.is_file():
        return {}
    master = _read(released, released.stat().st_mtime_ns)
    mended, _ = repair(submission, master)
    blank = _solutions(master)
    return {
        name: source for name, source in _solutions(mended).items() if source != blank.get(name)
    }


def with_answers(answers: Sequence[Mapping[str, str]]) -> int | None:
    """Index of the copy that counts, of those that ``answered`` was asked about.

    Args:
        answers: of each copy, the newest last.

    Returns:
        The newest with answers if it has an answer wherever an older one has; the newest if all
        are as released; None if an older one answers what the newest does not.
    """
    filled = [index for index, each in enumerate(answers) if each]
    if not filled:
        return len(answers) - 1
    newest = filled[-1]
    if any(answers[index].keys() - answers[newest].keys() for index in filled):
        return None
    return newest


def require_no_better_copy(folder: Path, released: Path) -> None:
    """Refuse a submission whose answers are in a copy that would not be graded.

    Args:
        folder: the submission.
        released: the folder of the released assignment.

    Raises:
        RefusedError: if a notebook beside the one that is graded answers what that does not.
    """
    paths = [path for path in sorted(folder.glob("*.ipynb")) if not path.name.startswith(".")]
    names = sorted(path.name for path in released.glob("*.ipynb"))
    graded = [path for path in paths if path.name in names]
    if len(names) != 1 or len(graded) != 1 or len(paths) == 1:
        return
    own = answered(read_submission(graded[0]), released / names[0]).keys()
    for path in paths:
        beside = answered(read_submission(path), released / names[0]).keys()
        if better := sorted(beside - own):
            more = f" and {len(better) - MOST_NAMES} more" if len(better) > MOST_NAMES else ""
            which = ", ".join(better[:MOST_NAMES]) + more
            state = "is as it was released" if not own else "has no answer to that"
            raise RefusedError(
                f"{plain(path.name, SHOWN_NAME)} answers {which}, and {names[0]} beside it "
                f"{state}: which one counts? Keep that one only, as {names[0]}"
            )


def _solutions(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Sources of the solution cells by grade_id."""
    return {
        noted["grade_id"]: str(cell.source)
        for cell in notebook.cells
        if (noted := cell.metadata.get("nbgrader", {})).get("solution")
    }


@functools.lru_cache(maxsize=8)
def _read(released: Path, changed: int) -> nbformat.NotebookNode:
    """A released notebook, read once as long as nothing has ``changed`` it."""
    return nbformat.read(released, as_version=4)
