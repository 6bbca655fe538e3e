"""Compares what was observed with what is expected, and says why an answer is wrong."""
