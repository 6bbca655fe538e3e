"""Grades what students build against the course's reference modules, and says why.

A submission travels through ``submission`` (read and repair), ``sandbox`` (run, and observe
with the probes of ``inside``), ``judging`` (compare with the answer key) and ``gradebook``, to
``pages`` and ``lms``. Importing this package imports nothing heavy.
"""

from pathlib import Path

__all__ = ["ROOT"]

ROOT = Path(__file__).resolve().parent.parent  # The course's folder.
