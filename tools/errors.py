"""The two kinds of error that reach a user, each one line: what, where, what to do."""


class RegroupError(Exception):
    """Something failed: a file, a model, the disk. The command ends with exit code 1."""

    exit_code = 1


class UsageError(RegroupError):
    """The request cannot be carried out as it was made. The command ends with exit code 2."""

    exit_code = 2


class CannotRun(UsageError):
    """A method cannot run on what is here; the line says what it lacks."""


class Cancelled(RegroupError):
    """The user stopped a long piece of work. What was finished before stays in the caches."""
