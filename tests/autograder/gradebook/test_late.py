"""What handing in late costs, compared with dates that are walked through one period at a time."""

import os

import nbformat
import pytest
from late_class import DAY, DUE, HOUR, policy, rows, stepped
from nbgrader.preprocessors import AssignLatePenalties

from autograder.gradebook.classroom import Classroom
from autograder.gradebook.late import LatePolicy, recompute, seconds_late
from autograder.text import duration

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("seconds", "traits", "points"),
    [
        (1, {"amount": 1}, 1),  # A day that has begun costs as much as a whole one.
        (86400, {"amount": 1}, 1),
        (86401, {"amount": 1}, 2),
        (86401, {"amount": 1, "most": 1.5}, 1.5),
        (5 * 86400, {"amount": 3}, 8),  # Never more than there is.
        (900, {"amount": 1, "grace_minutes": 15}, None),
        (901, {"amount": 1, "grace_minutes": 15}, 1),
        (86401, {"amount": 1, "grace_minutes": 15}, 2),  # Grace is no extension.
        (3601, {"amount": 0.5, "hours": 1}, 1),
        (1, {"penalty_method": "percent", "amount": 10}, 0.8),
        (3 * 86400, {"penalty_method": "percent", "amount": 10, "most": 25}, 2),
        (11 * 86400, {"penalty_method": "percent", "amount": 10}, 8),
        (1, {"penalty_method": "zero"}, 8),
        (86400, {"penalty_method": "none", "amount": 1}, None),
    ],
)
def test_each_period_that_has_begun_costs_its_amount(seconds, traits, points):
    """Computed by hand for a notebook with 8 points; exact to the second at the limits."""
    traits = {"penalty_method": "points"} | traits
    given = LatePolicy(**traits).late_submission_penalty("ada", 8.0, seconds)
    assert given == (points if points is None else pytest.approx(points))


def test_by_default_nothing_is_taken_off():
    """The course's own configuration names the policy, and the policy costs nothing."""
    config = Classroom().config
    assert config.AssignLatePenalties.plugin_class == "autograder.gradebook.late.LatePolicy"
    assert LatePolicy(config=config).late_submission_penalty("ada", 8.0, 1e6) is None


def test_without_a_date_nobody_is_late():
    """Without a time of handing in or a due date nothing is late, whatever the extension."""
    assert seconds_late(None, DUE, None) == seconds_late(DUE, None, DAY) == 0
    assert seconds_late(DUE + DAY, DUE, None) == 86400
    assert seconds_late(DUE + DAY, DUE, 2 * DAY) == 0


POLICIES = [
    ("points", {"amount": 1}),
    ("points", {"amount": 0.5, "hours": 12, "grace_minutes": 30, "most": 3}),
    ("percent", {"amount": 12.5, "most": 60}),
    ("zero", {"amount": 0, "grace_minutes": 60}),
    ("none", {"amount": 1}),
]


@pytest.mark.parametrize(("method", "traits"), POLICIES)
def test_penalties_follow_the_dates_in_the_gradebook(book, method, traits):
    """For forty students they equal the stepping oracle's, then nbgrader's own; no mark changes."""
    before = rows(book)
    told = {each.student: each for each in recompute(book, "a2_vae", policy(method, **traits))}
    after, late = rows(book), 0
    for student, (when, extension, points, penalty) in after.items():
        assert (when, extension, points) == before[student][:3]
        score = sum(auto or manual or 0 for auto, manual in points.values())
        wanted = stepped(when, DUE + extension, score, method, **traits)
        assert penalty == pytest.approx(wanted), student
        late += when > DUE + extension
        if student in told:
            assert told[student].penalty == penalty
    assert len(told) == late > 15
    ids = {"notebook": "a2_vae", "assignment": "a2_vae", "db_url": os.environ["GRADEBOOK"]}
    for student in after:
        step = AssignLatePenalties(config=policy(method, **traits))
        step.preprocess(nbformat.v4.new_notebook(), {"nbgrader": ids | {"student": student}})
    assert rows(book) == after


def test_a_second_look_changes_nothing(book):
    """Computed again from the same dates, each penalty is the same."""
    config = policy(amount=1)
    recompute(book, "a2_vae", config)
    assert all(each.penalty == each.before for each in recompute(book, "a2_vae", config))


def test_a_mark_given_by_hand_afterwards_counts(book):
    """Percentages and the cap at all points use the points of now, not those of the grading."""
    (submission,) = [
        each for each in book.assignment_submissions("a2_vae") if each.student_id == "student01"
    ]
    submission.timestamp = DUE + HOUR
    written = {grade_.name: grade_ for grade_ in submission.notebooks[0].grades}
    for name, points in [("check_kl_loss", 1), ("check_vae_loss", 0)]:
        written[name].auto_score = points
    written["why"].manual_score, written["why"].needs_manual_grade = None, True
    book.db.commit()

    def penalty(**traits):
        recompute(book, "a2_vae", policy(**traits))
        return rows(book)["student01"][3]

    assert penalty(method="percent", amount=10) == pytest.approx(0.1)
    assert penalty(amount=2) == 1
    written["why"].manual_score, written["why"].needs_manual_grade = 2, False
    book.db.commit()
    assert penalty(method="percent", amount=10) == pytest.approx(0.3)
    assert penalty(amount=2) == 2
    assert rows(book)["student01"][2]["why"] == (None, 2)


def test_a_time_is_said_in_days_hours_and_minutes():
    """Nothing is less than a minute, and what is 0 is left out."""
    assert [duration(s) for s in (1, 3600, 90000, 172860)] == [
        "1 min",
        "1 h",
        "1 d 1 h",
        "2 d 1 min",
    ]
