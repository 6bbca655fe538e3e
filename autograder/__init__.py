"""Marks what students build against the course's reference modules, and says why.

A submission travels ``reading`` -> ``notebooks`` (repair) -> ``observe`` (with a probe) ->
``wire`` -> ``verdict`` -> nbgrader's gradebook. Importing it imports nothing heavy.
"""
