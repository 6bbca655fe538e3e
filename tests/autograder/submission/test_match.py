"""Cells that were moved, split, copied, retyped, edited or stripped are the master's again."""

import copy
import itertools

import nbformat
import pytest
from student_notebooks import (
    FUNCTIONS,
    RELEASED,
    assert_right,
    cell_of,
    code,
    grade_id_of,
    number,
    place,
    sources,
)


def test_a_function_split_at_its_helper_is_whole(right, repaired):
    """Parts that are each valid Python are not joined: the helper stays above the answer."""
    at = place(right, "kl_loss")
    helper = copy.deepcopy(right.cells[at])
    helper.source = "def half(x):\n    return 0.5 * x"
    right.cells.insert(at, helper)
    mended, report = repaired(right)
    assert_right(mended)
    assert mended.cells[at].source == helper.source
    assert report == [
        f"kl_loss appeared in cells {at + 1}, {at + 2}, more than one of them changed; "
        f"cell {at + 2} was kept"
    ]


@pytest.mark.parametrize("at", [3, 12, -1])
def test_a_function_split_in_its_middle_is_put_together(right, repaired, at):
    """A function cut in its docstring or body is joined from its parts."""
    place_of = place(right, "kl_loss")
    lines = FUNCTIONS["kl_loss"].split("\n")
    second = copy.deepcopy(right.cells[place_of])
    right.cells[place_of].source = "\n".join(lines[:at])
    second.source = "\n".join(lines[at:])
    right.cells.insert(place_of + 1, second)
    mended, report = repaired(right)
    assert report == [f"kl_loss was put together from cells {place_of + 1} to {place_of + 2}"]
    assert_right(mended)
    assert len(mended.cells) == len(RELEASED.cells)


def test_a_function_split_in_four_is_put_together(right, repaired):
    """More than two parts are joined too, even if the later ones lost their metadata."""
    at = place(right, "build_encoder")
    lines = FUNCTIONS["build_encoder"].split("\n")
    cuts = [0, 1, 4, len(lines) - 2, len(lines)]
    parts = ["\n".join(lines[a:b]) for a, b in itertools.pairwise(cuts)]
    right.cells[at].source = parts[0]
    right.cells[at + 1 : at + 1] = [code(part) for part in parts[1:]]
    mended, report = repaired(right)
    assert report == [f"build_encoder was put together from cells {at + 1} to {at + 4}"]
    assert_right(mended)


def test_reordered_cells_are_put_back(right, repaired):
    """Cells stand in the master's order again, with helpers still above their answers."""
    right.cells.insert(place(right, "kl_loss"), code("def half(x):\n    return x / 2"))
    at = place(right, "kl_loss") - 1
    moved = [right.cells.pop(at), right.cells.pop(at)]
    right.cells[1:1] = moved
    mended, report = repaired(right)
    assert report == ["cells were out of order, and were put back: kl_loss"]
    assert_right(mended)
    assert mended.cells[place(mended, "kl_loss") - 1].source == moved[0].source


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_retyped_answer_is_code_again(right, repaired, kind):
    """A code cell that became text is turned back."""
    at = place(right, "kl_loss")
    right.cells[at].cell_type = kind
    mended, report = repaired(right)
    name = {"markdown": "a Markdown cell", "raw": "a raw cell"}[kind]
    assert report == [f"cell {at + 1} (kl_loss) had become {name}"]
    assert_right(mended)


def test_other_retyped_cells_are_turned_back(right, repaired):
    """Test cells and written answers have the master's type again."""
    cell_of(right, "check_kl_loss").cell_type = "markdown"
    cell_of(right, "without_kl").cell_type = "code"
    mended, report = repaired(right)
    assert report == [
        f"cell {number(right, 'check_kl_loss')} (check_kl_loss) had become a Markdown cell",
        f"cell {number(right, 'without_kl')} (without_kl) had become a code cell",
    ]
    assert_right(mended)


def test_edited_locked_cells_are_restored(right, repaired):
    """Changed test and given cells are restored; imports added there are kept in a new cell."""
    cell_of(right, "check_kl_loss").source = "print(3)"
    given = right.cells[1]
    given.source += "\nimport math\nops.mean = None"
    mended, report = repaired(right)
    assert report == [
        f"the given cell {grade_id_of(given)} had been changed; the original was put back",
        "the test cell check_kl_loss had been changed; the original was put back",
    ]
    assert_right(mended)
    assert mended.cells[2].source == "import math"


def test_deleted_locked_cells_come_back(right, repaired):
    """Missing test and given cells are put back where they belong."""
    del right.cells[place(right, "check_kl_loss")], right.cells[1], right.cells[0]
    mended, report = repaired(right)
    assert report == [
        f"locked cells were missing, and put back: {grade_id_of(RELEASED.cells[1])}, check_kl_loss"
    ]
    assert_right(mended)
    assert mended.cells[0].source == RELEASED.cells[0].source


def test_a_copied_test_cell_counts_once(right, repaired):
    """Copies of a test cell with its grade_id are not graded; a changed one stays."""
    same, changed = (copy.deepcopy(cell_of(right, "check_kl_loss")) for _ in range(2))
    changed.source = "check(kl_loss)"
    right.cells += [same, changed]
    mended, report = repaired(right)
    count = len(right.cells)
    assert report == [
        f"cell {count - 1} was a copy of check_kl_loss; it is not graded",
        f"cell {count} was a changed copy of check_kl_loss; it is not graded",
    ]
    assert sources(mended) == [*sources(right)[:-2], "check(kl_loss)"]


def test_stripped_metadata_is_put_back(right, repaired):
    """A notebook that lost all metadata and ids is matched by names and texts."""
    for cell in right.cells:
        cell.metadata, cell.id = {}, nbformat.v4.new_raw_cell().id
    mended, report = repaired(right)
    assert report == ["nbgrader's metadata was missing, and put back: all cells"]
    assert sources(mended) == sources(right)


def test_metadata_stripped_from_some_cells_is_put_back(right, repaired):
    """The report names the cells that lost their metadata."""
    for name in ("check_kl_loss", "why_reparameterise"):
        cell_of(right, name).metadata = {}
    mended, report = repaired(right)
    assert report == [
        "nbgrader's metadata was missing, and put back: why_reparameterise, check_kl_loss"
    ]
    assert sources(mended) == sources(right)


def test_forged_metadata_is_the_masters_again(right, repaired):
    """Points, types and locks come from the master; the report says what the cells claimed."""
    cell_of(right, "check_kl_loss").metadata.nbgrader |= {"points": 1000, "grade": False}
    cell_of(right, "vae_loss").metadata.nbgrader |= {"locked": True, "solution": False}
    cell_of(right, "check_vae_loss").metadata.nbgrader["schema_version"] = 99
    bonus = {"grade": True, "grade_id": "<b>bonus", "points": 50, "locked": True}
    right.cells.append(code("100", nbgrader=bonus, tags=["skip-grading"]))
    mended, report = repaired(right)
    assert report == [
        f"cell {number(right, 'check_kl_loss')} (check_kl_loss) claimed "
        "grade False instead of True, points 1000 instead of 3",
        f"cell {number(right, 'vae_loss')} (vae_loss) claimed "
        "locked True instead of False, solution False instead of True",
        f"cell {number(right, 'check_vae_loss')} (check_vae_loss) claimed "
        "schema_version 99 instead of 3",
        f"cell {len(right.cells)} claimed to be ?b?bonus, which is not in the assignment",
    ]
    assert sources(mended) == sources(right)
    assert mended.cells[-1].metadata == {}
