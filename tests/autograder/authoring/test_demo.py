"""The sample class from released notebook to report, with nbgrader in between."""

import copy
import json
import os
import re
import sys

import nbformat
import pytest
from typer.testing import CliRunner

from autograder.authoring.demo import ASSIGNMENT, STUDENTS, make_class
from autograder.cli import app
from autograder.exercises.catalogue import exercises_of
from autograder.gradebook.grade import grade
from autograder.pages.report import write_report

pytestmark = pytest.mark.slow

NAMED = {
    "dmitri": {"kl_loss": "missing_half", "vae_loss": "kl_loss_missing_half"},
    "elif": {"sample_latent": "variance_as_std", "kl_loss": "missing_half"},
    "farid": {"build_decoder": "relu_at_the_end"},
    "grace": {"vae_train_step": "encoder_left_alone"},
    "hiro": {"vae_loss": "kl_weight_fixed"},
    "ines": {"generation_loss": "arguments_swapped"},
}


def hand_in_damaged(classroom):
    """Maya hands in Ada's notebook with every kind of damage, Nils a file cut in half.

    Oleg hands in the blank notebook, with a function of his own that is called check.
    """
    (path,) = classroom.path("submitted", "ada", ASSIGNMENT).glob("*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    cells["check_kl_loss"].metadata.nbgrader.points = 1000
    cells["check_vae_loss"].source = "1000"
    cells["sample_latent"].metadata.pop("nbgrader")
    notebook.cells.remove(cells["check_build_decoder"])
    notebook.cells.append(copy.deepcopy(cells["kl_loss"]))
    (blank,) = classroom.path("submitted", "lars", ASSIGNMENT).glob("*.ipynb")
    helper = nbformat.read(blank, as_version=4)
    source = "def check(value, points=None):\n    print(value)"
    helper.cells.insert(3, nbformat.v4.new_code_cell(source))
    for student, text in {
        "maya": json.dumps(notebook),
        "nils": path.read_text()[:5000],
        "oleg": json.dumps(helper),
    }.items():
        folder = classroom.path("submitted", student, ASSIGNMENT)
        folder.mkdir(parents=True)
        (folder / path.name).write_text(text)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The class, and the result of each submission."""
    os.environ["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    classroom = make_class(len(STUDENTS), tmp_path_factory.mktemp("demo"))
    hand_in_damaged(classroom)
    results = {result.student: result for result in grade(classroom, ASSIGNMENT)}
    return classroom, results


def test_everybody_is_graded(demo):
    """All twelve submissions are graded; the one without answers is blank."""
    _, results = demo
    assert {results[name].status for name in STUDENTS if name != "lars"} == {"graded"}
    assert results["lars"].status == "blank"
    assert results["lars"].points == 0


@pytest.mark.parametrize("student", ["ada", "bela", "chandra"])
def test_right_answers_in_any_style_have_all_points(demo, student):
    """Answers in three styles get every point that the autograder gives."""
    marks = demo[1][student].marks
    assert all(points in (None, out_of) for points, out_of in marks.values())
    assert sum(points is None for points, _ in marks.values()) == 2


@pytest.mark.parametrize("student", NAMED)
def test_each_misconception_is_named(demo, student):
    """A mistake costs points only in its own function, and the verdict names it."""
    result = demo[1][student]
    for exercise, name in NAMED[student].items():
        assert result.verdicts[exercise].misconceptions[:1] == (name,)
        points, out_of = result.marks[f"check_{exercise}"]
        assert points < out_of
    assert result.verdicts["build_encoder"].fraction == 1


def test_a_crash_costs_its_function_only(demo):
    """Keiko's typo costs the encoder's points, and the verdict shows the line."""
    result = demo[1]["keiko"]
    assert result.verdicts["build_encoder"].fraction == 0
    assert "Modle" in result.verdicts["build_encoder"].findings[0].detail
    assert result.verdicts["vae_train_step"].fraction == 1


def test_a_damaged_notebook_is_repaired_and_keeps_its_marks(demo):
    """Copied, lost and forged cells neither cost nor earn Maya points, and are reported."""
    results = demo[1]
    assert results["maya"].status == "repaired"
    assert results["maya"].marks == results["ada"].marks
    for name in ("check_vae_loss", "check_build_decoder", "kl_loss"):
        assert name in results["maya"].detail


def test_a_test_cell_without_a_verdict_gives_nothing(demo):
    """A student's own function called check cannot replace the course's."""
    marks = demo[1]["oleg"].marks
    assert all(points == 0 for name, (points, _) in marks.items() if name.startswith("check_"))


def test_what_cannot_be_read_is_refused_and_stops_nobody(demo):
    """Half a file gets a reason instead of a mark, and no zero in the gradebook."""
    classroom, results = demo
    assert results["nils"].status == "refused"
    assert "hand it in again" in results["nils"].detail
    assert classroom.result(ASSIGNMENT, "nils").status == "not graded"


def test_feedback_says_why_and_shows_no_hidden_test(demo):
    """A student's page contains the sentence of the mistake, and the mark."""
    classroom, _ = demo
    (page,) = classroom.path("feedback", "farid", ASSIGNMENT).glob("*.html")
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", page.read_text()))
    assert "relu gives" in text
    assert "1 of 4 observations agree: 0.75 of 3 points" in text


def test_the_report_counts_and_links(demo):
    """The report names the mistakes with their sentences and links each student's feedback."""
    classroom, results = demo
    page = write_report(classroom, ASSIGNMENT, list(results.values()))
    text = page.read_text()
    farids = next(
        wrong
        for wrong in exercises_of(ASSIGNMENT)["build_decoder"].misconceptions
        if wrong.__name__ == "relu_at_the_end"
    )
    assert exercises_of(ASSIGNMENT)["build_decoder"].sentence(farids).replace("'", "&#39;") in text
    for student in set(STUDENTS) - {"lars"}:
        links = re.findall(rf'href="([^"#]+)#?[^"]*"><bdi>{student}<', text)
        assert links and all((page.parent / link).exists() for link in links)
    assert "24 written answers are still to be marked by hand" in text


def test_a_mark_given_by_hand_survives_a_regrade(demo):
    """Grading again keeps the marks that a person gave, and those of the autograder."""
    classroom, results = demo
    with classroom.api.gradebook as gradebook:
        found = gradebook.find_grade("without_kl", ASSIGNMENT, ASSIGNMENT, "ada")
        found.manual_score = 1.5
        found.needs_manual_grade = False
        gradebook.db.commit()
    (again,) = grade(classroom, ASSIGNMENT, ["ada"])
    assert again.points == results["ada"].points + 1.5
    assert again.marks["without_kl"] == (1.5, 2)


def test_grading_what_nobody_handed_in_says_so(tmp_path, monkeypatch):
    """An unknown assignment is one line, with the next step."""
    monkeypatch.setenv("CLASSROOM", str(tmp_path))
    outcome = CliRunner().invoke(app, ["grade", "a2_vae"])
    assert outcome.exit_code == 1
    assert "has no assignment 'a2_vae': run 'make build' and 'nbgrader generate" in outcome.output
