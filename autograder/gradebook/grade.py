"""Grades a class: nbgrader's own conversions in a few threads, cells in warm sandboxes.

What is graded already, at the same seed and by the same exercises, is left as it is. So a run
continues where an earlier one was interrupted, and after a complete run little is left to do.
Several graders may work on one class at once, on one machine or on several: each takes what no
other grader has.
"""

import contextlib
import time
import warnings
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from autograder import ROOT
from autograder.cluster.workers import SchedulerLostError
from autograder.errors import MachineError, UsageError
from autograder.gradebook.bookkeeping import shared_connections
from autograder.gradebook.classroom import Classroom, Result, process_variables
from autograder.gradebook.late import recompute
from autograder.gradebook.locks import Claims
from autograder.gradebook.preprocessors import SandboxedExecute
from autograder.gradebook.runners import close_runners
from autograder.gradebook.submission_grader import SubmissionGrader
from course.threads import cores_here

__all__ = ["grade", "rewrite_feedback"]

UNDER_WAY = 128  # Submissions at a time on a cluster; each has a thread, which mostly waits.
PER_WORKER = 12  # Submissions at a time for each worker of this machine.
PATIENCE = 0.5  # Seconds until it looks again at submissions that another grader has.


def grade(
    classroom: Classroom,
    assignment: str,
    students: Sequence[str] | None = None,
    workers: int | None = None,
    again: bool = False,
) -> Iterator[Result]:
    """Grade submissions and yield each result.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        students: ids, or None for everybody who handed in.
        workers: number of submissions that run at the same time (default: one per core). Where
            the classroom names a scheduler: number of submissions that its workers have or
            that wait for them (default: 128).
        again: grade also what has not changed since it was graded.

    Yields:
        One ``Result`` per submission, as soon as it and its feedback are there. Marks given
        by hand stay. Penalties for handing in late are computed again for everybody.

    Raises:
        UsageError: if the gradebook does not know the assignment, nobody handed in, or the
            sandbox cannot be used.
        MachineError: if the cluster's scheduler disappears while the class is graded.
    """
    classroom.require(assignment)
    submitted = _submitted(classroom, assignment, students or ())
    at_once = workers or UNDER_WAY
    if not SandboxedExecute(config=classroom.config).scheduler:
        # Many more than workers: while these run cells, other threads run nbgrader's steps, or
        # wait with finished cells for the answer key, which takes long on a first grading.
        workers = workers or cores_here()
        at_once = PER_WORKER * workers
        classroom = _with_workers(classroom, workers)
    todo, regrade = list(dict.fromkeys(students or submitted)), bool(again or students)
    with contextlib.ExitStack() as cleanup:
        cleanup.enter_context(shared_connections())
        claims = cleanup.enter_context(Claims(_claims(classroom)))
        with classroom.api.gradebook as gradebook:
            recompute(gradebook, assignment, classroom.config)
        grader = SubmissionGrader(classroom, assignment, claims)
        cleanup.enter_context(_process_as_nbgrader_sets_it())
        threads = ThreadPoolExecutor(at_once)
        cleanup.callback(threads.shutdown, cancel_futures=True)
        cleanup.callback(close_runners)
        if regrade or not all(grader.is_graded(student) for student in todo):
            SandboxedExecute(config=grader.classroom.config).prepare(assignment)
        yield from _results(threads, grader, todo, regrade)


def rewrite_feedback(classroom: Classroom, assignment: str, students: Collection[str]) -> None:
    """Write feedback of graded submissions again if marks have changed since. Runs no cells.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        students: ids.
    """
    with Claims(_claims(classroom)) as claims, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="nbgrader|nbformat")
        grader = SubmissionGrader(classroom, assignment, claims)
        for student in students:
            if classroom.path("autograded", student, assignment).is_dir():
                grader.write_feedback(student)


def _results(
    threads: ThreadPoolExecutor, grader: SubmissionGrader, students: list[str], again: bool
) -> Iterator[Result]:
    """Each result as soon as it is there."""
    todo = students
    while todo:
        jobs = {threads.submit(grader.grade, student, again): student for student in todo}
        todo = []
        # Only ``jobs`` refers to results, and forgets each: a class may be large.
        for job in as_completed(list(jobs)):
            student = jobs.pop(job)
            try:
                result = job.result()
            except SchedulerLostError as error:
                message = f"{error}; the same command continues where this one stopped"
                raise MachineError(message) from None
            if result is None:
                todo.append(student)
            else:
                yield result
        # Other graders have these. Whatever one of them leaves undone is done here.
        todo.sort()
        time.sleep(PATIENCE if todo else 0)


def _submitted(classroom: Classroom, assignment: str, students: Collection[str]) -> list[str]:
    """Everybody who handed in.

    Raises:
        UsageError: if nobody did, or one of ``students`` did not.
    """
    submitted = classroom.submitted(assignment)
    missing = sorted(set(students) - set(submitted))
    if missing:
        raise UsageError(f"no submission of {assignment} by {', '.join(missing)}")
    if not submitted:
        where = classroom.path("submitted", "STUDENT", assignment)
        raise UsageError(f"no submissions of {assignment}: put them into {where}")
    return submitted


def _with_workers(classroom: Classroom, workers: int) -> Classroom:
    execute = classroom.overrides.get("SandboxedExecute", {}) | {"workers": workers}
    return Classroom(classroom.folder, classroom.overrides | {"SandboxedExecute": execute})


@contextlib.contextmanager
def _process_as_nbgrader_sets_it() -> Iterator[None]:
    """Set what belongs to the whole process once, before threads run nbgrader's conversions.

    nbgrader sets the working directory, a variable and warning filters for each submission. To
    restore the variable it looks for its old value under the name 'autograde' (nbgrader 0.9.6,
    ``setenv``). So one thread would delete the variable while another one needs it.
    """
    with (
        contextlib.chdir(ROOT),
        process_variables(NBGRADER_EXECUTION="autograde", autograde="autograde"),
        warnings.catch_warnings(),
    ):
        # nbgrader 0.9 makes SQLAlchemy 2 warn of objects that are not yet in a session;
        # nbformat warns of damage that is about to be repaired.
        warnings.filterwarnings("ignore", module="nbgrader|nbformat")
        yield


def _claims(classroom: Classroom) -> Path:
    return classroom.path("feedback").parent / "claims"
