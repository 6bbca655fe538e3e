"""Another notebook of the course is refused by its name, an older release is said."""

import copy
import json
import random

import nbformat
import pytest
from nbgrader.utils import compute_checksum
from student_notebooks import FUNCTIONS, RELEASED, as_percent, assert_right, cell_of, grade_id_of

from autograder import ROOT
from autograder.errors import RefusedError
from autograder.submission.origin import LECTURES, RELEASES, require_answers, require_own
from autograder.submission.read import read_submission

ASSIGNMENTS = sorted(path.name for path in RELEASES.iterdir() if path.is_dir())
LECTURE_NAMES = sorted(path.stem for path in LECTURES.glob("*.ipynb"))
OWN = RELEASES / "a2_vae"


def without_grade_ids(notebook):
    """As Colab saves it: neither nbgrader's metadata nor ids."""
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)


def without_texts(notebook):
    """Each cell has another text, but is still told by its id."""
    for cell in notebook["cells"]:
        cell["source"] = "# " + cell["source"].replace("\n", "\n# ")


def cut_down(notebook):
    """Half of the cells are gone."""
    random.Random(0).shuffle(notebook["cells"])
    del notebook["cells"][len(notebook["cells"]) // 2 :]


def handed_in(tmp_path, notebook, name="a2_vae.ipynb"):
    """The submission that a notebook's JSON, or a script's text, becomes."""
    path = tmp_path / name
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook))
    return read_submission(path)


def course_notebook(path):
    """A notebook of the course as plain JSON."""
    return json.loads(json.dumps(nbformat.read(path, as_version=4)))


@pytest.mark.parametrize("asked", ASSIGNMENTS)
@pytest.mark.parametrize("change", [None, without_grade_ids, without_texts, cut_down])
def test_every_other_notebook_is_refused_by_its_name(tmp_path, asked, change):
    """Each lecture and each other assignment, even where its grade_ids, ids or texts are gone."""
    names = {name: RELEASES / name / f"{name}.ipynb" for name in ASSIGNMENTS if name != asked}
    names |= {f"the lecture {name}": LECTURES / f"{name}.ipynb" for name in LECTURE_NAMES}
    for name, path in names.items():
        notebook = course_notebook(path)
        if change is not None:
            change(notebook)
        submission = handed_in(tmp_path, notebook, f"{asked}.ipynb")
        with pytest.raises(RefusedError) as caught:
            require_own(submission, RELEASES / asked)
        assert f"{asked}.ipynb is the notebook of {name} (" in str(caught.value)
        assert str(caught.value).endswith(f"hand in {asked}.ipynb")


@pytest.mark.parametrize("asked", ASSIGNMENTS)
@pytest.mark.parametrize("change", [lambda _: None, without_grade_ids, without_texts, cut_down])
def test_the_assignments_own_notebook_is_not_refused(tmp_path, asked, change):
    """Nor is it after an editor lost some of what it is recognised by."""
    notebook = course_notebook(RELEASES / asked / f"{asked}.ipynb")
    change(notebook)
    submission = handed_in(tmp_path, notebook)
    assert require_own(submission, RELEASES / asked) is submission


def test_answers_in_another_notebook_are_graded(tmp_path):
    """Functions of this assignment that a student wrote into a lecture are the student's."""
    notebook = course_notebook(LECTURES / "01_distances.ipynb")
    notebook["cells"].append(nbformat.v4.new_code_cell(FUNCTIONS["kl_loss"]))
    submission = handed_in(tmp_path, notebook)
    assert require_own(submission, OWN) is submission


def test_cells_of_a_lecture_beside_the_own_ones_are_no_reason(tmp_path):
    """A student may paste a whole lecture into the assignment."""
    notebook = course_notebook(OWN / "a2_vae.ipynb")
    notebook["cells"] += course_notebook(LECTURES / "03_vae_losses.ipynb")["cells"]
    submission = handed_in(tmp_path, notebook)
    assert require_own(submission, OWN) is submission


def test_a_notebook_of_nobody_knows_what_is_not_refused(tmp_path):
    """What is no notebook of the course is graded: its functions may be right."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    submission = handed_in(tmp_path, notebook)
    assert require_own(submission, OWN) is submission
    assert require_own(submission, tmp_path / "nothing is released here") is submission


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_module_of_the_students_own_is_not_the_notebook(tmp_path, name):
    """One function of seven in a script is a module that the notebook imports."""
    submission = handed_in(tmp_path, f"import keras\n\n\n{FUNCTIONS[name]}\n", "my_losses.py")
    with pytest.raises(RefusedError, match=r"only my_losses\.py was handed in, a Python module"):
        require_answers(submission, OWN)


def test_a_script_with_the_functions_is_the_notebook(right, tmp_path):
    """All functions, or an export of the notebook, under any name."""
    for text in ["\n\n\n".join(FUNCTIONS.values()), as_percent(right), as_percent(RELEASED)]:
        require_answers(handed_in(tmp_path, text, "answers.py"), OWN)


def older_release(notebook):
    """The same notebook as an earlier release had it: other tests, texts and points."""
    older = copy.deepcopy(notebook)
    for cell in older.cells:
        noted = cell.metadata.get("nbgrader", {})
        if noted.get("grade") and not noted.get("solution"):
            cell.source += "\n# as it was last year"
            noted["points"] += 1
        elif noted.get("locked"):
            cell.source = f"# last year\n{cell.source}"
        if "checksum" in noted and not noted.get("solution"):
            noted["checksum"] = compute_checksum(cell)
    return older


def test_an_older_release_is_said_once(right, repaired):
    """The answers count, and one sentence says that the instructor changed the rest."""
    mended, report = repaired(older_release(right))
    assert_right(mended)
    assert len(report) == 1
    assert report[0].startswith(
        "an older release of the notebook was handed in; the present one's cells were put in: "
    )


def test_a_cell_that_the_student_changed_is_still_said(right, repaired):
    """In an older release too: only cells with nbgrader's checksum of their text are older."""
    older = older_release(right)
    cell_of(older, "check_kl_loss").source += "\npass"
    _, report = repaired(older)
    assert "the test cell check_kl_loss had been changed; the original was put back" in report
    assert any(line.startswith("an older release") for line in report)


def test_the_case_of_another_class(tmp_path):
    """A solved notebook of a1 that is handed in for a2 is named in the sentence."""
    solved = course_notebook(ROOT / "notebooks/assignments/a1_distances/a1_distances.ipynb")
    for cell in solved["cells"]:
        if grade_id_of(cell) == "lp_norm":
            cell["source"] = "def lp_norm(x, p):\n    return (abs(x) ** p).sum(-1) ** (1 / p)"
    with pytest.raises(RefusedError, match="is the notebook of a1_distances"):
        require_own(handed_in(tmp_path, solved), OWN)
