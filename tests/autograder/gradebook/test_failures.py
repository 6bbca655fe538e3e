"""What stops nbgrader's conversions reaches the result as the exception itself."""

import pytest
from plain_class import make_plain_class

from autograder.cluster.workers import SchedulerLostError
from autograder.errors import AuthorError, MachineError
from autograder.gradebook.grade import grade
from autograder.gradebook.runners import LocalRunner

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (ValueError("odd\nwith a second line"), "ValueError: odd"),
        (AuthorError("the exercise is wrong"), "the exercise is wrong"),
        (MachineError("a worker did not start"), "a worker did not start"),
    ],
)
def test_an_exception_in_nbgraders_conversion_is_the_reason(tmp_path, monkeypatch, error, detail):
    """Our own errors are sentences; others have their type, and one line. Both are tried twice."""
    tries = []

    def fail(self, cells, seed):
        tries.append(1)
        raise error

    monkeypatch.setattr(LocalRunner, "run", fail)
    (result,) = grade(make_plain_class(tmp_path, {"ada": "return 2 * x"}), "own")
    assert (result.status, result.detail) == ("not graded", detail)
    assert len(tries) == 2


def test_feedback_that_cannot_be_made_is_told_and_the_marks_stay(tmp_path, monkeypatch):
    """The next run makes the feedback, and runs no cell again."""

    def fail(self, nb, resources):
        raise ValueError("no page")

    classroom = make_plain_class(tmp_path, {"ada": "return 2 * x"})
    with monkeypatch.context() as patch:
        patch.setattr("autograder.gradebook.bookkeeping.GetGrades.preprocess", fail)
        (result,) = grade(classroom, "own")
    assert (result.status, result.detail) == ("not graded", "no feedback: ValueError: no page")
    monkeypatch.setattr(LocalRunner, "run", fail)
    (result,) = grade(classroom, "own")
    assert (result.status, result.points) == ("graded", 6)


def test_a_cluster_without_its_scheduler_ends_the_run(tmp_path, monkeypatch):
    """Nobody else is tried, and the message has the reason and what to do."""
    tries = []

    def fail(self, cells, seed):
        tries.append(1)
        raise SchedulerLostError("the scheduler at tcp://host is gone")

    monkeypatch.setattr(LocalRunner, "run", fail)
    classroom = make_plain_class(tmp_path, {"ada": "return 2 * x"})
    with pytest.raises(MachineError, match="tcp://host is gone; the same command continues"):
        list(grade(classroom, "own"))
    assert len(tries) == 1
