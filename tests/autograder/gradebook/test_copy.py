"""A gradebook is copied to another database, where SQLAlchemy reads the same rows."""

import datetime
import os

import pytest
import sqlalchemy
from gradebooks import KINDS, new_gradebook, place_for
from nbgrader.api import Base, Gradebook
from typer.testing import CliRunner

from autograder.cli import app
from autograder.errors import UsageError
from autograder.gradebook.copy import copy_gradebook

pytestmark = pytest.mark.slow

DUE = datetime.datetime(2026, 10, 24, 12, 30, 15)
CELLS = {"check_kl_loss": (3, "code"), "why": (2, "markdown")}


@pytest.fixture
def source(tmp_path):
    """URL of an SQLite gradebook with a mark, a comment, an extension and a time."""
    with new_gradebook(f"sqlite:///{tmp_path}/gradebook.db", DUE, CELLS) as book:
        book.add_solution_cell("why", "a2_vae", "a2_vae")
        for number in range(3):
            book.add_student(f"student{number}", first_name="Ådå")
            submission = book.add_submission("a2_vae", f"student{number}", timestamp=DUE)
        book.grant_extension("a2_vae", "student2", days=1, minutes=30)
        (notebook,) = submission.notebooks
        book.find_grade("why", "a2_vae", "a2_vae", "student2").manual_score = 1.25
        notebook.comments[0].manual_comment = "Say it shorter.\n"
        book.db.commit()
    return f"sqlite:///{tmp_path}/gradebook.db"


@pytest.fixture(params=KINDS)
def target(request, tmp_path):
    """URL of another database, which is empty."""
    folder = tmp_path / "new"
    folder.mkdir()
    return place_for(request, folder).url


def content(url):
    """All rows by table."""
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as database:
        rows = {
            table.name: sorted(map(repr, database.execute(sqlalchemy.select(table)).all()))
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return rows


def test_all_of_it_arrives_and_the_old_one_stays(source, target, tmp_path, monkeypatch):
    """Every row of every table is the same in both, and nbgrader reads marks and extension."""
    before = content(source)
    monkeypatch.setenv("CLASSROOM", str(tmp_path))
    run = CliRunner().invoke(app, ["copy-gradebook", target])
    assert run.exit_code == 0, run.output
    assert (
        "copied: 3 rows of student, 3 rows of submitted_assignment, 6 rows of grade" in run.output
    )
    assert content(source) == before
    assert content(target) == before
    with Gradebook(target, "generative-models") as book:
        submission = book.find_submission("a2_vae", "student2")
        assert submission.duedate == DUE + datetime.timedelta(days=1, minutes=30)
        assert submission.timestamp == DUE
        assert book.find_grade("why", "a2_vae", "a2_vae", "student2").manual_score == 1.25
        book.add_student("later")


def test_a_gradebook_with_marks_is_not_overwritten(source, target):
    """A second copy is refused, and the first stays whole."""
    copy_gradebook(source, target)
    with pytest.raises(
        UsageError, match=r"not empty: its table course has rows\. Give the URL of an empty"
    ):
        copy_gradebook(source, target)
    assert content(target) == content(source)


def test_a_database_that_is_not_there_is_named(source, tmp_path):
    """One line with the reason, and nothing was made."""
    with pytest.raises(UsageError, match="the gradebook cannot be copied: "):
        copy_gradebook(source, f"postgresql+psycopg:///nobody?host={tmp_path}")
    with pytest.raises(UsageError, match="the gradebook cannot be copied: "):
        copy_gradebook(f"sqlite:///{tmp_path}/no/gradebook.db", f"sqlite:///{tmp_path}/copy.db")
    assert not os.path.exists(tmp_path / "no")
