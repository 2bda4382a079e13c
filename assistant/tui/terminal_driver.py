"""Reads the keys of a terminal for Textual, from the first one that was typed on.

Textual's own driver begins with what is typed after it was started, and takes an answer of the terminal that comes
late for keys.
"""

import os
import selectors
from codecs import getincrementaldecoder

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from assistant.tui.terminal_answers import without_answers

AT_ONCE = 4096
"""The most bytes that are read at once."""

TICK = 0.1
"""The seconds after which a lone escape is a key, and in which the end of the app is noticed."""


def driver_after(typed: str) -> type[LinuxDriver]:
    """Return a driver whose first keys are those that were typed before it was started."""

    class TerminalDriver(LinuxDriver):
        """Passes on what was typed earlier, then each key, and drops late answers of the terminal."""

        def run_input_thread(self) -> None:
            """Read until the app ends; runs in a thread of its own."""
            parser, decode = XTermParser(self._debug), getincrementaldecoder("utf-8")("replace").decode
            for event in parser.feed(typed) if typed else ():
                self.process_message(event)
            with selectors.SelectSelector() as selector:
                selector.register(self.fileno, selectors.EVENT_READ)
                while not self.exit_event.is_set():
                    if selector.select(TICK):
                        data = os.read(self.fileno, AT_ONCE)
                        if not data:  # the terminal is gone
                            break
                        for event in parser.feed(without_answers(decode(data))):
                            self.process_message(event)
                    for event in parser.tick():
                        self.process_message(event)

    return TerminalDriver
