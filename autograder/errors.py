"""Errors by whose fault they are: the author's, the caller's, the machine's, the submission's.

What a student's function raises is no error here: it is an observation, and costs that one.
"""

__all__ = ["AuthorError", "AutograderError", "MachineError", "RefusedError", "UsageError"]


class AutograderError(Exception):
    """Base of the errors that a person can act on; the command line prints one line."""


class AuthorError(AutograderError):
    """A course author's text or exercise is wrong: stops the build."""


class UsageError(AutograderError):
    """A command or ``check`` was called with something it cannot work with."""


class MachineError(AutograderError):
    """The machine failed, not the student: try again, and never mark it as 0."""


class RefusedError(AutograderError):
    """A file that was handed in cannot be graded. The message says what it is and what to do."""
