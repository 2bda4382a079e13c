"""Keeps what C libraries print off the screen while the app draws on it; it goes to a file instead."""

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from assistant.workspace.files import made_private

LOG = "messages.log"
"""The name of the file, in the cache of the workspace."""
_MOST = 500_000
"""The bytes of the file above which it is begun anew; the last one is kept beside it."""


@contextmanager
def stray_output_in(folder: Path) -> Iterator[None]:
    """Send what is written to stdout and stderr, below Python as well, to a file, and leave the terminal to the app.

    The app draws through `sys.__stdout__` and `sys.__stderr__`, which are the only ways to the terminal meanwhile.
    Where the file cannot be written, it is thrown away.

    Args:
        folder: Where `messages.log` is written. It is made if necessary.
    """
    out, err = sys.__stdout__, sys.__stderr__
    if out is None or err is None:
        yield
        return
    streams = out, err
    log = _opened(folder)
    terminals: list[TextIO] = []
    handler = logging.StreamHandler(io.TextIOWrapper(io.FileIO(os.dup(log), "w"), write_through=True))
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    decoding = logging.getLogger("regroup.decode")
    level = decoding.level
    try:
        for stream in streams:
            stream.flush()
            copy = os.dup(stream.fileno())
            terminals.append(os.fdopen(copy, "w", 1, encoding=stream.encoding, errors=stream.errors))
        _let_draw(*terminals)
        for stream in streams:
            os.dup2(log, stream.fileno())
        decoding.addHandler(handler)
        decoding.setLevel(logging.INFO)
        yield
    finally:
        decoding.removeHandler(handler)
        decoding.setLevel(level)
        for stream, terminal in zip(streams, terminals, strict=False):
            with suppress(OSError, ValueError):
                stream.flush()
            with suppress(OSError, ValueError):
                terminal.flush()
            os.dup2(terminal.fileno(), stream.fileno())
            terminal.close()
        _let_draw(out, err)
        handler.stream.close()
        os.close(log)


def _let_draw(out: TextIO, err: TextIO) -> None:
    for name, stream in (("__stdout__", out), ("__stderr__", err)):
        setattr(sys, name, stream)


def _opened(folder: Path) -> int:
    """Return the file, opened to be written at its end."""
    path = folder / LOG
    try:
        made_private(folder)
        if path.exists() and path.stat().st_size > _MOST:
            path.replace(path.with_suffix(".1.log"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)
