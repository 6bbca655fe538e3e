"""Fixtures of the tests of the sandbox."""

from hostile_bench import bench, host, make_bench, tensorflow_bench  # noqa: F401 -- pytest finds them
