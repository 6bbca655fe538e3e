"""What every exercise promises its students, and checks of these promises.

A promise is a generator function of a ``Case``. It yields a ``Breach`` for each way in which
the exercise breaks the promise. ``PROMISES`` lists them by name, in the order in which an
author should fix them.
"""

import re
from collections.abc import Callable, Iterator

import numpy as np

from autograder.authoring.case import Breach, Case, place
from autograder.authoring.docstrings import incomplete
from autograder.authoring.lazy_answers import MOST, lazy_answers, near_answers
from autograder.authoring.releases import release_tells
from autograder.authoring.skeleton import MARK
from autograder.judging.compare import agree
from autograder.judging.key import Key, key_of
from autograder.judging.verdict import Verdict

__all__ = ["MISCONCEPTIONS", "PROMISES", "STYLES", "Promise", "stub"]

MISCONCEPTIONS = 3  # At least so many for every function.
STYLES = 5  # At least so many right answers in other styles.
SENTENCE = range(60, 420)  # Characters.
CODE = re.compile(r"\w\(|\*\*|==|\bops\.|\bnp\.|\btf\.")

Promise = Callable[[Case], Iterator[Breach]]


def stub(*inputs: object, **named: object) -> object:
    """The function as it is released."""
    raise NotImplementedError


def filled_in(case: Case) -> Iterator[Breach]:
    """No mark of ``new-exercise`` is left."""
    for path in case.files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            _, mark, missing = line.partition(f"{MARK} {case.name}: ")
            if mark:
                yield Breach(
                    "a marked place is not filled in",
                    f"{path.relative_to(case.root)}:{number}",
                    missing.partition('"')[0].strip(" ."),
                    "the mark that new-exercise wrote",
                    "fill in the place and delete the mark",
                )


def docstring_is_complete(case: Case) -> Iterator[Breach]:
    """The docstring tells a student what goes in, what comes out, and its source."""
    yield from incomplete(case)


def reference_is_right(case: Case) -> Iterator[Breach]:
    """The reference agrees with itself, at each seed."""
    for seed in case.seeds:
        verdict = case.verdict(case.exercise.reference, seed)
        for finding in verdict.findings:
            if not finding.agrees:
                yield Breach(
                    f"the reference differs from itself at seed {seed}",
                    place(case.exercise.probe, case.root),
                    f"the same observation {finding.name!r} in each run",
                    finding.detail,
                    "draw random inputs from the probe's rng, or observe a property instead",
                )


def seeds_matter(case: Case) -> Iterator[Breach]:
    """Another seed expects something else, so nobody can copy numbers seen in public."""
    first, *others = (key_of(case.exercise, seed) for seed in case.seeds)
    for seed, other in zip(case.seeds[1:], others):
        if _expect_the_same(first, other):
            yield Breach(
                "the probe expects the same at every seed",
                place(case.exercise.probe, case.root),
                "inputs drawn from rng, so that each class is graded with other numbers",
                f"the same observations at seeds {case.seeds[0]} and {seed}",
                "draw an input of at least one observation from rng",
            )


def _expect_the_same(first: Key, other: Key) -> bool:
    return first.expected.keys() == other.expected.keys() and all(
        agree(other.expected[name], value) for name, value in first.expected.items()
    )


def stub_scores_nothing(case: Case) -> Iterator[Breach]:
    """The released function, unchanged, earns nothing and matches no misconception."""
    verdict = case.verdict(stub, case.seeds[0])
    earned = [finding.name for finding in verdict.findings if finding.agrees]
    if earned or verdict.hints or not verdict.is_stub:
        yield Breach(
            "the function as it is released is not recognised",
            place(case.exercise.probe, case.root),
            "no observation that agrees, and no misconception",
            f"agree: {', '.join(earned) or 'none'}; named: {_named(verdict)}; "
            f"first detail: {verdict.findings[0].detail or 'none'}",
            "do not catch exceptions in the probe, except where the docstring asks for one",
        )


def misconceptions_are_named(case: Case) -> Iterator[Breach]:
    """Each misconception loses points, and the verdict shows its own sentence and no other."""
    mistakes = case.exercise.misconceptions
    if len(mistakes) < MISCONCEPTIONS:
        yield Breach(
            "there are too few misconceptions",
            f"{case.assignment}, {case.name}",
            f"at least {MISCONCEPTIONS}",
            str(len(mistakes)),
            "look up what students, forums and textbooks get wrong (docs/authors.md)",
        )
    for wrong in mistakes:
        for seed in case.seeds[:3]:
            yield from _unnamed(case, wrong, seed)


