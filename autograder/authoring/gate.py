"""Checks exercises against their promises, and shows the first broken promise of each."""

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import ROOT
from autograder.authoring.case import SEEDS, Breach, Case
from autograder.authoring.promises import PROMISES
from autograder.errors import AuthorError, UsageError
from autograder.exercises.catalogue import asked_for, assignments, exercises_of

__all__ = ["Judged", "Outcome", "check_all", "chosen", "first_broken", "judged", "lines_of"]

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Outcome:
    """Which promise is broken.

    Attributes:
        kept: how many promises are kept, up to the first broken one.
        broken: name of that promise, or None if all are kept.
        breaches: every ``Breach`` of it.
    """

    kept: int
    broken: str | None = None
    breaches: tuple[Breach, ...] = ()


@dataclass(frozen=True)
class Judged:
    """The result for one exercise.

    Attributes:
        name: of the exercise, or of an assignment whose exercises cannot be read.
        assignment: that it belongs to.
        outcome: which promise it breaks.
        seconds: how long the checks took.
    """

    name: str
    assignment: str
    outcome: Outcome
    seconds: float


def check_all(names: Sequence[str], seeds: Sequence[int] = SEEDS, root: Path = ROOT) -> bool:
    """Print one line per exercise as soon as it is judged, then what is wrong.

    Args:
        names: of exercises and assignments; an empty list means all.
        seeds: to try each exercise at.
        root: folder of the course.

    Returns:
        True if every exercise keeps all its promises.
    """
    judging = chosen(names)
    print(f"{'exercise':32} {'promises kept':>13} {'seconds':>8}  first broken promise")
    results = []
    with _tensorflow_quiet():
        for assignment, there in judging:
            for result in judged(assignment, there, seeds, root):
                results.append(result)
                kept, broken = result.outcome.kept, result.outcome.broken or ""
                kept_of_all = f"{kept} of {len(PROMISES)}"
                line = f"{result.name:32} {kept_of_all:>13} {result.seconds:8.1f}  {broken}"
                print(line.rstrip(), flush=True)
    for result in results:
        for line in lines_of(result):
            print(line)
    broken_ones = [result for result in results if result.outcome.broken]
    print(f"{len(results) - len(broken_ones)} of {len(results)} keep all their promises")
    return not broken_ones


@contextlib.contextmanager
def _tensorflow_quiet() -> Iterator[None]:
    """Hide TensorFlow's warnings: misconceptions and styles cause many, and none is news."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def chosen(names: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Pairs of an assignment and the names of its exercises to judge.

    Args:
        names: of exercises and assignments; an empty list means all.

    Raises:
        UsageError: if there is no such exercise or assignment; the message lists all names.
        AuthorError: if a module of probes is not valid Python.
    """
    try:
        # Read from the probes' lists: a module that cannot be imported is judged later.
        known = {assignment: sorted(asked_for(assignment)) for assignment in assignments()}
    except SyntaxError as error:
        message = f"a module of autograder/inside/probes is not valid Python: {error}"
        raise AuthorError(message) from None
    everything = {*known, *(name for names_there in known.values() for name in names_there)}
    for name in names:
        if name not in everything:
            raise UsageError(
                f"no exercise or assignment {name!r}; there are {', '.join(sorted(everything))}"
            )
    wanted = {
        assignment: [name for name in there if not names or name in names or assignment in names]
        for assignment, there in known.items()
    }
    return [(assignment, there) for assignment, there in wanted.items() if there]


def judged(
    assignment: str, names: Sequence[str], seeds: Sequence[int] = SEEDS, root: Path = ROOT
) -> Iterator[Judged]:
    """Yield a ``Judged`` for each of the named exercises of an assignment."""
    started = time.monotonic()
    try:
        exercises = exercises_of(assignment)
    except Exception as error:  # Whatever an author's module raises.
        outcome = Outcome(0, "can be imported", (_raised(error, root),))
        yield Judged(assignment, assignment, outcome, time.monotonic() - started)
        return
    for name in names:
        started = time.monotonic()
        if name in exercises:
            outcome = first_broken(Case(assignment, exercises[name], tuple(seeds), root))
        else:
            outcome = Outcome(0, "is an exercise", (_no_exercise(name, assignment),))
        yield Judged(name, assignment, outcome, time.monotonic() - started)


def lines_of(result: Judged) -> list[str]:
    """What is wrong with an exercise, as lines of text: the first breach, and how many more."""
    if not result.outcome.breaches:
        return []
    first, *others = result.outcome.breaches
    lines = [
        "",
        f"{result.name}: '{result.outcome.broken}' is broken: {first.what}",
        f"  where:    {first.where}",
        f"  expected: {first.expected}",
        f"  got:      {first.got}",
        f"  next:     {first.step}",
    ]
    if others:
        lines.append(f"  and {len(others)} more of this promise:")
        lines += [f"    {breach.where}: {_briefly(breach, first)}" for breach in others]
    return lines


def _briefly(breach: Breach, first: Breach) -> str:
    return breach.expected if breach.what == first.what else breach.what


def first_broken(case: Case) -> Outcome:
    """The first promise that a case breaks, if any."""
    for kept, (promise, breaches_of) in enumerate(PROMISES.items()):
        try:
            breaches = tuple(breaches_of(case))
        except Exception as error:  # A reference, a probe or a misconception of the author's.
            breaches = (_raised(error, case.root),)
        if breaches:
            return Outcome(kept, promise, breaches)
    return Outcome(len(PROMISES))


def _no_exercise(name: str, assignment: str) -> Breach:
    return Breach(
        f"{name} has a probe and no Exercise",
        f"autograder/exercises/, {assignment}",
        f"an Exercise whose reference is called {name}",
        "none",
        "add it, or remove the name from the probes' __all__",
    )


def _raised(error: Exception, root: Path) -> Breach:
    return Breach(
        "an exception stops the check",
        _place_of(error, root),
        "no exception",
        f"{type(error).__name__}: {error}",
        "fix the code that raises it",
    )


def _place_of(error: Exception, root: Path) -> str:
    """The author's line that raised an error, or the error's module if there is none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename.removeprefix(f'{root}/')}:{error.lineno}"
    where = error.__class__.__module__
    traceback = (error.__cause__ or error).__traceback__
    while traceback:
        filename = traceback.tb_frame.f_code.co_filename
        if filename.startswith(str(root)) and Path(filename).parent != HERE:
            where = f"{filename.removeprefix(f'{root}/')}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return where
