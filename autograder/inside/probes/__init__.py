"""Probes: what is observed of a student's function. Nothing here knows an answer."""
