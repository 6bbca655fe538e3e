"""What a class's results say, question by question: who can do it, who cannot, and why."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from autograder.gradebook.classroom import Result
from autograder.judging.verdict import Verdict

__all__ = ["Group", "Question", "distribution", "misconceptions", "questions", "unexplained"]

BINS = 10
ROUNDING = 1e-9  # 0.3 of the points is 0.29999999999999999, and belongs to 30 %.


@dataclass(frozen=True)
class Question:
    """One graded cell, over the class.

    Attributes:
        name: the cell's name.
        out_of: points that it is worth.
        mean: mean share of these points, in [0, 1], over those whose answer has points; None
            if nobody's has.
        right: how many have all of the points.
        partly: how many have a part of them.
        wrong: how many have none.
        blank: how many of those left the function as it was released.
        to_mark: how many answers a person has yet to mark.
    """

    name: str
    out_of: float
    mean: float | None
    right: int
    partly: int
    wrong: int
    blank: int
    to_mark: int

    @property
    def exercise(self) -> str:
        """Name of the function that it checks; of a written answer, the cell's own name."""
        return self.name.removeprefix("check_")


@dataclass(frozen=True)
class Group:
    """Students with the same mistake in one function; ``of`` is how many wrote that function."""

    exercise: str
    sentence: str
    students: tuple[str, ...]
    of: int

    @property
    def percent(self) -> str:
        """Their share, such as '40 %'."""
        return f"{100 * len(self.students) / self.of:.0f} %"


def questions(results: Sequence[Result]) -> list[Question]:
    """One ``Question`` per cell, in the notebook's order.

    Args:
        results: ``Result`` objects of graded submissions.
    """
    names = dict.fromkeys(name for result in results for name in result.marks)
    return [_question(name, results) for name in names]


def _question(name: str, results: Sequence[Result]) -> Question:
    marks = [result.marks[name] for result in results if name in result.marks]
    out_of = max(out_of for _, out_of in marks)
    given = [points for points, _ in marks if points is not None]
    verdicts = [result.verdicts.get(name.removeprefix("check_")) for result in results]
    right = sum(points >= out_of for points in given)
    wrong = sum(points <= 0 < out_of for points in given)
    return Question(
        name,
        out_of,
        mean=statistics.fmean(given) / out_of if given and out_of else None,
        right=right,
        partly=len(given) - right - wrong,
        wrong=wrong,
        blank=sum(verdict is not None and verdict.is_stub for verdict in verdicts),
        to_mark=len(marks) - len(given),
    )


def misconceptions(results: Iterable[Result]) -> list[Group]:
    """``Group``s by the sentence of the misconception, the largest first."""
    return _groups(results, lambda verdict: verdict.hints)


def unexplained(results: Iterable[Result]) -> list[Group]:
    """``Group``s by the first observation that differs, where no misconception was recognised."""

    def first(verdict: Verdict) -> list[str]:
        differing = [finding.name for finding in verdict.findings if not finding.agrees]
        return [] if verdict.hints else differing[:1]

    return _groups(results, first)


def _groups(
    results: Iterable[Result], sentences: Callable[[Verdict], Iterable[str]]
) -> list[Group]:
    students: dict[tuple[str, str], list[str]] = defaultdict(list)
    wrote: dict[str, int] = defaultdict(int)
    for result in results:
        for exercise, verdict in result.verdicts.items():
            if not verdict.is_stub:
                wrote[exercise] += 1
                for sentence in dict.fromkeys(sentences(verdict)):
                    students[exercise, sentence].append(result.student)
    groups = [
        Group(exercise, sentence, tuple(sorted(names)), wrote[exercise])
        for (exercise, sentence), names in students.items()
    ]
    return sorted(groups, key=lambda group: -len(group.students))


def distribution(results: Iterable[Result]) -> tuple[list[int], dict[str, float]]:
    """How points are spread over the class.

    Args:
        results: ``Result`` objects of graded submissions.

    Returns:
        Counts of students by their share of the points that could be had so far (0 to 10 %, up
        to 90 to 100 % with both ends), and minimum, quartiles, maximum and mean of that share
        in percent, by name; these are empty if no point could be had yet.
    """
    shares = [share for result in results if (share := _share(result)) is not None]
    counts = [0] * BINS
    for share in shares:
        counts[min(int(BINS * share + ROUNDING), BINS - 1)] += 1
    if not shares:
        return counts, {}
    # Quartiles need two values at least.
    several = shares if len(shares) > 1 else shares * 2
    lower, median, upper = statistics.quantiles(several, n=4, method="inclusive")
    named = {
        "lowest": min(shares),
        "lower quartile": lower,
        "median": median,
        "upper quartile": upper,
        "highest": max(shares),
        "mean": statistics.fmean(shares),
    }
    return counts, {name: 100 * value for name, value in named.items()}


def _share(result: Result) -> float | None:
    """Share of the points that could be had so far, in [0, 1]; None if none could be had."""
    given = [(points, out_of) for points, out_of in result.marks.values() if points is not None]
    out_of = sum(most for _, most in given)
    if not out_of:
        return None
    return float(min(1.0, max(0.0, sum(points for points, _ in given) / out_of)))
