"""A gradebook with forty submissions around the due date, policies for it, and an oracle."""

import datetime
import random

from gradebooks import new_gradebook
from traitlets.config import Config

__all__ = ["DAY", "DUE", "HOUR", "NO_TIME", "fill_gradebook", "policy", "rows", "stepped"]

CELLS = {"check_kl_loss": (3, "code"), "check_vae_loss": (4, "code"), "why": (2, "markdown")}
DUE = datetime.datetime(2026, 10, 24, 12)  # UTC; clocks in Europe go back in the night after it.
DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)
NO_TIME = datetime.timedelta()


def policy(method="points", **traits):
    """nbgrader's configuration with a policy."""
    return Config(
        AssignLatePenalties={"plugin_class": "autograder.gradebook.late.LatePolicy"},
        LatePolicy={"penalty_method": method} | traits,
    )


def stepped(submitted, deadline, score, method, amount, hours=24, grace_minutes=0, most=1e9):
    """Points off, by walking from the deadline to the submission, a period at a time."""
    if method == "none" or submitted <= deadline + datetime.timedelta(minutes=grace_minutes):
        return 0
    begun = 0
    while deadline + begun * datetime.timedelta(hours=hours) < submitted:
        begun += 1
    taken = sum([amount] * begun)
    taken = most if taken > most else taken
    off = {"zero": score, "points": taken, "percent": taken * score / 100}[method]
    return score if off > score else off


def fill_gradebook(url):
    """Make the gradebook: some of the forty students have an extension."""
    rng = random.Random(5)
    with new_gradebook(url, DUE, CELLS) as book:
        for number in range(40):
            student = f"student{number:02}"
            book.add_student(student)
            when = DUE + datetime.timedelta(
                seconds=rng.choice([0, 1, rng.randint(-90_000, 900_000)])
            )
            submission = book.add_submission("a2_vae", student, timestamp=when)
            if number % 3 == 0:
                book.grant_extension("a2_vae", student, hours=rng.randint(1, 100))
            for grade_ in submission.notebooks[0].grades:
                field = "manual_score" if grade_.name == "why" else "auto_score"
                setattr(grade_, field, rng.choice([0, 1, 1.5, 2]))
                grade_.needs_manual_grade = False
        book.db.commit()


def rows(book):
    """By student: time, extension, points by cell, penalty, as they stand in the gradebook."""
    book.db.expire_all()
    return {
        each.student_id: (
            each.timestamp,
            each.extension or NO_TIME,
            {grade_.name: (grade_.auto_score, grade_.manual_score) for grade_ in part.grades},
            part.late_submission_penalty or 0,
        )
        for each in book.assignment_submissions("a2_vae")
        for part in each.notebooks
    }
