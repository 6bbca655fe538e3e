"""Grades what students build against the course's reference modules, and says why.

A submission goes through these rooms: ``submission`` reads and repairs it, ``sandbox`` runs its
cells with what is in ``inside``, ``judging`` compares what was observed with the answer key, and
``gradebook`` keeps the marks in nbgrader's gradebook. Importing this package imports nothing heavy.
"""

from pathlib import Path

__all__ = ["ROOT"]

ROOT = Path(__file__).resolve().parent.parent  # Of the course: notebooks, solutions, classes.
