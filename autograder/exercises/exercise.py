"""What an exercise is: a reference, a probe and the known mistakes."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

from autograder.errors import AuthorError
from autograder.inside import wire
from autograder.inside.observe import observe

__all__ = ["Exercise"]


@dataclass(frozen=True, eq=False)
class Exercise:
    """One function that a student writes.

    Attributes:
        reference: the function in ``course`` that is right.
        probe: generator function that looks at an implementation (``autograder.inside.probes``).
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

    def sentence(self, wrong):
        """What a tutor says to whoever made this mistake, on one line."""
        return " ".join(inspect.getdoc(wrong).split())

    @functools.cache  # noqa: B019 -- exercises live as long as the process
    def observations_of(self, implementation, seed):
        """What the probe sees of the reference or a misconception at a seed, by name."""
        stream = observe(self.probe, implementation, seed)
        return {seen.name: seen.value for seen in wire.decode(stream)}
