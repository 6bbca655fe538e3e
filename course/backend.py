"""Imports TensorFlow under Keras, without its start-up messages and the waits of ``fit``.

The messages are about GPUs that a laptop does not have. They alarm newcomers. They can also
cost points: nbgrader gives 0 to a test cell that writes to stderr.
``import course.backend`` before anything else that imports TensorFlow or Keras.
"""

import contextlib
import functools
import os
import sys
import tempfile
from collections.abc import Iterator

from course.threads import cores_here

__all__: list[str] = []

MOST_THREADS = 16  # A step of this course has too little work for more.

os.environ["KERAS_BACKEND"] = "tensorflow"  # Whatever ~/.keras/keras.json contains.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # Also silences the first operation.
for pool in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(pool, str(min(MOST_THREADS, cores_here())))


@contextlib.contextmanager
def _stderr_held_back() -> Iterator[None]:
    """Hold back what is written to file descriptor 2; show it if the import fails."""
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(original, held.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)


with _stderr_held_back():
    import keras  # noqa: F401 -- imports TensorFlow as its backend
    import tensorflow as tf


def _leave_pipelines_untuned() -> None:
    """Iterate over datasets without tf.data's autotuning, unless they ask for it.

    The thread that tunes a pipeline sleeps for longer and longer. At the end TensorFlow 2.21
    wakes it, and tells it to stop only afterwards. A thread that wakes quickly does not see
    this, sleeps again, and everything waits for it: every other epoch of ``fit`` took up to
    twice its time. There is nothing to tune where images are in memory.
    """
    iterate = tf.data.Dataset.__iter__

    @functools.wraps(iterate)
    def iterate_untuned(dataset: tf.data.Dataset) -> object:
        if dataset.options().autotune.enabled is None:
            options = tf.data.Options()
            options.autotune.enabled = False
            dataset = dataset.with_options(options)
        return iterate(dataset)

    tf.data.Dataset.__iter__ = iterate_untuned


_leave_pipelines_untuned()
