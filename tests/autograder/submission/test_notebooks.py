"""Damaged submissions are repaired and say so, or are refused and say why."""

import contextlib
import copy
import itertools
import json
import os
import random
import time
import tracemalloc

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import DeduplicateIds

from autograder import ROOT
from autograder.authoring.demo import ANSWER, ASSIGNMENT
from autograder.authoring.inline import function_source
from autograder.errors import AuthorError, AutograderError, RefusedError
from autograder.exercises.catalogue import exercises_of
from autograder.submission.parse import Parser
from autograder.submission.read import read_submission
from autograder.submission.repair import repair

RELEASED = nbformat.read(
    ROOT / f"notebooks/assignments/{ASSIGNMENT}/{ASSIGNMENT}.ipynb", as_version=4
)
EXERCISES = exercises_of(ASSIGNMENT)
FUNCTIONS = {  # In the order of the notebook.
    cell.id: function_source(ROOT, EXERCISES[cell.id].reference.__module__, cell.id)
    for cell in RELEASED.cells
    if cell.id in EXERCISES
}
HANGS = 60  # Seconds of the processor, where a fraction of one is enough.
QUESTIONS = ("why_reparameterise", "without_kl")


def grade_id_of(cell):
    """The grade_id that nbgrader sees."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def place(notebook, grade_id):
    """Index of the only cell with a grade_id."""
    (index,) = [n for n, cell in enumerate(notebook["cells"]) if grade_id_of(cell) == grade_id]
    return index


def cell_of(notebook, grade_id):
    """The only cell with a grade_id."""
    return notebook["cells"][place(notebook, grade_id)]


def number(notebook, grade_id):
    """Number of a cell as the report counts."""
    return place(notebook, grade_id) + 1


def code(source, **metadata):
    """A code cell of a student's own."""
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def text(source):
    """A Markdown cell of a student's own."""
    return nbformat.v4.new_markdown_cell(source)


def sources(notebook):
    """Text of all cells in their order."""
    return [cell["source"] for cell in notebook["cells"]]


@pytest.fixture
def right():
    """The released notebook with right answers, as a student saves it."""
    notebook = copy.deepcopy(RELEASED)
    for cell in notebook.cells:
        if grade_id_of(cell) in FUNCTIONS:
            cell.source = FUNCTIONS[grade_id_of(cell)]
        elif grade_id_of(cell) in QUESTIONS:
            cell.source = cell.source.replace("YOUR ANSWER HERE", ANSWER)
    return notebook


@pytest.fixture
def repaired(tmp_path):
    """Hands a notebook in, and gives what repair makes of it."""

    def hand_in(notebook, name="a2_vae.ipynb"):
        path = tmp_path / name
        content = notebook if isinstance(notebook, str) else json.dumps(notebook)
        path.write_text(content, encoding="utf-8")
        mended, report = repair(read_submission(path), RELEASED)
        assert_fit(mended, report)
        return mended, report

    return hand_in


@pytest.fixture
def refusal(tmp_path):
    """Hands bytes in, and gives the message with which they are refused."""

    def hand_in(content, name="a2_vae.ipynb"):
        path = tmp_path / name
        content = content if isinstance(content, (str, bytes)) else json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(RefusedError) as caught:
            read_submission(path)
        assert len(str(caught.value)) < 300
        return str(caught.value)

    return hand_in


def assert_fit(mended, report):
    """What nbgrader and the gradebook rely on holds."""
    nbformat.validate(mended)
    MetadataValidator().validate_nb(mended)
    guarded = [cell for cell in mended.cells if grade_id_of(cell)]
    masters = [cell for cell in RELEASED.cells if grade_id_of(cell)]
    assert [cell.metadata for cell in guarded] == [cell.metadata for cell in masters]
    assert [cell.cell_type for cell in guarded] == [cell.cell_type for cell in masters]
    for cell, master in zip(guarded, masters):
        if not master.metadata.nbgrader.solution:
            assert cell.source == master.source
    assert not any(cell.get("outputs") for cell in mended.cells)
    deduplicated, _ = DeduplicateIds().preprocess(copy.deepcopy(mended), {})
    assert deduplicated == mended
    assert len(report) <= 20
    for line in report:
        assert len(line) <= 200 and not set(line) & set("<>&\n\r\x1b")


