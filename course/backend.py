"""TensorFlow under Keras, imported without its start-up messages and the waits of ``fit``.

The messages are about GPUs that a laptop does not have. They alarm newcomers, and on
stderr they can cost points: nbgrader gives 0 to a test cell that wrote there.
``import course.backend`` before anything else that imports TensorFlow or Keras.
"""

import contextlib
import functools
import os
import sys
import tempfile

from course.threads import cores_here

__all__ = []

MOST_THREADS = 16  # A step of this course has too little work for more.

os.environ["KERAS_BACKEND"] = "tensorflow"  # Whatever ~/.keras/keras.json says.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # The first operation is quiet as well.
for pool in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(pool, str(min(MOST_THREADS, cores_here())))


@contextlib.contextmanager
def _stderr_held_back():
    """Keeps back what is written to file descriptor 2; shows it if the import fails."""
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


def _leave_pipelines_untuned():
    """Iterate over datasets without tf.data's autotuning, unless they ask for it.

    The thread that tunes a pipeline sleeps for longer and longer. At the end TensorFlow 2.21
    wakes it, and only then says that it is to stop: a thread that is quick to wake sleeps on,
    and everyone waits for it. Every other epoch of ``fit`` so took up to twice its time. Where
    images lie in memory there is nothing to tune.
    """
    iterate = tf.data.Dataset.__iter__

    @functools.wraps(iterate)
    def iterate_untuned(dataset):
        if dataset.options().autotune.enabled is None:
            options = tf.data.Options()
            options.autotune.enabled = False
            dataset = dataset.with_options(options)
        return iterate(dataset)

    tf.data.Dataset.__iter__ = iterate_untuned


_leave_pipelines_untuned()
