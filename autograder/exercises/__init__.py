"""Exercises, one module an assignment: reference, probe and misconceptions."""
