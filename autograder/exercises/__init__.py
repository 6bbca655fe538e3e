"""Exercises, one module per assignment: reference, probe and misconceptions."""
