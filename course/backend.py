"""TensorFlow under Keras, imported without its start-up messages.

The messages are about GPUs that a laptop does not have. They alarm newcomers, and on
stderr they can cost points: nbgrader gives 0 to a test cell that wrote there.
``import course.backend`` before anything else that imports TensorFlow or Keras.
"""

import contextlib
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
