"""One exercise on trial: the files of its pieces, and the verdict on any answer to it."""

import functools
import importlib
import importlib.util
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType

from autograder import ROOT
from autograder.errors import AuthorError
from autograder.exercises.catalogue import assignments, exercises_of
from autograder.exercises.exercise import Exercise
from autograder.inside import wire
from autograder.inside.observe import observe
from autograder.judging.key import key_of
from autograder.judging.verdict import Verdict, judge

__all__ = ["SEEDS", "Breach", "Case", "all_cases", "file_of_styles", "place"]

SEEDS = (12, 1, 2)  # The first one is public: ``check`` uses it.


@dataclass(frozen=True)
class Breach:
    """A broken promise.

    Attributes:
        what: what is wrong.
        where: the file and line, or the assignment.
        expected: what the promise asks for.
        got: what was found.
        step: what the author should do next.
    """

    what: str
    where: str
    expected: str
    got: str
    step: str


@dataclass(frozen=True)
class Case:
    """An exercise of an assignment, the seeds to try it at, and the course it belongs to."""

    assignment: str
    exercise: Exercise
    seeds: tuple[int, ...] = SEEDS
    root: Path = ROOT

    @property
    def name(self) -> str:
        """The exercise's name, which is that of the function."""
        return self.exercise.name

    def verdict(self, answer: Callable[..., object], seed: int) -> Verdict:
        """What ``check`` says about an answer, at any seed.

        Raises:
            AuthorError: if the reference raises, or if the probe raises outside of its
                observations.
        """
        try:
            stream = observe(self.exercise.probe, answer, seed)
        except Exception as error:
            raise AuthorError(
                f"the probe itself raised {type(error).__name__}: {error}; only the functions "
                "that it yields may call the implementation"
            ) from error
        return judge(key_of(self.exercise, seed), stream, shows_numbers=True)

    def verdict_on_mistake(self, wrong: Callable[..., object], seed: int) -> Verdict:
        """The verdict on a misconception, from what the answer key has observed of it.

        Running the misconception again would give another result only if its values are random.
        """
        seen = self.exercise.observations_of(wrong, seed)
        stream = b"".join(wire.encode(name, value) for name, value in seen.items())
        return judge(key_of(self.exercise, seed), stream, shows_numbers=True)

    def styles(self) -> list[Callable[..., object]]:
        """Right answers in other styles; an empty list if nobody has written any."""
        path = file_of_styles(self.name, self.assignment, self.root)
        return _styles_in(path).get(self.name, []) if path else []

    def files(self) -> list[Path]:
        """Paths of the files that contain pieces of the exercise."""
        exercises = self.root / "autograder" / "exercises"
        reference = inspect.getsourcefile(inspect.unwrap(self.exercise.reference))
        paths = [
            Path(reference) if reference else None,
            self.root / "autograder" / "inside" / "probes" / f"{self.assignment}.py",
            exercises / f"{self.assignment}.py",
            *sorted((exercises / self.assignment).glob("*.py")),
            self.root / "solutions" / f"{self.assignment}.py",
            file_of_styles(self.name, self.assignment, self.root),
        ]
        return [path for path in paths if path and path.exists()]


def all_cases(assignment: str | None = None, seeds: Sequence[int] = SEEDS) -> list[Case]:
    """Every exercise, or those of one assignment, as a ``Case``."""
    return [
        Case(name, exercise, tuple(seeds))
        for name in ([assignment] if assignment else assignments())
        for exercise in exercises_of(name).values()
    ]


def file_of_styles(name: str, assignment: str, root: Path = ROOT) -> Path | None:
    """File with right answers in other styles: the exercise's own, or its assignment's."""
    folder = root / "tests" / "styles"
    candidates = [folder / f"{name}.py", folder / f"{assignment}.py"]
    return next((path for path in candidates if path.exists()), None)


@functools.cache
def _styles_in(path: Path) -> dict[str, list[Callable[..., object]]]:
    # Loaded by path, because tests are not a package and are not installed.
    if re.search(r"\b(keras|tensorflow)\b", path.read_text(encoding="utf-8")):
        importlib.import_module("course.backend")  # It imports TensorFlow without its messages.
    spec = importlib.util.spec_from_file_location(f"styles.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise AuthorError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    styles: dict[str, list[Callable[..., object]]] = module.STYLES
    return styles


def place(function: Callable[..., object], root: Path = ROOT) -> str:
    """Where a function is written: ``file:line``, with the file relative to the course."""
    function = inspect.unwrap(function)
    if not isinstance(function, FunctionType):
        return repr(function)
    code = function.__code__
    path = Path(code.co_filename)
    return f"{path.relative_to(root) if path.is_relative_to(root) else path}:{code.co_firstlineno}"
