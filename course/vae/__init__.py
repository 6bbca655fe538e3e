"""The variational autoencoder, one module a piece (lectures 02 to 05)."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before any module asks for it
