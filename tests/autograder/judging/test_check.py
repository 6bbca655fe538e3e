"""``check`` as a student meets it: in a script, in a notebook, under Validate."""

import subprocess
import sys

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from autograder.check import check
from autograder.errors import UsageError
from autograder.judging.display import VERDICT_MIME, as_html
from course import distances


def kl_gaussian(mu, log_var):
    """Averaged where it should be summed."""
    return 0.5 * np.mean(mu**2 + np.exp(log_var) - 1 - log_var, axis=-1)


def lp_norm(x, p):
    """Right, in another style."""
    if p < 1:
        raise ValueError("not a norm")
    return np.linalg.norm(x, ord=p)


def test_a_mistake_is_told_in_words(capsys):
    """Points, observations and the sentence of the misconception are printed outside notebooks."""
    assert check(kl_gaussian, points=3) == 0.6
    printed = capsys.readouterr().out
    assert "kl_gaussian: 1 of 5 observations agree: 0.6 of 3 points" in printed
    assert "You averaged over the latent dimensions." in printed
    assert "differs  five Gaussians, k = 3" in printed


def test_a_right_answer_has_all_points(capsys):
    """A right answer gets a number that nbgrader reads as full credit."""
    assert check(lp_norm, points=2) == 2
    assert "differs" not in capsys.readouterr().out


def test_without_points_the_verdict_itself_comes_back():
    """A self-learner gets the verdict; its text says the same as its display."""
    verdict = check(lp_norm)
    assert str(verdict) == verdict._repr_mimebundle_()["text/plain"]
    assert verdict.fraction == 1


def test_a_word_on_stderr_does_not_cost_the_points(capsys):
    """What a right function prints to stderr goes to stdout, where nbgrader lets it pass."""

    def lp_norm(x, p):
        print("computing", file=sys.stderr)
        return distances.lp_norm(x, p)

    assert check(lp_norm, points=2) == 2
    assert capsys.readouterr().err == ""


def test_html_escapes_what_students_wrote():
    """Text of a student's exception cannot become markup."""

    def lp_norm(x, p):
        raise ValueError("<script>alert(1)</script>")

    html = as_html(check(lp_norm))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (3.0, r"check takes the function itself, as in check\(lp_norm\), got 3\.0"),
        (lambda x, p: 0, r"no exercise asks for a function '<lambda>'; there are .*lp_norm"),
        (distances.lp_norm, r"this lp_norm is the course's own \(course\.distances\)"),
    ],
)
def test_what_cannot_be_checked_is_refused(wrong, message):
    """Numbers, unknown names and the reference itself are refused with what to do."""
    with pytest.raises(UsageError, match=message):
        check(wrong)


def test_checking_numpy_exercises_does_not_import_tensorflow():
    """The first assignment is checked without waiting for TensorFlow."""
    code = (
        "import sys\n"
        "from autograder.check import check\n"
        "def lp_norm(x, p):\n    return 0.0\n"
        "check(lp_norm)\n"
        "print('tensorflow' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def run_cell(source, monkeypatch=None, **environment):
    """Outputs of one cell in a real kernel."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(
        notebook,
        kernel_name="python3",
        allow_errors=True,
        extra_arguments=["--log-level=ERROR"],
    ).execute()
    return notebook.cells[0].outputs


CELL = """
from autograder.check import check
def lp_norm(x, p):
    return sum(abs(x) ** p)
check(lp_norm, points=2)
"""


@pytest.mark.slow
def test_in_a_notebook_the_verdict_is_shown_and_the_points_come_last():
    """nbgrader finds a number as result, the reader a table, the report the facts."""
    shown, result = run_cell(CELL)
    assert {"text/plain", "text/html", VERDICT_MIME} <= set(shown.data)
    assert result.data["text/plain"] == "0.33"


@pytest.mark.slow
def test_validate_shows_the_verdict_as_the_cells_error(monkeypatch):
    """nbgrader's Validate shows nothing but errors, so there the verdict is one."""
    (error,) = run_cell(CELL, monkeypatch, NBGRADER_EXECUTION="validate")
    assert error.output_type == "error"
    assert "You did not take the p-th root" in "\n".join(error.traceback)
    assert "Traceback" not in "\n".join(error.traceback)
