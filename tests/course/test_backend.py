"""Pipelines: tuned by TensorFlow where somebody asks for it, and nowhere else."""

import course.backend  # noqa: F401 -- what is tested

import keras
import numpy as np
import pytest
import tensorflow as tf


def _tuned(iterator):
    return iterator._dataset.options().autotune.enabled


@pytest.mark.parametrize("tuned", [True, False])
def test_a_pipeline_is_tuned_as_it_asks(tuned):
    """A choice that somebody made is left alone."""
    options = tf.data.Options()
    options.autotune.enabled = tuned
    assert _tuned(iter(tf.data.Dataset.range(3).with_options(options))) is tuned


def test_fit_evaluate_and_predict_leave_their_pipelines_untuned(monkeypatch):
    """Keras makes these pipelines, and asks for nothing."""
    iterators = []
    iterate = tf.data.Dataset.__iter__

    def record(dataset):
        iterators.append(iterate(dataset))
        return iterators[-1]

    monkeypatch.setattr(tf.data.Dataset, "__iter__", record)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((8, 2), "float32"), np.zeros((8, 1), "float32")
    for use in (model.fit, model.evaluate):
        use(x, y, verbose=0)
        assert {_tuned(iterators.pop()) for _ in list(iterators)} == {False}, use
    model.predict(x, verbose=0)
    assert {_tuned(iterator) for iterator in iterators} == {False}
