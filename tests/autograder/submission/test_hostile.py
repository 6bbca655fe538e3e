"""Hostile submissions cost little, and nothing of them runs."""

import time

import pytest
from student_notebooks import (
    as_percent,
    assert_right,
    code,
    place,
)

from autograder.errors import RefusedError

HANGS = 60  # Seconds of the processor, where a fraction of one is enough.


def test_absurd_notebooks_are_refused_quickly(refusal):
    """Depth, number of cells, of brackets, of digits and of characters are bounded."""
    started = time.process_time()
    cell = {"cell_type": "code", "source": "", "metadata": {}}
    assert "100,000 cells; the limit is 1,000" in refusal(
        {"nbformat": 4, "cells": [cell] * 100_000}
    )
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
    """No cell's text crashes the grader or takes seconds; the other cells are graded."""
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
    """The cost of parsing is bounded for the whole notebook, not only for each cell."""
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
