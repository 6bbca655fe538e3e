"""From text to notebook: each function is shown in three ways, with the same bytes each time."""

import json
import shutil

import nbformat
import pytest

from autograder import ROOT
from autograder.authoring.build import build, derived_files, stale_files
from autograder.errors import AuthorError

MODULE = '''"""A module of the course."""

import numpy as np


def double(x):
    """Twice x."""
    # As the slide has it.
    y = np.multiply(x, 2)
    return y
'''
LECTURE = """# %% [markdown]
# # A lecture

# %%
import numpy as np

# %%
from course.tiny import double  # inline

# %%
double(3)
"""


@pytest.fixture
def course(tmp_path):
    """A course of one lecture and one assignment in a folder of its own."""
    for name, text in {"course/tiny.py": MODULE, "notebooks/lectures/01_tiny.py": LECTURE}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "solutions").mkdir()
    shutil.copy(ROOT / "solutions/a1_distances.py", tmp_path / "solutions")
    shutil.copy(ROOT / "course/distances.py", tmp_path / "course")
    return tmp_path


LECTURE_PATH = "notebooks/lectures/01_tiny.ipynb"
RELEASE_PATH = "notebooks/assignments/a1_distances/a1_distances.ipynb"


def edit(path, old, new):
    """Replace a piece of a text that must be there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_every_committed_notebook_is_what_its_source_makes():
    """Rebuilding the course changes no byte of what is committed."""
    assert stale_files() == []


def test_two_builds_have_the_same_bytes(course):
    """Cell ids and metadata come from the content, not from chance or the clock."""
    assert derived_files(course) == derived_files(course)


def test_a_lecture_shows_the_whole_function(course):
    """The import line becomes the function, docstring and comments included."""
    build(course)
    notebook = nbformat.read(course / LECTURE_PATH, as_version=4)
    assert notebook.cells[2].source == MODULE.partition("np\n\n\n")[2].strip()
    assert all(not cell.get("outputs") for cell in notebook.cells)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_an_assignment_asks_for_the_body_only(course):
    """The release keeps signature and docstring; the instructor's notebook has the body."""
    build(course)
    released = {c.id: c for c in nbformat.read(course / RELEASE_PATH, as_version=4).cells}
    answers = nbformat.read(course / "solutions/a1_distances/a1_distances.ipynb", as_version=4)
    (answer,) = (cell for cell in answers.cells if cell.id == "kl_gaussian")
    assert released["kl_gaussian"].source.startswith('def kl_gaussian(mu, log_var):\n    """KL')
    assert released["kl_gaussian"].source.endswith(
        "# YOUR CODE HERE\n    raise NotImplementedError()"
    )
    assert "np.expm1" in answer.source
    assert "np.expm1" not in json.dumps(released)
    assert released["check_kl_gaussian"].metadata.nbgrader.points == 3
    assert released["two_forces"].source.endswith("YOUR ANSWER HERE")


def test_a_second_build_writes_nothing(course):
    """Files that are up to date are not written again."""
    assert len(build(course)[0]) == 3
    assert build(course) == ([], [])


def test_a_changed_reference_makes_its_notebooks_stale(course):
    """The notebooks that show a changed function are stale, and are built again."""
    build(course)
    edit(course / "course/tiny.py", "np.multiply(x, 2)", "np.add(x, x)")
    assert stale_files(course) == [LECTURE_PATH, "notebooks/built.json"]
    assert build(course) == ([LECTURE_PATH], [])
    assert "np.add" in (course / LECTURE_PATH).read_text()


def test_a_notebook_that_a_person_edited_is_kept(course):
    """Edits in a built notebook survive a build, unless the author asks to overwrite them."""
    build(course)
    edit(course / RELEASE_PATH, "raise NotImplementedError()", "return 1")
    mine = (course / RELEASE_PATH).read_bytes()
    edit(course / "solutions/a1_distances.py", "# # Assignment 1", "# # The first assignment")
    written, kept = build(course)
    assert (kept, (course / RELEASE_PATH).read_bytes()) == ([RELEASE_PATH], mine)
    assert "solutions/a1_distances/a1_distances.ipynb" in written
    assert build(course)[1] == [RELEASE_PATH]
    assert build(course, overwrite=True) == ([RELEASE_PATH], [])


