"""One exercise on trial: where its pieces stand, and the verdict on any answer to it."""

import functools
import importlib
import importlib.util
import inspect
import re
from dataclasses import dataclass
from pathlib import Path

from autograder import ROOT
from autograder.errors import AuthorError
from autograder.exercises.catalogue import assignments, exercises_of
from autograder.exercises.exercise import Exercise
from autograder.inside import wire
from autograder.inside.observe import observe
from autograder.judging.key import key_of
from autograder.judging.verdict import judge

__all__ = ["SEEDS", "Breach", "Case", "all_cases", "file_of_styles", "place"]

SEEDS = (12, 1, 2)  # The first one is public: ``check`` uses it.


@dataclass(frozen=True)
class Breach:
    """A broken promise: what, where, what was wanted, what came, and what to do next."""

    what: str
    where: str
    wanted: str
    got: str
    step: str


@dataclass(frozen=True)
class Case:
    """An exercise of an assignment, the seeds to try it at, and the course it belongs to."""

    assignment: str
    exercise: Exercise
    seeds: tuple = SEEDS
    root: Path = ROOT

    @property
    def name(self):
        return self.exercise.name

    def verdict(self, answer, seed):
        """What ``check`` says of an answer, at any seed.

        Raises:
            AuthorError: if the reference raises, or the probe outside of its observations.
        """
        try:
            stream = observe(self.exercise.probe, answer, seed)
        except Exception as error:
            raise AuthorError(
                f"the probe itself raised {type(error).__name__}: {error}; only the functions "
                "that it yields may call the implementation"
            ) from error
        return judge(key_of(self.exercise, seed), stream, shows_numbers=True)

    def verdict_on_mistake(self, wrong, seed):
        """The verdict on a misconception, from what was seen of it for the key.

        To run it once more could tell another story only where its values are random.
        """
        seen = self.exercise.observations_of(wrong, seed)
        stream = b"".join(wire.encode(name, value) for name, value in seen.items())
        return judge(key_of(self.exercise, seed), stream, shows_numbers=True)

    def styles(self):
        """Right answers in other styles, functions; none if nobody has written any."""
        path = file_of_styles(self.name, self.assignment, self.root)
        return _styles_in(path).get(self.name, []) if path else []

    def files(self):
        """Paths of the files with pieces of the exercise, those that exist."""
        exercises = self.root / "autograder" / "exercises"
        paths = [
            Path(inspect.getsourcefile(inspect.unwrap(self.exercise.reference))),
            self.root / "autograder" / "inside" / "probes" / f"{self.assignment}.py",
            exercises / f"{self.assignment}.py",
            *sorted((exercises / self.assignment).glob("*.py")),
            self.root / "solutions" / f"{self.assignment}.py",
            file_of_styles(self.name, self.assignment, self.root),
        ]
        return [path for path in paths if path and path.exists()]


def all_cases(assignment=None, seeds=SEEDS):
    """Every exercise, or those of one assignment, as a ``Case``."""
    return [
        Case(name, exercise, tuple(seeds))
        for name in ([assignment] if assignment else assignments())
        for exercise in exercises_of(name).values()
    ]


def file_of_styles(name, assignment, root=ROOT):
    """File with the right answers in other styles: the exercise's own, or its assignment's."""
    folder = root / "tests" / "styles"
    candidates = [folder / f"{name}.py", folder / f"{assignment}.py"]
    return next((path for path in candidates if path.exists()), None)


@functools.cache
def _styles_in(path):
    # By its path: tests are no package, and not installed.
    if re.search(r"\b(keras|tensorflow)\b", path.read_text(encoding="utf-8")):
        importlib.import_module("course.backend")  # Quietly.
    spec = importlib.util.spec_from_file_location(f"styles.{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.STYLES


def place(function, root=ROOT):
    """Where a function is written: ``file:line``, the file relative to the course."""
    function = inspect.unwrap(function)
    path, line = Path(inspect.getsourcefile(function)), function.__code__.co_firstlineno
    return f"{path.relative_to(root) if path.is_relative_to(root) else path}:{line}"
