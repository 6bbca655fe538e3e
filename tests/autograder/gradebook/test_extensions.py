"""More time for one student or for all: penalties, exports and feedback follow."""

import datetime
import functools
import zoneinfo

import pytest
from late_class import DAY, DUE, HOUR, NO_TIME, policy, rows, stepped
from plain_class import make_plain_class
from typer.testing import CliRunner

from autograder.cli import app
from autograder.errors import UsageError
from autograder.gradebook import classroom as classrooms
from autograder.gradebook.grade import grade
from autograder.gradebook.late import extend, extension_until, recompute
from autograder.lms.exporters import SpreadsheetExporter
from autograder.lms.spreadsheet import read_csv

pytestmark = pytest.mark.slow


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
    extend(book, "a2_vae", student, NO_TIME)
    assert rows(book)[student][1] == NO_TIME
    assert penalty() == stepped(first[0], DUE, 9, "points", 1, most=first[3])
    book.update_or_create_assignment("a2_vae", duedate=first[0] - HOUR)
    assert penalty() == 1
    assert penalty(policy("none")) == 0
    assert sum(each[3] for each in rows(book).values()) == 0


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
    with pytest.raises(
        UsageError, match="with its zone, such as '2026-12-01 23:59 Europe/Berlin', got"
    ):
        extension_until(book, "a2_vae", until)


def test_extensions_that_cannot_be_are_refused(book):
    """Nobody of that name, less time than the others, no due date: a line each, nothing done."""
    before = rows(book)
    with pytest.raises(
        UsageError, match=r"no student zoe\. To add them, run 'nbgrader db student add zoe'"
    ):
        extend(book, "a2_vae", "zoe", DAY)
    with pytest.raises(UsageError, match="at least 0 days, got -1 days"):
        extend(book, "a2_vae", "student01", -DAY)
    with pytest.raises(
        UsageError, match=r"after its due date, 2026-10-24 12:00 UTC; got 2026-10-24 11"
    ):
        extension_until(book, "a2_vae", "2026-10-24 11:00 UTC")
    assert rows(book) == before
    book.update_or_create_assignment("a2_vae", duedate=None)
    with pytest.raises(
        UsageError,
        match=r"a2_vae has no due date\. Set it in .* 'nbgrader db assignment add a2_vae ",
    ):
        extend(book, "a2_vae", "student01", DAY)
    assert recompute(book, "a2_vae", policy(amount=1)) == []


def test_an_extension_waits_for_a_student_who_has_yet_to_hand_in(book, tmp_path):
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
    assert both.exit_code == 1 and "give either --days and --hours" in both.output
    neither = CliRunner().invoke(app, ["extend", "a2_vae", student])
    assert neither.exit_code == 1 and "give either --days and --hours" in neither.output
    assert rows(book)[student][1:4:2] == (30 * DAY + HOUR, 0)


@pytest.mark.slow
@pytest.mark.usefixtures("either_gradebook")
def test_feedback_follows_an_extension_without_running_anything(tmp_path):
    """Late costs a point on the page; extended, it does not, and nothing was graded again."""
    classroom = make_plain_class(tmp_path, {"ada": "return 2 * x", "bela": "return 2 * x"})
    with classroom.api.gradebook as gradebook:
        gradebook.update_or_create_assignment("own", duedate=DUE)
    for student, late in [("ada", 3 * HOUR), ("bela", NO_TIME)]:
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
