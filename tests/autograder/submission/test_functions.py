"""A student's function is found wherever it stands."""

import copy

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


def test_a_deleted_solution_cell_comes_back_blank(right, repaired):
    """If a function is nowhere, the report says so and its cell is put back blank."""
    del right.cells[place(right, "kl_loss")]
    mended, report = repaired(right)
    assert report == ["no function kl_loss was found"]
    assert_right(mended, "kl_loss")
    assert cell_of(mended, "kl_loss").source == cell_of(RELEASED, "kl_loss").source


def test_an_answer_rewritten_in_a_new_cell_is_found(right, repaired):
    """The function is found by its name where its own cell was deleted."""
    at = place(right, "kl_loss")
    right.cells[at] = code(FUNCTIONS["kl_loss"])
    mended, report = repaired(right)
    assert report == [f"kl_loss was found in cell {at + 1} instead of its own cell"]
    assert_right(mended)
    assert len(mended.cells) == len(RELEASED.cells)


def test_helpers_come_along_with_an_answer_from_the_end(right, repaired):
    """A function at the end of the notebook keeps its imports, helpers and decorators."""
    del right.cells[place(right, "kl_loss")]
    helper = "import functools\n\ndef half(x):\n    return 0.5 * x"
    answer = "import math\n\n@functools.cache\ndef kl_loss(mu, log_var):\n    return half(math.pi)"
    right.cells += [code(helper), code(answer)]
    mended, report = repaired(right)
    assert report == [f"kl_loss was found in cell {len(right.cells)} instead of its own cell"]
    assert cell_of(mended, "kl_loss").source == answer
    assert mended.cells[place(mended, "kl_loss") - 1].source == helper
    assert_right(mended, "kl_loss")


def test_an_answer_below_the_untouched_cell_counts(right, repaired):
    """A student who leaves the cell as it was and writes into the next one has answered."""
    cell_of(right, "kl_loss").source = cell_of(RELEASED, "kl_loss").source
    right.cells.insert(place(right, "kl_loss") + 1, code(FUNCTIONS["kl_loss"]))
    mended, report = repaired(right)
    found = number(right, "kl_loss") + 1
    assert report == [f"kl_loss was found in cell {found} instead of its own cell"]
    assert_right(mended)
    assert len(mended.cells) == len(RELEASED.cells)


@pytest.mark.parametrize("first", [True, False])
def test_of_two_copies_the_changed_one_counts(right, repaired, first):
    """An untouched copy with the same grade_id is left out."""
    at = place(right, "kl_loss")
    right.cells.insert(at + first, copy.deepcopy(cell_of(RELEASED, "kl_loss")))
    mended, report = repaired(right)
    kept = at + 1 if first else at + 2
    assert report == [f"kl_loss appeared in cells {at + 1}, {at + 2}; cell {kept} was kept"]
    assert sources(mended) == [
        cell_of(right, "check_kl_loss").source if grade_id_of(c) == "check_kl_loss" else c.source
        for n, c in enumerate(right.cells)
        if n != at + first
    ]
    assert_right(mended)


def test_of_two_changed_copies_the_later_counts(right, repaired):
    """If both copies were changed, the later one is graded and the other stays visible."""
    first = copy.deepcopy(cell_of(right, "kl_loss"))
    first.source = "def kl_loss(mu, log_var):\n    return 'first'"
    at = place(right, "kl_loss")
    right.cells.insert(at, first)
    mended, report = repaired(right)
    assert report == [
        f"kl_loss appeared in cells {at + 1}, {at + 2}, more than one of them changed; "
        f"cell {at + 2} was kept"
    ]
    assert_right(mended)
    assert mended.cells[place(mended, "kl_loss") - 1].source == first.source


def test_a_later_copy_counts_even_below_the_test(right, repaired):
    """A changed copy with the cell's grade_id is the answer wherever it stands."""
    right.cells.append(copy.deepcopy(cell_of(right, "kl_loss")))
    right.cells[-1].source = "def kl_loss(mu, log_var):\n    return 'later'"
    mended, report = repaired(right)
    assert cell_of(mended, "kl_loss").source == right.cells[-1].source
    assert f"cell {len(right.cells)} was kept" in report[0]


def test_two_functions_in_one_cell_reach_their_own(right, repaired):
    """A cell with two answers goes whole to the first, and each stands above its test."""
    both = f"import math\n\n{FUNCTIONS['kl_loss']}\n\n\n{FUNCTIONS['vae_loss']}"
    cell_of(right, "vae_loss").source = both
    at = number(right, "vae_loss")
    del right.cells[place(right, "kl_loss")]
    mended, report = repaired(right)
    assert report == [f"kl_loss was found in cell {at - 1} instead of its own cell"]
    assert cell_of(mended, "kl_loss").source == both
    assert_right(mended, "kl_loss")


