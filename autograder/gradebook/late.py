"""What handing in late costs: a policy, and the penalties worked out anew when something changed.

nbgrader works a penalty out when it grades a notebook, from the points that are there then. An
extension, another due date or policy, or a mark given by hand would leave it as it was.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from nbgrader.api import Assignment, MissingEntry, SubmittedAssignment, SubmittedNotebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import Enum, Float

from autograder.errors import UsageError
from autograder.text import duration, inert, number

__all__ = ["LatePolicy", "Lateness", "extend", "extension_until", "recompute", "seconds_late"]


class LatePolicy(LateSubmissionPlugin):
    """The policy of nbgrader_config.py: so much for each day, or other period, that has begun."""

    penalty_method = Enum(
        ("none", "zero", "points", "percent"),
        default_value="none",
        help="'points' of each notebook, or 'percent' of its points, or all of them ('zero').",
    ).tag(config=True)
    amount = Float(0.0, min=0.0, help="Taken off for each period that has begun.").tag(config=True)
    hours = Float(24.0, min=0.01, help="Length of a period.").tag(config=True)
    grace_minutes = Float(0.0, min=0.0, help="Who is no later than this is in time.").tag(
        config=True
    )
    most = Float(math.inf, min=0.0, help="No more than this is taken off, in all.").tag(config=True)

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        """Points to take off, at least 0 and at most all.

        Args:
            student_id: not asked.
            score: points of the notebook so far, by machine and person.
            total_seconds_late: after the due date and extension of this student.

        Returns:
            The points, or None for no penalty.
        """
        if self.penalty_method == "none" or total_seconds_late <= 60 * self.grace_minutes:
            return None
        begun = math.ceil(total_seconds_late / (3600 * self.hours))
        taken = min(self.amount * begun, self.most)
        if self.penalty_method == "percent":
            taken = score * taken / 100
        return max(0.0, score if self.penalty_method == "zero" else min(taken, score))


@dataclass(frozen=True)
class Lateness:
    """A student who handed in late, or whose penalty has changed: points off now and before."""

    student: str
    seconds: float
    extension: timedelta
    penalty: float
    before: float

    def line(self):
        """The same in words."""
        parts = [f"{duration(self.seconds)} late" if self.seconds else "in time"]
        if self.extension:
            parts.append(f"extended by {duration(self.extension.total_seconds())}")
        parts.append(f"{number(self.penalty)} points off")
        if self.penalty != self.before:
            parts.append(f"{number(self.before)} before")
        return f"{inert(self.student)}: {', '.join(parts)}"


def seconds_late(submitted, due, extension):
    """How late it came; 0 for what came in time, at no known time or without a due date.

    Args:
        submitted, due: UTC, as nbgrader keeps them, or None.
        extension: of this student, or None.
    """
    if submitted is None or due is None:
        return 0.0
    return max(0.0, (submitted - due - (extension or timedelta())).total_seconds())


def recompute(gradebook, assignment, config):
    """Bring the penalties of what is graded up to date. Nothing is run, no mark is touched.

    Args:
        gradebook: nbgrader's ``Gradebook``, open.
        assignment: name of the assignment.
        config: nbgrader's configuration, with the plugin of ``AssignLatePenalties``.

    Returns:
        A list of ``Lateness``, sorted by student.
    """
    step = AssignLatePenalties(config=config)
    step.init_plugin()
    found, changed = {}, False
    for notebook, score, submission, due in _notebooks(gradebook, assignment):
        late = seconds_late(submission.timestamp, due, submission.extension)
        before = notebook.late_submission_penalty or 0.0
        student, penalty = submission.student_id, 0.0
        if late:
            asked = step.plugin_inst.late_submission_penalty(student, score, late)
            penalty = max(0.0, min(asked or 0.0, score))
        if penalty != before:
            notebook.late_submission_penalty, changed = penalty or None, True
        if late or penalty != before:
            known = found.get(student) or Lateness(student, 0, timedelta(), 0.0, 0.0)
            found[student] = Lateness(
                student,
                late,
                submission.extension or timedelta(),
                known.penalty + penalty,
                known.before + before,
            )
    if changed:
        gradebook.db.commit()
    return [found[student] for student in sorted(found)]


def _notebooks(gradebook, assignment):
    """Submitted notebooks with their points, submissions and due date."""
    return (
        gradebook.db.query(
            SubmittedNotebook, SubmittedNotebook.score, SubmittedAssignment, Assignment.duedate
        )
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .filter(Assignment.name == assignment)
        .all()
    )


def extension_until(gradebook, assignment, until):
    """The extension that lasts until a time.

    Args:
        gradebook: nbgrader's ``Gradebook``, open.
        assignment: name of the assignment.
        until: date, time and time zone, as '2026-12-01 23:59 Europe/Berlin'.

    Raises:
        UsageError: if the time cannot be read, or lies before the due date.
    """
    date, _, zone = until.strip().rpartition(" ")
    try:
        moment = datetime.strptime(date, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OSError, LookupError):  # OSError: the zone is the name of a folder.
        raise UsageError(
            f"a time is written with its zone, as '2026-12-01 23:59 Europe/Berlin', got {until!r}"
        ) from None
    due = _due(gradebook, assignment)
    extension = moment.astimezone(UTC).replace(tzinfo=None) - due
    if extension <= timedelta():
        raise UsageError(f"{assignment} is due at {due:%Y-%m-%d %H:%M} UTC, after {until}")
    return extension


def extend(gradebook, assignment, student, extension, handed_in=()):
    """Give a student more time, in place of an earlier extension.

    Args:
        gradebook: nbgrader's ``Gradebook``, open.
        assignment: name of the assignment.
        student: id; of somebody whom the gradebook knows, or who handed in.
        extension: a ``timedelta`` after the due date of all; 0 takes an extension back.
        handed_in: ids of those who handed in.

    Returns:
        The student's due date, in UTC.

    Raises:
        UsageError: if nobody has that id, the assignment has no due date, or the extension is
            less than nothing.
    """
    due = _due(gradebook, assignment)
    if extension < timedelta():
        raise UsageError(
            f"an extension is no less than 0, got {extension / timedelta(days=1):g} days"
        )
    try:
        gradebook.find_student(student)
    except MissingEntry:
        if student not in handed_in:
            raise UsageError(
                f"the gradebook has no student {student}: 'nbgrader db student add {student}'"
            ) from None
        gradebook.add_student(student)
    # Who has yet to hand in has an entry from now on, without a time and without points.
    gradebook.update_or_create_submission(assignment, student)
    gradebook.grant_extension(assignment, student, minutes=extension / timedelta(minutes=1))
    return due + extension


def _due(gradebook, assignment):
    due = gradebook.find_assignment(assignment).duedate
    if due is None:
        raise UsageError(
            f"{assignment} has no due date: nbgrader db assignment add {assignment} "
            "--duedate '2026-12-01 23:59 UTC', or formgrader"
        )
    return due
