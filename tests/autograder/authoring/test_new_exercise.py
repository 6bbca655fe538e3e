"""A new exercise's skeleton: each piece is in its place, nothing is lost, bad names are errors."""

import ast
import importlib
import shutil
import subprocess
import sys

import pytest

from autograder import ROOT
from autograder.authoring.build import derived_files
from autograder.authoring.insertion import with_import, with_public_name
from autograder.authoring.skeleton import MARK, lines_of, new_exercise
from autograder.errors import UsageError

NAME = "reconstruction_error"


@pytest.fixture
def course(tmp_path):
    """The texts that a new exercise changes or reads."""
    for pattern in (
        "solutions/*.py",
        "autograder/inside/probes/*.py",
        "autograder/exercises/**/*.py",
        "course/**/*.py",
        "tests/styles/*.py",
    ):
        for path in ROOT.glob(pattern):
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return tmp_path


def texts(course):
    """Every file's text by its path."""
    return {p.relative_to(course).as_posix(): p.read_text() for p in course.rglob("*.py")}


IN_PACKAGE = {
    "course/vae/reconstruction_error.py": True,
    "autograder/inside/probes/a2_vae.py": False,
    "autograder/exercises/a2_vae/reconstruction_error.py": True,
    "autograder/exercises/a2_vae/__init__.py": False,
    "solutions/a2_vae.py": False,
    "tests/styles/reconstruction_error.py": True,
}
IN_MODULE = {
    "course/reconstruction_error.py": True,
    "autograder/inside/probes/a3_latent_space.py": False,
    "autograder/exercises/a3_latent_space.py": False,
    "solutions/a3_latent_space.py": False,
    "tests/styles/reconstruction_error.py": True,
}
IN_NEW_ASSIGNMENT = {
    "course/reconstruction_error.py": True,
    "autograder/inside/probes/a6_flows.py": True,
    "autograder/exercises/a6_flows.py": True,
    "solutions/a6_flows.py": True,
    "tests/styles/reconstruction_error.py": True,
}


@pytest.mark.parametrize(
    ("assignment", "places"),
    [("a2_vae", IN_PACKAGE), ("a3_latent_space", IN_MODULE), ("a6_flows", IN_NEW_ASSIGNMENT)],
)
def test_every_piece_is_in_its_place_and_nothing_is_lost(course, assignment, places):
    """New files, additions to old ones that keep every line, and a mark in each piece."""
    before = texts(course)
    made = new_exercise(NAME, assignment, "images, reconstructions, kl_weight=1e-3", course)
    after = texts(course)
    assert made == places
    assert after.keys() == before.keys() | {path for path, new in places.items() if new}
    for path in before:
        old, new = before[path].splitlines(), iter(after[path].splitlines())
        # Each old line in the old order; but __all__ may have been on one line.
        kept = [line for line in old if not line.startswith("__all__ = [")]
        assert all(line in new for line in kept), path
        if path not in places:
            assert after[path] == before[path]
    for path in places:
        if not path.endswith("__init__.py"):
            assert f"{MARK} {NAME}: " in after[path], path
    probes = ast.parse(after[f"autograder/inside/probes/{assignment}.py"]).body
    (public,) = (node for node in probes if ast.unparse(node).startswith("__all__"))
    assert NAME in ast.literal_eval(public.value)


