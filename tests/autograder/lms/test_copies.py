"""Of several copies of a notebook the one with answers counts, or the instructor is asked."""

import copy
import itertools

import nbformat
import pytest
from lms_downloads import NOTEBOOK, canvas_name, collected, moodle_name, zipped
from student_notebooks import FUNCTIONS, RELEASED, cell_of

from autograder.errors import RefusedError
from autograder.submission.copies import require_no_better_copy, with_answers
from autograder.submission.origin import RELEASES

COPIES = ["a2_vae-Copy1.ipynb", "a2_vae (1).ipynb", "a2_vae-1.ipynb", "a2_vae - Copy.ipynb"]
FIRST, SECOND, *_ = FUNCTIONS


def filled(*names, of=FUNCTIONS):
    """Bytes of the released notebook in which some functions are written."""
    notebook = copy.deepcopy(RELEASED)
    for name in names:
        cell_of(notebook, name).source = of[name]
    return nbformat.writes(notebook).encode()


BLANK, HALF, OTHER_HALF, ALL = filled(), filled(FIRST), filled(SECOND), filled(*FUNCTIONS)
DIFFERENT = filled(FIRST, of={FIRST: f"def {FIRST}(*x):\n    return 1"})


def taken(classroom, tmp_path, lms, files):
    """What is taken of ada's files, given as pairs of name and content, and what is said."""
    if lms == "canvas":
        named = {canvas_name("ada", 10 + n, name): each for n, (name, each) in enumerate(files)}
    else:
        named = {moodle_name("ada", 310, name): each for name, each in files}
    there, said = collected(classroom, zipped(tmp_path / "a.zip", named), lms)
    return there.get(("ada", NOTEBOOK)), said


@pytest.mark.parametrize("lms", ["canvas", "moodle"])
@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("answers", [HALF, ALL])
def test_the_copy_with_the_answers_is_taken(classroom, tmp_path, lms, name, answers):
    """In either order, and whichever of the two has the notebook's own name."""
    for first, second in itertools.permutations([(NOTEBOOK, BLANK), (name, answers)]):
        content, said = taken(classroom, tmp_path, lms, [first, second])
        assert content == answers
        assert "taken: 1 (ada: " in said or "the same as collected before: 1 (ada)" in said


@pytest.mark.parametrize("lms", ["canvas", "moodle"])
@pytest.mark.parametrize("name", COPIES)
def test_two_partly_filled_ones_are_a_question(classroom, tmp_path, lms, name):
    """Nobody guesses which one counts, and both are named."""
    content, said = taken(classroom, tmp_path, lms, [(NOTEBOOK, HALF), (name, OTHER_HALF)])
    assert content is None
    assert "left out, each of several files has answers that the others do not have: which" in said
    assert NOTEBOOK in said


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [(HALF, ALL, ALL), (HALF, DIFFERENT, DIFFERENT), (ALL, ALL, ALL), (ALL, HALF, None)],
)
def test_a_later_attempt_with_all_of_the_earlier_answers_is_taken(
    classroom, tmp_path, first, second, wanted
):
    """Canvas numbers its files; an attempt that lost an answer is a question."""
    files = [(NOTEBOOK, first), ("a2_vae-1.ipynb", second)]
    assert taken(classroom, tmp_path, "canvas", files)[0] == wanted


def test_moodle_does_not_say_which_of_two_answers_is_newer(classroom, tmp_path):
    """Two answers to the same function in two files are a question."""
    files = [(NOTEBOOK, HALF), (COPIES[0], DIFFERENT)]
    content, said = taken(classroom, tmp_path, "moodle", files)
    assert content is None
    assert "which one counts?" in said


def test_a_newest_that_cannot_be_read_is_not_passed_over(classroom, tmp_path):
    """Grading says what is wrong with it; no older one is taken silently."""
    files = [(NOTEBOOK, ALL), ("a2_vae-1.ipynb", b"PK\x03\x04")]
    content, said = taken(classroom, tmp_path, "canvas", files)
    assert content == b"PK\x03\x04"
    assert "newest of several, taken: 1 (ada: a2_vae-1.ipynb)" in said


def test_a_module_alone_is_not_taken_for_the_notebook(classroom, tmp_path):
    """Beside a renamed notebook the notebook is taken; alone, the module is named."""
    module = f"import keras\n\n\n{FUNCTIONS['kl_loss']}\n".encode()
    content, said = taken(classroom, tmp_path, "canvas", [("my_losses.py", module)])
    assert content is None
    assert "left out, no notebook: 1 (ada: only my_losses.py was handed in, a Python module" in said
    files = [("solution.ipynb", ALL), ("my_losses.py", module)]
    content, said = taken(classroom, tmp_path, "canvas", files)
    assert content == ALL
    assert "taken under another name: 1 (ada: solution.ipynb)" in said


def test_another_assignments_notebook_is_said_when_it_is_collected(classroom, tmp_path):
    """With its name, long before it is graded."""
    other = (RELEASES / "a1_distances" / "a1_distances.ipynb").read_bytes()
    content, said = taken(classroom, tmp_path, "canvas", [("a1_distances.ipynb", other)])
    assert content == other
    assert "collected, and grade will refuse it: 1 (ada: a2_vae.ipynb is the notebook of a1" in said


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_beside_the_untouched_notebook_is_not_blank(tmp_path, name):
    """Handed in through the exchange, both are there: the instructor is asked."""
    (tmp_path / NOTEBOOK).write_bytes(BLANK)
    (tmp_path / name).write_bytes(ALL)
    with pytest.raises(RefusedError, match="is as it was released: which one counts"):
        require_no_better_copy(tmp_path, RELEASES / "a2_vae")
    (tmp_path / NOTEBOOK).write_bytes(OTHER_HALF)
    (tmp_path / name).write_bytes(HALF)
    with pytest.raises(RefusedError, match="has no answer to that: which one counts"):
        require_no_better_copy(tmp_path, RELEASES / "a2_vae")
    for own, beside in [(ALL, BLANK), (ALL, HALF), (BLANK, BLANK), (ALL, ALL)]:
        (tmp_path / NOTEBOOK).write_bytes(own)
        (tmp_path / name).write_bytes(beside)
        require_no_better_copy(tmp_path, RELEASES / "a2_vae")


def test_with_answers_takes_the_newest_that_has_them_all():
    """For any answers of three copies: none is lost, or it is a question."""
    sets = [{}, {"a": "1"}, {"b": "1"}, {"a": "1", "b": "1"}]
    for copies in itertools.product(sets, repeat=3):
        place = with_answers(copies)
        every = set().union(*copies)
        newest = next((each for each in reversed(copies) if each), {})
        assert (place is None) == (newest.keys() != every)
        assert place is None or copies[place].keys() == every
