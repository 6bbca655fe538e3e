"""How far an assignment is, as far as the checks of one kernel know it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from autograder.judging.verdict import Verdict

__all__ = ["Progress", "Session"]


@dataclass(frozen=True)
class Progress:
    """Where somebody stands in an assignment by the latest check of each function.

    ``marks`` are pairs of points and what they are out of, by the name of each function that
    was checked; ``unchecked`` are the names of the others that the assignment asks for.
    """

    assignment: str
    marks: dict[str, tuple[float, float]]
    unchecked: tuple[str, ...]

    caveat: ClassVar[str] = "Written answers are not counted."

    @property
    def sentence(self) -> str:
        """How many functions were checked, how many are right, and what that is worth."""
        full = sum(points >= out_of for points, out_of in self.marks.values())
        points, out_of = (round(sum(part), 2) for part in zip(*self.marks.values()))
        return (
            f"{self.assignment} since the kernel started: {len(self.marks)} of "
            f"{len(self.marks) + len(self.unchecked)} functions checked, {full} with all points; "
            f"{points:g} of {out_of:g} points."
        )

    def __str__(self) -> str:
        return f"{self.sentence} {self.caveat}"


class Session:
    """The latest points of each function since the kernel started."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[float, float]] = {}

    def take_in(self, verdict: Verdict, assignment: str, names: Collection[str]) -> Progress:
        """Keep a verdict's points, in place of those of an earlier check.

        Args:
            verdict: a ``Verdict`` with points.
            assignment: name of the assignment that asks for the function.
            names: all functions that it asks for.

        Returns:
            The assignment's ``Progress``.
        """
        self._latest[verdict.exercise] = verdict.points, verdict.out_of or 0.0
        marks = {name: mark for name, mark in self._latest.items() if name in names}
        return Progress(assignment, marks, tuple(name for name in names if name not in marks))
