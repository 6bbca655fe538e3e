"""Variants by student: sizes and inputs of their own, one key a variant, and nothing for others."""

import json
import math
import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from autograder import ROOT, wire
from autograder import check as checking
from autograder import key as keys
from autograder.authoring.case import Case
from autograder.authoring.promises import reference_is_right, seeds_matter
from autograder.errors import AuthorError
from autograder.exercise import Exercise, exercises_of
from autograder.observe import frames, observe
from autograder.variants import by_student, chosen_for, count, sizes, variant_of
from autograder.verdict import judge

DIMENSIONS = (2, 3, 5, 8)
PROBE = f'''
"""What is observed of the functions of assignment a6_own."""

from autograder.variants import by_student

__all__ = ["ball_volume", "plain_volume"]


@by_student(dimension={DIMENSIONS})
def ball_volume(ball_volume, rng, dimension):
    yield "the unit ball in your dimension", lambda: ball_volume(dimension)


def plain_volume(plain_volume, rng):
    radius = rng.uniform(1, 2)
    yield "a disc", lambda: plain_volume(radius)
'''
COURSE = '''
"""Volumes of balls."""

import math


def ball_volume(dimension):
    """Volume of the unit ball in ``dimension`` dimensions, a float."""
    return math.pi ** (dimension / 2) / math.gamma(dimension / 2 + 1)


def plain_volume(radius):
    """Area of a disc of this radius, a float."""
    return math.pi * radius**2
'''
EXERCISES = '''
"""The exercises of assignment a6_own."""

from autograder.exercise import Exercise
from autograder.probes import a6_own as probes
from course.balls import ball_volume, plain_volume

volume = Exercise(ball_volume, probes.ball_volume)
disc = Exercise(plain_volume, probes.plain_volume)


@volume.misconception
def a_cube(dimension):
    """This is the volume of the cube around the ball, and the ball does not fill its corners."""
    return 2.0**dimension


@disc.misconception
def circumference(radius):
    """This is the length of the circle and not the area that it encloses, which grows faster."""
    return 6.283185307179586 * radius
'''
SOLUTION = """
# %% [markdown]
# # Balls

# %%
import math

from autograder.check import check
from autograder.variants import yours

dimension = yours("a6_own", "ball_volume")["dimension"]
print("your dimension:", dimension)

# %%
from course.balls import ball_volume  # inline: solution

# %%
check(ball_volume, points=2)

# %%
from course.balls import plain_volume  # inline: solution

# %%
check(plain_volume, points=1)
"""
CLASS = """
import json, sys
import nbformat
from autograder.build import build
from autograder.classroom import Classroom
from autograder.grade import grade

build()
classroom = Classroom("classroom")
outcome = classroom.api.generate_assignment("a6_own", force=True, create=True)
assert outcome["success"], outcome
for student, function in json.load(sys.stdin).items():
    path = classroom.path("release", ".", "a6_own") / "a6_own.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "ball_volume":
            cell.source = function
    path = classroom.path("submitted", student, "a6_own") / "a6_own.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
told = {}
for result in grade(classroom, "a6_own", workers=1):
    path = classroom.path("autograded", result.student, "a6_own") / "a6_own.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    shown = [out.get("text") for cell in cells for out in cell.get("outputs", ())]
    verdict = result.verdicts["ball_volume"]
    told[result.student] = [
        result.status, result.marks["check_ball_volume"][0], verdict.misconceptions, shown[0]
    ]
keys = [path.name for path in (classroom.path("feedback").parent / "keys").iterdir()]
print(json.dumps([told, keys]))
"""


@by_student(dimension=DIMENSIONS)
def ball_volume(ball_volume, rng, dimension):
    """Looks at one value, at a size and an input of the variant's."""
    radius = rng.uniform(1, 2)
    yield "volume", lambda: ball_volume(dimension, radius)


def reference(dimension, radius):
    """The right volume."""
    return math.pi ** (dimension / 2) / math.gamma(dimension / 2 + 1) * radius**dimension


EXERCISE = Exercise(reference, ball_volume)


def seen(implementation, variant, seed=1):
    """What is observed, by name."""
    stream = observe(ball_volume, implementation, seed, variant)
    return {each.name: each.value for each in wire.decode(stream)}


