"""The gate: which exercises it checks, and what it prints."""

import re

import pytest

from autograder import ROOT
from autograder.authoring import gate
from autograder.errors import UsageError


def test_an_unknown_name_is_an_error():
    """For a name that is neither exercise nor assignment, the gate lists those that exist."""
    with pytest.raises(
        UsageError, match=r"no exercise or assignment 'kl_los'; there are .*kl_loss"
    ):
        gate.chosen(["kl_los"])


def test_an_assignment_stands_for_its_exercises():
    """Names of exercises and of assignments may be mixed."""
    found = dict(gate.chosen(["kl_loss", "a1_distances"]))
    assert found["a2_vae"] == ["kl_loss"]
    assert len(found["a1_distances"]) == 5


def test_a_module_that_cannot_be_imported_is_named(monkeypatch, capsys):
    """An assignment whose exercises raise on import has one line and one breach, with the place."""

    def broken(assignment):
        raise SyntaxError("never closed", (str(ROOT / "autograder/exercises/a1.py"), 7, 1, "("))

    monkeypatch.setattr(gate, "exercises_of", broken)
    assert not gate.check_all(["a1_distances"])
    said = capsys.readouterr().out
    assert re.search(r"^a1_distances +0 of 10 +0\.0  can be imported$", said, re.MULTILINE)
    assert "  where:    autograder/exercises/a1.py:7\n" in said
    assert "SyntaxError: never closed" in said


def test_a_probe_without_an_exercise_is_named(monkeypatch, capsys):
    """The gate names a probe that has no Exercise of the same name."""
    monkeypatch.setattr(gate, "exercises_of", lambda assignment: {})
    assert not gate.check_all(["lp_norm"])
    assert "lp_norm has a probe and no Exercise" in capsys.readouterr().out