def test_what_is_written_has_the_projects_form(course):
    """Linter and formatter only complain that numpy is imported and not used yet."""
    shutil.copy(ROOT / "pyproject.toml", course)
    # Of the course's packages only parts are here, so ruff cannot see whose they are.
    own = ["--config", 'lint.isort.known-first-party = ["autograder", "course"]']
    for assignment in ("a2_vae", "a6_flows"):
        made = new_exercise(f"{NAME}_{assignment[:2]}", assignment, "x, scale=1.0", course)
        for command in (["check", "--ignore", "F401", *own], ["format", "--check"]):
            done = subprocess.run(
                [sys.executable, "-m", "ruff", *command, *made],
                cwd=course, capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout


def test_the_skeleton_of_a_new_assignment_is_read_and_built(course, monkeypatch):
    """Before it is filled in, its modules can be imported and its notebooks built."""
    new_exercise(NAME, "a6_flows", "x", course)
    for name in ("a1_distances", "a2_vae", "a3_latent_space", "a4_gan", "a5_gan_training"):
        (course / f"solutions/{name}.py").unlink()
    from autograder import exercises
    from autograder.authoring import build, cells
    from autograder.inside import probes

    monkeypatch.setattr(
        probes, "__path__", [*probes.__path__, str(course / "autograder/inside/probes")]
    )
    folder = str(course / "autograder/exercises")
    monkeypatch.setattr(exercises, "__path__", [*exercises.__path__, folder])
    import course as package

    monkeypatch.setattr(package, "__path__", [*package.__path__, str(course / "course")])
    module = importlib.import_module("autograder.exercises.a6_flows")
    try:
        for user in (build, cells):
            monkeypatch.setattr(user, "exercises_of", lambda assignment: {NAME: vars(module)[NAME]})
        content = derived_files(course)
        assert set(content) == {
            "solutions/a6_flows/a6_flows.ipynb",
            "notebooks/assignments/a6_flows/a6_flows.ipynb",
        }
    finally:
        for name in ("autograder.exercises.a6_flows", "autograder.inside.probes.a6_flows"):
            sys.modules.pop(name)
        sys.modules.pop(f"course.{NAME}")


BAD_NAMES = {
    "1x": "'1x' is no name for an exercise: expected a Python function's name",
    "class": "'class' is no name",
    "": "'' is no name",
    "Big": "'Big' is no name",
    "a.b": "is no name",
    "sum": "a name of Python's own",
    "check_kl_loss": "the name of a test cell",
    "kl_loss": r"'kl_loss' is taken, in course/vae/losses\.py",
    "load_images": r"taken, in course/data\.py",
    "tensor": r"taken, in autograder/inside/probes/a2_vae\.py",
    "losses": r"taken, in autograder/exercises/a2_vae/__init__\.py",
    "lp_norm": "is taken",
    "optimizer": r"taken, in solutions/a2_vae\.py",
    "why_reparameterise": r"taken, in solutions/a2_vae\.py",
    "a2_vae": r"tests/styles/a2_vae\.py exists already",
}


@pytest.mark.parametrize(("name", "said"), BAD_NAMES.items(), ids=BAD_NAMES)
def test_a_bad_name_is_an_error_and_nothing_is_written(course, name, said):
    """The error says what is wrong with the name, or which file uses it."""
    before = texts(course)
    with pytest.raises(UsageError, match=said):
        new_exercise(name, "a2_vae", "x", course)
    assert texts(course) == before


@pytest.mark.parametrize("assignment", ["a2_vea", "a9_flows", "flows", "a6_", ""])
def test_an_assignment_that_is_neither_known_nor_next_is_an_error(course, assignment):
    """A misspelt assignment does not start a new one."""
    with pytest.raises(UsageError, match=r"there are a1_distances, .* a new one begins with a6_"):
        new_exercise(NAME, assignment, "x", course)


@pytest.mark.parametrize("takes", ["x y", "*x", "x, **named", "x): pass\ndef g(", "x=", "x, /"])
def test_what_is_no_list_of_parameters_is_an_error(course, takes):
    """Parameters are names and defaults; nothing else is written into a file."""
    with pytest.raises(UsageError, match="are no parameters: expected names, with defaults"):
        new_exercise(NAME, "a2_vae", takes, course)


def test_the_same_name_twice_is_an_error(course):
    """A second run does not overwrite what was filled in since the first."""
    new_exercise(NAME, "a2_vae", "x", course)
    with pytest.raises(UsageError, match=r"'reconstruction_error' is taken, in course/vae/"):
        new_exercise(NAME, "a2_vae", "x", course)


def test_the_next_steps_are_listed_in_order(course):
    """What was made, then each file to fill in, then the build, then the gate."""
    lines = lines_of(new_exercise(NAME, "a2_vae", "x", course), NAME)
    assert lines[0] == "new:      course/vae/reconstruction_error.py"
    steps = [line.partition(". ")[2] for line in lines if line[:1].isdigit()]
    assert [step.partition(":")[0] for step in steps[:5]] == [
        path for path in IN_PACKAGE if not path.endswith("__init__.py")
    ]
    assert steps[5:7] == ["make build", f"python -m autograder check-exercises {NAME}"]


def test_a_public_name_is_sorted_in():
    """On one line if it fits, else one name per line; the rest does not change."""
    assert (
        with_public_name('__all__ = ["a", "c"]\nx = 1\n', "b")
        == '__all__ = ["a", "b", "c"]\nx = 1\n'
    )
    long = [f"quite_a_long_name_{number}" for number in range(5)]
    made = with_public_name(f"__all__ = {long[:4]!r}\n", long[4])
    assert made == "__all__ = [\n" + "".join(f'    "{name}",\n' for name in long) + "]\n"
    with pytest.raises(UsageError, match="there is no __all__ to add b to"):
        with_public_name("x = 1\n", "b")


def test_an_import_is_sorted_in():
    """Among the course's own imports, by module."""
    text = (
        "import numpy as np\n\nfrom autograder.text import words\nfrom course import vae\n\nx = 1\n"
    )
    made = with_import(text, "course.a", "b")
    assert made.splitlines()[3:5] == ["from course import vae", "from course.a import b"]
    assert with_import(text, "autograder.a", "b").splitlines()[2] == "from autograder.a import b"