def test_variants_differ_and_each_is_the_same_again():
    """Sizes are those of the variant, inputs its own, and a regrade sees what it saw."""
    inputs = [seen(lambda *both: np.array(both), variant)["volume"] for variant in range(4)]
    assert [int(dimension) for dimension, _ in inputs] == list(DIMENSIONS)
    assert len({float(radius) for _, radius in inputs}) == 4
    assert seen(reference, 2) == seen(reference, 2)
    assert seen(reference, 2, seed=2) != seen(reference, 2)


def test_a_student_has_a_variant_and_keeps_it():
    """The same in every process, another in another assignment, and all in use alike."""
    students = [f"student{number}" for number in range(4000)]
    chosen = [variant_of(student, "a6_own", 4) for student in students]
    assert chosen[:6] == [variant_of(student, "a6_own", 4) for student in students[:6]]
    assert chosen[:6] == [0, 2, 2, 2, 0, 2]  # As it was first: students keep theirs
    assert chosen != [variant_of(student, "a7_own", 4) for student in students]
    counts = np.bincount(chosen, minlength=4)
    # Four standard deviations of a binomial count.
    assert np.abs(counts - 1000).max() < 4 * math.sqrt(4000 * 0.25 * 0.75)


def test_a_result_of_another_variant_is_wrong_and_named():
    """A constant that is right for one student costs another the points, and says why."""
    mine, theirs = EXERCISE.key(1, 0), seen(reference, 3)["volume"]
    copied = judge(mine, observe(ball_volume, lambda *_: float(theirs), 1, 0))
    assert copied.fraction < 1 and copied.misconceptions == ("another_variant",)
    own = seen(reference, 0)["volume"]
    assert judge(mine, observe(ball_volume, lambda *_: float(own), 1, 0)).fraction == 1
    assert all(
        judge(EXERCISE.key(1, n), observe(ball_volume, reference, 1, n)).fraction == 1
        for n in range(4)
    )


def test_the_gate_looks_at_every_variant():
    """A reference that fails in the last one only, and variants that are none, are breaches."""

    def fails_at_eight(dimension, radius):
        if dimension == 8:
            raise ValueError("too many dimensions")
        return reference(dimension, radius)

    @by_student(dimension=DIMENSIONS)
    def same(same, rng, dimension):
        yield "one", lambda: same(3, 1.0)

    assert not [*reference_is_right(Case("a6_own", EXERCISE))]
    assert not [*seeds_matter(Case("a6_own", EXERCISE))]
    with pytest.raises(AuthorError, match="too many dimensions"):
        [*reference_is_right(Case("a6_own", Exercise(fails_at_eight, ball_volume)))]
    said = [breach.what for breach in seeds_matter(Case("a6_own", Exercise(reference, same)))]
    assert said.count("two variants expect the same") == 3


def test_check_takes_the_variant_of_who_runs_it(monkeypatch):
    """On a JupyterHub its user's: one constant is right for one and wrong for another."""
    monkeypatch.setattr(checking, "find_exercise", lambda name: EXERCISE)
    monkeypatch.setattr(ball_volume, "__module__", "autograder.probes.a6_own")
    by_variant = {variant_of(f"student{n}", "a6_own", 4): f"student{n}" for n in range(40)}
    public = checking.PUBLIC_SEED
    answer = float(seen(reference, 1, public)["volume"])

    def constant(dimension, radius):
        return answer

    fractions = []
    for variant in range(4):
        monkeypatch.setenv("JUPYTERHUB_USER", by_variant[variant])
        fractions.append(checking.check(constant).fraction)
    assert fractions == [0, 1, 0, 0]


def test_without_variants_nothing_changes():
    """The generator is the seed's and the name's alone, as it was, and no cell says more."""
    probe = exercises_of("a1_distances")["lp_norm"].probe
    draws = []

    def lp_norm(lp_norm, rng):
        draws.append(rng.random())
        yield from ()

    list(frames(lp_norm, None, 5))
    old = np.random.default_rng([5, zlib.crc32(b"lp_norm")])
    assert draws == [old.random()]
    assert count(probe) == 1 and sizes(probe, 0) == {}
    assert all(not chosen_for("ada", name) for name in ("a1_distances", "a2_vae", "none"))


