"""Marks what students build against the course's reference modules, and says why.

A submission travels ``reading`` -> ``notebooks`` (repair) -> ``pool`` -> [``worker`` ->
``cellrun`` -> ``observe`` with a probe -> ``wire``] -> ``records`` -> ``verdict`` -> nbgrader's
gradebook; what stands in brackets runs in the sandbox. Importing it imports nothing heavy.
"""

from pathlib import Path

__all__ = ["ROOT"]

ROOT = Path(__file__).resolve().parent.parent  # Of the course: notebooks, solutions, classes.
