"""The promises about an exercise's files: no marks left, right answers, and the release."""

import shutil

import pytest

from autograder import ROOT
from autograder.authoring.case import Case
from autograder.authoring.promises import PROMISES
from autograder.exercises.catalogue import exercises_of


@pytest.fixture
def course(tmp_path):
    """The files of assignment a1_distances that the promises about files read."""
    for name in ("solutions/a1_distances.py", "course/distances.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def norm(course):
    """``lp_norm`` of that course."""
    return Case("a1_distances", exercises_of("a1_distances")["lp_norm"], root=course)


def edit(path, old, new):
    """Replace a piece of a text that must be there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_line_of_the_body_in_a_release_is_named(course):
    """A given cell that holds a line of the reference is named, and so is a stale release."""
    solutions = course / "solutions/a1_distances.py"
    line = "magnitudes = np.abs(np.asarray(x, dtype=float))"
    edit(solutions, "# ## A density", f"# ## A density\n#\n# Begin with `{line}`.")
    told, stale = PROMISES["release does not tell"](norm(course))
    assert (told.what, told.got) == ("the release gives away a line of the answer", line)
    assert stale.what == "the released notebook is not what its text makes"


def test_a_mark_that_is_left_is_named(course):
    """A place that new-exercise marked is named with its line, until it is filled in."""
    edit(course / "solutions/a1_distances.py", "# ## A density", "# ## FILL IN lp_norm: a title.")
    (breach,) = PROMISES["filled in"](norm(course))
    assert breach.where.startswith("solutions/a1_distances.py:")
    assert breach.expected == "a title"


def test_styles_that_are_wrong_or_missing_are_named(course):
    """The breach counts the right answers if they are too few, and names one that loses points."""
    assert "too few" in next(PROMISES["styles have all points"](norm(course))).what
    (course / "tests/styles").mkdir(parents=True)
    (course / "tests/styles/lp_norm.py").write_text(
        'def lp_norm(x, p):\n    """Wrong."""\n    return 0\n\n\n'
        'STYLES = {"lp_norm": [lp_norm] * 5}\n'
    )
    first = next(PROMISES["styles have all points"](norm(course)))
    assert first.what == "a right answer loses points at seed 12: Wrong."
    assert first.where == "tests/styles/lp_norm.py:1"
