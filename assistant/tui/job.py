"""A long piece of work that can be watched and cancelled."""

import threading
import time
from collections.abc import Callable

from tools.errors import Cancelled


class Job:
    """Progress of one piece of work: written from a worker thread, read by the status line.

    It is a `tools.progress.Progress`: calling it notes how far the work is, and raises `Cancelled` once
    `cancel` was called.
    """

    def __init__(self, title: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stop = threading.Event()
        self._state = (title, 0, 0, clock())

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note how far the work is. Called from the thread that works."""
        if self._stop.is_set():
            raise Cancelled("cancelled; what was finished is kept")
        self.note(stage, done, total)

    def note(self, stage: str, done: int, total: int) -> None:
        """Note how far the work is, without asking whether it was cancelled."""
        since = self._state[3] if stage == self._state[0] and done >= self._state[1] else self._clock()
        self._state = (stage, done, total, since)

    def cancel(self) -> None:
        """Stop the work at its next report."""
        self._stop.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._stop.is_set()

    @property
    def state(self) -> tuple[str, int, int, float]:
        """Stage, done, total and things done per second (0.0 while unknown)."""
        stage, done, total, since = self._state
        seconds = self._clock() - since
        return stage, done, total, done / seconds if seconds > 0.5 and done else 0.0
