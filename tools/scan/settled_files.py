"""Tells when files that are being written are complete, by their sizes and times alone."""

import stat
import time
from collections.abc import Callable, Iterable
from pathlib import Path

SETTLED = 2.0
"""The seconds for which a file must stay as it is before it is taken for complete."""
MOST_WAIT = 60.0
"""The seconds after which files are looked at although one of them is still being written, such as a film."""


class SettledFiles:
    """Waits for files that have changed until none of them changes any more.

    Args:
        clock: Returns seconds; it never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._files: dict[
            Path, tuple[tuple[int, int], float]
        ] = {}  # size and time, and since when they are so
        self._first: float | None = None

    def changed(self, files: Iterable[Path]) -> None:
        """Note that files came, went or were written to."""
        now = self._clock()
        for file in files:
            self._files[file] = _state(file), now
            self._first = now if self._first is None else self._first

    @property
    def waiting(self) -> bool:
        """Return whether there are files that were not taken yet."""
        return bool(self._files)

    def take(self) -> bool:
        """Return whether all that changed is complete, or was waited for long enough; then none waits any more."""
        now = self._clock()
        if self._first is None:
            return False
        for file, (state, _) in list(self._files.items()):
            if (new := _state(file)) != state:
                self._files[file] = new, now
        still = any(now - since < SETTLED for _, since in self._files.values())
        if still and now - self._first < MOST_WAIT:
            return False
        self._files.clear()
        self._first = None
        return True


def _state(file: Path) -> tuple[int, int]:
    """Return the size and the time of a file, or of what is in its place; -1 where there is nothing."""
    try:
        status = file.stat()
    except OSError:
        return -1, -1
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else (0, 0)