def assert_right(mended, *but):
    """Each solution cell has the right answer, except those that are named."""
    for name, source in FUNCTIONS.items():
        if name not in but:
            assert cell_of(mended, name).source == source, name
    for name in QUESTIONS:
        if name not in but:
            assert cell_of(mended, name).source.endswith(ANSWER), name


# Nothing is wrong


def test_an_undamaged_submission_stays_as_it_is(right, repaired):
    """Right answers come back byte for byte, without a sentence."""
    mended, report = repaired(right)
    assert report == []
    assert sources(mended) == sources(right)
    assert [cell.id for cell in mended.cells] == [cell.id for cell in right.cells]


def test_a_blank_submission_stays_as_it_is(repaired):
    """A notebook handed in as it was released needs no repair."""
    mended, report = repaired(RELEASED)
    assert report == []
    assert mended == RELEASED


def test_cells_of_the_students_own_stay_where_they_are(right, repaired):
    """Helpers, scratch cells and notes are no damage, whatever they define after the check."""
    right.cells.insert(place(right, "kl_loss"), code("import math\n\ndef half(x):\n    return x/2"))
    right.cells.insert(place(right, "kl_loss") + 1, code("%timeit half(3)"))
    right.cells.insert(place(right, "check_kl_loss") + 1, code("check(kl_loss, points=3)"))
    right.cells += [text("My notes."), code("def kl_loss(mu, log_var):\n    return 'a trial'")]
    mended, report = repaired(right)
    assert report == []
    assert sources(mended) == sources(right)


def test_white_space_and_line_ends_are_no_damage(right, repaired):
    """A notebook saved on Windows is not damaged, and its answers keep their line ends."""
    for cell in right.cells:
        cell.source = cell.source.replace("\n", "\r\n") + "\r\n"
    mended, report = repaired(right)
    assert report == []
    assert cell_of(mended, "kl_loss").source == cell_of(right, "kl_loss").source


def test_a_syntax_error_is_the_students_own(right, repaired):
    """A cell that is not Python stays in its place as it was written."""
    broken = FUNCTIONS["kl_loss"].replace("return", "retrun -")
    cell_of(right, "kl_loss").source = broken
    mended, report = repaired(right)
    assert report == []
    assert cell_of(mended, "kl_loss").source == broken


def test_outputs_are_dropped(right, repaired):
    """What a student's cells showed is made anew, so none of it is kept."""
    output = nbformat.v4.new_output("display_data", {"text/html": "<script>alert(1)</script>"})
    for cell in right.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [output], 7
    mended, report = repaired(right)
    assert report == []
    assert "script" not in json.dumps(mended)


# How other programs save


def test_vs_code_and_colab_notebooks_are_read(right, repaired):
    """No cell ids, sources as text or lists, and metadata of their own are no damage."""
    notebook = json.loads(json.dumps(right))
    notebook["metadata"] = {"colab": {"provenance": []}, "accelerator": "GPU"}
    notebook["nbformat_minor"] = 0
    for number, cell in enumerate(notebook["cells"]):
        del cell["id"]
        cell["source"] = cell["source"].splitlines(keepends=True)
        cell["metadata"] |= {"vscode": {"languageId": "python"}, "id": f"x{number}", "colab": {}}
    mended, report = repaired(notebook)
    assert report == []
    assert sources(mended) == sources(right)
    assert mended.metadata == RELEASED.metadata


