"""The generative adversarial network, one module per part (lectures 06 to 09)."""

import course.backend  # noqa: F401 -- imports TensorFlow quietly, before any module does
