"""Every test runs seeded, with deterministic operations."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import keras
import pytest
import tensorflow as tf

from autograder import ROOT
from autograder.build import derived_files

tf.config.experimental.enable_op_determinism()


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def instructor_notebooks():
    """The notebooks with the answers, which git ignores, made from their text."""
    for path, (_, content) in derived_files().items():
        if path.startswith("solutions/"):
            (ROOT / path).parent.mkdir(exist_ok=True)
            (ROOT / path).write_bytes(content)
