"""Answers without work, and hostile ones: they earn little and break nothing."""

import sys
import warnings

import keras
import numpy as np
import pytest

from autograder.authoring.case import all_cases
from autograder.authoring.lazy_answers import MOST, returning
from autograder.authoring.promises import PROMISES
from autograder.inside import wire
from autograder.judging.display import as_text, mime_bundle

CASES = {case.name: case for case in all_cases()}
SEED = 12


def verdict_on(case, answer):
    """The verdict, displayed as a notebook would display it."""
    verdict = case.verdict(answer, SEED)
    assert mime_bundle(verdict)["text/plain"] == as_text(verdict)
    expected = case.exercise.observations_of(case.exercise.reference, SEED)
    assert [finding.name for finding in verdict.findings] == list(expected)
    return verdict


def each(answers, **marks):
    """Parameters for a test: every answer under its name."""
    return pytest.mark.parametrize(
        "answer", [pytest.param(answer, id=name, **marks) for name, answer in answers.items()]
    )


def raising(make):
    """An answer that raises what ``make()`` returns."""

    def answer(*inputs, **named):
        raise make()

    return answer


every_exercise = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_exercise
def test_an_answer_without_work_earns_next_to_nothing(case):
    """Constants, inputs, right shapes and values 1 % off earn at most a third."""
    assert list(PROMISES["work is needed"](case)) == []


@pytest.mark.parametrize("name", ["build_encoder", "build_decoder"])
def test_a_network_of_the_right_shape_alone_earns_little(name):
    """One dense layer per head, right only in shape and range, earns at most a third."""

    def build(size):
        if name == "build_decoder":
            squash = keras.layers.Dense(28 * 28, activation="sigmoid")
            return keras.Sequential([squash, keras.layers.Reshape((28, 28, 1))])
        inputs = keras.Input((28, 28, 1))
        flat = keras.layers.Flatten()(inputs)
        return keras.Model(inputs, [keras.layers.Dense(size)(flat) for _ in range(2)])

    assert verdict_on(CASES[name], build).fraction <= MOST


class ArrayThatRaises:
    """Raises when it is read."""

    def __array__(self, *_, **__):
        raise RuntimeError("not for you")


class ArrayThatChanges:
    """Has another value and shape each time it is read."""

    reads = 0

    def __array__(self, *_, **__):
        ArrayThatChanges.reads += 1
        return np.zeros(ArrayThatChanges.reads)


class LyingArray(np.ndarray):
    """Equals everything, and returns other bytes than its own."""

    __hash__ = None

    def __eq__(self, other):
        return True

    def astype(self, *_, **__):
        return self

    def tobytes(self, *_):
        return b"x"


class LyingFloat(float):
    """Equals everything."""

    __hash__ = float.__hash__

    def __eq__(self, other):
        return True

    def __float__(self):
        return 1.0


class BytesOfNoLength(bytes):
    """Longer than it says."""

    def __len__(self):
        return 0


class LyingText(str):
    """Encodes itself as bytes that lie about their length."""

    def __getitem__(self, key):
        return self

    def encode(self, *_):
        return BytesOfNoLength(b"\x00" * 10)


def itself():
    """A list that contains itself."""
    endless = []
    endless.append(endless)
    return endless


def endless(*inputs, **named):
    """Calls itself forever."""
    return endless(*inputs, **named)


def chatty(*inputs, **named):
    """Prints a lot, to both streams."""
    for stream in (sys.stdout, sys.stderr):
        print("still thinking\n" * 10_000, file=stream)


def strict(*inputs, **named):
    """Turns its own warning into an error, and does not undo that."""
    warnings.simplefilter("error")
    warnings.warn("careful", stacklevel=1)


ODD = {
    "text": returning(lambda: "0.5"),
    "half a surrogate pair": returning(lambda: "\udc80"),
    "lying text": returning(lambda: LyingText("x")),
    "list of objects": returning(lambda: [object(), object()]),
    "ragged list": returning(lambda: [[1.0], [1.0, 2.0]]),
    "list that holds itself": returning(itself),
    "complex": returning(lambda: 1j),
    "whole number of 400 digits": returning(lambda: 10**400),
    "date": returning(lambda: np.datetime64("2025-01-01")),
    "record": returning(lambda: np.zeros(3, dtype=[("x", "f4")])),
    "generator": returning(lambda: (number for number in range(3))),
    "function": returning(lambda: endless),
    "24 MB": returning(lambda: np.zeros(3_000_000)),
    "8 TB": returning(lambda: np.broadcast_to(0.0, (10**6, 10**6))),
    "twelve dimensions": returning(lambda: np.zeros((1,) * 12)),
    "array that raises": returning(ArrayThatRaises),
    "array that changes": returning(ArrayThatChanges),
    "lying array": returning(lambda: np.zeros(3).view(LyingArray)),
    "lying float": returning(lambda: LyingFloat(0.0)),
    "forged table": returning(lambda: wire.Table(("layer",), ((0.5,),))),
    "forged failure": returning(lambda: wire.Failure("ValueError", 5, None)),
    "prints": chatty,
    "warns": strict,
    "exits": lambda *inputs, **named: sys.exit(0),
    "calls itself": endless,
    "stops iterating": raising(StopIteration),
    "runs out of memory": raising(MemoryError),
    "long message": raising(lambda: ValueError("x" * 10**7)),
}


@every_exercise
@each(ODD)
def test_an_odd_answer_breaks_nothing(case, answer):
    """Whatever a function returns or does, a verdict is made, and it earns little."""
    assert verdict_on(case, answer).fraction <= MOST


class SilentError(Exception):
    """Raises when its message is read."""

    def __str__(self):
        raise RuntimeError("no comment")


class NumberError(Exception):
    """Has a number as its message."""

    def __str__(self):
        return 5


HOSTILE_ERRORS = {
    "error whose text raises": raising(SilentError),
    "error whose text is no text": raising(NumberError),
    "error with a name of 10 MB": raising(type("E" * 10**7, (Exception,), {})),
    "error outside of Exception": raising(type("Escape", (BaseException,), {})),
}


@each(HOSTILE_ERRORS)
def test_a_hostile_error_breaks_nothing(answer):
    """Whatever a function raises is the student's failure, and costs only that observation."""
    assert verdict_on(CASES["lp_norm"], answer).fraction <= MOST
