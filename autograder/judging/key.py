"""The answer key: what the reference and each known mistake show at one seed.

A verdict needs nothing else, so whoever grades a class neither runs the references again
for each submission nor imports TensorFlow. ``answer_key`` keeps the keys of an assignment in
files beside the gradebook, and makes them again when the course, the exercises or Keras change.
"""

import base64
import functools
import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import ROOT
from autograder.errors import AuthorError
from autograder.exercises.exercise import Exercise
from autograder.inside import wire

__all__ = ["PUBLIC_SEED", "Key", "Mistake", "answer_key", "key_of", "version"]

PUBLIC_SEED = 12  # Of `check` in a notebook; a class has one of its own (nbgrader_config.py).
KEPT = 32  # Keys of one assignment: one per attempt that a class is graded at.

# What decides on marks: these sources, and these packages' versions.
SOURCES = (
    "course",
    "autograder/exercises",
    "autograder/inside",
    "autograder/judging",
    "autograder/submission",
)
PACKAGES = ("numpy", "keras", "tensorflow")


@dataclass(frozen=True)
class Mistake:
    """One known wrong implementation: its name, a tutor's sentence, how it shows.

    ``shown_by`` names the observations that are enough to recognise it, none meaning all
    in which it departs from the reference. ``observations`` gives its values by name.
    """

    name: str
    sentence: str
    shown_by: tuple[str, ...]
    observations: Callable[[], dict[str, wire.Value]]


@dataclass(frozen=True)
class Key:
    """What is expected of one exercise at one seed: values by observation, and mistakes."""

    exercise: str
    expected: dict[str, wire.Value]
    mistakes: tuple[Mistake, ...]


def key_of(exercise: Exercise, seed: int) -> Key:
    """The ``Key`` of one exercise; its mistakes are run when they are asked for."""
    seen = functools.partial(exercise.observations_of, seed=seed)
    mistakes = tuple(
        Mistake(
            wrong.__name__,
            exercise.sentence(wrong),
            tuple(shown_by),
            functools.partial(seen, wrong),
        )
        for wrong, shown_by in exercise.misconceptions.items()
    )
    return Key(exercise.name, seen(exercise.reference), mistakes)


def answer_key(assignment: str, seed: int, folder: str | Path) -> dict[str, Key]:
    """The ``Key`` of each exercise of an assignment, by function name.

    Args:
        assignment: name of the assignment; one without exercises has an empty key.
        seed: integer that the probes run with.
        folder: where the files are kept: one per assignment and seed. Those of earlier
            sources are removed, and the oldest beyond 32 of an assignment.

    Raises:
        AuthorError: if a reference or a misconception cannot be run.
    """
    if not (ROOT / "autograder" / "inside" / "probes" / f"{assignment}.py").exists():
        return {}
    folder = Path(folder)
    path = folder / f"{assignment}-{version(seed)}.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _make(assignment, seed, path)
        _tidy(assignment, folder)
    return _read(path)


def _make(assignment: str, seed: int, path: Path) -> None:
    """Have another process write a key: its TensorFlow is gone when it ends.

    The seed is not among its arguments, which everybody on the machine can read.
    """
    made = subprocess.run(
        [sys.executable, "-m", "autograder.judging.key", assignment, str(path)],
        input=str(seed),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    if made.returncode:
        said = made.stderr.strip().splitlines() or ["it gave no reason"]
        raise AuthorError(f"{assignment} has no answer key: {said[-1]}")


def _tidy(assignment: str, folder: Path) -> None:
    """Remove an assignment's keys of other sources, and the oldest of too many."""
    current = []
    for path in folder.glob(f"{assignment}-*.key"):
        if path.name.startswith(f"{assignment}-{_sources()}-"):
            current.append(path)
        else:
            path.unlink(missing_ok=True)
    for path in sorted(current, key=_when_made)[:-KEPT]:
        path.unlink(missing_ok=True)


def _when_made(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # Another grader has just removed it.
        return 0


@functools.lru_cache(maxsize=8)
def _read(path: Path) -> dict[str, Key]:
    content = json.loads(zlib.decompress(path.read_bytes()))
    return {
        name: Key(
            name,
            _decoder(part["expected"])(),
            tuple(
                Mistake(wrong, sentence, tuple(shown_by), _decoder(stream))
                for wrong, sentence, shown_by, stream in part["mistakes"]
            ),
        )
        for name, part in content.items()
    }


def _decoder(stream: str) -> Callable[[], dict[str, wire.Value]]:
    return functools.cache(lambda: _values(stream))


def _values(stream: str) -> dict[str, wire.Value]:
    return {seen.name: seen.value for seen in wire.decode(base64.b64decode(stream))}


def version(seed: int) -> str:
    """Digest of all that decides on marks at a seed, in two parts: the sources, and the seed."""
    return f"{_sources()}-{hashlib.sha256(str(seed).encode()).hexdigest()[:16]}"


@functools.cache
def _sources() -> str:
    digest = hashlib.sha256()
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            digest.update(path.read_bytes())
    for package in PACKAGES:
        digest.update(importlib.metadata.version(package).encode())
    return digest.hexdigest()[:16]


def _write(assignment: str, seed: int, path: Path) -> None:
    """Run the references and misconceptions of an assignment and keep what they show."""
    import course.backend  # noqa: F401 -- TensorFlow, quietly

    from autograder.exercises.catalogue import exercises_of
    from autograder.inside.observe import observe

    def stream(exercise: Exercise, implementation: Callable[..., Any]) -> str:
        return base64.b64encode(observe(exercise.probe, implementation, seed)).decode()

    content = {
        name: {
            "expected": stream(exercise, exercise.reference),
            "mistakes": [
                (wrong.__name__, exercise.sentence(wrong), shown, stream(exercise, wrong))
                for wrong, shown in exercise.misconceptions.items()
            ],
        }
        for name, exercise in exercises_of(assignment).items()
    }
    # Written elsewhere and renamed: a file that is there is complete.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(zlib.compress(json.dumps(content).encode()))
    os.replace(draft.name, path)


if __name__ == "__main__":
    _write(sys.argv[1], int(sys.stdin.read()), Path(sys.argv[2]))
