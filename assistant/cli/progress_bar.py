"""Shows the progress of long work on stderr: a bar on a terminal, else a line now and then."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tools.names import visible
from tools.progress import Progress

QUICK = 2.0
"""The seconds before a stage is mentioned; one that ends earlier is not."""

EVERY = 10.0
"""The seconds between two lines while a stage goes on."""


_current: tuple[str, int, int] | None = None


def current_work() -> str:
    """Return the line about the work that is being stopped, as far as it is known."""
    from assistant.chat.stopping import stopping_line

    return stopping_line(*(_current or ("", 0, 0)))


@contextmanager
def bar(lines: bool = False) -> Iterator[Progress]:
    """Show a progress bar on stderr, or lines with the stage and its progress where that is not a terminal.

    Args:
        lines: Print lines on a terminal, too, because a bar would draw over other output.
    """
    with _drawn() if sys.stderr.isatty() and not lines else _lines() as progress:

        def noted(stage: str, done: int, total: int) -> None:
            global _current
            _current = stage, done, total
            progress(stage, done, total)

        yield noted


@contextmanager
def between_bars() -> Iterator[None]:
    """Take the bar that is drawn off the terminal for the length of the block, in which lines are written to it."""
    if not sys.stderr.isatty():
        yield
        return
    from tqdm import tqdm

    with tqdm.external_write_mode(file=sys.stderr):
        yield


@contextmanager
def _drawn() -> Iterator[Progress]:
    from tqdm import tqdm

    with tqdm(leave=False) as drawn:

        def progress(stage: str, done: int, total: int) -> None:
            if drawn.desc != f"{stage}: ":
                drawn.reset(total)
                drawn.set_description(stage)
            drawn.update(done - drawn.n)

        yield progress


@contextmanager
def _lines() -> Iterator[Progress]:
    """Print lines, also while a stage such as loading a network reports nothing: a thread watches the clock."""
    lines = Lines("beginning", time.monotonic())
    over = threading.Event()

    def watch() -> None:
        while not over.wait(min(QUICK, EVERY) / 4):
            line = lines.due(time.monotonic())
            try:
                if line:
                    click.echo(f"regroup: {visible(line)}", err=True)
            except (OSError, ValueError):  # nobody reads it any more
                return

    watching = threading.Thread(target=watch, name="progress", daemon=True)
    watching.start()
    try:
        yield lambda stage, done, total: lines.report(stage, done, total, time.monotonic())
    finally:
        over.set()
        watching.join()


class Lines:
    """Decides which line about long work is due at a given time, in seconds of any clock.

    Reports may come from any thread.
    """

    def __init__(self, stage: str, now: float) -> None:
        self._lock = threading.Lock()
        self._stage, self._done, self._total = stage, 0, 0
        self._since = self._last = now
        self._new = True

    def report(self, stage: str, done: int, total: int, now: float) -> None:
        """Note the progress of the work."""
        with self._lock:
            if 0 < total <= done:  # the next stage may take long before it reports
                stage, done, total = f"{stage} done, continuing", 0, 0
            if stage != self._stage:
                self._since, self._new = now, True
            self._stage, self._done, self._total = stage, done, total

    def due(self, now: float) -> str | None:
        """Return the line to print now, about a stage that has lasted a while; None where no line is due."""
        with self._lock:
            if not ((self._new and now - self._since >= QUICK) or now - self._last >= EVERY):
                return None
            self._last, self._new = now, False
            counts = f", {self._done:,} of {self._total:,}" if self._total > 1 else ""
            return f"{self._stage}{counts}"