def test_missing_keys_are_no_damage(right, repaired):
    """Cells without metadata or outputs, and a notebook without minor version, are read."""
    notebook = json.loads(json.dumps(right))
    del notebook["nbformat_minor"], notebook["metadata"]
    for cell in notebook["cells"]:
        cell.pop("outputs", None), cell.pop("execution_count", None)
        if not cell["metadata"]:
            del cell["metadata"]
    mended, report = repaired(notebook)
    assert report == []
    assert sources(mended) == sources(right)


def test_equal_cell_ids_are_no_damage(right, repaired):
    """Cells that share one id are told apart by grade_id and text."""
    for cell in right.cells:
        cell.id = "same"
    mended, report = repaired(right)
    assert report == []
    assert sources(mended) == sources(right)


def test_format_3_is_upgraded(right, repaired):
    """A notebook in Jupyter's old format is read, and the report says so."""
    cells = []
    for cell in json.loads(json.dumps(right["cells"])):
        source, kind = cell.pop("source"), cell["cell_type"]
        keys = {"input": source, "language": "python", "outputs": [], "collapsed": False}
        cell = {"cell_type": kind, "metadata": cell["metadata"]}
        cells.append(cell | (keys if kind == "code" else {"source": source}))
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    mended, report = repaired(old)
    assert report == [
        "a2_vae.ipynb was in notebook format 3, which Jupyter left in 2015; it was upgraded"
    ]
    assert sources(mended) == sources(right)


def as_percent(notebook):
    """A notebook as VS Code exports it: a script with cells."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            parts.append(f"# %%\n{cell.source}\n")
        else:
            lines = "\n".join(f"# {line}".rstrip() for line in cell.source.split("\n"))
            parts.append(f"# %% [markdown]\n{lines}\n")
    return "\n".join(parts)


def test_a_percent_script_is_read(right, repaired):
    """A script with cell marks in place of the notebook loses nothing."""
    mended, report = repaired(as_percent(right), "a2_vae.py")
    assert report == ["a2_vae.py is a Python script; it was read as a notebook"]
    assert sources(mended) == sources(right)


def test_a_script_that_jupyter_exported_is_read(right, repaired):
    """'Download as script' loses the cells' borders but not an answer."""
    import nbconvert

    script, _ = nbconvert.PythonExporter().from_notebook_node(right)
    mended, report = repaired(script, "a2_vae.py")
    assert report[0] == "a2_vae.py is a Python script; it was read as a notebook"
    assert_right(mended)


def test_a_plain_script_is_read(repaired):
    """A script of functions alone is read by their names."""
    script = "# ---\n# a: &a [1]\n# b: [*a, *a]\n# ---\nimport math\n\n\n"
    script += "\n\n\n".join(FUNCTIONS.values()) + "\n"
    mended, report = repaired(script, "answers.py")
    assert_right(mended, *QUESTIONS)
    assert report[0] == "answers.py is a Python script; it was read as a notebook"
    assert "import math" in sources(mended)


# Repaired


def test_a_deleted_solution_cell_comes_back_blank(right, repaired):
    """A function that is nowhere is missing, and its cell is there to say so."""
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
    """Imports, helpers and decorators of a function that stands at the end go with it."""
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
    """A copy with the same grade_id that says nothing is left out."""
    at = place(right, "kl_loss")
    right.cells.insert(at + first, copy.deepcopy(cell_of(RELEASED, "kl_loss")))
    mended, report = repaired(right)
    kept = at + 1 if first else at + 2
    assert report == [f"kl_loss stood in cells {at + 1}, {at + 2}; cell {kept} was kept"]
    assert sources(mended) == [
        cell_of(right, "check_kl_loss").source if grade_id_of(c) == "check_kl_loss" else c.source
        for n, c in enumerate(right.cells)
        if n != at + first
    ]
    assert_right(mended)


