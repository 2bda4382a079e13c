"""What a terminal answers and what is typed meanwhile are told apart, and no key is lost."""

import os
import subprocess
import sys

import pytest

from assistant.tui.terminal_answers import TerminalAnswers, ask_terminal, read_answers

NAME, KITTY, SIZE = "\x1bP>|kitty(0.28.1)\x1b\\", "\x1b_Gi=7301;OK\x1b\\", "\x1b[6;20;10t"
ATTRIBUTES = "\x1b[?62;4;c"
PTY = pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo terminals")


def test_keys_between_the_answers_are_kept_in_their_order() -> None:
    received = f"gr{NAME}o{KITTY}u{SIZE}p\n{ATTRIBUTES}\x1b[A"
    assert read_answers(received) == TerminalAnswers("kitty(0.28.1)", True, True, (10, 20), "group\r\x1b[A")


def test_a_terminal_that_answers_nothing_can_nothing() -> None:
    assert read_answers("group") == TerminalAnswers(typed="group")
    assert not read_answers("\x1b[?64;14c").sixel and not read_answers("\x1b_Gi=7301;ENOTSUP\x1b\\").kitty


def test_where_there_is_no_terminal_nobody_is_asked(capfd: pytest.CaptureFixture[str]) -> None:
    assert ask_terminal() == TerminalAnswers() and capfd.readouterr().out == ""


APP = """
from textual.app import App
from textual.events import Key
from assistant.tui.terminal_answers import ask_terminal
from assistant.tui.terminal_driver import driver_after

class Typed(App):
    heard = ""

    async def on_event(self, event):
        if isinstance(event, Key) and event.key == "enter":
            self.exit(self.heard)
        elif isinstance(event, Key):
            self.heard += event.character or event.key
        await super().on_event(event)

app = Typed()
terminal = ask_terminal()
app.driver_class = driver_after(terminal.typed)
print(f"[[{app.run()}]]")
"""


@PTY
def test_what_is_typed_before_and_beside_late_answers_arrives() -> None:
    ours, theirs = os.openpty()
    process = subprocess.Popen([sys.executable, "-c", APP], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, b"gro")  # before anything runs
    typed = {b"\x1b[c": "up", b"\x1b[?1049h": f" by{NAME}{KITTY}{SIZE}{ATTRIBUTES} colour\r"}
    said = b""
    try:
        while b"]]" not in said:
            said += os.read(ours, 4096)
            for shown in [shown for shown in typed if shown in said]:
                os.write(ours, typed.pop(shown).encode())
    finally:
        os.close(ours)
        process.wait(60)
    assert "[[group by colour]]" in said.decode(errors="replace")
