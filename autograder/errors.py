"""Errors by whose fault they are: the author's, the caller's, the wire's, the machine's.

A student's error is never raised: it is an observation, and costs that observation.
"""

__all__ = ["AuthorError", "AutograderError", "MachineError", "RefusedError", "UsageError"]


class AutograderError(Exception):
    """Base of the errors that a person can act on; the command line prints one line."""


class AuthorError(AutograderError):
    """A course author's text or exercise is wrong: stops the build."""


class UsageError(AutograderError):
    """A command or ``check`` was called with something it cannot work with."""


class MachineError(AutograderError):
    """The machine failed, not the student: to be tried again, never to be marked as 0."""


class RefusedError(AutograderError):
    """A file that was handed in cannot be graded; says what was found and what to do."""
