"""How a Keras model is looked at, whatever style it was written in.

Weights are set by name and shape: two arrays of one name and shape get equal values,
so neither layer names, nor the order in which layers were made, nor Sequential,
Functional or subclassed matter. Layers are listed as they are called.
"""

import contextlib
import zlib
from typing import NamedTuple

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
AROUND_ONE = ("gamma", "moving_variance")  # Of a batch normalization; no variance is negative.


class Called(NamedTuple):
    """A model with known weights, and what was seen of one call.

    Attributes:
        model: the Keras model.
        outputs: what the call returned.
        calls: pairs of a layer and its output, in the order of the layers' calls.
    """

    model: object
    outputs: object
    calls: list


class HalvedInTraining(keras.layers.Layer):
    """Passes on half of its inputs in training mode, all of them in inference mode.

    In a stand-in it shows the mode as dropout does, but is not random.
    """

    def call(self, inputs, training=False):
        return inputs / 2 if training else inputs


def set_weights(model, seed, gain=1.0):
    """Give the weights that a model has by now known values; one seed gives one set of them.

    Kernels keep the size of activations through dense layers and convolutions, times
    ``gain``. Transposed convolutions to fewer channels let it grow: they want less than 1.
    """
    for variable in model.weights:
        if not np.issubdtype(np.dtype(str(variable.dtype)), np.floating):
            continue  # The state of a seed generator.
        shape = tuple(variable.shape)
        rng = np.random.default_rng([seed, zlib.crc32(f"{variable.name} {shape}".encode())])
        # So that no output saturates.
        largest = gain * np.sqrt(6 / max(1, np.prod(shape[:-1]))) if len(shape) > 1 else 0.17
        middle = 1 if variable.name in AROUND_ONE else 0
        variable.assign(middle + rng.uniform(-largest, largest, size=shape))


def first_call(build, inputs, seed, gain=1.0):
    """Build a model, give it known weights and call it, with the calls of its layers recorded.

    Args:
        build: function of no arguments that returns a Keras model, built or not.
        inputs: one batch that the model can be called on.
        seed: integer; one seed gives one set of weights.
        gain: size of the kernels (``set_weights``).

    Returns:
        ``Called``.
    """
    with _replaced(keras.initializers.VarianceScaling, "__call__", _zeros):
        model = build()
        for _ in range(2):
            known = len(model.weights)
            set_weights(model, seed, gain)
            with _calls_recorded() as calls:
                outputs = model(inputs, training=False)
            if len(model.weights) == known:
                break  # Or else the call has built a part of it, with weights of its own.
    return Called(model, outputs, calls)


def layer_table(calls):
    """Layers with weights in the order they are first called.

    Args:
        calls: pairs of a layer and its output (``first_call``).

    Returns:
        ``Table``: class, output shape, strides (convolutions only), parameters.
    """
    rows = {}
    for layer, output in calls:
        # A layer may hold others without weights, as in activation=layers.ReLU().
        held = layer._flatten_layers(include_self=False)
        if layer.weights and not any(part.weights for part in held):
            strides = str(tuple(getattr(layer, "strides", ())) or "")
            shape = str(tuple(getattr(output, "shape", ())))
            rows.setdefault(id(layer), (_class(layer), shape, strides, layer.count_params()))
    return Table(COLUMNS, tuple(rows.values()))


def training_call(model, inputs):
    """What a model returns in training mode, where it is fixed which units drop out.

    So dropouts show in the outputs, their rates and where they are; not whether one stands
    before or after a relu or a reshape, which is the same network.
    """
    with contextlib.ExitStack() as stack:
        for owner, name in (tf.nn.experimental, "stateless_dropout"), (tf.nn, "dropout"):
            stack.enter_context(_replaced(owner, name, _dropped))
        stack.enter_context(eagerly())
        return model(inputs, training=True)


def changes(models, act):
    """How far variables move while ``act()`` runs.

    Args:
        models: each a model, whose trainable weights are meant, or a list of variables.
        act: function of no arguments.

    Returns:
        Pair of what ``act`` returned and a list of one array a model: its variables after
        minus before, flattened and joined.
    """
    # Listed before: what is frozen while ``act`` runs is no longer among the trainable ones.
    groups = [list(getattr(model, "trainable_variables", model)) for model in models]
    before = [_joined(group) for group in groups]
    returned = act()
    return returned, [_joined(group) - old for group, old in zip(groups, before)]


def _joined(variables):
    return np.concatenate([np.ravel(variable) for variable in variables])


def _dropped(inputs, rate, noise_shape=None, **_):
    """Dropout that spreads evenly over the units of each example what it drops."""
    shape = tuple(inputs.shape if noise_shape is None else np.array(noise_shape))[1:]
    kept = np.arange(np.prod(shape)) * GOLDEN_RATIO % 1 >= rate
    return inputs * tf.cast(kept.reshape(shape), inputs.dtype) / (1 - rate)


def _class(layer):
    """Name of the Keras class a layer is, or derives from."""
    return next(c.__name__ for c in type(layer).__mro__ if c.__module__.startswith("keras."))


def _zeros(initializer, shape, dtype=None):
    """Of Glorot and its like: to draw numbers costs as much as a call, and none is kept."""
    return keras.ops.zeros(shape, dtype)


@contextlib.contextmanager
def _replaced(owner, name, value):
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextlib.contextmanager
def _calls_recorded():
    calls, call = [], keras.layers.Layer.__call__

    def recorded(layer, *args, **kwargs):
        output = call(layer, *args, **kwargs)
        calls.append((layer, output))
        return output

    # A traced tf.function calls its layers no more.
    with eagerly(), _replaced(keras.layers.Layer, "__call__", recorded):
        yield calls


@contextlib.contextmanager
def eagerly():
    """While it lasts a tf.function runs line by line: nothing is traced, which costs most."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
