"""Warm workers in the sandbox: what comes out of a notebook, and what never comes in."""

import base64
import os
import tempfile
from pathlib import Path

import pytest

from autograder.exercises.catalogue import exercises_of
from autograder.inside.observe import observe
from autograder.inside.probes import a1_distances as probes
from autograder.judging.key import key_of
from autograder.judging.verdict import judge
from autograder.sandbox import launch
from autograder.sandbox.pool import Pool
from course.distances import lp_norm

SEED = 5
RIGHT = """
import numpy as np


def lp_norm(x, p):
    if p < 1:
        raise ValueError("not a norm")
    return np.linalg.norm(x, ord=p)
"""
CHECK = {"source": "check(lp_norm, points=2)", "check": "lp_norm"}
LIMITS = {"cell_seconds": 6, "probe_seconds": 6, "notebook_seconds": 30}

pytestmark = pytest.mark.slow


def cell(source):
    """A cell to be run as it is."""
    return {"source": source, "check": None}


@pytest.fixture(scope="module", params=["bwrap", "none"])
def pool(request):
    """One worker, isolated as users get it, and as somebody may ask for it."""
    modules = ("numpy", "matplotlib.pyplot")
    pool = Pool("a1_distances", 1, None, modules, request.param, LIMITS)
    yield pool
    pool.close()


def run(pool, *sources):
    """What came of some cells."""
    return pool.run([cell(source) for source in sources], SEED)[0]


def test_observations_are_those_of_the_function_itself(pool):
    """Inside, a probe sees byte for byte what it sees of the same function here."""
    (_, checked), seconds = pool.run([cell(RIGHT), CHECK], SEED)
    namespace = {}
    exec(RIGHT, namespace)  # noqa: S102 -- our own text, the one above
    assert checked.observations == observe(probes.lp_norm, namespace["lp_norm"], SEED)
    assert (
        judge(key_of(exercises_of("a1_distances")["lp_norm"], SEED), checked.observations).fraction
        == 1
    )
    assert 0 < seconds < LIMITS["notebook_seconds"]


def test_the_kernel_ends_a_submission_before_the_grader(pool):
    """Where the machine's memory runs out, by the score that the kernel chooses by."""
    (seen,) = run(pool, "print(open('/proc/self/oom_score_adj').read())")
    assert seen.outputs[0]["text"].strip() == "1000"


def test_what_cells_show_is_kept_as_a_notebook_keeps_it(pool):
    """Text on both streams, a value, a figure, HTML and an error, in their order."""
    plot = "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"
    runs = run(
        pool,
        "import sys\nprint('said')\nprint('warned', file=sys.stderr)\n6 * 7",
        plot,
        "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))",
        "1 / 0",
    )
    assert [(output["output_type"], output.get("name")) for output in runs[0].outputs] == [
        ("stream", "stdout"),
        ("stream", "stderr"),
        ("execute_result", None),
    ]
    assert runs[0].outputs[2]["data"]["text/plain"] == "42"
    picture = runs[1].outputs[-1]["data"]["image/png"]
    assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert runs[2].outputs[0]["data"]["text/html"] == "<b>bold</b>"
    assert runs[3].outputs[0]["ename"] == "ZeroDivisionError"


def test_withheld_functions_say_whose_they_are(pool):
    """The course is there without what the assignment asks for, and says so."""
    runs = run(
        pool, "from course.distances import lp_norm", "import course.distances as d\nd.lp_norm"
    )
    for came in runs:
        assert came.outputs[0]["ename"] == "ImportError"
        assert "lp_norm is what assignment a1_distances asks" in came.outputs[0]["evalue"]
    assert "def lp_norm" not in str(
        run(pool, "print(open(__import__('course.distances').distances.__file__).read())")
    )


def test_a_function_that_is_missing_is_named_as_missing(pool):
    """A test cell without its function has no observations, and a reason."""
    (checked,), _ = pool.run([CHECK], SEED)
    assert checked.observations is None
    assert checked.reason == "there is no function of this name"


