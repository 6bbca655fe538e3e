"""Grades a class, one submission after the other, with nbgrader's own Autograde."""

import warnings

from autograder.classroom import Result
from autograder.errors import UsageError
from autograder.reading import RefusedError, read_submission

__all__ = ["grade"]


def grade(classroom, assignment, students=None):
    """Grade submissions and yield what each came to.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        students: ids, or None for everybody who handed in.

    Yields:
        One ``Result`` a submission, as soon as it and its feedback are there. Marks given
        by hand stay.

    Raises:
        UsageError: if the gradebook does not know the assignment, or nobody handed in.
    """
    classroom.require(assignment)
    submitted = classroom.submitted(assignment)
    missing = sorted(set(students or []) - set(submitted))
    if missing:
        raise UsageError(f"no submission of {assignment} by {', '.join(missing)}")
    if not submitted:
        where = classroom.path("submitted", "STUDENT", assignment)
        raise UsageError(f"no submissions of {assignment}: they belong in {where}")
    for student in students or submitted:
        yield _grade_one(classroom, assignment, student)


def _grade_one(classroom, assignment, student):
    try:
        for path in sorted(classroom.path("submitted", student, assignment).glob("*.ipynb")):
            read_submission(path)
    except RefusedError as error:
        return Result(student, "refused", detail=str(error))
    with warnings.catch_warnings():
        # nbgrader 0.9 makes SQLAlchemy 2 warn of objects that are not yet in a session;
        # nbformat warns of the damage that is about to be repaired.
        warnings.filterwarnings("ignore", module="nbgrader|nbformat")
        outcome = classroom.api.autograde(assignment, student, force=True, create=True)
        if outcome["success"]:
            outcome = classroom.api.generate_feedback(assignment, student, force=True)
    if not outcome["success"]:
        return Result(student, "not graded", detail=_reason(outcome))
    return classroom.result(assignment, student)


def _reason(outcome):
    """Our own error in nbgrader's log, or else its last error or warning."""
    lines = f"{outcome.get('log') or ''}\n{outcome.get('error') or ''}".strip().splitlines()
    ours = [line for line in lines if line.startswith("autograder.")]
    if ours:
        return ours[-1].partition(": ")[2]
    marked = [line.partition("] ")[2] for line in lines if "ERROR]" in line or "WARNING]" in line]
    telling = [line for line in marked if line and "traceback" not in line.lower()]
    return (telling or lines or ["nbgrader gave no reason"])[-1]
