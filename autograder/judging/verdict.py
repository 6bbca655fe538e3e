"""The verdict: points for each observation that agrees, and the mistake by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from autograder.errors import AuthorError
from autograder.inside.wire import Failure, Value, WireError, decode
from autograder.judging.compare import agree, difference, is_unwritten
from autograder.judging.key import Key, Mistake

__all__ = ["Finding", "Verdict", "judge"]


@dataclass(frozen=True)
class Finding:
    """One observation: what was looked at, whether it agrees, and how it does not.

    ``detail`` is a sentence; ``got``, ``expected`` and ``remark`` are its parts, as of an
    ``autograder.judging.compare.Difference``, and empty where it has none. ``unwritten`` is
    true where the function raised NotImplementedError, as it does when it is released.
    """

    name: str
    agrees: bool
    detail: str = ""
    got: str = ""
    expected: str = ""
    remark: str = ""
    unwritten: bool = False


@dataclass(frozen=True)
class Verdict:
    """What is said of one function.

    Attributes:
        exercise: name of the function.
        findings: one ``Finding`` per observation.
        hints: sentences of the misconceptions that explain what does not agree; the
            one that explains most first.
        misconceptions: their names, in the same order.
        out_of: what the exercise is worth, or None where nothing is counted.
    """

    exercise: str
    findings: tuple[Finding, ...]
    hints: tuple[str, ...] = ()
    misconceptions: tuple[str, ...] = ()
    out_of: float | None = None

    @property
    def fraction(self) -> float:
        """Share of observations that agree, in [0, 1]: each counts the same."""
        return sum(finding.agrees for finding in self.findings) / len(self.findings)

    @property
    def is_stub(self) -> bool:
        """True if the function is as it was released."""
        return self.findings[0].unwritten and not any(each.agrees for each in self.findings)

    @property
    def points(self) -> float:
        """Points out of ``out_of``, rounded to hundredths; 0 where nothing is counted."""
        return round((self.out_of or 0.0) * self.fraction, 2)

    def to_json(self) -> dict[str, Any]:
        """As plain lists, texts and booleans; ``from_json`` reads them back."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Verdict:
        """The verdict that ``to_json`` wrote, perhaps in an earlier version of the course."""
        known = Finding.__dataclass_fields__
        findings = tuple(
            Finding(**{name: part for name, part in finding.items() if name in known})
            for finding in content["findings"]
        )
        hints, names = tuple(content["hints"]), tuple(content["misconceptions"])
        return cls(content["exercise"], findings, hints, names, content["out_of"])


def judge(
    key: Key,
    stream: bytes | None,
    unseen: str = "not observed",
    out_of: float | None = None,
    shows_numbers: bool = False,
) -> Verdict:
    """Compare what was observed of a student's function with what should have been.

    Args:
        key: the exercise's ``Key``, of the seed that the function was observed at.
        stream: bytes that ``autograder.inside.observe`` made of the student's function, or None.
        unseen: what to say of an observation that is not in the stream.
        out_of: what the exercise is worth, or None where nothing is counted.
        shows_numbers: show expected numbers. Only for the public seed and for authors:
            those of a class's seed are no student's to know.

    Returns:
        A ``Verdict``. A stream that breaks the wire's rules agrees in nothing.

    Raises:
        AuthorError: if the reference itself raises, for then nothing can be judged.
    """
    for name, value in key.expected.items():
        if isinstance(value, Failure):
            raise AuthorError(
                f"the reference of {key.exercise} raised {value.type} at {name!r}: "
                f"{value.message}. If a cell has changed Keras' or NumPy's settings, restart"
            )
    try:
        seen = {observation.name: observation.value for observation in decode(stream or b"")}
    except WireError as error:
        seen, unseen = {}, f"not readable: {error}"
    findings = tuple(
        _finding(name, seen[name], expected, shows_numbers)
        if name in seen
        else Finding(name, False, unseen)
        for name, expected in key.expected.items()
    )
    wrong = {finding.name for finding in findings if not finding.agrees}
    named = _mistakes(key, seen, wrong) if wrong else []
    return Verdict(
        key.exercise,
        findings,
        hints=tuple(mistake.sentence for mistake in named),
        misconceptions=tuple(mistake.name for mistake in named),
        out_of=out_of,
    )


def _finding(name: str, seen: Value, expected: Value, shows_numbers: bool) -> Finding:
    if agree(seen, expected):
        return Finding(name, True)
    told = difference(seen, expected, shows_numbers)
    return Finding(
        name,
        False,
        detail=told.sentence,
        got=told.got,
        expected=told.expected,
        remark=told.remark,
        unwritten=is_unwritten(seen),
    )


def _mistakes(key: Key, seen: dict[str, Value], wrong: set[str]) -> list[Mistake]:
    """The mistakes that show in full, each of which explains what those before it do not."""
    if all(isinstance(seen.get(name), Failure) for name in wrong):
        return []  # The exception itself says more.
    explains = {}
    for mistake in key.mistakes:
        values = mistake.observations()
        departs = {name for name in key.expected if not agree(values[name], key.expected[name])}
        shows = set(mistake.shown_by) or departs
        if shows <= wrong & seen.keys() and all(agree(seen[name], values[name]) for name in shows):
            explains[mistake] = departs
    named, unexplained = [], set(wrong)

    def rank(mistake: Mistake) -> tuple[bool, int]:
        # A match of all departures says more than one of the observations that show a mistake.
        return not mistake.shown_by, len(explains[mistake])

    for mistake in sorted(explains, key=rank, reverse=True):
        if explains[mistake] & unexplained:
            named.append(mistake)
            unexplained -= explains[mistake]
    return named
