"""What a class's results say, question by question: who knows it, who does not, and why."""

import statistics
from collections import defaultdict
from dataclasses import dataclass

__all__ = ["Group", "Question", "distribution", "misconceptions", "questions", "unexplained"]

BINS = 10


@dataclass(frozen=True)
class Question:
    """One graded cell, over the class.

    ``mean`` is the mean share of its points, in [0, 1], over those who have points for it,
    None where nobody has; then how many have all of them, a part, none; how many of those
    left the function as it was released; and how many wait for a person.
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
    def exercise(self):
        """Name of the function that it checks; of a written answer, its own."""
        return self.name.removeprefix("check_")


@dataclass(frozen=True)
class Group:
    """Students with the same mistake in one function, of those who wrote it."""

    exercise: str
    sentence: str
    students: tuple
    of: int

    @property
    def percent(self):
        """Their share, as people say it."""
        return f"{100 * len(self.students) / self.of:.0f} %"


def questions(results):
    """One ``Question`` a cell, in the notebook's order.

    Args:
        results: ``Result`` objects of graded submissions.
    """
    names = dict.fromkeys(name for result in results for name in result.marks)
    return [_question(name, results) for name in names]


def _question(name, results):
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


def misconceptions(results):
    """``Group``s by the sentence of the misconception, the largest first."""
    return _groups(results, lambda verdict: verdict.hints)


def unexplained(results):
    """``Group``s by the first observation that differs, where no misconception was recognised."""

    def first(verdict):
        differing = [finding.name for finding in verdict.findings if not finding.agrees]
        return differing[:1] if not verdict.hints else ()

    return _groups(results, first)


def _groups(results, sentences):
    students, wrote = defaultdict(list), defaultdict(int)
    for result in results:
        for exercise, verdict in result.verdicts.items():
            if not verdict.is_stub:
                wrote[exercise] += 1
                for sentence in dict.fromkeys(sentences(verdict)):
                    students[exercise, sentence].append(result.student)
    groups = [
        Group(exercise, sentence, tuple(sorted(who)), wrote[exercise])
        for (exercise, sentence), who in students.items()
    ]
    return sorted(groups, key=lambda group: -len(group.students))


def distribution(results):
    """How the class did: counts in ten bins, and what lies in the middle.

    Args:
        results: ``Result`` objects of graded submissions.

    Returns:
        Counts of students by share of the points that were to be had so far (0 to 10 %, up
        to 90 to 100 % with both ends), and a dictionary of minimum, quartiles, maximum and
        mean of that share in percent; empty where nobody has a point to be had.
    """
    shares = [share for result in results if (share := _share(result)) is not None]
    counts = [0] * BINS
    for share in shares:
        counts[min(int(BINS * share + 1e-9), BINS - 1)] += 1
    if not shares:
        return counts, {}
    lower, median, upper = (
        statistics.quantiles(shares, n=4, method="inclusive") if len(shares) > 1 else shares * 3
    )
    named = {"lowest": min(shares), "lower quartile": lower, "median": median}
    named |= {"upper quartile": upper, "highest": max(shares), "mean": statistics.fmean(shares)}
    return counts, {name: 100 * value for name, value in named.items()}


def _share(result):
    given = [mark for mark in result.marks.values() if mark[0] is not None]
    out_of = sum(out_of for _, out_of in given)
    return min(1.0, max(0.0, sum(points for points, _ in given) / out_of)) if out_of else None
