"""Limits of memory: what the kernel keeps, and what the grader sees from outside."""

import os
import subprocess
import sys

import pytest

from autograder.sandbox import memory
from autograder.sandbox.memory import Group, Watch, kind, new_group

MEGABYTE = 2**20
# A process and its child hold 60 MB each, one of them shared; both wait for their input to end.
HOLDS = """
import mmap, os, sys
shared = mmap.mmap(-1, 60 * 2**20)
shared.write(b"x" * len(shared))
if os.fork() == 0:
    own = b"x" * (60 * 2**20)
    print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def fake_groups(tmp_path, monkeypatch):
    """Control groups of version 2 as files, in which this process is that of a session."""
    monkeypatch.setattr(memory, "GROUPS", tmp_path)
    monkeypatch.setattr(memory, "_own_groups", lambda process: {"": "/user/run-7.scope"})
    folder = tmp_path / "user" / "run-7.scope"
    folder.mkdir(parents=True)
    return folder


def test_memory_of_all_processes_counts_also_what_they_share():
    """Looked at from outside, without any word of theirs, and also while they are stopped."""
    held = subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert held.stdout.readline() == b"ready\n"
        watch = Watch(held.pid, 0, None)
        os.kill(held.pid, 19)
        assert 120 * MEGABYTE < watch.taken() < 400 * MEGABYTE
        watch.begin(0)
        assert not watch.is_exceeded()  # What the worker itself had counts twice, and is more.
    finally:
        os.kill(held.pid, 18)
        held.communicate()
    assert watch.taken() == 0


@pytest.mark.skipif(kind() is None, reason="no control group can be made here")
def test_the_kernel_ends_what_exceeds_its_group_and_says_so():
    """300 MB under a limit of 100 MB; the group is gone when its processes are."""
    group = new_group()
    group.limit(100 * MEGABYTE)
    done = subprocess.run([*group.start, sys.executable, "-c", "x = b'x' * (300 * 2**20)"])
    assert done.returncode == -9
    assert group.kills() == 1
    group.remove()
    assert not group.folder.exists()


@pytest.mark.skipif(kind() != "old", reason="groups are made in another way here")
def test_groups_of_killed_graders_are_swept():
    """Those of a living one stay."""
    parent = memory._parent("old")
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, ours = (parent / f"autograder-{process}-x" for process in (ended.pid, os.getpid()))
    for folder in (left, ours):
        folder.mkdir()
    memory._sweep(parent)
    assert not left.exists()
    assert ours.exists()
    ours.rmdir()


def test_a_group_that_systemd_made_is_found_limited_and_read(fake_groups):
    """Its files are those of version 2; what systemd made, it removes itself."""
    (fake_groups / "memory.events").write_text("low 0\noom 3\noom_kill 2\noom_group_kill 0\n")
    group = Group(["systemd-run"], None)
    group.find(os.getpid())
    group.limit(5 * MEGABYTE)
    assert (fake_groups / "memory.max").read_text() == str(5 * MEGABYTE)
    assert group.kills() == 2
    group.remove()
    assert fake_groups.exists()


def test_a_folder_that_is_no_group_is_not_taken_for_one(fake_groups):
    """A machine may have an ordinary folder where version 2 is mounted elsewhere."""
    assert not memory._can_limit(fake_groups, "memory.max")
