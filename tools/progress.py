"""Defines the callback by which a long task reports its progress and learns that it is to stop."""

from contextlib import suppress
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


def without_stopping(progress: Progress) -> Progress:
    """Return a progress that reports as another and never stops the task, for what has to be brought to its end.

    Whatever the other one raises is dropped, ctrl+c as well: files that are half put back are worse than a report that
    fails.
    """

    def report(stage: str, done: int, total: int) -> None:
        with suppress(Exception, KeyboardInterrupt):
            progress(stage, done, total)

    return report


class LastReport:
    """Is a progress that can be reported again, so that a task that waits for something still learns when to stop.

    Args:
        progress: Gets all reports.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._last: tuple[str, int, int] | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Pass a report on."""
        self._last = stage, done, total
        self._progress(stage, done, total)

    def again(self) -> None:
        """Repeat the last report, if there was one."""
        if self._last is not None:
            self._progress(*self._last)
