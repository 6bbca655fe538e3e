"""What every exercise promises its students, and whether it keeps it.

A promise is a generator function of a ``Case`` that yields a ``Breach`` for each way in
which the exercise breaks it. ``PROMISES`` has them by name in the order to mend them in.
"""

import re

import numpy as np

from autograder.authoring.case import Breach, place
from autograder.authoring.docstrings import incomplete
from autograder.authoring.lazy import MOST, lazy_answers, near_answers
from autograder.authoring.releases import release_tells
from autograder.authoring.skeleton import MARK
from autograder.judging.compare import agree
from autograder.judging.key import key_of

__all__ = ["MISCONCEPTIONS", "PROMISES", "STYLES", "stub"]

MISCONCEPTIONS = 3  # At least so many for every function.
STYLES = 5
SENTENCE = range(60, 420)  # Characters.
CODE = re.compile(r"\w\(|\*\*|==|\bops\.|\bnp\.|\btf\.")


def stub(*inputs, **named):
    """The function as it is released."""
    raise NotImplementedError


def filled_in(case):
    """Nothing is left of what ``new-exercise`` marked."""
    for path in case.files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            _, mark, missing = line.partition(f"{MARK} {case.name}: ")
            if mark:
                yield Breach(
                    "a marked place is not filled in",
                    f"{path.relative_to(case.root)}:{number}",
                    missing.partition('"')[0].strip(" ."),
                    "the mark that new-exercise wrote",
                    "fill in the place and take the mark away",
                )


def docstring_is_complete(case):
    """The docstring tells a student what goes in, what comes out, and where it is from."""
    yield from incomplete(case)


def reference_is_right(case):
    """The reference agrees with itself, at each seed."""
    for seed in case.seeds:
        verdict = case.verdict(case.exercise.reference, seed)
        for finding in verdict.findings:
            if not finding.agrees:
                yield Breach(
                    f"the reference differs from itself at seed {seed}",
                    place(case.exercise.probe, case.root),
                    f"the same observation {finding.name!r} of each run",
                    finding.detail,
                    "draw what is random from rng in the probe, or observe a property instead",
                )


def seeds_matter(case):
    """At another seed something else is expected, so numbers seen in public are no answer."""
    first, *others = (key_of(case.exercise, seed).expected for seed in case.seeds)
    for seed, other in zip(case.seeds[1:], others):
        if _expect_the_same(first, other):
            yield Breach(
                "the probe expects the same whatever the seed",
                place(case.exercise.probe, case.root),
                "inputs drawn from rng, so that a class is graded on numbers of its own",
                f"the same observations at seeds {case.seeds[0]} and {seed}",
                "draw an input of at least one observation from rng",
            )


def _expect_the_same(first, other):
    return first.keys() == other.keys() and all(agree(other[name], first[name]) for name in first)


def stub_scores_nothing(case):
    """What is released, unchanged, earns nothing and is blamed for no misconception."""
    verdict = case.verdict(stub, case.seeds[0])
    earned = [finding.name for finding in verdict.findings if finding.agrees]
    if earned or verdict.hints or not verdict.is_stub:
        yield Breach(
            "the function as it is released is not seen as such",
            place(case.exercise.probe, case.root),
            "no observation that agrees, and no misconception",
            f"agree: {', '.join(earned) or 'none'}; named: {_named(verdict)}; "
            f"said first: {verdict.findings[0].detail or 'nothing'}",
            "let the exception of a look pass, at least where it is not asked for",
        )


def misconceptions_are_named(case):
    """Each misconception loses points, and is named: by its own sentence and no other's."""
    mistakes = case.exercise.misconceptions
    if len(mistakes) < MISCONCEPTIONS:
        yield Breach(
            "there are too few misconceptions",
            f"{case.assignment}, {case.name}",
            f"at least {MISCONCEPTIONS}",
            str(len(mistakes)),
            "look what students, forums and textbooks get wrong (docs/authors.md)",
        )
    for wrong, shown_by in mistakes.items():
        for seed in case.seeds[:3]:
            is_new = shown_by or seed == case.seeds[0]
            verdict = (case.verdict if is_new else case.verdict_on_mistake)(wrong, seed)
            sentence = case.exercise.sentence(wrong)
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
            elif verdict.misconceptions != (wrong.__name__,) or verdict.hints != (sentence,):
                yield Breach(
                    f"{what} is not told by its own sentence alone",
                    where,
                    wrong.__name__,
                    _named(verdict),
                    "if nobody: say with shown_by which observations are enough; if another: "
                    "observe where the two differ, or make them one",
                )


def sentences_tell_no_code(case):
    """A tutor's sentence is short prose: no call, no operator, no line of code."""
    for wrong in case.exercise.misconceptions:
        sentence = case.exercise.sentence(wrong)
        code = CODE.search(sentence.replace("log(0)", ""))
        got = [
            f"{len(sentence)} characters" if len(sentence) not in SENTENCE else "",
            f"code: {code[0]!r}" if code else "",
            "" if sentence.endswith(".") else "no full stop",
        ]
        if any(got):
            yield Breach(
                f"the docstring of misconception {wrong.__name__} is not a tutor's sentence",
                place(wrong, case.root),
                f"{SENTENCE[0]} to {SENTENCE[-1]} characters of prose without code, "
                "a full stop at the end",
                "; ".join(part for part in got if part),
                "say what was done, and why that is wrong",
            )


def work_is_needed(case):
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
                    "join what holds of it anyway into one observation, or observe more",
                )


def styles_have_all_points(case):
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
                    "if the answer is right, the probe or the reference asks too much",
                )


def release_does_not_tell(case):
    """The released notebook asks for the function, checks it, and holds no line of it."""
    yield from release_tells(case)


PROMISES = {
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


def _named(verdict):
    return ", ".join(verdict.misconceptions) or "nobody"
