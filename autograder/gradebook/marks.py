"""Where each student stands in an assignment, as the gradebook has it: the marks and what lacks."""

from dataclasses import dataclass, field
from datetime import datetime

from autograder.gradebook.bookkeeping import cells_of
from autograder.gradebook.late import seconds_late

__all__ = ["ABSENT", "COMPLETE", "NOT_GRADED", "TO_MARK", "Standing", "standings"]

ABSENT, NOT_GRADED, TO_MARK, COMPLETE = (
    "nothing handed in",
    "not graded",
    "to be marked",
    "complete",
)


@dataclass(frozen=True)
class Standing:
    """One student in one assignment.

    ``marks`` are points by cell, None where a person has yet to mark or nothing was graded;
    ``out_of`` is the assignment's maximum. ``late_penalty`` and ``seconds_late`` are 0 for
    what came in time. ``handed_in`` is in UTC, as nbgrader keeps it. ``state`` is one of

    - 'complete': every cell has its points;
    - 'to be marked': answers wait for a person;
    - 'not graded': handed in, and a test has no points yet;
    - 'nothing handed in'.
    """

    student: str
    first_name: str
    last_name: str
    email: str
    lms_id: str
    assignment: str
    out_of: float
    state: str = ABSENT
    marks: dict = field(default_factory=dict)
    late_penalty: float = 0.0
    seconds_late: float = 0.0
    handed_in: datetime | None = None

    @property
    def points_so_far(self):
        """What was given, less the penalty for handing in late; never below 0."""
        given = sum(points for points in self.marks.values() if points is not None)
        return max(0.0, given - self.late_penalty)

    @property
    def points(self):
        """The mark, or None as long as a part of it is missing: that is no zero."""
        return self.points_so_far if self.state == COMPLETE else None

    @property
    def name(self):
        """'Last, First', as a gradebook sorts; the id where the gradebook knows no name."""
        return ", ".join(part for part in (self.last_name, self.first_name) if part) or self.student


def standings(gradebook, assignment, students=()):
    """Every student the gradebook knows, sorted by id.

    Args:
        gradebook: nbgrader's ``Gradebook``, open.
        assignment: name of an assignment that it has.
        students: only these ids, if any.

    Returns:
        A list of ``Standing``.
    """
    out_of = gradebook.find_assignment(assignment).max_score
    handed_in = {each.student_id: each for each in gradebook.assignment_submissions(assignment)}
    return [
        _standing(student, assignment, out_of, handed_in.get(student.id))
        for student in sorted(gradebook.students, key=lambda student: student.id)
        if not students or student.id in students
    ]


def _standing(student, assignment, out_of, submission):
    names = (student.first_name, student.last_name, student.email, student.lms_user_id)
    who = (student.id, *(name or "" for name in names), assignment, out_of)
    if submission is None:
        return Standing(*who)
    cells = [cells_of(notebook) for notebook in submission.notebooks]  # noqa: F841 -- kept read
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    # What keeps an extension of somebody who has yet to hand in.
    if submission.timestamp is None and not any(_has_points(grade) for grade in grades):
        return Standing(*who)
    waiting = [grade for grade in grades if grade.needs_manual_grade and grade.manual_score is None]
    state = TO_MARK if waiting else COMPLETE
    # A test that waits was not run to its end: nobody is to mark it by hand.
    if not grades or any(grade.cell_type == "code" for grade in waiting):
        state = NOT_GRADED
    marks = {grade.name: None if grade in waiting else grade.score for grade in grades}
    penalty, due = submission.late_submission_penalty or 0.0, submission.assignment.duedate
    late = seconds_late(submission.timestamp, due, submission.extension)
    return Standing(*who, state, marks, penalty, late, submission.timestamp)


def _has_points(grade):
    return grade.auto_score is not None or grade.manual_score is not None