AUTHOR_ERRORS = {
    "function missing": (
        ("from course.tiny import double  # inline", "from course.tiny import triple  # inline"),
        r"01_tiny\.py:7: no function or class triple in course/tiny\.py",
    ),
    "module missing": (
        ("course.tiny import double", "course.teeny import double"),
        r"01_tiny\.py:7: no module course\.teeny: course/teeny\.py does not exist",
    ),
    "name not imported": (
        ("import numpy as np\n", "import numpy\n"),
        r"01_tiny\.py:7: double uses np, which no cell before it binds: import it as course\.tiny",
    ),
    "directive misspelt": (
        ("# inline", "#inline"),
        r"01_tiny\.py:7: this line is not a directive: .*expected 'from package\.module import",
    ),
    "not Python": (("double(3)", "double(3"), r"01_tiny\.py:10: not Python: '\(' was never closed"),
    "no first cell": (
        ("# %% [markdown]\n", "# Title\n# %%\n", 1),
        r"01_tiny\.py:1: the first line",
    ),
}


@pytest.mark.parametrize(("change", "message"), AUTHOR_ERRORS.values(), ids=AUTHOR_ERRORS)
def test_lecture_errors_name_file_and_line(course, change, message):
    """An author's mistake is reported with file and line, and nothing is written."""
    path = course / "notebooks/lectures/01_tiny.py"
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(AuthorError, match=message):
        build(course)
    assert not (course / LECTURE_PATH).exists()


ASSIGNMENT_ERRORS = {
    "check of nothing": (
        ("check(kl_gaussian, points=3)", "check(kl_gausian, points=3)"),
        r"a1_distances has no exercise 'kl_gausian'; there are .*lp_norm",
    ),
    "no points": (
        ("check(kl_gaussian, points=3)", "check(kl_gaussian)"),
        r"points must be a number above 0, got None",
    ),
    "points as text": (
        ("check(kl_gaussian, points=3)", "check(kl_gaussian, points='3')"),
        r"points must be a number above 0, got '3'",
    ),
    "exercise left out": (
        ("from course.distances import kl_gaussian  # inline: solution", "pass"),
        r"a1_distances\.py:1: exercise kl_gaussian has no cell kl_gaussian",
    ),
    "grade_id twice": (
        ('"grade_id": "two_forces"', '"grade_id": "why_not_symmetric"'),
        r"\(why_not_symmetric\): grade_id 'why_not_symmetric' is used twice",
    ),
    "unknown key": (
        ('"grade_id": "two_forces"', '"grade-id": "two_forces"'),
        r"unknown nbgrader keys \['grade-id'\]",
    ),
}


@pytest.mark.parametrize(("change", "message"), ASSIGNMENT_ERRORS.values(), ids=ASSIGNMENT_ERRORS)
def test_assignment_errors_say_what_is_expected(course, change, message):
    """An author's mistake in an assignment is reported, with its grade_id where it has one."""
    edit(course / "solutions/a1_distances.py", *change)
    with pytest.raises(AuthorError, match=message):
        build(course)


@pytest.mark.slow
@pytest.mark.usefixtures("instructor_notebooks")
def test_the_release_is_nbgraders_own(tmp_path):
    """``nbgrader generate_assignment`` makes the released notebook to the byte."""
    import os
    import subprocess
    import sys

    config = (
        "c = get_config()\n"
        f"c.CourseDirectory.root = {str(tmp_path)!r}\n"
        f"c.CourseDirectory.source_directory = {str(ROOT / 'solutions')!r}\n"
    )
    (tmp_path / "nbgrader_config.py").write_text(config)
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", "a1_distances"],
        cwd=tmp_path, env=os.environ | {"PATH": path}, check=True, capture_output=True,
    )  # fmt: skip
    made = (tmp_path / "release/a1_distances/a1_distances.ipynb").read_bytes()
    assert made.rstrip() == (ROOT / RELEASE_PATH).read_bytes().rstrip()
