"""Defines the errors that reach a user, each a line that says what went wrong, where, and what to do."""


class RegroupError(Exception):
    """Something failed: a file, a model, the disk. The command ends with exit code 1."""

    exit_code = 1


class UsageError(RegroupError):
    """The request cannot be carried out as it was made. The command ends with exit code 2."""

    exit_code = 2


class CannotRun(UsageError):
    """A method cannot run on this collection; the line says what is missing."""


class Cancelled(RegroupError):
    """The user stopped a long task. What was finished before stays in the caches."""
