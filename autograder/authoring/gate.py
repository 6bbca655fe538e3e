"""Holds exercises to their promises, and says of each the first one that it breaks."""

import contextlib
import logging
import time
from dataclasses import dataclass
from pathlib import Path

from autograder import ROOT
from autograder.authoring.case import SEEDS, Breach, Case
from autograder.authoring.promises import PROMISES
from autograder.errors import AuthorError, UsageError
from autograder.exercises.catalogue import asked_for, assignments, exercises_of

__all__ = ["Judged", "check_all", "chosen", "first_broken", "judged", "lines_of"]

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Judged:
    """What came of one exercise.

    Attributes:
        name: of the exercise, or of an assignment whose exercises cannot be read.
        kept: how many promises it keeps, up to the first broken one.
        broken: name of that promise, or None.
        breaches: every ``Breach`` of it.
        seconds: that all of this took.
    """

    name: str
    assignment: str
    kept: int
    broken: str | None
    breaches: tuple
    seconds: float


def check_all(names, seeds=SEEDS, root=ROOT):
    """Print a line an exercise as soon as it is judged, then what is wrong; True if nothing is.

    Args:
        names: of exercises and assignments; none means all.
    """
    judging = chosen(names)
    print(f"{'exercise':32} {'promises kept':>13} {'seconds':>8}  first broken promise")
    results = []
    with _tensorflow_quiet():
        for assignment, there in judging:
            for result in judged(assignment, there, seeds, root):
                results.append(result)
                kept = f"{result.kept} of {len(PROMISES)}"
                line = f"{result.name:32} {kept:>13} {result.seconds:8.1f}  {result.broken or ''}"
                print(line.rstrip(), flush=True)
    for result in results:
        for line in lines_of(result):
            print(line)
    broken = sum(result.broken is not None for result in results)
    print(f"{len(results) - broken} of {len(results)} keep all their promises")
    return not broken


@contextlib.contextmanager
def _tensorflow_quiet():
    """What misconceptions and styles make it warn of is no news."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def chosen(names):
    """Pairs of an assignment and the names of its exercises to judge.

    Args:
        names: of exercises and assignments; none means all.

    Raises:
        UsageError: if there is no such exercise or assignment, with those that there are.
        AuthorError: if a probes' module is no Python.
    """
    try:
        # Read from the probes' lists: a module that cannot be imported is judged later.
        known = {assignment: sorted(asked_for(assignment)) for assignment in assignments()}
    except SyntaxError as error:
        raise AuthorError(f"a module of autograder/inside/probes is no Python: {error}") from None
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


def judged(assignment, names, seeds=SEEDS, root=ROOT):
    """Yield a ``Judged`` for each of the named exercises of an assignment."""
    started = time.monotonic()
    try:
        exercises = exercises_of(assignment)
    except Exception as error:  # Whatever an author's module raises.
        broken, breaches = "can be imported", (_raised(error, root),)
        yield Judged(assignment, assignment, 0, broken, breaches, time.monotonic() - started)
        return
    for name in names:
        started = time.monotonic()
        if name not in exercises:
            broken, breaches, kept = "is an exercise", (_no_exercise(name, assignment),), 0
        else:
            case = Case(assignment, exercises[name], tuple(seeds), root)
            broken, breaches, kept = first_broken(case)
        yield Judged(name, assignment, kept, broken, breaches, time.monotonic() - started)


def lines_of(result):
    """What is wrong with an exercise, as lines of text: the first breach, and how many more."""
    if result.broken is None:
        return []
    first, *others = result.breaches
    lines = [
        "",
        f"{result.name}: '{result.broken}' is broken: {first.what}",
        f"  where:  {first.where}",
        f"  wanted: {first.wanted}",
        f"  got:    {first.got}",
        f"  next:   {first.step}",
    ]
    if others:
        lines.append(f"  and {len(others)} more of this promise:")
        lines += [f"    {breach.where}: {_briefly(breach, first)}" for breach in others]
    return lines


def _briefly(breach, first):
    return breach.wanted if breach.what == first.what else breach.what


def first_broken(case):
    """Name of the first promise that a case breaks or None, its breaches, how many it keeps."""
    for kept, (promise, breaches_of) in enumerate(PROMISES.items()):
        try:
            breaches = tuple(breaches_of(case))
        except Exception as error:  # A reference, a probe or a misconception of the author's.
            breaches = (_raised(error, case.root),)
        if breaches:
            return promise, breaches, kept
    return None, (), len(PROMISES)


def _no_exercise(name, assignment):
    return Breach(
        f"{name} has a probe and no Exercise",
        f"autograder/exercises/, {assignment}",
        f"an Exercise whose reference is called {name}",
        "none",
        "add it, or take the name out of the probes' __all__",
    )


def _raised(error, root):
    where, cause = f"{error.__class__.__module__}", error.__cause__ or error
    traceback = cause.__traceback__
    while traceback:
        filename = traceback.tb_frame.f_code.co_filename
        if filename.startswith(str(root)) and Path(filename).parent != HERE:
            where = f"{filename.removeprefix(f'{root}/')}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        where = f"{error.filename.removeprefix(f'{root}/')}:{error.lineno}"
    return Breach(
        "an exception ends it",
        where,
        "none",
        f"{type(error).__name__}: {error}",
        "mend what raises it",
    )
