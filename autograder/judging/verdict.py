"""The verdict: points for each observation that agrees, and the mistake by its name."""

from dataclasses import asdict, dataclass

from autograder.errors import AuthorError
from autograder.inside.wire import Failure, WireError, decode
from autograder.judging.compare import NOT_WRITTEN, agree, difference
from autograder.judging.display import as_text, mime_bundle

__all__ = ["Finding", "Verdict", "judge"]


@dataclass(frozen=True)
class Finding:
    """One observation: what was looked at, whether it agrees, and how it does not.

    ``detail`` is a sentence; ``came``, ``wanted`` and ``remark`` are its parts, as of an
    ``autograder.judging.compare.Difference``, and empty where it has none.
    """

    name: str
    agrees: bool
    detail: str = ""
    came: str = ""
    wanted: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Verdict:
    """What is said of one function.

    Attributes:
        exercise: name of the function.
        findings: one ``Finding`` an observation.
        hints: sentences of the misconceptions that explain what does not agree; the
            one that explains most first.
        misconceptions: their names, in the same order.
        out_of: what the exercise is worth, or None where nothing is counted.
    """

    exercise: str
    findings: tuple
    hints: tuple = ()
    misconceptions: tuple = ()
    out_of: float | None = None

    @property
    def fraction(self):
        """Share of observations that agree, in [0, 1]: each counts the same."""
        return sum(finding.agrees for finding in self.findings) / len(self.findings)

    @property
    def is_stub(self):
        """True if the function is as it was released."""
        return not any(finding.agrees for finding in self.findings) and (
            self.findings[0].detail == NOT_WRITTEN
        )

    @property
    def points(self):
        """Points out of ``out_of``, rounded to hundredths."""
        return round(self.out_of * self.fraction, 2)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return mime_bundle(self)

    def __str__(self):
        return as_text(self)

    def to_json(self):
        """As plain lists, texts and booleans; ``from_json`` reads them back."""
        return asdict(self)

    @classmethod
    def from_json(cls, content):
        """The verdict that ``to_json`` wrote."""
        findings = tuple(Finding(**finding) for finding in content["findings"])
        hints, names = tuple(content["hints"]), tuple(content["misconceptions"])
        return cls(content["exercise"], findings, hints, names, content["out_of"])


def judge(key, stream, unseen="not observed", out_of=None):
    """Compare what was observed of a student's function with what should have been.

    Args:
        key: the exercise's ``Key``, of the seed that the function was observed at.
        stream: bytes that ``autograder.inside.observe`` made of the student's function, or None.
        unseen: what to say of an observation that is not in the stream.
        out_of: what the exercise is worth, or None where nothing is counted.

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
    findings = tuple(_finding(name, seen, key.expected[name], unseen) for name in key.expected)
    wrong = {finding.name for finding in findings if not finding.agrees}
    named = _mistakes(key, seen, wrong) if wrong else []
    return Verdict(
        key.exercise,
        findings,
        hints=tuple(mistake.sentence for mistake in named),
        misconceptions=tuple(mistake.name for mistake in named),
        out_of=out_of,
    )


def _finding(name, seen, expected, unseen):
    if name not in seen:
        return Finding(name, False, unseen)
    if agree(seen[name], expected):
        return Finding(name, True)
    differs = difference(seen[name], expected)
    return Finding(name, False, differs.sentence, differs.came, differs.wanted, differs.remark)


def _mistakes(key, seen, wrong):
    """Those whose every departure from the reference is seen, each explaining anew."""
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

    def rank(mistake):
        # A match of all departures says more than one of the observations that show a mistake.
        return not mistake.shown_by, len(explains[mistake])

    for mistake in sorted(explains, key=rank, reverse=True):
        if explains[mistake] & unexplained:
            named.append(mistake)
            unexplained -= explains[mistake]
    return named
