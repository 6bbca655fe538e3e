"""Marks what students build against the course's reference modules, and says why.

A submission travels ``notebooks`` -> ``observe`` (with a probe) -> ``wire`` ->
``verdict`` -> nbgrader's gradebook. Importing ``autograder`` imports nothing heavy.
"""
