"""Answers without work, and hostile ones: little to earn, and nothing to break."""

import sys
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from autograder import wire
from autograder.exercise import assignments, exercises_of
from autograder.observe import observe
from autograder.verdict import judge

EXERCISES = {
    exercise.name: exercise
    for assignment in assignments()
    if assignment in ("a1_distances", "a2_vae")
    for exercise in exercises_of(assignment).values()
}
OF_VALUES = {
    name: exercise
    for name, exercise in EXERCISES.items()
    if not name.startswith(("build_", "vae_train_step"))
}
SEED = 12
MOST = 0.34  # Of the points, for an answer that took no work.


def verdict_on(exercise, answer, seed=SEED):
    """The verdict, displayed as a notebook would display it."""
    verdict = judge(exercise.key(seed), observe(exercise.probe, answer, seed))
    assert verdict._repr_mimebundle_()["text/plain"] == str(verdict)
    expected = exercise.observations_of(exercise.reference, seed)
    assert [finding.name for finding in verdict.findings] == list(expected)
    return verdict


def each(answers, **marks):
    """Parameters for a test: every answer under its name."""
    return pytest.mark.parametrize(
        "answer", [pytest.param(answer, id=name, **marks) for name, answer in answers.items()]
    )


def returning(make):
    """An answer that takes whatever comes and calls ``make`` for what it returns."""
    return lambda *inputs, **named: make()


def raising(make):
    """An answer that raises what ``make`` gives."""

    def answer(*inputs, **named):
        raise make()

    return answer


every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)

CONSTANTS = {
    repr(value): returning(lambda value=value: value)
    for value in (0, 1, -1, 0.5, 1e9, np.nan, np.inf, None, True, "", (), [0.0, 1.0])
} | {
    "zeros of shape (1, 28, 28, 1)": returning(lambda: tf.zeros((1, 28, 28, 1))),
    "the first input": lambda *inputs, **named: inputs[0],
    "the second input, if any": lambda *inputs, **named: inputs[-1 if len(inputs) < 2 else 1],
    "all inputs": lambda *inputs, **named: inputs,
    "the sum of the inputs": lambda *inputs, **named: sum(inputs[1:], inputs[0]),
    "zeros like the first input": lambda *inputs, **named: 0 * inputs[0],
    "ones like the first input": lambda *inputs, **named: 0 * inputs[0] + 1,
    "0 a row": lambda *inputs, **named: np.zeros(len(inputs[0])),
}


@every_exercise
@each(CONSTANTS)
def test_a_constant_earns_next_to_nothing(exercise, answer):
    """What ignores its inputs, or hands them back, earns at most a third."""
    assert verdict_on(exercise, answer).fraction <= MOST


@pytest.mark.parametrize("factor", [0, np.nan, -1, 1.01])
@pytest.mark.parametrize("exercise", OF_VALUES.values(), ids=OF_VALUES)
def test_the_right_shape_alone_earns_next_to_nothing(exercise, factor):
    """Values of the right shape that are all 0, nan, of the other sign or 1 % off earn little."""

    def scaled(*inputs, **named):
        return factor * np.asarray(exercise.reference(*inputs, **named), dtype=np.float64)

    assert verdict_on(exercise, scaled).fraction <= MOST


@pytest.mark.parametrize("name", ["build_encoder", "build_decoder"])
def test_a_network_of_the_right_shape_alone_earns_little(name):
    """One dense layer a head, right in shape and range only, earns at most a third."""

    def build(size):
        if name == "build_decoder":
            squash = keras.layers.Dense(28 * 28, activation="sigmoid")
            return keras.Sequential([squash, keras.layers.Reshape((28, 28, 1))])
        inputs = keras.Input((28, 28, 1))
        flat = keras.layers.Flatten()(inputs)
        return keras.Model(inputs, [keras.layers.Dense(size)(flat) for _ in range(2)])

    assert verdict_on(EXERCISES[name], build).fraction <= MOST


@every_exercise
def test_a_stub_earns_nothing(exercise):
    """The cell as it was released agrees in nothing, and each detail says why."""
    verdict = verdict_on(exercise, raising(NotImplementedError))
    assert verdict.fraction == 0
    assert "not written yet" in {finding.detail for finding in verdict.findings}


class ArrayThatRaises:
    """Refuses to be read."""

    def __array__(self, *_, **__):
        raise RuntimeError("not for you")


class ArrayThatChanges:
    """Another value and shape each time it is read."""

    reads = 0

    def __array__(self, *_, **__):
        ArrayThatChanges.reads += 1
        return np.zeros(ArrayThatChanges.reads)


class LyingArray(np.ndarray):
    """Equal to everything, and of other bytes than it holds."""

    __hash__ = None

    def __eq__(self, other):
        return True

    def astype(self, *_, **__):
        return self

    def tobytes(self, *_):
        return b"x"


class LyingFloat(float):
    """Equal to everything."""

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
    """A list that holds itself."""
    endless = []
    endless.append(endless)
    return endless


def endless(*inputs, **named):
    """Calls itself for ever."""
    return endless(*inputs, **named)


def chatty(*inputs, **named):
    """Prints a lot, to both streams."""
    for stream in (sys.stdout, sys.stderr):
        print("still thinking\n" * 10_000, file=stream)


def strict(*inputs, **named):
    """Turns its own warning into an error, and leaves that behind."""
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
def test_an_odd_answer_breaks_nothing(exercise, answer):
    """Whatever a function returns or does, a verdict is made, and it earns little."""
    assert verdict_on(exercise, answer).fraction <= MOST


class SilentError(Exception):
    """Raises when it is asked what it says."""

    def __str__(self):
        raise RuntimeError("no comment")


class NumberError(Exception):
    """Says a number."""

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
    """Whatever a function raises is the student's failure, and costs that observation only."""
    assert verdict_on(EXERCISES["lp_norm"], answer).fraction <= MOST
