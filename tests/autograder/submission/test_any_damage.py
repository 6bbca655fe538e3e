"""Whatever three damages a submission has, the repaired notebook can be graded."""

import contextlib
import json
import random

import pytest
from damages import CELLS, delete, duplicate, forge, merge, move, retype, shuffle, split, strip
from student_notebooks import (
    FUNCTIONS,
    QUESTIONS,
    RELEASED,
    assert_right,
    grade_id_of,
)

from autograder.errors import AutograderError


@pytest.mark.parametrize("seed", range(200))
def test_any_three_damages_leave_a_notebook_fit_for_grading(right, repaired, seed):
    """Every test cell appears once, unchanged and in order, with the master's points."""
    rng = random.Random(seed)
    notebook = json.loads(json.dumps(right))
    damages = rng.choices(CELLS, k=3)
    for damage in damages:
        if len(notebook["cells"]) > 1:
            with contextlib.suppress(
                TypeError, AttributeError, KeyError
            ):  # An earlier damage is in the way.
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
    """If cells are moved, copied, merged, retyped or relabelled, the right functions still run."""
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
    """If only cells that are not answers are damaged, each answer is graded as it was."""
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
    """Repairing a repaired notebook changes nothing, so a regrade reports nothing new."""
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
