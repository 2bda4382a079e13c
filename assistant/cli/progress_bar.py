"""How far long work is, on stderr: a bar on a terminal, now and then a line where there is none."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tools.names import visible
from tools.progress import Progress

QUICK = 2.0
"""Seconds after which a stage is told; what ends earlier is not."""

EVERY = 10.0
"""Seconds from one line to the next while work goes on."""


@contextmanager
def bar(lines: bool = False) -> Iterator[Progress]:
    """A progress bar on stderr; where that is no terminal, lines with the stage and how far it is.

    Args:
        lines: Lines on a terminal, too: something else is printed meanwhile, which a bar would draw over.
    """
    with _drawn() if sys.stderr.isatty() and not lines else _told() as progress:
        yield progress


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
def _told() -> Iterator[Progress]:
    """Lines, also while a stage reports nothing, such as one that loads a network: a thread watches the clock."""
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
    """Which line about long work is due at a time, in seconds of any clock. Reports may come from any thread."""

    def __init__(self, stage: str, now: float) -> None:
        self._lock = threading.Lock()
        self._stage, self._done, self._total = stage, 0, 0
        self._since = self._last = now
        self._new = True

    def report(self, stage: str, done: int, total: int, now: float) -> None:
        """Work is so far."""
        with self._lock:
            if 0 < total <= done:  # what comes next may take long before it reports
                stage, done, total = f"{stage} done, going on", 0, 0
            if stage != self._stage:
                self._since, self._new = now, True
            self._stage, self._done, self._total = stage, done, total

    def due(self, now: float) -> str | None:
        """The line to print now, if there is one: a stage that is not over at once, or that still goes on."""
        with self._lock:
            if not ((self._new and now - self._since >= QUICK) or now - self._last >= EVERY):
                return None
            self._last, self._new = now, False
            counts = f", {self._done:,} of {self._total:,}" if self._total > 1 else ""
            return f"{self._stage}{counts}"
