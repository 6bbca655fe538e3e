"""Temporary folders: a killed grader's go at the next start, a living one's stay."""

import os
import subprocess
import sys

import pytest

MAKE = "from autograder.sandbox import folders\nimport sys\nprint(folders.make(), flush=True)\n"


@pytest.fixture
def start(tmp_path):
    """Starts graders that make a folder and wait; they end when the test does."""
    started = []

    def grader():
        process = subprocess.Popen(
            [sys.executable, "-c", f"{MAKE}sys.stdin.read()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(tmp_path)},
        )
        started.append(process)
        return process, process.stdout.readline().strip()

    yield grader
    for process in started:
        process.communicate()


def test_what_a_killed_grader_left_goes_at_the_next_start(start):
    """What a living one holds stays, and goes when that one ends."""
    killed, left = start()
    living, held = start()
    killed.kill()
    killed.wait()
    assert os.path.isdir(left)
    _, own = start()
    assert not os.path.exists(left)
    assert os.path.isdir(held)
    assert os.path.isdir(own)
    living.communicate("")
    assert not os.path.exists(held)


def test_graders_that_start_together_keep_their_folders(start):
    """No start sweeps what another has just made."""
    assert all(os.path.isdir(folder) for _, folder in [start() for _ in range(4)])


def test_a_link_of_somebody_elses_is_not_followed(start, tmp_path):
    """A name in a folder that all may write to proves nothing."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    (tmp_path / "autograder-held-link").symlink_to(tmp_path / "precious")
    start()
    assert (tmp_path / "precious" / "file").exists()
