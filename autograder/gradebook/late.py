"""What handing in late costs: a policy, and penalties that follow when something changes.

nbgrader computes a penalty when it grades a notebook, from the points at that time. It does not
change the penalty after an extension, a new due date or policy, or a mark given by hand.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from nbgrader.api import (
    Assignment,
    Gradebook,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import Enum, Float
from traitlets.config import Config

from autograder.errors import UsageError
from autograder.text import duration, inert, number

__all__ = ["LatePolicy", "Lateness", "extend", "extension_until", "recompute", "seconds_late"]


class LatePolicy(LateSubmissionPlugin):
    """The policy in nbgrader_config.py: an amount for each day, or other period, that has begun."""

    penalty_method = Enum(
        ("none", "zero", "points", "percent"),
        default_value="none",
        help="Takes off 'points' of each notebook, 'percent' of its points, or all ('zero').",
    ).tag(config=True)
    amount = Float(
        0.0, min=0.0, help="Points or percent to take off for each period that has begun."
    ).tag(config=True)
    hours = Float(24.0, min=0.01, help="Length of a period.").tag(config=True)
    grace_minutes = Float(
        0.0, min=0.0, help="A submission that is no later than this counts as in time."
    ).tag(config=True)
    most = Float(math.inf, min=0.0, help="The most points or percent to take off in all.").tag(
        config=True
    )

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Points to take off, at least 0 and at most all.

        Args:
            student_id: not used.
            score: points of the notebook so far, by machine and person.
            total_seconds_late: seconds after the student's due date, extension included.

        Returns:
            The points, or None for no penalty.
        """
        if self.penalty_method == "none" or total_seconds_late <= 60 * self.grace_minutes:
            return None
        begun = math.ceil(total_seconds_late / (3600 * self.hours))
        taken = min(self.amount * begun, self.most)
        if self.penalty_method == "percent":
            taken = score * taken / 100
        if self.penalty_method == "zero":
            taken = score
        return max(0.0, min(taken, score))


@dataclass(frozen=True)
class Lateness:
    """A student who handed in late, or whose penalty has changed: points off now and before."""

    student: str
    seconds: float
    extension: timedelta
    penalty: float
    before: float

    def line(self) -> str:
        """The same in words, on one line."""
        parts = [f"{duration(self.seconds)} late" if self.seconds else "in time"]
        if self.extension:
            parts.append(f"extended by {duration(self.extension.total_seconds())}")
        parts.append(f"{number(self.penalty)} points off")
        if self.penalty != self.before:
            parts.append(f"{number(self.before)} before")
        return f"{inert(self.student)}: {', '.join(parts)}"


def seconds_late(
    submitted: datetime | None, due: datetime | None, extension: timedelta | None
) -> float:
    """Seconds after the due date; 0 if it was in time, or one of the two times is not known.

    Args:
        submitted, due: UTC, as in nbgrader, or None.
        extension: of this student, or None.
    """
    if submitted is None or due is None:
        return 0.0
    return max(0.0, (submitted - due - (extension or timedelta())).total_seconds())


def recompute(gradebook: Gradebook, assignment: str, config: Config) -> list[Lateness]:
    """Bring the penalties of graded submissions up to date. It runs no cell and changes no mark.

    Args:
        gradebook: nbgrader's ``Gradebook``, open.
        assignment: name of the assignment.
        config: nbgrader's configuration, with the plugin of ``AssignLatePenalties``.

    Returns:
        A list of ``Lateness``, sorted by student.
    """
    step = AssignLatePenalties(config=config)
    step.init_plugin()
    found: dict[str, Lateness] = {}
    changed = False
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


def _notebooks(
    gradebook: Gradebook, assignment: str
) -> list[tuple[SubmittedNotebook, float, SubmittedAssignment, datetime | None]]:
    """Submitted notebooks with their points, submissions and due date."""
    return list(
        gradebook.db.query(
            SubmittedNotebook, SubmittedNotebook.score, SubmittedAssignment, Assignment.duedate
        )
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .filter(Assignment.name == assignment)
    )


def extension_until(gradebook: Gradebook, assignment: str, until: str) -> timedelta:
    """The extension that ends at a given time.

    Args:
        gradebook: nbgrader's ``Gradebook``, open.
        assignment: name of the assignment.
        until: date, time and time zone, such as '2026-12-01 23:59 Europe/Berlin'.

    Raises:
        UsageError: if the time cannot be read, or is not after the due date.
    """
    date, _, zone = until.strip().rpartition(" ")
    try:
        moment = datetime.strptime(date, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OSError, LookupError):  # OSError: a folder has the zone's name.
        raise UsageError(
            "expected a time with its zone, such as '2026-12-01 23:59 Europe/Berlin', "
            f"got {until!r}"
        ) from None
    due = _due(gradebook, assignment)
    extension = moment.astimezone(UTC).replace(tzinfo=None) - due
    if extension <= timedelta():
        raise UsageError(
            f"an extension of {assignment} ends after its due date, {due:%Y-%m-%d %H:%M} UTC; "
            f"got {until}"
        )
    return extension


def extend(
    gradebook: Gradebook,
    assignment: str,
    student: str,
    extension: timedelta,
    handed_in: Collection[str] = (),
) -> datetime:
    """Give a student more time. This replaces an earlier extension.

    Args:
        gradebook: nbgrader's ``Gradebook``, open.
        assignment: name of the assignment.
        student: id of a student whom the gradebook knows, or who handed in.
        extension: after the due date of the class; 0 removes an extension.
        handed_in: ids of the students who handed in.

    Returns:
        The student's due date, in UTC.

    Raises:
        UsageError: if nobody has that id, the assignment has no due date, or the extension is
            negative.
    """
    due = _due(gradebook, assignment)
    if extension < timedelta():
        raise UsageError(
            f"an extension is at least 0 days, got {extension / timedelta(days=1):g} days"
        )
    try:
        gradebook.find_student(student)
    except MissingEntry:
        if student not in handed_in:
            raise UsageError(
                f"the gradebook has no student {student}. To add them, run "
                f"'nbgrader db student add {student}'"
            ) from None
        gradebook.add_student(student)
    # A student who has yet to hand in gets an entry now, without a time and without points.
    gradebook.update_or_create_submission(assignment, student)
    gradebook.grant_extension(assignment, student, minutes=extension / timedelta(minutes=1))
    return due + extension


def _due(gradebook: Gradebook, assignment: str) -> datetime:
    due: datetime | None = gradebook.find_assignment(assignment).duedate
    if due is None:
        raise UsageError(
            f"{assignment} has no due date. Set it in formgrader, or run 'nbgrader db assignment "
            f'add {assignment} --duedate "2026-12-01 23:59 UTC"\''
        )
    return due
