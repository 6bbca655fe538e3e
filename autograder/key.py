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

from autograder import ROOT, wire
from autograder.errors import AuthorError
from autograder.variants import ANOTHER, keyed

__all__ = ["Key", "Mistake", "answer_key", "others", "version"]

# What decides on the observations: these sources, and these packages' versions.
SOURCES = (
    *("course", "autograder/exercises", "autograder/probes"),
    *("autograder/observe.py", "autograder/variants.py"),
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


def answer_key(assignment, seed, folder):
    """The ``Key`` of each exercise of an assignment, by function name and variant (``keyed``).

    Args:
        assignment: name of the assignment; one without exercises has an empty key.
        seed: integer that the probes run with.
        folder: where the file is kept.

    Raises:
        AuthorError: if a reference or a misconception cannot be run.
    """
    if not (ROOT / "autograder" / "probes" / f"{assignment}.py").exists():
        return {}
    folder = Path(folder)
    path = folder / f"{assignment}-{version(seed)}.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Another process: its TensorFlow is gone when it ends. Not told by its arguments,
        # which everybody on the machine can read.
        made = subprocess.run(
            [sys.executable, "-m", "autograder.key", assignment, str(path)],
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


def others(expected, variant):
    """The answers to other variants of an exercise, as ``Mistake``s: somebody else's result.

    Args:
        expected: functions that return the reference's observations by name, one a variant.
        variant: number of the one that is asked for.
    """
    return tuple(
        Mistake("another_variant", ANOTHER, (), values)
        for number, values in enumerate(expected)
        if number != variant
    )


@functools.lru_cache(maxsize=8)
def _read(path):
    content = json.loads(zlib.decompress(path.read_bytes()))
    keys = {}
    for name in (name for name in content if "#" not in name):
        parts = [content[name]]
        while (following := keyed(name, len(parts))) in content:
            parts.append(content[following])
        expected = [_decoder(part["expected"]) for part in parts]
        for variant, part in enumerate(parts):
            mistakes = tuple(
                Mistake(wrong, sentence, tuple(shown_by), _decoder(stream))
                for wrong, sentence, shown_by, stream in part["mistakes"]
            )
            mistakes += others(expected, variant)
            keys[keyed(name, variant)] = Key(name, expected[variant](), mistakes)
    return keys


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

    from autograder.exercise import exercises_of
    from autograder.observe import observe

    def stream(exercise, implementation, variant):
        seen = observe(exercise.probe, implementation, seed, variant)
        return base64.b64encode(seen).decode()

    content = {
        keyed(name, variant): {
            "expected": stream(exercise, exercise.reference, variant),
            "mistakes": [
                (wrong.__name__, exercise.sentence(wrong), shown, stream(exercise, wrong, variant))
                for wrong, shown in exercise.misconceptions.items()
            ],
        }
        for name, exercise in exercises_of(assignment).items()
        for variant in range(exercise.variants)
    }
    # Written elsewhere and renamed: the file is never there without its end.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(zlib.compress(json.dumps(content).encode()))
    os.replace(draft.name, path)


if __name__ == "__main__":
    _write(sys.argv[1], int(sys.stdin.read()), Path(sys.argv[2]))
