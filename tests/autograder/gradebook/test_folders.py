"""The folders and the seed that nbgrader_config.py asks for."""

import os
import stat
import subprocess
import sys

import pytest

from autograder.gradebook.folders import class_seed, make_folders


def test_a_class_keeps_the_seed_that_was_drawn_first(tmp_path):
    """The seed is the same the second time, another class has another, and no draft stays."""
    first, other = tmp_path / "first", tmp_path / "other"
    first.mkdir()
    other.mkdir()
    seed = class_seed(first)
    assert class_seed(first) == seed
    assert class_seed(other) != seed
    assert os.listdir(first) == ["seed"]


def test_processes_that_draw_at_once_agree_on_the_seed(tmp_path):
    """Six processes print one seed."""
    draw = (
        "import pathlib, sys\n"
        "from autograder.gradebook.folders import class_seed\n"
        "print(class_seed(pathlib.Path(sys.argv[1])))\n"
    )
    command = [sys.executable, "-c", draw, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    seeds = {process.communicate()[0] for process in processes}
    assert seeds == {f"{class_seed(tmp_path)}\n"}


def test_without_the_folder_of_a_class_there_is_no_seed(tmp_path):
    """A student's machine has no classroom: nothing is made, and nothing fails."""
    assert class_seed(tmp_path / "nothing") is None
    assert os.listdir(tmp_path) == []


def test_missing_folders_are_made_and_everyone_may_write_into_the_exchange(tmp_path):
    """Those that are there keep their permissions."""
    present = tmp_path / "classroom"
    present.mkdir(mode=0o700)
    exchange = tmp_path / "srv" / "exchange"
    make_folders(present, tmp_path / "mine", exchange)
    assert stat.S_IMODE(present.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o755
    assert stat.S_IMODE(exchange.stat().st_mode) == 0o1777


@pytest.mark.parametrize("blocked", ["classroom", "mine", "exchange"])
def test_a_folder_that_cannot_be_made_does_not_stop_the_others(tmp_path, blocked):
    """nbgrader names it when it needs it."""
    (tmp_path / "file").touch()
    folders = {name: tmp_path / name for name in ("classroom", "mine", "exchange")}
    folders[blocked] = tmp_path / "file" / "folder"
    make_folders(*folders.values())
    assert [path.is_dir() for path in folders.values()].count(True) == 2
