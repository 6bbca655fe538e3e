"""The answer key: made once a seed, in a process of its own, and equal to the exercises'."""

import numpy as np
import pytest

from autograder.exercises.catalogue import assignments, exercises_of
from autograder.inside.wire import Table
from autograder.judging.key import answer_key, key_of

pytestmark = pytest.mark.slow

ASSIGNMENT = "a1_distances"


def test_keys_of_several_attempts_are_kept_until_the_sources_change(tmp_path, monkeypatch):
    """Each seed has its file, which is read again; those of other sources or too many go."""
    for name in (f"{ASSIGNMENT}-0123456789abcdef.key", f"{ASSIGNMENT}-old-0123456789abcdef.key"):
        (tmp_path / name).touch()
    (tmp_path / "a2_vae-old.key").touch()
    answer_key(ASSIGNMENT, 3, tmp_path)
    (first,) = tmp_path.glob(f"{ASSIGNMENT}-*")
    made = first.stat().st_mtime_ns
    answer_key(ASSIGNMENT, 3, tmp_path)
    answer_key(ASSIGNMENT, 4, tmp_path)
    assert first.stat().st_mtime_ns == made
    assert len(list(tmp_path.glob(f"{ASSIGNMENT}-*"))) == 2
    monkeypatch.setattr("autograder.judging.key.KEPT", 2)
    answer_key(ASSIGNMENT, 5, tmp_path)
    assert len(list(tmp_path.glob(f"{ASSIGNMENT}-*"))) == 2
    assert not first.exists()
    assert (tmp_path / "a2_vae-old.key").exists()


def test_a_key_from_its_file_is_the_exercises_own(tmp_path):
    """Expected values and mistakes as the references and misconceptions show them here."""
    for name, key in answer_key(ASSIGNMENT, 3, tmp_path).items():
        direct = key_of(exercises_of(ASSIGNMENT)[name], 3)
        same(key.expected, direct.expected)
        assert [mistake[:3] for mistake in map(parts, key.mistakes)] == [
            mistake[:3] for mistake in map(parts, direct.mistakes)
        ]
        for stored, seen in zip(key.mistakes, direct.mistakes, strict=True):
            same(stored.observations(), seen.observations())


def parts(mistake):
    """A mistake without its function."""
    return mistake.name, mistake.sentence, tuple(mistake.shown_by)


def same(some, others):
    """Assert that two sets of observations hold the same values."""
    assert list(some) == list(others)
    for name, value in some.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, others[name])
        else:
            assert value == others[name]


def test_an_assignment_of_another_author_has_an_empty_key(tmp_path):
    """Nothing is observed there, and no file made."""
    assert answer_key("own", 3, tmp_path / "keys") == {}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("assignment", assignments())
def test_what_a_class_is_shown_of_a_key_says_nothing_of_its_seed(assignment):
    """Expected texts are the same at each seed, and tables but for shapes and sizes."""
    for exercise in exercises_of(assignment).values():
        first, other = (exercise.observations_of(exercise.reference, seed) for seed in (3, 4))
        # By order: a name may say at which inputs something was observed.
        for value, again in zip(first.values(), other.values(), strict=True):
            if isinstance(value, str):
                assert value == again
            elif isinstance(value, Table):
                assert _without_sizes(value) == _without_sizes(again)


def _without_sizes(table):
    sizes = [table.columns.index(name) for name in ("output shape", "parameters")]
    return [[cell for n, cell in enumerate(row) if n not in sizes] for row in table.rows]
