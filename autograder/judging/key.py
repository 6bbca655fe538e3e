"""The answer key: what the reference and each known mistake show at one seed.

A verdict needs nothing else, so whoever marks a class neither runs the references again
for each submission nor imports TensorFlow. ``answer_key`` keeps the key of an assignment in
a file beside the gradebook, made anew when the course, the exercises or Keras change.
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

from autograder import ROOT
from autograder.errors import AuthorError
from autograder.inside import wire

__all__ = ["PUBLIC_SEED", "Key", "Mistake", "answer_key", "key_of", "version"]

PUBLIC_SEED = 12  # Of `check` in a notebook; a class has one of its own (nbgrader_config.py).

# What decides on the observations: these sources, and these packages' versions.
SOURCES = (
    *("course", "autograder/exercises", "autograder/inside/probes"),
    "autograder/inside/observe.py",
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
    shown_by: tuple
    observations: Callable


@dataclass(frozen=True)
class Key:
    """What is expected of one exercise at one seed: values by observation, and mistakes."""

    exercise: str
    expected: dict
    mistakes: tuple


def key_of(exercise, seed):
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


def answer_key(assignment, seed, folder):
    """The ``Key`` of each exercise of an assignment, by function name.

    Args:
        assignment: name of the assignment; one without exercises has an empty key.
        seed: integer that the probes run with.
        folder: where the file is kept.

    Raises:
        AuthorError: if a reference or a misconception cannot be run.
    """
    if not (ROOT / "autograder" / "inside" / "probes" / f"{assignment}.py").exists():
        return {}
    folder = Path(folder)
    path = folder / f"{assignment}-{version(seed)}.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Another process: its TensorFlow is gone when it ends. Not told by its arguments,
        # which everybody on the machine can read.
        made = subprocess.run(
            [sys.executable, "-m", "autograder.judging.key", assignment, str(path)],
            input=str(seed),
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        if made.returncode:
            said = made.stderr.strip().splitlines() or ["no word"]
            raise AuthorError(f"{assignment} has no answer key: {said[-1]}")
        for old in folder.glob(f"{assignment}-*.key"):
            if old != path:
                old.unlink(missing_ok=True)
    return _read(path)


@functools.lru_cache(maxsize=8)
def _read(path):
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


def _decoder(stream):
    return functools.cache(lambda: _values(stream))


def _values(stream):
    return {seen.name: seen.value for seen in wire.decode(base64.b64decode(stream))}


@functools.lru_cache(maxsize=8)
def version(seed):
    """Digest of all that decides on the keys at a seed."""
    digest = hashlib.sha256(str(seed).encode())
    for source in SOURCES:
        top = ROOT / source
        for path in sorted(top.rglob("*.py")) if top.is_dir() else [top]:
            digest.update(path.read_bytes())
    for package in PACKAGES:
        digest.update(importlib.metadata.version(package).encode())
    return digest.hexdigest()[:16]


def _write(assignment, seed, path):
    """Run the references and misconceptions of an assignment and keep what they show."""
    import course.backend  # noqa: F401 -- TensorFlow, quietly

    from autograder.exercises.catalogue import exercises_of
    from autograder.inside.observe import observe

    def stream(exercise, implementation):
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
    # Written elsewhere and renamed: the file is never there without its end.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(zlib.compress(json.dumps(content).encode()))
    os.replace(draft.name, path)


if __name__ == "__main__":
    _write(sys.argv[1], int(sys.stdin.read()), Path(sys.argv[2]))
