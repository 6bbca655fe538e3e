"""Experiments of the lectures: each returns a record, which a lecture shows and a test repeats.

The sentences about them are claims, held over several seeds by ``tests/course/claims``.
"""
