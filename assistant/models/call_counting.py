"""Counts the calls of a model that describes while it is at work, and stops it where it may make no more of them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from tools.progress import LastReport, Progress


class Counted(Protocol):
    """Makes calls and counts them. `by` is the name of its model."""

    by: str

    @property
    def calls(self) -> int:
        """Return the number of calls so far."""
        ...


class CallCounting:
    """Counts calls and their time as they are made.

    Args:
        counted: Called with a model's name, its new calls and their seconds.
        check: Called with the calls that a model is about to make, and with 0 while it is at work; raises Cancelled
            where they may not be made.
    """

    def __init__(
        self,
        counted: Callable[[str, int, float], None] = lambda model, calls, seconds: None,
        check: Callable[[int], None] = lambda calls: None,
    ) -> None:
        self._counted, self._check = counted, check

    @contextmanager
    def of(self, model: Counted, calls: int, progress: Progress) -> Iterator[LastReport]:
        """Count what a model does inside, at each report of the progress that this gives and at the end.

        Args:
            model: The model.
            calls: How many calls it is about to make.
            progress: Gets all reports.

        Raises:
            tools.errors.Cancelled: It may not make these calls.
        """
        self._check(calls)
        made, before = model.calls, time.monotonic()

        def count() -> None:
            nonlocal made, before
            new, now = model.calls, time.monotonic()
            self._counted(model.by, new - made, now - before)
            made, before = new, now

        def reported(stage: str, done: int, total: int) -> None:
            count()
            self._check(0)
            progress(stage, done, total)

        try:
            yield LastReport(reported)
        finally:
            count()
