"""Answers ctrl+c: says what is being stopped, and ends the process where the work does not stop by itself."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from assistant.text.formatting import duration
from tools.names import visible

STOPPED = 130
"""The exit code of a process that was stopped by ctrl+c."""
PATIENCE = 2.0
"""The seconds that work gets to stop by itself after the user wants to leave. What it wrote is in order at any time."""
_SOON = 0.4
"""The seconds after which it is said that work is being stopped; most work stops earlier."""
_LONG = 1.0
"""The seconds of decoding after which a file is named."""


def stopping_line(stage: str, done: int = 0, total: int = 0) -> str:
    """Return what is being stopped, such as "stopping (looking, 120 of 340; decoding big.jpg for 4 s)".

    Args:
        stage: What is being done; "" where that is not known.
        done: How much of it is done.
        total: How much there is; 0 or 1 where nothing is counted.
    """
    what = [f"{visible(stage)}, {done:,} of {total:,}" if total > 1 else visible(stage)] if stage else []
    if "tools.decode.decode_pool" in sys.modules:
        from tools.decode.decode_pool import shared_pool

        long = [(path, seconds) for path, seconds in shared_pool().busy() if seconds > _LONG]
        what += [f"decoding {visible(path.name)} for {duration(seconds)}" for path, seconds in long[:1]]
    return f"stopping ({'; '.join(what)})" if what else "stopping"


def leave_within(seconds: float = PATIENCE, code: int = STOPPED) -> None:
    """End the process after some seconds, unless it has ended by then: Python itself waits for every thread at work.

    Never call this where others share the process.
    """

    def end() -> None:
        time.sleep(seconds)
        _end(code)

    threading.Thread(target=end, name="leaving", daemon=True).start()


@contextmanager
def answered(current: Callable[[], str], say: Callable[[str], None]) -> Iterator[None]:
    """Answer ctrl+c within a second while a command runs, even where it is in the middle of a long call.

    The first ctrl+c raises KeyboardInterrupt as soon as the main thread can, and it is said what is being stopped if
    that takes a moment. The second one ends the process. An event loop that listens for ctrl+c itself takes precedence.

    Args:
        current: Returns the line about what is being stopped.
        say: Prints a line; called in another thread.
    """
    heard, rings = socket.socketpair()
    rings.setblocking(False)
    over = threading.Event()
    try:
        before = signal.set_wakeup_fd(rings.fileno(), warn_on_full_buffer=False)
    except ValueError:  # not the main thread
        heard.close()
        rings.close()
        yield
        return

    def listen() -> None:
        times = 0
        while number := heard.recv(1):
            if number[0] != signal.SIGINT:
                continue
            times += 1
            if times == 1 and not over.wait(_SOON):
                say(f"{current()}; ctrl+c again leaves at once")
            elif times > 1:
                _end(STOPPED)

    listener = threading.Thread(target=listen, name="ctrl-c", daemon=True)
    listener.start()
    try:
        yield
    finally:
        over.set()
        with suppress(ValueError):
            signal.set_wakeup_fd(before)
        rings.close()
        listener.join(1)
        heard.close()


def _end(code: int) -> None:
    if "tools.decode.decode_pool" in sys.modules:
        from tools.decode.decode_pool import shared_pool

        with suppress(Exception):
            shared_pool().close()
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    os._exit(code)
