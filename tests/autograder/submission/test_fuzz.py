"""Thousands of notebooks that are damaged at random are graded, or are refused and say why."""

import copy
import json
import logging
import random
import re
from collections import Counter

import nbformat
import pytest
from damages import BYTES, damaged_cells
from student_notebooks import assert_fit, grade_id_of

from autograder import ROOT
from autograder.authoring.inline import function_source
from autograder.errors import RefusedError
from autograder.exercises.catalogue import exercises_of
from autograder.submission.read import read_submission
from autograder.submission.repair import repair

pytestmark = pytest.mark.slow

ASSIGNMENTS = ("a1_distances", "a2_vae", "a5_gan_training")
BLOCK = 50  # Notebooks that one test damages.
BLOCKS = 40  # In the ordinary run.
LONG_BLOCK, LONG_BLOCKS = 1_000, 100
BYTE_DAMAGE = 0.15  # Share of the files whose bytes are damaged too.


class Assignment:
    """A released notebook, and the same with right answers."""

    def __init__(self, name):
        path = ROOT / "notebooks" / "assignments" / name / f"{name}.ipynb"
        self.name, self.released = name, nbformat.read(path, as_version=4)
        exercises = exercises_of(name)
        self.right = {
            each: function_source(ROOT, exercises[each].reference.__module__, each)
            for each in map(grade_id_of, self.released.cells)
            if each in exercises
        }
        solved = copy.deepcopy(self.released)
        for cell in solved.cells:
            cell.source = self.right.get(grade_id_of(cell), cell.source)
        self.solved, self.blank = (
            json.loads(json.dumps(notebook)) for notebook in (solved, self.released)
        )


@pytest.fixture(scope="module")
def assignments():
    """Three assignments by name."""
    return {name: Assignment(name) for name in ASSIGNMENTS}


def intact(assignment, notebook):
    """Names of the right functions that stand whole in one cell, and nowhere else in any form."""
    cells = notebook.get("cells")
    if cells is None:  # Of format 3.
        cells = [dict(each, source=each.get("input", each.get("source"))) for each in old(notebook)]
    texts = [(cell.get("cell_type"), "".join(cell["source"])) for cell in cells]
    found = []
    for name, source in assignment.right.items():
        mentions = re.compile(rf"(def|class)\s+{name}\b|\b{name}\s*=|\bas\s+{name}\b|import\s+\*")
        those = [(kind, text) for kind, text in texts if mentions.search(text)]
        if len(those) == 1 and those[0] == ("code", source):
            found.append(name)
    return found


def old(notebook):
    """Cells of a notebook of format 3."""
    return notebook["worksheets"][0]["cells"]


def answer_in(mended, name):
    """Source of a solution cell."""
    (cell,) = [cell for cell in mended.cells if grade_id_of(cell) == name]
    return cell.source


def try_damages(assignments, tmp_path, seed, count, thorough):
    """Damages notebooks, hands each in, and counts what became of them.

    Args:
        assignments: by name.
        tmp_path: where the files are written.
        seed: of everything random.
        count: how many notebooks.
        thorough: one of how many is checked against nbformat's and nbgrader's schemas.
    """
    rng, outcomes = random.Random(seed), Counter()
    for number in range(count):
        mine, other = (assignments[name] for name in rng.sample(ASSIGNMENTS, 2))
        notebook = mine.solved if rng.random() < 0.8 else mine.blank
        damaged, done = damaged_cells(notebook, other.solved, rng)
        content = json.dumps(damaged).encode()
        kept = intact(mine, damaged)
        if rng.random() < BYTE_DAMAGE:
            damage = rng.choice(BYTES)
            content, kept = damage(content, rng), []
            done.append(damage.__name__)
        path = tmp_path / f"{mine.name}.ipynb"
        path.write_bytes(content)
        what = f"seed {seed}, number {number}: {mine.name}, {done}"
        refusal = ""
        try:
            mended, report = repair(read_submission(path), mine.released)
        except RefusedError as error:
            refusal = str(error)
        except Exception as error:
            raise AssertionError(what) from error
        if refusal:
            outcomes["refused"] += 1
            assert len(refusal) < 300 and refusal.isprintable() and not kept, what
            continue
        outcomes["repaired" if report else "whole"] += 1
        outcomes["functions kept"] += len(kept)
        for name in kept:
            assert mine.right[name] in answer_in(mended, name), f"{what}: {name} was lost"
        if number % thorough == 0:
            assert_fit(mended, report, mine.released)
            again = repair(read_submission(path), mine.released)
            assert again == (mended, report), what
    return outcomes


@pytest.mark.parametrize("seed", range(BLOCKS))
def test_two_thousand_damaged_notebooks_are_graded_or_refused(assignments, tmp_path, seed):
    """No error but RefusedError, and an intact right function is in its own cell."""
    outcomes = try_damages(assignments, tmp_path, seed, BLOCK, thorough=4)
    assert outcomes["repaired"] and outcomes["refused"] and outcomes["functions kept"]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(BLOCKS, BLOCKS + LONG_BLOCKS))
def test_a_hundred_thousand_damaged_notebooks(assignments, tmp_path, seed):
    """The same for many more; the log of the test says what became of them."""
    outcomes = try_damages(assignments, tmp_path, seed, LONG_BLOCK, thorough=50)
    logging.getLogger(__name__).info("%s", dict(outcomes))