def test_all_functions_in_one_cell_reach_their_own(right, repaired):
    """A student who writes the whole assignment into the first cell has answered it."""
    everything = "\n\n\n".join(FUNCTIONS.values())
    cell_of(right, "build_encoder").source = everything
    for name in list(FUNCTIONS)[1:]:
        cell_of(right, name).source = cell_of(RELEASED, name).source
    mended, report = repaired(right)
    assert cell_of(mended, "build_encoder").source == everything
    assert_right(mended, "build_encoder")
    at = number(right, "build_encoder")
    assert report == [
        f"{name} was found in cell {at} together with build_encoder instead of its own cell"
        for name in list(FUNCTIONS)[1:]
    ]


def test_swapped_grade_ids_do_not_swap_answers(right, repaired):
    """The name of the function decides, not the grade_id in its cell's metadata."""
    kl_loss, vae_loss = cell_of(right, "kl_loss"), cell_of(right, "vae_loss")
    kl_loss.metadata, vae_loss.metadata = vae_loss.metadata, kl_loss.metadata
    kl_loss.id, vae_loss.id = vae_loss.id, kl_loss.id
    mended, report = repaired(right)
    assert_right(mended)
    assert report == [
        f"kl_loss was found in cell {number(right, 'vae_loss')} instead of its own cell",
        f"vae_loss was found in cell {number(right, 'kl_loss')} instead of its own cell",
    ]


def test_an_answer_in_a_test_cell_is_found(right, repaired):
    """A function written into the test cell counts, and the test is whole again."""
    cell_of(right, "kl_loss").source = cell_of(RELEASED, "kl_loss").source
    cell_of(right, "check_kl_loss").source = FUNCTIONS["kl_loss"] + "\ncheck(kl_loss, points=3)"
    mended, report = repaired(right)
    at = number(right, "check_kl_loss")
    assert report == [
        f"kl_loss was found in cell {at} instead of its own cell",
        "the test cell check_kl_loss had been changed; the original was put back",
    ]
    assert_right(mended)
    assert len(mended.cells) == len(RELEASED.cells)


def test_a_renamed_function_is_not_guessed(right, repaired):
    """The answer stays in its cell, and the report gives the nearest name."""
    renamed = FUNCTIONS["kl_loss"].replace("def kl_loss", "def kl_los")
    cell_of(right, "kl_loss").source = renamed
    mended, report = repaired(right)
    assert report == ["no function kl_loss was found; the nearest name is kl_los"]
    assert cell_of(mended, "kl_loss").source == renamed
    assert_right(mended, "kl_loss")


def test_a_function_behind_a_syntax_error_is_found(right, repaired):
    """If a cell is not valid Python, the line that begins the function is still recognised."""
    broken = FUNCTIONS["kl_loss"] + "\n\nprint 'done'"
    right.cells[place(right, "kl_loss")] = code(broken)
    mended, report = repaired(right)
    assert cell_of(mended, "kl_loss").source == broken
    assert report[0].startswith("kl_loss was found in cell")


@pytest.mark.parametrize(
    ("before", "after"),
    [("%%time\n", ""), ("%matplotlib inline\nfiles = !ls\n\n", ""), ("", "\n?kl_loss\n!pip list")],
)
def test_magics_do_not_hide_a_function(right, repaired, before, after):
    """IPython's own syntax in a cell is not a syntax error."""
    answer = before + FUNCTIONS["kl_loss"] + after
    at = place(right, "kl_loss")
    right.cells[at] = code("1 / 0")
    right.cells.insert(at, code(answer))
    mended, report = repaired(right)
    assert cell_of(mended, "kl_loss").source == answer
    assert report == [f"kl_loss was found in cell {at + 1} instead of its own cell"]


def test_a_file_written_by_a_cell_is_no_answer(right, repaired):
    """A function in a %%writefile or %%bash cell is not defined in the notebook."""
    right.cells[place(right, "kl_loss")] = code("%%writefile kl.py\n" + FUNCTIONS["kl_loss"])
    _, report = repaired(right)
    assert report == ["no function kl_loss was found"]


def test_an_assigned_function_counts(right, repaired):
    """A lambda bound to the name is an answer if there is no function of that name."""
    at = place(right, "kl_loss")
    right.cells[at] = code("kl_loss = lambda mu, log_var: ops.mean(mu)")
    mended, report = repaired(right)
    assert report == [f"kl_loss was found in cell {at + 1} instead of its own cell"]
    assert cell_of(mended, "kl_loss").source == right.cells[at].source
