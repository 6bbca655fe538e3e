"""How a Keras model is looked at, whatever style it was written in.

Weights are set by name and shape: two arrays of one name and shape get equal values,
so neither layer names, nor the order in which layers were made, nor Sequential,
Functional or subclassed matter. Layers are listed as they are called.
"""

import contextlib
import zlib

import keras
import numpy as np
import tensorflow as tf

from autograder.wire import Table

__all__ = ["changes", "layer_table", "set_weights"]

COLUMNS = ("layer", "output shape", "strides", "parameters")


def set_weights(model, inputs, seed):
    """Give a model known weights; returns the model.

    Args:
        model: Keras model, built or not.
        inputs: one batch that the model can be called on.
        seed: integer; one seed gives one set of values.
    """
    model(inputs)  # Builds a subclassed model.
    for variable in model.weights:
        if not np.issubdtype(np.dtype(str(variable.dtype)), np.floating):
            continue  # The state of a seed generator.
        shape = tuple(variable.shape)
        rng = np.random.default_rng([seed, zlib.crc32(f"{variable.name} {shape}".encode())])
        # Keeps the size of activations through the layers, so that no output saturates.
        scale = np.sqrt(2 / max(1, np.prod(shape[:-1]))) if len(shape) > 1 else 0.1
        variable.assign(rng.normal(size=shape) * scale)
    return model


def layer_table(model, inputs):
    """Layers with weights in the order they are first called on a batch.

    Returns:
        ``Table``: class, output shape, strides (convolutions only), parameters.
    """
    rows = {}
    with _calls_recorded() as calls:
        model(inputs)
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


@contextlib.contextmanager
def _calls_recorded():
    calls, call = [], keras.layers.Layer.__call__
    eagerly = tf.config.functions_run_eagerly()

    def recorded(layer, *args, **kwargs):
        output = call(layer, *args, **kwargs)
        calls.append((layer, output))
        return output

    keras.layers.Layer.__call__ = recorded
    tf.config.run_functions_eagerly(True)  # A traced tf.function calls its layers no more.
    try:
        yield calls
    finally:
        tf.config.run_functions_eagerly(eagerly)
        keras.layers.Layer.__call__ = call
