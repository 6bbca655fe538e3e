"""What handing in late costs, beside dates that are stepped through one period at a time."""

import datetime
import functools
import os
import random
import zoneinfo

import nbformat
import pytest
from gradebooks import KINDS, new_gradebook, place_for
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from plain_class import make_plain_class
from traitlets.config import Config
from typer.testing import CliRunner

from autograder.cli import app
from autograder.errors import UsageError
from autograder.gradebook import classroom as classrooms
from autograder.gradebook.grade import grade
from autograder.gradebook.late import LatePolicy, extend, extension_until, recompute, seconds_late
from autograder.lms.exporters import SpreadsheetExporter
from autograder.lms.spreadsheet import read_csv
from autograder.text import duration

CELLS = {"check_kl_loss": (3, "code"), "check_vae_loss": (4, "code"), "why": (2, "markdown")}
DUE = datetime.datetime(2026, 10, 24, 12)  # UTC; clocks in Europe go back in the night after it.
DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)
NOBODY = datetime.timedelta()


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
    """Of a notebook with 8 points, worked out by hand; to the second at the borders."""
    traits = {"penalty_method": "points"} | traits
    given = LatePolicy(**traits).late_submission_penalty("ada", 8.0, seconds)
    assert given == (points if points is None else pytest.approx(points))


def test_by_default_nothing_is_taken_off():
    """The course's own configuration names the policy, and the policy costs nothing."""
    config = classrooms.Classroom().config
    assert config.AssignLatePenalties.plugin_class == "autograder.gradebook.late.LatePolicy"
    assert LatePolicy(config=config).late_submission_penalty("ada", 8.0, 1e6) is None


def test_without_a_date_nobody_is_late():
    """No time of handing in, or no due date whatever the extension, is in time."""
    assert seconds_late(None, DUE, None) == seconds_late(DUE, None, DAY) == 0
    assert seconds_late(DUE + DAY, DUE, None) == 86400
    assert seconds_late(DUE + DAY, DUE, 2 * DAY) == 0


@pytest.fixture(scope="module", params=KINDS)
def database(request, tmp_path_factory):
    """The place of a gradebook with forty submissions around the due date, some extended."""
    place = place_for(request, tmp_path_factory.mktemp("books"))
    rng = random.Random(5)
    with new_gradebook(place.url, DUE, CELLS) as book:
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
    return place


@pytest.fixture
def book(database, tmp_path, monkeypatch):
    """A copy of that gradebook, open, and a class around it."""
    monkeypatch.setenv("CLASSROOM", str(tmp_path))
    monkeypatch.setenv("GRADEBOOK", database.copy(tmp_path))
    with Gradebook(os.environ["GRADEBOOK"], "generative-models") as opened:
        yield opened


def rows(book):
    """By student: time, extension, points by cell, penalty, as they stand in the gradebook."""
    book.db.expire_all()
    return {
        each.student_id: (
            each.timestamp,
            each.extension or NOBODY,
            {grade_.name: (grade_.auto_score, grade_.manual_score) for grade_ in part.grades},
            part.late_submission_penalty or 0,
        )
        for each in book.assignment_submissions("a2_vae")
        for part in each.notebooks
    }


POLICIES = [
    ("points", {"amount": 1}),
    ("points", {"amount": 0.5, "hours": 12, "grace_minutes": 30, "most": 3}),
    ("percent", {"amount": 12.5, "most": 60}),
    ("zero", {"amount": 0, "grace_minutes": 60}),
    ("none", {"amount": 1}),
]


@pytest.mark.parametrize(("method", "traits"), POLICIES)
def test_penalties_follow_the_dates_in_the_gradebook(book, method, traits):
    """Forty students beside the stepping oracle, then beside nbgrader's own step, and no mark
    is touched."""
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
    """Worked out again from the same dates, each penalty is what it was."""
    config = policy(amount=1)
    recompute(book, "a2_vae", config)
    assert all(each.penalty == each.before for each in recompute(book, "a2_vae", config))


