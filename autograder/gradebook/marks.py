"""What the gradebook knows of each student in an assignment: the marks, and what is missing."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from nbgrader.api import Grade, Gradebook, Student, SubmittedAssignment

from autograder.gradebook.bookkeeping import cells_in_memory
from autograder.gradebook.late import seconds_late

__all__ = ["ABSENT", "COMPLETE", "NOT_GRADED", "TO_MARK", "Standing", "standings"]

ABSENT, NOT_GRADED, TO_MARK, COMPLETE = (
    "nothing handed in",
    "not graded",
    "to be marked",
    "complete",
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One student in one assignment.

    ``marks`` are points by cell; None where a person has yet to mark or nothing was graded.
    ``out_of`` is the assignment's maximum. ``late_penalty`` and ``seconds_late`` are 0 for
    a submission in time. ``handed_in`` is in UTC, as in nbgrader. ``state`` is one of

    - 'complete': every cell has its points;
    - 'to be marked': a person has yet to mark some answers;
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
    marks: dict[str, float | None] = field(default_factory=dict)
    late_penalty: float = 0.0
    seconds_late: float = 0.0
    handed_in: datetime | None = None

    @property
    def points_so_far(self) -> float:
        """All points so far, minus the penalty for handing in late; never below 0."""
        given = sum(points for points in self.marks.values() if points is not None)
        return max(0.0, given - self.late_penalty)

    @property
    def points(self) -> float | None:
        """The mark. While a part of it is missing it is None, which does not mean 0."""
        return self.points_so_far if self.state == COMPLETE else None

    @property
    def name(self) -> str:
        """'Last, First', as gradebooks sort; the id if the gradebook knows no name."""
        return ", ".join(part for part in (self.last_name, self.first_name) if part) or self.student


def standings(
    gradebook: Gradebook, assignment: str, students: Collection[str] = ()
) -> list[Standing]:
    """The ``Standing`` of every student that the gradebook knows, sorted by id.

    Args:
        gradebook: nbgrader's ``Gradebook``, open.
        assignment: name of an assignment that it has.
        students: ids; only these students, or all if it is empty.
    """
    out_of = gradebook.find_assignment(assignment).max_score
    handed_in = {each.student_id: each for each in gradebook.assignment_submissions(assignment)}
    return [
        _standing(student, assignment, out_of, handed_in.get(student.id))
        for student in sorted(gradebook.students, key=lambda student: student.id)
        if not students or student.id in students
    ]


def _standing(
    student: Student, assignment: str, out_of: float, submission: SubmittedAssignment | None
) -> Standing:
    absent = Standing(
        student=student.id,
        first_name=student.first_name or "",
        last_name=student.last_name or "",
        email=student.email or "",
        lms_id=student.lms_user_id or "",
        assignment=assignment,
        out_of=out_of,
    )
    if submission is None:
        return absent
    with cells_in_memory(*submission.notebooks):
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        # An extension also makes an entry, for a student who has yet to hand in.
        if submission.timestamp is None and not any(_has_points(grade) for grade in grades):
            return absent
        waiting = [
            grade for grade in grades if grade.needs_manual_grade and grade.manual_score is None
        ]
        return replace(
            absent,
            state=_state(grades, waiting),
            marks={grade.name: None if grade in waiting else grade.score for grade in grades},
            late_penalty=submission.late_submission_penalty or 0.0,
            seconds_late=seconds_late(
                submission.timestamp, submission.assignment.duedate, submission.extension
            ),
            handed_in=submission.timestamp,
        )


def _state(grades: list[Grade], waiting: list[Grade]) -> str:
    # A test without points was not run to its end; nobody should mark it by hand.
    if not grades or any(grade.cell_type == "code" for grade in waiting):
        return NOT_GRADED
    return TO_MARK if waiting else COMPLETE


def _has_points(grade: Grade) -> bool:
    return grade.auto_score is not None or grade.manual_score is not None
