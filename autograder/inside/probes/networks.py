"""How to observe a Keras model in whatever style it was written.

Weights are set by name and shape: two arrays of the same name and shape get equal values.
So the names of layers, the order in which they were made, and the style (Sequential,
Functional or subclassed) make no difference. Layers are listed in the order of their calls.
"""

import contextlib
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from autograder.inside.wire import Table

__all__ = [
    "HalvedInTraining",
    "changes",
    "eagerly",
    "first_call",
    "layer_table",
    "set_weights",
    "training_call",
]

COLUMNS = ("layer", "output shape", "strides", "parameters")
GOLDEN_RATIO = (1 + 5**0.5) / 2
AROUND_ONE = ("gamma", "moving_variance")  # Of a batch normalization. Variances are positive.


@dataclass(frozen=True)
class Called:
    """A model with known weights, and what one call of it showed.

    Attributes:
        model: the Keras model, or whatever else a student returned.
        outputs: what the call returned.
        calls: pairs of a layer and its output, in the order of the layers' calls.
    """

    model: Any
    outputs: Any
    calls: list[tuple[keras.layers.Layer, Any]]


class HalvedInTraining(keras.layers.Layer):
    """Halves its inputs in training mode, and passes them on unchanged in inference mode.

    In a stand-in it depends on the mode as dropout does, but is not random.
    """

    def call(self, inputs, training=False):
        return inputs / 2 if training else inputs


def set_weights(model: keras.Model, seed: int, gain: float = 1.0) -> None:
    """Give known values to the weights that a model has so far. The seed decides on them.

    Activations keep their size through dense layers and convolutions, times ``gain``.
    They grow in transposed convolutions to fewer channels, which need a gain below 1.
    """
    for variable in model.weights:
        if not np.issubdtype(np.dtype(str(variable.dtype)), np.floating):
            continue  # The state of a seed generator.
        shape = tuple(variable.shape)
        rng = np.random.default_rng([seed, zlib.crc32(f"{variable.name} {shape}".encode())])
        # Small enough that no output saturates.
        largest = gain * np.sqrt(6 / max(1, np.prod(shape[:-1]))) if len(shape) > 1 else 0.17
        middle = 1 if variable.name in AROUND_ONE else 0
        variable.assign(middle + rng.uniform(-largest, largest, size=shape))


def first_call(build: Callable[[], Any], inputs: tf.Tensor, seed: int, gain: float = 1.0) -> Called:
    """Build a model, give it known weights, call it, and record the calls of its layers.

    Args:
        build: function of no arguments that returns a Keras model, built or not.
        inputs: one batch that the model can be called on.
        seed: integer; one seed gives one set of weights.
        gain: size of the kernels (``set_weights``).
    """
    with mock.patch.object(keras.initializers.VarianceScaling, "__call__", _zeros):
        model = build()
        for _ in range(2):
            known = len(model.weights)
            set_weights(model, seed, gain)
            with _calls_recorded() as calls:
                outputs = model(inputs, training=False)
            if len(model.weights) == known:
                break  # Otherwise the call has built a part of the model, with new weights.
    return Called(model, outputs, calls)


def layer_table(calls: list[tuple[keras.layers.Layer, Any]]) -> Table:
    """Layers with weights in the order in which they are first called.

    Args:
        calls: pairs of a layer and its output (``first_call``).

    Returns:
        Table of class, output shape, strides (convolutions only) and number of parameters.
    """
    rows: dict[int, tuple[str | int, ...]] = {}
    for layer, output in calls:
        # A layer may contain others without weights, as in activation=layers.ReLU().
        held = layer._flatten_layers(include_self=False)
        if layer.weights and not any(part.weights for part in held):
            strides = str(tuple(getattr(layer, "strides", ())) or "")
            shape = str(tuple(getattr(output, "shape", ())))
            rows.setdefault(id(layer), (_class(layer), shape, strides, layer.count_params()))
    return Table(COLUMNS, tuple(rows.values()))


def training_call(model: keras.Model, inputs: tf.Tensor) -> Any:
    """What a model returns in training mode, with fixed units dropped.

    So the outputs show where dropouts are and at which rates. They do not show whether one
    comes before or after a relu or a reshape, which is the same network.
    """
    with (
        mock.patch.object(tf.nn.experimental, "stateless_dropout", _dropped),
        mock.patch.object(tf.nn, "dropout", _dropped),
        eagerly(),
    ):
        return model(inputs, training=True)


def changes(
    models: Collection[keras.Model | list[keras.Variable]], act: Callable[[], object]
) -> tuple[object, list[np.ndarray]]:
    """How far variables move while ``act()`` runs.

    Args:
        models: models, whose trainable weights are observed, or lists of variables.
        act: function of no arguments.

    Returns:
        What ``act`` returned, and one array for each of ``models``: its variables after
        minus before, flattened and joined.
    """
    # Listed before the call: a weight that ``act`` freezes is no longer listed as trainable.
    groups = [list(getattr(model, "trainable_variables", model)) for model in models]
    before = [_joined(group) for group in groups]
    returned = act()
    return returned, [_joined(group) - old for group, old in zip(groups, before)]


def _joined(variables):
    return np.concatenate([np.ravel(variable) for variable in variables])


def _dropped(inputs, rate, noise_shape=None, **_):
    """Dropout that drops fixed units, spread evenly over each example."""
    shape = tuple(inputs.shape if noise_shape is None else np.array(noise_shape))[1:]
    kept = np.arange(np.prod(shape)) * GOLDEN_RATIO % 1 >= rate
    return inputs * tf.cast(kept.reshape(shape), inputs.dtype) / (1 - rate)


def _class(layer):
    """Name of the Keras class that a layer is an instance of."""
    return next(c.__name__ for c in type(layer).__mro__ if c.__module__.startswith("keras."))


def _zeros(initializer, shape, dtype=None):
    """In place of random initial weights: to draw those costs as much as a call."""
    return keras.ops.zeros(shape, dtype)


@contextlib.contextmanager
def _calls_recorded():
    calls, call = [], keras.layers.Layer.__call__

    def recorded(layer, *args, **kwargs):
        output = call(layer, *args, **kwargs)
        calls.append((layer, output))
        return output

    # A traced tf.function does not call its layers again.
    with eagerly(), mock.patch.object(keras.layers.Layer, "__call__", recorded):
        yield calls


@contextlib.contextmanager
def eagerly() -> Iterator[None]:
    """Run each tf.function line by line inside this context: tracing would cost the most."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