def test_nothing_passes_from_one_submission_to_the_next(pool):
    """Variables, patched modules, files and random states are gone."""
    first = run(pool, "import random, numpy as np\nprint(random.random(), np.random.rand())")
    run(
        pool,
        "import numpy as np, random, tempfile\nleft = 1\nnp.linalg.norm = None\nrandom.random()",
        "open('left.txt', 'w').write('x')\nopen(tempfile.gettempdir() + '/l', 'w')",
    )
    after = run(pool, "import random, numpy as np\nprint(random.random(), np.random.rand())")
    assert first[0].outputs == after[0].outputs
    found = run(
        pool,
        "import os, tempfile\nprint(os.listdir(), 'l' in os.listdir(tempfile.gettempdir()))\nleft",
    )
    assert found[0].outputs[0]["text"] == "[] False\n"
    assert found[0].outputs[1]["ename"] == "NameError"


def test_a_python_below_the_scratch_folder_is_there_and_read_only(monkeypatch):
    """A course that was cloned into /tmp grades as any other: its packages are not hidden."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        Path(folder, "module.py").write_text("there = 'so it is'")
        visible = launch._visible()
        monkeypatch.setattr(launch, "_visible", lambda: [*visible, folder])
        pool = Pool("a1_distances", 1, None, ("numpy",), "bwrap", LIMITS)
        try:
            read, written = run(
                pool, f"print(open('{folder}/module.py').read())", f"open('{folder}/new', 'w')"
            )
        finally:
            pool.close()
    assert "so it is" in repr(read.outputs)
    assert "Read-only" in repr(written.outputs)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os\nos._exit(3)", "it ended its own process"),
        ("import ctypes\nctypes.string_at(0)", "SIGSEGV ended its process"),
        ("while True:\n    pass", ""),
    ],
    ids=["exit", "crash", "endless"],
)
def test_a_cell_that_ends_its_process_costs_itself_only(pool, source, reason):
    """The cells around it run, and have their observations."""
    runs, _ = pool.run([cell(RIGHT), cell(source), CHECK], SEED)
    assert reason in runs[1].reason
    assert runs[1].outputs[0]["output_type"] == "error"
    assert runs[2].observations == observe(probes.lp_norm, lp_norm_in_numpy(), SEED)


def lp_norm_in_numpy():
    """The right answer of above as a function."""
    namespace = {}
    exec(RIGHT, namespace)  # noqa: S102 -- our own text, the one above
    return namespace["lp_norm"]


def test_a_probe_that_takes_too_long_keeps_what_it_saw(pool):
    """A function that hangs at p = inf has its points for the looks before."""
    hangs = RIGHT.replace("    return", "    while p == np.inf:\n        pass\n    return")
    (_, checked), _ = pool.run([cell(hangs), CHECK], SEED)
    assert checked.trouble == "time"
    key = key_of(exercises_of("a1_distances")["lp_norm"], SEED)
    verdict = judge(key, checked.observations, checked.reason)
    assert verdict.fraction == 4 / 6
    assert "longer than it may" in verdict.findings[4].detail


def test_reference_and_notebook_agree_on_the_reference():
    """The right answer above is right: the reference shows the same."""
    here = observe(probes.lp_norm, lp_norm, SEED)
    verdict = judge(key_of(exercises_of("a1_distances")["lp_norm"], SEED), here)
    assert verdict.fraction == 1


def test_a_closed_pool_grades_nothing(pool):
    """After the end of a grading run nobody waits for a worker that never comes."""
    from autograder.errors import MachineError

    closed = Pool("a1_distances", 1, limits=LIMITS, isolation=pool.workers[0].isolation)
    closed.close()
    with pytest.raises(MachineError, match="stopped"):
        closed.run([cell("1")], SEED)
