"""The variational autoencoder, one module per part (lectures 02 to 05)."""

import course.backend  # noqa: F401 -- imports TensorFlow quietly, before any module does
