"""What an exercise is, and where all of them are found."""

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field

from autograder import variants, wire
from autograder.errors import AuthorError, UsageError
from autograder.key import Key, Mistake, others
from autograder.observe import observe

__all__ = ["Exercise", "assignments", "exercises_of", "find_exercise"]


@dataclass(frozen=True, eq=False)
class Exercise:
    """One function that a student writes.

    Attributes:
        reference: the function in ``course`` that is right.
        probe: generator function that looks at an implementation (``autograder.probes``).
        misconceptions: known wrong implementations. Each is a function whose docstring
            is what a good tutor would say: it names the mistake and why it is one, and
            does not give the code away. To each belong the names of the observations
            that show it; none means all in which it departs from the reference.
    """

    reference: Callable
    probe: Callable
    misconceptions: dict = field(default_factory=dict)

    @property
    def name(self):
        return self.reference.__name__

    def misconception(self, wrong=None, *, shown_by=()):
        """Decorator that adds a wrong implementation.

        Args:
            shown_by: names of the observations that are enough to recognise it, for one
                whose other values are random.
        """
        if wrong is None:
            return functools.partial(self.misconception, shown_by=shown_by)
        if not wrong.__doc__:
            raise AuthorError(
                f"misconception {wrong.__name__} of {self.name} has no docstring: "
                "write the sentence that a tutor would say"
            )
        self.misconceptions[wrong] = shown_by
        return wrong

    def inherits(self, part, built_with, without=()):
        """Add the mistakes of a function that this one calls: to be mended there.

        Args:
            part: the ``Exercise`` of the function that is called.
            built_with: from a wrong implementation of ``part`` to one of this exercise
                that is right but for it.
            without: names of mistakes that do not show here, or that this exercise has a
                name of its own for. Those whose values are random are left out as well.
        """
        for wrong, shown_by in part.misconceptions.items():
            if shown_by or wrong.__name__ in without:
                continue
            inherited = built_with(wrong)
            inherited.__name__ = f"{part.name}_{wrong.__name__}"
            inherited.__doc__ = (
                f"This is the result of a mistake in {part.name}, or of the same one here. "
                + part.sentence(wrong)
            )
            self.misconception(inherited)

    @property
    def variants(self):
        """How many variants its probe declares; 1 without any."""
        return variants.count(self.probe)

    def sentence(self, wrong):
        """What a tutor says to whoever made this mistake, on one line."""
        return " ".join(inspect.getdoc(wrong).split())

    def key(self, seed, variant=0):
        """The ``Key`` to judge by; mistakes are run when they are asked for."""
        seen = functools.partial(self.observations_of, seed=seed)
        mistakes = tuple(
            Mistake(
                wrong.__name__,
                self.sentence(wrong),
                tuple(shown_by),
                functools.partial(seen, wrong, variant=variant),
            )
            for wrong, shown_by in self.misconceptions.items()
        )
        expected = [
            functools.partial(seen, self.reference, variant=n) for n in range(self.variants)
        ]
        return Key(self.name, expected[variant](), mistakes + others(expected, variant))

    @functools.cache  # noqa: B019 -- exercises live as long as the process
    def observations_of(self, implementation, seed, variant=0):
        """What the probe sees of the reference or a misconception at a seed, by name."""
        stream = observe(self.probe, implementation, seed, variant)
        return {seen.name: seen.value for seen in wire.decode(stream)}


@functools.cache
def assignments():
    """Names of the assignments that have exercises, in order."""
    from autograder import exercises

    return tuple(sorted(module.name for module in pkgutil.iter_modules(exercises.__path__)))


@functools.cache
def exercises_of(assignment):
    """The exercises of an assignment by function name."""
    if assignment not in assignments():
        raise UsageError(f"no assignment {assignment!r}; there are {', '.join(assignments())}")
    module = importlib.import_module(f"autograder.exercises.{assignment}")
    found = [value for value in vars(module).values() if isinstance(value, Exercise)]
    return {exercise.name: exercise for exercise in found}


def find_exercise(name):
    """The exercise that asks for a function of this name.

    Raises:
        UsageError: if no assignment asks for it, with the names that are asked for.
    """
    for assignment in assignments():  # The first ones import no TensorFlow.
        if name in exercises_of(assignment):
            return exercises_of(assignment)[name]
    known = [name for assignment in assignments() for name in exercises_of(assignment)]
    raise UsageError(f"no exercise asks for a function {name!r}; there are {', '.join(known)}")
