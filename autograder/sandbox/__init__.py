"""Starts and feeds the workers that run submissions, and believes nothing they say."""
