"""Cores: those that a process was given, not those that the machine has."""

import os
import subprocess
import sys

import pytest

from course.threads import cores_here


@pytest.fixture
def groups(tmp_path):
    """A process in the group /hub/student, whose groups allow what a test writes."""
    (tmp_path / "process").mkdir()
    (tmp_path / "process" / "cgroup").write_text("0::/hub/student\n")
    (tmp_path / "groups" / "hub" / "student").mkdir(parents=True)

    def allow(**limits):
        for name, limit in limits.items():
            folder = {"own": "hub/student", "hub": "hub", "root": "."}[name]
            (tmp_path / "groups" / folder / "cpu.max").write_text(limit)
        return cores_here(tmp_path / "process", tmp_path / "groups")

    return allow


AFFINITY = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def test_without_a_quota_all_cores_of_the_affinity_count(groups, tmp_path):
    """Also where there are no control groups at all, as on macOS."""
    assert groups(own="max 100000\n", root="max 100000\n") == AFFINITY
    assert cores_here(tmp_path / "nowhere", tmp_path / "nowhere") == AFFINITY


@pytest.mark.parametrize("limit", ["100000 100000\n", "50000 100000\n", "1000 100000\n"])
def test_a_quota_counts_in_whole_cores(groups, limit):
    """Half a core is one thread."""
    assert groups(own=limit) == 1


def test_a_part_of_a_core_counts_as_one(groups):
    """A core and a half are two threads, where there are two cores."""
    assert groups(own="150000 100000\n") == min(2, AFFINITY)


def test_the_tightest_of_all_groups_counts(groups):
    """A group has no more than those that it lies in."""
    assert groups(own="max 100000\n", hub="100000 100000\n") == 1
    assert groups(own="999900000 100000\n", hub="999900000 100000\n") == AFFINITY


def test_tensorflow_gets_as_many_threads_as_there_are_cores():
    """And no more than 16; what somebody has set stays."""
    shown = "import os; print(os.environ['TF_NUM_INTRAOP_THREADS'])"
    unset = {key: value for key, value in os.environ.items() if "TF_NUM" not in key}
    chosen = {"TF_NUM_INTRAOP_THREADS": "3"}
    for environment, wanted in [({}, min(16, cores_here())), (chosen, 3)]:
        run = subprocess.run(
            [sys.executable, "-c", f"import course.backend; {shown}"],
            env=unset | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert int(run.stdout) == wanted
