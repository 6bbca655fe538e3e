"""The generative adversarial network, one module a piece (lectures 06 to 09)."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before any module asks for it
