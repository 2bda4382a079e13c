"""Defines the callback by which a long task reports its progress and learns that it is to stop."""

from typing import Protocol


class Progress(Protocol):
    """Is called now and then by a long task, possibly from a worker thread.

    Args:
        stage: What is being done, in a word or two.
        done: How much of it is done.
        total: How much there is; 0 where that is not known yet.

    Raises:
        tools.errors.Cancelled: The user wants to stop, and the task is to end.
    """

    def __call__(self, stage: str, done: int, total: int) -> None: ...


def silent(stage: str, done: int, total: int) -> None:
    """Ignore the progress of a task that nobody watches."""