def _unnamed(case: Case, wrong: Callable[..., object], seed: int) -> Iterator[Breach]:
    # The key has run it once at each seed. Only random values would differ in a second run.
    run_again = case.exercise.misconceptions[wrong] or seed == case.seeds[0]
    verdict = (case.verdict if run_again else case.verdict_on_mistake)(wrong, seed)
    what = f"misconception {wrong.__name__} at seed {seed}"
    where = place(wrong, case.root)
    if verdict.fraction == 1:
        yield Breach(
            f"{what} loses no point",
            where,
            "an observation in which it differs from the reference",
            "all observations agree",
            f"add one to the probe ({place(case.exercise.probe, case.root)})",
        )
    elif verdict.misconceptions != (wrong.__name__,) or verdict.hints != (
        case.exercise.sentence(wrong),
    ):
        yield Breach(
            f"{what} is not named by its own sentence alone",
            where,
            wrong.__name__,
            _named(verdict),
            "if it got none: say with shown_by which observations are enough; if it got another: "
            "observe where the two differ, or merge them",
        )


def sentences_tell_no_code(case: Case) -> Iterator[Breach]:
    """A tutor's sentence is short prose: no call, no operator, no line of code."""
    for wrong in case.exercise.misconceptions:
        sentence = case.exercise.sentence(wrong)
        code = CODE.search(sentence.replace("log(0)", ""))
        faults = []
        if len(sentence) not in SENTENCE:
            faults.append(f"{len(sentence)} characters")
        if code:
            faults.append(f"code: {code[0]!r}")
        if not sentence.endswith("."):
            faults.append("no full stop")
        if faults:
            yield Breach(
                f"the docstring of misconception {wrong.__name__} is not a tutor's sentence",
                place(wrong, case.root),
                f"{SENTENCE[0]} to {SENTENCE[-1]} characters of prose without code, "
                "with a full stop at the end",
                "; ".join(faults),
                "say what the student did, and why that is wrong",
            )


def work_is_needed(case: Case) -> Iterator[Breach]:
    """An answer that takes no work earns at most a third."""
    reference, seed = case.exercise.reference, case.seeds[0]
    expected = key_of(case.exercise, seed).expected
    numbers = {name for name, value in expected.items() if isinstance(value, np.ndarray)}
    for counted, answers in (
        (set(expected), lazy_answers(reference)),
        (numbers, near_answers(reference)),
    ):
        for description, answer in answers.items():
            findings = case.verdict(answer, seed).findings
            earned = [f.name for f in findings if f.agrees and f.name in counted]
            if len(earned) > MOST * len(findings):
                yield Breach(
                    f"this answer takes no work: {description}",
                    place(case.exercise.probe, case.root),
                    f"at most {MOST:.0%} of the points",
                    f"{len(earned)} of {len(findings)} observations: {', '.join(earned)}",
                    "join the observations that it gets right anyway into one, or observe more",
                )


def styles_have_all_points(case: Case) -> Iterator[Breach]:
    """Right answers in other styles, at least five, lose nothing at any seed."""
    styles = case.styles()
    strangers = sorted({style.__name__ for style in styles} - {case.name})
    if len(styles) < STYLES or strangers:
        yield Breach(
            "there are too few right answers in other styles",
            f"tests/styles/, {case.name} in STYLES",
            f"at least {STYLES} functions of that name",
            ", ".join([str(len(styles)), *strangers]),
            "write it as other students would (docs/authors.md)",
        )
    for style in styles:
        for seed in case.seeds:
            verdict = case.verdict(style, seed)
            if verdict.fraction < 1:
                lost = next(finding for finding in verdict.findings if not finding.agrees)
                yield Breach(
                    f"a right answer loses points at seed {seed}: {style.__doc__}",
                    place(style, case.root),
                    f"all observations agree, {lost.name!r} among them",
                    lost.detail,
                    "if the answer is right, the probe or the reference asks for too much",
                )


def release_does_not_tell(case: Case) -> Iterator[Breach]:
    """The released notebook asks for the function, checks it, and contains no line of it."""
    yield from release_tells(case)


PROMISES: dict[str, Promise] = {
    "filled in": filled_in,
    "docstring is complete": docstring_is_complete,
    "reference is right": reference_is_right,
    "seeds matter": seeds_matter,
    "stub scores nothing": stub_scores_nothing,
    "misconceptions are named": misconceptions_are_named,
    "sentences tell no code": sentences_tell_no_code,
    "work is needed": work_is_needed,
    "styles have all points": styles_have_all_points,
    "release does not tell": release_does_not_tell,
}


def _named(verdict: Verdict) -> str:
    return ", ".join(verdict.misconceptions) or "none"
