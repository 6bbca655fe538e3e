"""TensorFlow under Keras, imported without its start-up messages.

The messages are about GPUs that a laptop does not have. They alarm newcomers, and on
stderr they can cost points: nbgrader gives 0 to a test cell that wrote there.
``import course.backend`` before anything else that imports TensorFlow or Keras.
"""

import contextlib
import os
import sys
import tempfile

__all__ = []

os.environ["KERAS_BACKEND"] = "tensorflow"  # Whatever ~/.keras/keras.json says.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # The first operation is quiet as well.


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