def test_an_extension_a_due_date_and_a_policy_count_afterwards(book):
    """Granted, taken back, moved for all, and given up: each penalty follows at once."""
    config = policy(amount=1)
    recompute(book, "a2_vae", config)
    student = max(rows(book), key=lambda each: rows(book)[each][3])
    first = rows(book)[student]

    def penalty(config=config):
        recompute(book, "a2_vae", config)
        return rows(book)[student][3]

    assert first[3] >= 2
    extend(book, "a2_vae", student, first[0] - DUE)
    assert penalty() == 0
    extend(book, "a2_vae", student, first[0] - DUE - HOUR)
    assert penalty() == 1
    extend(book, "a2_vae", student, NOBODY)
    assert rows(book)[student][1] == NOBODY
    assert penalty() == stepped(first[0], DUE, 9, "points", 1, most=first[3])
    book.update_or_create_assignment("a2_vae", duedate=first[0] - HOUR)
    assert penalty() == 1
    assert penalty(policy("none")) == 0
    assert sum(each[3] for each in rows(book).values()) == 0


def test_a_mark_given_by_hand_afterwards_counts(book):
    """Ten per cent and a cap at all points are of what is there now, not when it was graded."""
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


def test_until_is_a_time_at_a_place(book):
    """Noon in Berlin two days on is 47 hours after noon UTC, for the clocks went back."""
    berlin = extension_until(book, "a2_vae", "2026-10-26 12:00 Europe/Berlin")
    moment = datetime.datetime(2026, 10, 26, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    assert DUE + berlin == moment.astimezone(datetime.UTC).replace(tzinfo=None)
    assert berlin == 47 * HOUR
    assert extension_until(book, "a2_vae", "2026-10-26 12:00 UTC") == 2 * DAY


@pytest.mark.parametrize(
    "until", ["2026-10-26 12:00", "2026-10-26 12:00 Mars/Base", "soon UTC", "tomorrow", "", "a /"]
)
def test_a_time_that_could_be_another_is_refused(book, until):
    """Without a zone, in an unknown one or in words: the message shows how it is written."""
    with pytest.raises(UsageError, match="with its zone, as '2026-12-01 23:59 Europe/Berlin', got"):
        extension_until(book, "a2_vae", until)


def test_extensions_that_cannot_be_are_refused(book):
    """Nobody of that name, less time than the others, no due date: a line each, nothing done."""
    before = rows(book)
    with pytest.raises(UsageError, match="no student zoe: 'nbgrader db student add zoe'"):
        extend(book, "a2_vae", "zoe", DAY)
    with pytest.raises(UsageError, match="no less than 0, got -1 days"):
        extend(book, "a2_vae", "student01", -DAY)
    with pytest.raises(UsageError, match=r"due at 2026-10-24 12:00 UTC, after 2026-10-24 11"):
        extension_until(book, "a2_vae", "2026-10-24 11:00 UTC")
    assert rows(book) == before
    book.update_or_create_assignment("a2_vae", duedate=None)
    with pytest.raises(UsageError, match="a2_vae has no due date: nbgrader db assignment add"):
        extend(book, "a2_vae", "student01", DAY)
    assert recompute(book, "a2_vae", policy(amount=1)) == []


def test_an_extension_waits_for_who_has_yet_to_hand_in(book, tmp_path):
    """Until then exports say that nothing was handed in; then the extension counts."""
    book.add_student("zoe")
    assert extend(book, "a2_vae", "zoe", 2 * DAY) == DUE + 2 * DAY
    exporter = SpreadsheetExporter(to=str(tmp_path / "all.csv"), assignment=["a2_vae"])
    exporter.write(book)
    header, *lines = read_csv(tmp_path / "all.csv")
    (zoe,) = [dict(zip(header, line)) for line in lines if "zoe" in line]
    assert (zoe["state"], zoe["points"]) == ("nothing handed in", "")
    # As nbgrader's Autograde does it.
    book.update_or_create_submission("a2_vae", "zoe", timestamp=DUE + 2 * DAY)
    assert "zoe" not in [each.student for each in recompute(book, "a2_vae", policy(amount=1))]
    book.update_or_create_submission("a2_vae", "zoe", timestamp=DUE + 2 * DAY + HOUR)
    (late,) = [
        each for each in recompute(book, "a2_vae", policy(amount=1)) if each.student == "zoe"
    ]
    assert late.seconds == 3600


@pytest.fixture
def one_a_day(monkeypatch):
    """The commands with a point off a day."""
    overrides = {"LatePolicy": {"penalty_method": "points", "amount": 1}}
    monkeypatch.setattr(
        classrooms, "Classroom", functools.partial(classrooms.Classroom, overrides=overrides)
    )


@pytest.mark.usefixtures("one_a_day")
def test_the_commands_say_who_is_late_and_what_it_costs(book):
    """A line a late student, with what changed; --until and --days exclude each other."""
    (student, *_), late = rows(book), policy(amount=1)
    told = CliRunner().invoke(app, ["late", "a2_vae"])
    assert told.exit_code == 0, told.output
    assert len(told.output.splitlines()) == len(recompute(book, "a2_vae", late))
    run = CliRunner().invoke(app, ["extend", "a2_vae", student, "--days", "30", "--hours", "1"])
    assert run.exit_code == 0, run.output
    assert f"a2_vae is due for {student} at 2026-11-23 13:00 UTC\n" in run.output
    both = CliRunner().invoke(app, ["extend", "a2_vae", student, "--days", "1", "--until", "x"])
    assert both.exit_code == 1 and "and not both" in both.output
    neither = CliRunner().invoke(app, ["extend", "a2_vae", student])
    assert neither.exit_code == 1 and "how long?" in neither.output
    assert rows(book)[student][1:4:2] == (30 * DAY + HOUR, 0)


def test_a_time_is_said_in_days_hours_and_minutes():
    """Nothing is less than a minute, and what is 0 is left out."""
    assert [duration(s) for s in (1, 3600, 90000, 172860)] == [
        "1 min",
        "1 h",
        "1 d 1 h",
        "2 d 1 min",
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("either_gradebook")
def test_feedback_follows_an_extension_without_running_anything(tmp_path):
    """Late costs a point on the page; extended, it does not, and nothing was graded again."""
    classroom = make_plain_class(tmp_path, {"ada": "return 2 * x", "bela": "return 2 * x"})
    with classroom.api.gradebook as gradebook:
        gradebook.update_or_create_assignment("own", duedate=DUE)
    for student, late in [("ada", 3 * HOUR), ("bela", NOBODY)]:
        stamp = classroom.path("submitted", student, "own") / "timestamp.txt"
        stamp.write_text(f"{DUE + late:%Y-%m-%d %H:%M:%S} UTC")
    overrides = classroom.overrides | {"LatePolicy": {"penalty_method": "points", "amount": 1}}
    classroom = classrooms.Classroom(tmp_path, overrides)
    assert len(list(grade(classroom, "own"))) == 2
    graded = [classroom.path("autograded", each, "own") / "own.ipynb" for each in ("ada", "bela")]
    pages = [classroom.path("feedback", each, "own") / "own.html" for each in ("ada", "bela")]
    times = [[path.stat().st_mtime_ns for path in paths] for paths in (graded, pages)]

    def penalties():
        with classroom.api.gradebook as gradebook:
            found = gradebook.assignment_submissions("own")
            return {each.student_id: each.late_submission_penalty for each in found}

    assert penalties() == {"ada": 1, "bela": 0}
    told = pages[0].read_text()
    with classroom.api.gradebook as gradebook:
        extend(gradebook, "own", "ada", DAY)
    assert len(list(grade(classroom, "own"))) == 2
    assert penalties() == {"ada": 0, "bela": 0}
    assert pages[0].read_text() != told
    assert [path.stat().st_mtime_ns for path in graded] == times[0]
    assert pages[1].stat().st_mtime_ns == times[1][1]