def test_of_two_changed_copies_the_later_counts(right, repaired):
    """Where both copies were changed, the later is graded and the other stays to be seen."""
    first = copy.deepcopy(cell_of(right, "kl_loss"))
    first.source = "def kl_loss(mu, log_var):\n    return 'first'"
    at = place(right, "kl_loss")
    right.cells.insert(at, first)
    mended, report = repaired(right)
    assert report == [
        f"kl_loss stood in cells {at + 1}, {at + 2}, more than one of them changed; "
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


def test_a_function_split_at_its_helper_is_whole(right, repaired):
    """Parts that are each Python need no gluing: the helper stays above the answer."""
    at = place(right, "kl_loss")
    helper = copy.deepcopy(right.cells[at])
    helper.source = "def half(x):\n    return 0.5 * x"
    right.cells.insert(at, helper)
    mended, report = repaired(right)
    assert_right(mended)
    assert mended.cells[at].source == helper.source
    assert report == [
        f"kl_loss stood in cells {at + 1}, {at + 2}, more than one of them changed; "
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
    """More than two parts are joined too, also where later ones lost their metadata."""
    at = place(right, "build_encoder")
    lines = FUNCTIONS["build_encoder"].split("\n")
    cuts = [0, 1, 4, len(lines) - 2, len(lines)]
    parts = ["\n".join(lines[a:b]) for a, b in itertools.pairwise(cuts)]
    right.cells[at].source = parts[0]
    right.cells[at + 1 : at + 1] = [code(part) for part in parts[1:]]
    mended, report = repaired(right)
    assert report == [f"build_encoder was put together from cells {at + 1} to {at + 4}"]
    assert_right(mended)


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


def test_reordered_cells_are_put_back(right, repaired):
    """Cells stand in the master's order again, with helpers still above their answers."""
    right.cells.insert(place(right, "kl_loss"), code("def half(x):\n    return x / 2"))
    at = place(right, "kl_loss") - 1
    moved = [right.cells.pop(at), right.cells.pop(at)]
    right.cells[1:1] = moved
    mended, report = repaired(right)
    assert report == ["cells stood out of order, and were put back: kl_loss"]
    assert_right(mended)
    assert mended.cells[place(mended, "kl_loss") - 1].source == moved[0].source


def test_swapped_grade_ids_do_not_swap_answers(right, repaired):
    """The name of the function decides, not the grade_id that somebody wrote on its cell."""
    kl_loss, vae_loss = cell_of(right, "kl_loss"), cell_of(right, "vae_loss")
    kl_loss.metadata, vae_loss.metadata = vae_loss.metadata, kl_loss.metadata
    kl_loss.id, vae_loss.id = vae_loss.id, kl_loss.id
    mended, report = repaired(right)
    assert_right(mended)
    assert report == [
        f"kl_loss was found in cell {number(right, 'vae_loss')} instead of its own cell",
        f"vae_loss was found in cell {number(right, 'kl_loss')} instead of its own cell",
    ]


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
    """Whoever rewrites a test or a given cell gets the original back, and keeps own imports."""
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
    """Points, types and locks are the master's, and the report says what was claimed."""
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
        f"cell {len(right.cells)} claimed to be ?b?bonus, which the assignment has not",
    ]
    assert sources(mended) == sources(right)
    assert mended.cells[-1].metadata == {}


def test_a_renamed_function_is_not_guessed(right, repaired):
    """The answer stays in its cell, and the report tells the nearest name."""
    renamed = FUNCTIONS["kl_loss"].replace("def kl_loss", "def kl_los")
    cell_of(right, "kl_loss").source = renamed
    mended, report = repaired(right)
    assert report == ["no function kl_loss was found; the nearest name is kl_los"]
    assert cell_of(mended, "kl_loss").source == renamed
    assert_right(mended, "kl_loss")


def test_a_function_behind_a_syntax_error_is_found(right, repaired):
    """Where a cell is not Python, the line that begins the function still tells it."""
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
    """IPython's own syntax in a cell is no syntax error."""
    answer = before + FUNCTIONS["kl_loss"] + after
    at = place(right, "kl_loss")
    right.cells[at] = code("1 / 0")
    right.cells.insert(at, code(answer))
    mended, report = repaired(right)
    assert cell_of(mended, "kl_loss").source == answer
    assert report == [f"kl_loss was found in cell {at + 1} instead of its own cell"]


def test_a_file_written_by_a_cell_is_no_answer(right, repaired):
    """A function in a %%writefile or %%bash cell is never defined in the notebook."""
    right.cells[place(right, "kl_loss")] = code("%%writefile kl.py\n" + FUNCTIONS["kl_loss"])
    _, report = repaired(right)
    assert report == ["no function kl_loss was found"]


def test_an_assigned_function_counts(right, repaired):
    """A lambda bound to the name is an answer, where there is no function of that name."""
    at = place(right, "kl_loss")
    right.cells[at] = code("kl_loss = lambda mu, log_var: ops.mean(mu)")
    mended, report = repaired(right)
    assert report == [f"kl_loss was found in cell {at + 1} instead of its own cell"]
    assert cell_of(mended, "kl_loss").source == right.cells[at].source


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


def test_the_report_is_bounded_and_plain_text(right, repaired):
    """However much is wrong, the report is 20 short lines without mark-up."""
    for n in range(300):
        claims = {"grade_id": f"<script>{n}" * 10, "grade": True, "points": 1}
        right.cells.append(code(f"def {'x' * 500}{n}(): pass", nbgrader=claims))
    del right.cells[place(right, "kl_loss")]
    _, report = repaired(right)
    assert len(report) == 20
    assert report[-1] == "and 282 more repairs"


def test_the_instructors_notebook_is_no_master(right, tmp_path):
    """A master with answers would give them to everybody, so it is refused."""
    path = tmp_path / "a2_vae.ipynb"
    path.write_text(json.dumps(right))
    master = copy.deepcopy(RELEASED)
    master.cells[3].source += "\n    ### BEGIN SOLUTION"
    with pytest.raises(AuthorError, match=r"cell 4 has answers .* takes the released notebook"):
        repair(read_submission(path), master)


# Refused


def test_what_is_no_notebook_is_refused_by_its_kind(refusal):
    """The message says what was handed in instead, and what to hand in."""
    assert refusal(b"") == (
        "a2_vae.ipynb is empty (0 bytes): save the notebook in Jupyter and hand it in again"
    )
    assert "is a ZIP archive, not a notebook: hand in the .ipynb" in refusal(b"PK\x03\x04xxxx")
    assert "is a PDF" in refusal(b"%PDF-1.7")
    assert "is a web page (HTML)" in refusal("\n<!DOCTYPE html>")
    assert "is not UTF-8 text (byte 1)" in refusal(b"{\xff")
    assert "is not JSON (line 1: Expecting value)" in refusal("def kl_loss(mu, log_var):\n    pass")
    assert "no object at its top" in refusal([1, 2])
    assert "no list of cells" in refusal({"nbformat": 4})
    assert "is in notebook format 5; 3 and 4 are read" in refusal({"nbformat": 5, "cells": []})
    assert "notebook format True" in refusal({"nbformat": True, "cells": []})
    assert "no valid notebook of format 3" in refusal({"nbformat": 3, "cells": []})
    assert "cell 1 is damaged" in refusal({"nbformat": 4, "cells": [[]]})
    assert "cell 1 is damaged" in refusal({"nbformat": 4, "cells": [{"source": [1]}]})


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_off_notebook_is_refused(right, refusal, share):
    """A notebook whose end is missing is told from one that never was JSON."""
    content = json.dumps(right)
    assert "is cut off after" in refusal(content[: int(share * len(content))])


def test_200_megabytes_are_refused_unread(tmp_path):
    """The size decides before a byte is read."""
    path = tmp_path / "a2_vae.ipynb"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    tracemalloc.start()
    with pytest.raises(RefusedError, match="has 200 MB, at most 20 MB are read: clear all outputs"):
        read_submission(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1e6


def test_only_regular_files_are_opened(tmp_path):
    """Links, folders and pipes are refused without following or waiting."""
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "secret")
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    for name, message in [
        ("link", "link.ipynb is a symbolic link: hand in the notebook itself"),
        ("folder", "is no regular file"),
        ("pipe", "is no regular file"),
        ("absent", "cannot be read: No such file"),
    ]:
        with pytest.raises(RefusedError, match=message):
            read_submission(tmp_path / f"{name}.ipynb")


def test_absurd_notebooks_are_refused_quickly(refusal):
    """Depth, number of cells, of brackets, of digits and of characters are bounded."""
    started = time.process_time()
    cell = {"cell_type": "code", "source": "", "metadata": {}}
    assert "100,000 cells, at most 1,000" in refusal({"nbformat": 4, "cells": [cell] * 100_000})
    assert "nested deeper" in refusal('{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}")
    assert "brackets" in refusal("[" + "{}," * 1_000_000 + "{}]")
    assert "thousands of digits" in refusal('{"nbformat": ' + "9" * 5_000 + "}")
    long = dict(cell, source="x" * 600_000)
    assert "600,000 characters in its cells" in refusal({"nbformat": 4, "cells": [long]})
    assert "too long to be an answer" in refusal("x = 1\n" * 100_000, "a2_vae.py")
    assert "more than 1,000 cells" in refusal("# %%\n" * 30_000, "a2_vae.py")
    assert time.process_time() - started < HANGS


HOSTILE = {
    "open brackets": "(" * 400_000,
    "signs": "-" * 400_000 + "1",
    "sum": "x = 1" + " + 1" * 12_000,
    "attributes": "a" + ".b" * 20_000,
    "dotted import": "import " + "a." * 20_000 + "a",
    "dotted imports": "\n".join(["import " + "a." * 400 + "a"] * 60),
    "statements": "x=1;" * 12_000,
    "long line": "x = '" + "a" * 490_000 + "'",
    "null bytes": "x = 1\0" * 10_000,
    "half a pair": "x = '\ud800'",
    "elif": "if x: pass\n" + "elif x: pass\n" * 3_500,
    "definitions": "def a(): 0\n" * 45_000,
    "decorators": "@a\n" * 100_000 + "def kl_loss(): 0",
    "blank lines": "\n" * 490_000,
    "white space": "def" + " " * 490_000 + "(",
    "magics": "!ls\n" * 10_000 + "x =",
    "digits": "9" * 40_000,
    "names": "".join(f"def kl_los{n:x}(): 0\n" for n in range(2_000)),
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("suffix", [".ipynb", ".py"])
def test_hostile_sources_cost_little(right, repaired, source, suffix):
    """No text of a cell crashes the grader or takes it seconds; the rest is graded."""
    right.cells.insert(place(right, "kl_loss"), code(source))
    started = time.process_time()
    try:
        script = as_percent(right).encode("utf-8", "replace").decode()
        mended, _ = repaired(right) if suffix == ".ipynb" else repaired(script, "a2_vae.py")
        assert_right(mended, "kl_loss")
    except RefusedError:
        pass
    assert time.process_time() - started < HANGS


def test_many_hostile_cells_cost_little(right, repaired):
    """The cost of parsing is bounded for the notebook, not only for a cell."""
    attack = "import " + "a." * 240 + "a\n"
    right.cells += [code(attack * 90 + f"def kl_loss{n}(") for n in range(9)]
    started = time.process_time()
    mended, _ = repaired(right)
    assert time.process_time() - started < HANGS
    assert_right(mended)


def test_nothing_of_a_submission_runs(right, repaired, tmp_path):
    """Neither code, magics, decorators nor script headers are executed."""
    mark = tmp_path / "ran"
    attack = f"open({str(mark)!r}, 'w')"
    right.cells.insert(0, code(f"!touch {mark}\n@{attack}\ndef kl_loss(x={attack}): 0\n{attack}"))
    repaired(right)
    header = f"# ---\n# x: !!python/object/apply:os.system ['touch {mark}']\n# ---\n"
    repaired(header + as_percent(right), "a2_vae.py")
    assert not mark.exists()


# Any three damages


def delete(notebook, rng):
    """A cell is gone."""
    del notebook["cells"][rng.randrange(len(notebook["cells"]))]


def duplicate(notebook, rng):
    """A cell stands twice."""
    cells = notebook["cells"]
    cells.insert(rng.randrange(len(cells)), copy.deepcopy(rng.choice(cells)))


def move(notebook, rng):
    """A cell stands elsewhere."""
    cells = notebook["cells"]
    cells.insert(rng.randrange(len(cells)), cells.pop(rng.randrange(len(cells))))


def shuffle(notebook, rng):
    """Nothing stands where it stood."""
    rng.shuffle(notebook["cells"])


def split(notebook, rng):
    """A cell became two, anywhere in its text."""
    cells = notebook["cells"]
    at = rng.randrange(len(cells))
    cut = rng.randrange(len(cells[at]["source"]) + 1)
    second = copy.deepcopy(cells[at])
    cells[at]["source"], second["source"] = second["source"][:cut], second["source"][cut:]
    cells.insert(at + 1, second)


def merge(notebook, rng):
    """Two cells became one."""
    cells = notebook["cells"]
    first, second = rng.sample(range(len(cells)), 2)
    cells[first]["source"] += "\n\n" + cells[second]["source"]
    del cells[second]


def retype(notebook, rng):
    """A cell is of another type."""
    rng.choice(notebook["cells"])["cell_type"] = rng.choice(["code", "markdown", "raw", "x", None])


def strip(notebook, rng):
    """Metadata and ids are gone."""
    for cell in rng.sample(notebook["cells"], rng.randint(1, len(notebook["cells"]))):
        cell.pop("metadata", None), cell.pop("id", None)


def forge(notebook, rng):
    """Metadata says something else, of any type."""
    values = [True, False, 1000, -1, "x", None, [], {}, float("nan"), "kl_loss", "check_kl_loss"]
    keys = ["grade", "points", "solution", "locked", "grade_id", "schema_version", "task"]
    for cell in rng.sample(notebook["cells"], min(3, len(notebook["cells"]))):
        claims = cell.setdefault("metadata", {}).setdefault("nbgrader", {})
        claims[rng.choice(keys)] = rng.choice(values)


def mangle(notebook, rng):
    """A few characters of a cell are others."""
    cell = rng.choice(notebook["cells"])
    source = list(cell["source"])
    for _ in range(min(3, len(source))):
        source[rng.randrange(len(source))] = rng.choice("()\"'\\\n\t\0#:@%!é\ud800")
    cell["source"] = "".join(source)


def misplace_key(notebook, rng):
    """A key of a cell has a value of another type."""
    cell = rng.choice(notebook["cells"])
    cell[rng.choice(["id", "metadata", "outputs", "attachments"])] = rng.choice([None, 3, [], "x"])


DAMAGES = [
    *(delete, duplicate, move, shuffle, split, merge),
    *(retype, strip, forge, mangle, misplace_key),
]


@pytest.mark.parametrize("seed", range(200))
def test_any_three_damages_leave_a_notebook_fit_for_grading(right, repaired, seed):
    """Every test cell is there once, unchanged and in order, with the master's points."""
    rng = random.Random(seed)
    notebook = json.loads(json.dumps(right))
    damages = rng.choices(DAMAGES, k=3)
    for damage in damages:
        if len(notebook["cells"]) > 1:
            with contextlib.suppress(TypeError, AttributeError):  # Met an earlier damage.
                damage(notebook, rng)
    try:
        _, report = repaired(notebook)
    except AutograderError as error:
        pytest.fail(f"{[damage.__name__ for damage in damages]}: {error}")
    assert all(line and "  " not in line for line in report)


def retype_answer(notebook, rng):
    """An answer became text."""
    answers = [cell for cell in notebook["cells"] if cell["source"].startswith("def ")]
    rng.choice(answers)["cell_type"] = rng.choice(["markdown", "raw"])


def merge_answers(notebook, rng):
    """Two answers stand in one cell."""
    answers = [cell for cell in notebook["cells"] if cell["source"].startswith("def ")]
    first, second = rng.sample(answers, 2)
    first["source"] += "\n\n" + second["source"]
    notebook["cells"] = [cell for cell in notebook["cells"] if cell is not second]


def run(notebook):
    """What each test cell sees when the notebook runs from top to bottom."""
    seen, names = {}, {}
    given = [c.source for c in RELEASED.cells if str(grade_id_of(c)).startswith("given-")]
    names["check"] = lambda function, points: names.update(result=function())
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source not in given:
            # A copy of a test cell is the student's own, and may stand above the answer.
            with contextlib.nullcontext() if grade_id_of(cell) else contextlib.suppress(NameError):
                exec(cell.source, names)  # noqa: S102 -- the functions of the test below
            if str(grade_id_of(cell)).startswith("check_"):
                seen[grade_id_of(cell).removeprefix("check_")] = names["result"]
    return seen


@pytest.mark.parametrize("seed", range(100))
def test_each_test_cell_sees_the_students_function(right, repaired, seed):
    """However cells were moved, copied, merged, retyped or relabelled, what runs is right."""
    rng = random.Random(seed)
    notebook = json.loads(json.dumps(right))
    for cell in notebook["cells"]:
        name = grade_id_of(cell)
        if name in FUNCTIONS:
            cell["source"] = f"def h_{name}():\n    return 'my {name}'\n\n"
            cell["source"] += f"def {name}():\n    return h_{name}()"
    damages = [shuffle, move, duplicate, strip, forge, retype_answer, merge_answers]
    for damage in rng.choices(damages, k=4):
        damage(notebook, rng)
    mended, _ = repaired(notebook)
    assert run(mended) == {name: f"my {name}" for name in FUNCTIONS}


@pytest.mark.parametrize("damages", [[delete], [duplicate, move], [split], [merge]])
def test_harmless_places_keep_every_answer(right, repaired, damages):
    """Where only cells that are no answers are hit, each answer is graded as it was."""
    for seed in range(30):
        rng = random.Random(seed)
        notebook = json.loads(json.dumps(right))
        answers = [c for c in notebook["cells"] if grade_id_of(c) in (*FUNCTIONS, *QUESTIONS)]
        others = [c for c in notebook["cells"] if c not in answers]
        hit = {"cells": others}
        for damage in damages:
            damage(hit, rng)
        notebook["cells"] = others + answers
        mended, _ = repaired(notebook)
        assert_right(mended)


def test_a_repaired_notebook_needs_no_repair(right, repaired):
    """Repair is its own fixed point, so a regrade reports nothing new."""
    for seed in range(20):
        rng = random.Random(seed)
        notebook = json.loads(json.dumps(right))
        for damage in rng.choices([delete, duplicate, move, merge, retype], k=3):
            damage(notebook, rng)
        once, _ = repaired(notebook)
        twice, _ = repaired(once)
        assert [c.source for c in twice.cells if grade_id_of(c)] == [
            c.source for c in once.cells if grade_id_of(c)
        ]


def test_the_parser_tells_blank_from_written():
    """A body that only says it is not implemented is no answer."""
    cell = 'def a():\n    """Doc."""\n    raise NotImplementedError()\ndef b():\n    return 1'
    assert [d.is_blank for d in Parser().definitions(cell)] == [True, False]
