"""Asks the terminal what it can draw, and keeps every key that is typed meanwhile.

All questions are sent at once. The last one asks for the device attributes, which every terminal answers, and in order:
once that answer is there, no other one comes. What is read and answers nothing was typed.
"""

import os
import re
import sys
import time
from dataclasses import dataclass

QUESTIONS = "\x1b[>q\x1b_Gi=7301,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c"
"""The name and version (XTVERSION), kitty's graphics, the size of a cell in pixels, the device attributes (DA1)."""

ANSWERS = re.compile(
    r"\x1bP>\|(?P<name>[^\x1b]*)\x1b\\"
    r"|\x1b_Gi=7301;(?P<kitty>[^\x1b]*)\x1b\\"
    r"|\x1b\[6;(?P<height>\d+);(?P<width>\d+)t"
    r"|\x1b\[\?(?P<attributes>[\d;]*)c"
)
"""An answer to one of the questions. No key sends anything of the kind."""

PATIENCE = 1.0
"""The seconds to wait for the answers; a terminal far away needs some tenths."""

SIXEL = "4"
"""The device attribute of terminals that draw sixels."""


@dataclass(frozen=True)
class TerminalAnswers:
    """Holds what a terminal says of itself.

    Attributes:
        name: Its name and version, as in "kitty(0.28.1)"; "" where it does not tell.
        kitty: Whether it says that it has kitty's graphics.
        sixel: Whether it says that it draws sixels.
        cell: The width and height of a cell in pixels; None where it does not tell.
        typed: What was typed meanwhile, as a terminal in raw mode sends it.
    """

    name: str = ""
    kitty: bool = False
    sixel: bool = False
    cell: tuple[int, int] | None = None
    typed: str = ""


def ask_terminal() -> TerminalAnswers:
    """Ask the terminal of this process; it must not belong to Textual yet. Without a terminal nothing is known."""
    if sys.platform == "win32":
        return TerminalAnswers()
    try:
        return read_answers(_received())
    except OSError:
        return TerminalAnswers()


def read_answers(received: str) -> TerminalAnswers:
    """Tell answers and keys apart in what was received from a terminal."""
    told = {
        name: text for found in ANSWERS.finditer(received) for name, text in found.groupdict().items() if text
    }
    width, height = int(told.get("width", 0)), int(told.get("height", 0))
    return TerminalAnswers(
        name=told.get("name", ""),
        kitty=told.get("kitty") == "OK",
        sixel=SIXEL in told.get("attributes", "").split(";"),
        cell=(width, height) if width and height else None,
        # Before the terminal was in raw mode, the enter key sent a line feed.
        typed=without_answers(received).replace("\n", "\r"),
    )


def without_answers(received: str) -> str:
    """Return what was typed, without the answers of the terminal, which may come late."""
    return ANSWERS.sub("", received)


def _received() -> str:
    """Ask, and return all that is read until the last answer. Raises OSError where there is no terminal."""
    import termios
    import tty
    from codecs import getincrementaldecoder
    from select import select

    if sys.__stdin__ is None or sys.__stdout__ is None or not sys.__stdout__.isatty():
        raise OSError("there is nobody to ask")
    stdin, decode = sys.__stdin__.fileno(), getincrementaldecoder("utf-8")("replace").decode
    try:
        before = termios.tcgetattr(stdin)
    except termios.error as error:
        raise OSError(str(error)) from None
    received, end = "", time.monotonic() + PATIENCE
    tty.setcbreak(stdin, termios.TCSANOW)  # at once, without dropping what was typed
    try:
        os.write(sys.__stdout__.fileno(), QUESTIONS.encode())
        while "attributes" not in {found.lastgroup for found in ANSWERS.finditer(received)}:
            if not select([stdin], [], [], max(end - time.monotonic(), 0))[0]:
                break
            data = os.read(stdin, 4096)
            if not data:
                break
            received += decode(data)
    finally:
        termios.tcsetattr(stdin, termios.TCSANOW, before)
    return received + decode(b"", final=True)
