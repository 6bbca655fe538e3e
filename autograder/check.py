"""``check(function)``: the verdict on a function, in the notebook where it was written."""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any

from autograder.errors import UsageError
from autograder.exercises.catalogue import assignments, exercises_of, find_exercise
from autograder.inside.observe import observe
from autograder.judging.display import DisplayedVerdict, as_text, show
from autograder.judging.key import PUBLIC_SEED, key_of
from autograder.judging.progress import Progress, Session
from autograder.judging.verdict import Verdict, judge

__all__ = ["check"]

SESSION = Session()


class NotAllAgrees(Exception):
    """Tells nbgrader's Validate what the verdict says; it shows a test cell's error only."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]  # IPython's hook: the verdict, not the way to this line.


def check(function: Any, points: float | None = None) -> Verdict | float:
    """Compare a function that you wrote with the course's reference, and say what differs.

    Args:
        function: your function; its name says which exercise it answers.
        points: what the exercise is worth. The test cells of an assignment give it.

    Returns:
        A verdict, which the notebook displays; or, with ``points``, the number of
        points after displaying it: nbgrader reads a number as partial credit.

    Raises:
        UsageError: if it is not a function, if no exercise asks for its name, or if it is
            the course's own.
    """
    exercise = find_exercise(_name(function))
    with _nothing_on_stderr():
        stream = observe(exercise.probe, function, PUBLIC_SEED)
    key = key_of(exercise, PUBLIC_SEED)
    verdict = judge(key, stream, out_of=points, shows_numbers=True)
    if points is None:
        return DisplayedVerdict.of(verdict)
    if verdict.fraction < 1 and os.environ.get("NBGRADER_EXECUTION") == "validate":
        raise NotAllAgrees(as_text(verdict))
    show(verdict, _progress(verdict))
    return verdict.points


def _progress(verdict: Verdict) -> Progress | None:
    """The ``Progress`` over the first assignment that asks for this function."""
    for assignment in assignments():
        if verdict.exercise in exercises_of(assignment):
            return SESSION.take_in(verdict, assignment, exercises_of(assignment))
    return None


@contextlib.contextmanager
def _nothing_on_stderr() -> Iterator[None]:
    """Keep stderr empty, of TensorFlow's log too: for a word there nbgrader gives 0 points."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stderr(sys.stdout):
            yield
    finally:
        logging.disable(before)


def _name(function: Any) -> str:
    name = getattr(function, "__name__", None)
    if not callable(function) or name is None:
        raise UsageError(
            f"check takes the function itself, as in check(lp_norm), got {function!r:.80}"
        )
    if str(getattr(function, "__module__", "")).startswith("course."):
        raise UsageError(
            f"this {name} is the course's own ({function.__module__}): run the cell with yours"
        )
    return str(name)
