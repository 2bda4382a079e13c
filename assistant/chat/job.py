"""Runs a long piece of work that can be watched, paused and cancelled."""

import threading
import time
from collections.abc import Callable

from assistant.text.formatting import duration
from tools.errors import Cancelled

_SETTLED = 0.5
"""The seconds of work before its rate is shown; earlier it would jump about."""


class Job:
    """Tells how far one piece of work has come: written by the thread that works, read by the one that shows it.

    It is a `tools.progress.Progress`: a call notes the progress, waits while the job is paused, and raises
    `Cancelled` after `cancel` was called.
    """

    def __init__(self, title: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stop = threading.Event()
        self._go = threading.Event()
        self._go.set()
        now = clock()
        self._state = (title, 0, 0, now)
        self._held = now  # when it was paused last

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note the progress; called by the thread that works.

        Raises:
            Cancelled: The job was cancelled.
        """
        self._go.wait()
        self.note(stage, done, total)  # also when cancelled: what is done until the end is shown
        if self._stop.is_set():
            raise Cancelled("cancelled; what was finished is kept")

    def note(self, stage: str, done: int, total: int) -> None:
        """Note the progress, whether the job was cancelled or not."""
        since = self._state[3] if stage == self._state[0] and done >= self._state[1] else self._clock()
        self._state = (stage, done, total, since)

    def cancel(self) -> None:
        """Stop the work at its next report, even while it is paused."""
        self._stop.set()
        self._go.set()

    def pause(self, on: bool) -> None:
        """Pause the work at its next report, or resume it. A cancelled job is not paused."""
        if on and not self.cancelled and not self.paused:
            self._held = self._clock()
            self._go.clear()
        elif not on and self.paused:
            stage, done, total, since = self._state
            self._state = (stage, done, total, since + self._clock() - self._held)  # time held is no work
            self._go.set()

    @property
    def cancelled(self) -> bool:
        """Return whether `cancel` was called."""
        return self._stop.is_set()

    @property
    def paused(self) -> bool:
        """Return whether the work is paused."""
        return not self._go.is_set()

    @property
    def state(self) -> tuple[str, int, int, float]:
        """Return the stage, the number of items done, their total, and items per second (0.0 while unknown)."""
        stage, done, total, since = self._state
        seconds = (self._held if self.paused else self._clock()) - since
        return stage, done, total, done / seconds if seconds > _SETTLED and done else 0.0

    @property
    def pace(self) -> str:
        """Return the rate and the time left as far as they are known, such as "28/s, 8 s left"."""
        _, done, total, rate = self.state
        if not rate:
            return ""
        pace = f"{rate:.0f}/s" if rate >= 1 else f"{rate:.1f}/s"
        return f"{pace}, {duration((total - done) / rate)} left" if total > done else pace
