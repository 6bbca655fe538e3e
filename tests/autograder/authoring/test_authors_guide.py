"""The author's guide, followed word for word in a copy of the course."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from autograder import ROOT

GUIDE = (ROOT / "docs/authors.md").read_text(encoding="utf-8")
PIECE = re.compile(
    r"In `(\S+)`, replace everything from (?:the last )?`([^`]+)` on:\n\n```python\n(.*?)```",
    re.DOTALL,
)
COMMAND = re.compile(r"Without make, .+: `(.+)`\. It makes")
BROKEN = re.compile(r"```\n(total_variation: .*?)```", re.DOTALL)


@pytest.fixture
def copy(tmp_path):
    """A course of one assignment, which needs no TensorFlow, so that commands are quick."""
    for folder in ("autograder", "course"):
        ignored = shutil.ignore_patterns("__pycache__", "datasets", "weights")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for name in ("solutions/a1_distances.py", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "notebooks").mkdir()
    return tmp_path


def run(copy, *command):
    """Run a command; return its exit code and its output."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=copy, capture_output=True, text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def gate(copy):
    """What the gate says about the guide's exercise."""
    return run(copy, "autograder", "check-exercises", "total_variation")


def without_lines(text):
    """A text without line numbers, which change when the files grow."""
    return re.sub(r"\.py:\d+", ".py", text)


@pytest.mark.slow
def test_the_guides_example_works_and_its_broken_promise_is_named(copy):
    """A new exercise is filled in, built and passes; then one promise is broken as described."""
    code, said = run(copy, *shlex.split(COMMAND.search(GUIDE)[1])[2:])
    assert code == 0, said
    code, said = gate(copy)
    assert code == 1
    assert "total_variation                        0 of 10" in said
    assert "tests/styles/total_variation.py:13" in said

    pieces = PIECE.findall(GUIDE)
    assert len(pieces) == 5
    for path, start, text in pieces:
        head, found, _ = (copy / path).read_text().rpartition(f"{start}\n")
        assert found, path
        (copy / path).write_text(head + text)
    code, said = gate(copy)
    assert code == 1
    assert "is not what its text makes" in said  # Not built yet.
    assert run(copy, "autograder", "build")[0] == 0
    code, said = gate(copy)
    assert code == 0, said
    assert "1 of 1 keep all their promises" in said
    for check in ("check", "format"):
        options = ["--check"] if check == "format" else []
        code, said = run(copy, "ruff", check, *options, *(path for path, _, _ in pieces))
        assert code == 0, said

    probe = copy / "autograder/inside/probes/a1_distances.py"
    text = probe.read_text()
    assert text.count("np.ones(20)") == 1
    probe.write_text(text.replace("np.ones(20)", "np.ones(2)"))
    code, said = gate(copy)
    assert code == 1
    assert without_lines(BROKEN.search(GUIDE)[1]) in without_lines(said)


def test_the_guide_lists_every_promise_in_order():
    """The guide's table has the gate's promises and no others."""
    from autograder.authoring.promises import PROMISES

    table = GUIDE.partition("| promise | what the gate checks |\n")[2].partition("\n\n")[0]
    assert [line.split(" | ")[0].strip("| ") for line in table.splitlines()[1:]] == list(PROMISES)
