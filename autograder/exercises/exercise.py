"""What an exercise is: a reference, a probe and the known mistakes."""

import functools
import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import AuthorError
from autograder.inside import wire
from autograder.inside.observe import Probe, observe

__all__ = ["Exercise"]

Implementation = Callable[..., Any]  # What a student could have written.


@dataclass(eq=False)
class Exercise:
    """One function that a student writes.

    Attributes:
        reference: the function in ``course`` that is right.
        probe: generator function that looks at an implementation (``autograder.inside.probes``).
        misconceptions: known wrong implementations, which ``misconception`` adds one by one.
            Each is a function whose docstring is what a good tutor would say: it names the
            mistake, says why it is one, and does not give the code away. With each come the
            names of the observations that show it; none means all in which it departs from
            the reference.
    """

    reference: Implementation
    probe: Probe
    misconceptions: dict[Implementation, Collection[str]] = field(default_factory=dict, init=False)

    @property
    def name(self) -> str:
        """Name of the function that students write."""
        return self.reference.__name__

    def misconception(
        self, wrong: Implementation | None = None, *, shown_by: Collection[str] = ()
    ) -> Implementation:
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

    def inherits(
        self,
        part: "Exercise",
        built_with: Callable[[Implementation], Implementation],
        without: Collection[str] = (),
    ) -> None:
        """Add the mistakes of a function that this one calls: students mend them there.

        Args:
            part: the ``Exercise`` of the function that is called.
            built_with: takes a wrong implementation of ``part``, and returns one of this
                exercise that is right apart from it.
            without: names of mistakes that do not show here, or for which this exercise has
                a name of its own. Those whose values are random are left out as well.
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

    def sentence(self, wrong: Implementation) -> str:
        """What a tutor says to a student who made this mistake, on one line."""
        return " ".join((inspect.getdoc(wrong) or "").split())

    @functools.cache  # noqa: B019 -- exercises live as long as the process
    def observations_of(self, implementation: Implementation, seed: int) -> dict[str, wire.Value]:
        """What the probe sees of the reference or a misconception at a seed, by name."""
        stream = observe(self.probe, implementation, seed)
        return {seen.name: seen.value for seen in wire.decode(stream)}