@pytest.mark.parametrize(
    "values", [{}, {"a": (1,)}, {"a": (1, 2), "b": (1, 2, 3)}, {"a": [1, 2]}, {"a": (0,) * 65}]
)
def test_an_author_is_told_what_variants_take(values):
    """Tuples of one length from 2 on, at most 64, since each is run once a class."""
    with pytest.raises(AuthorError, match="by_student takes tuples of 2 to 64 values"):
        by_student(**values)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A course with one assignment, one of whose exercises has variants."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("autograder", "course"):
        ignored = shutil.ignore_patterns("__pycache__", "datasets", "weights")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("exercises", "probes"):
        for path in (folder / "autograder" / name).glob("a[1-5]_*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    texts = {
        "autograder/probes/a6_own.py": PROBE,
        "autograder/exercises/a6_own.py": EXERCISES,
        "course/balls.py": COURSE,
        "solutions/a6_own.py": SOLUTION,
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text.lstrip())
    (folder / "notebooks").mkdir()
    return folder


@pytest.mark.slow
def test_a_class_is_graded_by_each_ones_variant(copy):
    """In the sandbox: a method, one's own result, and another's; keys for all in one file."""
    by_variant = {variant_of(f"student{n}", "a6_own", 4): f"student{n}" for n in range(40)}
    general, own, copier = by_variant[0], by_variant[1], by_variant[2]
    right = COURSE.partition("def plain_volume")[0].partition("def ")[2]
    volume = math.pi ** (DIMENSIONS[1] / 2) / math.gamma(DIMENSIONS[1] / 2 + 1)
    constant = f"def ball_volume(dimension):\n    return {volume!r}\n"
    handed_in = {general: f"def {right}", own: constant, copier: constant}
    environment = {name: value for name, value in os.environ.items() if name != "CLASSROOM"}
    bin_folder = Path(sys.executable).parent
    environment["PATH"] = f"{bin_folder}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", CLASS],
        cwd=copy,
        env=environment,
        input=json.dumps(handed_in),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told, files = json.loads(done.stdout.splitlines()[-1])
    assert told == {
        general: ["graded", 2, [], f"your dimension: {DIMENSIONS[0]}\n"],
        own: ["graded", 2, [], f"your dimension: {DIMENSIONS[1]}\n"],
        copier: ["graded", 0, ["another_variant"], f"your dimension: {DIMENSIONS[2]}\n"],
    }
    (key,) = files
    content = json.loads(zlib.decompress((copy / "classroom" / "keys" / key).read_bytes()))
    names = ["ball_volume", *(f"ball_volume#{n}" for n in (1, 2, 3)), "plain_volume"]
    assert [*content] == names


def test_keys_of_variants_are_read_as_they_are_made(tmp_path, monkeypatch):
    """From its file, each variant's key has its own values, and the others' as mistakes."""
    monkeypatch.setattr("autograder.exercise.exercises_of", lambda name: {"volume": EXERCISE})
    keys._write("a6_own", 3, tmp_path / "a.key")
    read = keys._read(tmp_path / "a.key")
    assert [*read] == ["volume", "volume#1", "volume#2", "volume#3"]
    for variant in range(4):
        key, direct = read[keys.keyed("volume", variant)], EXERCISE.key(3, variant)
        assert key.expected == direct.expected
        assert [each.observations() for each in key.mistakes] == [
            each.observations() for each in direct.mistakes
        ]


def test_what_is_not_written_out_is_refused(monkeypatch, tmp_path):
    """The grader counts variants without importing probes, which may need TensorFlow."""
    monkeypatch.setattr("autograder.variants.__file__", str(tmp_path / "variants.py"))
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "a8.py").write_text("@by_student(k=range(3))\ndef f(f, rng, k): ...\n")
    with pytest.raises(AuthorError, match=r"f of a8: .* written out, got range\(3\)"):
        chosen_for("ada", "a8")
    (tmp_path / "probes" / "a9.py").write_text("@by_student(k=(3, 4))\ndef f(f, rng, k): ...\n")
    assert chosen_for("ada", "a9") == {"f": variant_of("ada", "a9", 2)}
