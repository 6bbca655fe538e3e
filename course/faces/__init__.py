"""Cartoon faces whose every trait is known, and measures of what a picture of one shows."""
