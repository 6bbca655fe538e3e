"""A student's written answer is found in its cell, or beside it."""

from student_notebooks import (
    RELEASED,
    assert_right,
    cell_of,
    place,
    text,
)

from autograder.authoring.demo import ANSWER


def test_a_written_answer_in_a_new_cell_is_found(right, repaired):
    """Text right below the untouched question is the answer, put under the question."""
    cell_of(right, "without_kl").source = cell_of(RELEASED, "without_kl").source
    right.cells.append(text(ANSWER))
    mended, report = repaired(right)
    assert report == [f"without_kl was found in cell {len(right.cells)} instead of its own cell"]
    assert_right(mended)
    assert len(mended.cells) == len(RELEASED.cells)


def test_a_written_answer_in_place_of_its_cell_is_found(right, repaired):
    """Text that stands where the deleted question stood is its answer."""
    at = place(right, "why_reparameterise")
    right.cells[at] = text(ANSWER)
    mended, report = repaired(right)
    assert report == [f"why_reparameterise was found in cell {at + 1} instead of its own cell"]
    assert_right(mended)


def test_a_missing_written_answer_is_blank(right, repaired):
    """A deleted question comes back unanswered."""
    del right.cells[place(right, "why_reparameterise")]
    mended, report = repaired(right)
    assert report == ["why_reparameterise was missing; the empty cell was put back"]
    assert_right(mended, "why_reparameterise")


def test_pictures_in_written_answers_stay_but_not_svg(right, repaired):
    """A pasted picture is part of an answer; a picture that can carry scripts is not."""
    pictures = {"a.png": {"image/png": "aGk="}, "b.svg": {"image/svg+xml": "<svg/>"}}
    cell_of(right, "without_kl")["attachments"] = pictures
    mended, report = repaired(right)
    assert report == []
    assert cell_of(mended, "without_kl").attachments == {"a.png": {"image/png": "aGk="}}
