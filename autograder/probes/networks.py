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

from autograder.wire import Table

__all__ = ["changes", "first_call", "layer_table", "set_weights"]

COLUMNS = ("layer", "output shape", "strides", "parameters")


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


def set_weights(model, seed):
    """Give the weights that a model has by now known values; one seed gives one set of them."""
    for variable in model.weights:
        if not np.issubdtype(np.dtype(str(variable.dtype)), np.floating):
            continue  # The state of a seed generator.
        shape = tuple(variable.shape)
        rng = np.random.default_rng([seed, zlib.crc32(f"{variable.name} {shape}".encode())])
        # Keeps the size of activations through the layers, so that no output saturates.
        largest = np.sqrt(6 / max(1, np.prod(shape[:-1]))) if len(shape) > 1 else 0.17
        variable.assign(rng.uniform(-largest, largest, size=shape))


def first_call(build, inputs, seed):
    """Build a model, give it known weights and call it, with the calls of its layers recorded.

    Args:
        build: function of no arguments that returns a Keras model, built or not.
        inputs: one batch that the model can be called on.
        seed: integer; one seed gives one set of weights.

    Returns:
        ``Called``.
    """
    with _replaced(keras.initializers.VarianceScaling, "__call__", _zeros):
        model = build()
        for _ in range(2):
            known = len(model.weights)
            set_weights(model, seed)
            with _calls_recorded() as calls:
                outputs = model(inputs)
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


def changes(models, act):
    """How far each model's trainable weights move while ``act()`` runs.

    Returns:
        Pair of what ``act`` returned and a list of one array a model: its weights after
        minus before, flattened and joined.
    """
    before = [_joined(model) for model in models]
    returned = act()
    return returned, [_joined(model) - old for model, old in zip(models, before)]


def _joined(model):
    return np.concatenate([np.ravel(variable) for variable in model.trainable_variables])


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
    eagerly = tf.config.functions_run_eagerly()

    def recorded(layer, *args, **kwargs):
        output = call(layer, *args, **kwargs)
        calls.append((layer, output))
        return output

    tf.config.run_functions_eagerly(True)  # A traced tf.function calls its layers no more.
    try:
        with _replaced(keras.layers.Layer, "__call__", recorded):
            yield calls
    finally:
        tf.config.run_functions_eagerly(eagerly)
