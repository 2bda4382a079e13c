"""Pictures: in half cells, in letters, or none, changed while the app runs."""

import os
import subprocess
import sys
from typing import Any

import pytest

from assistant.tui.app import RegroupApp
from assistant.tui.picture_mode import detect_picture_mode, places_pictures
from assistant.tui.terminal_answers import TerminalAnswers
from assistant.tui.widgets.cell_images import AsciiImage
from assistant.tui.widgets.picture_box import HIDDEN, PictureBox


def test_without_colour_pictures_are_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    asked = TerminalAnswers(sixel=True)
    assert detect_picture_mode(True, asked) == "ascii" and detect_picture_mode(False, asked) == "none"


ASKS = """
from assistant.tui.picture_mode import detect_picture_mode
from assistant.tui.terminal_answers import ask_terminal
print(detect_picture_mode(True, ask_terminal()) + ".")
"""


def drawn_by(answers: dict[bytes, bytes], columns: int = 80) -> str:
    """How a process draws pictures in a terminal that answers so, and is so wide."""
    import termios  # no module of Windows

    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    process = subprocess.Popen([sys.executable, "-c", ASKS], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said, left = b"", dict(answers)
    try:
        while not said.rstrip().endswith(b"."):
            said += os.read(ours, 1000)
            for question in [question for question in left if question in said]:
                os.write(ours, left.pop(question))
    except OSError:  # it has ended
        pass
    finally:
        process.wait(60)
        os.close(ours)
    return said.decode("utf-8", "replace").split()[-1].rpartition("c")[2].rstrip(".")


SIZE, SIXEL, KITTY, NAME = b"\x1b[16t", b"\x1b[c", b"\x1b_G", b"\x1b[>q"
PTY = pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo terminals")


@PTY
@pytest.mark.parametrize(
    ("name", "mode"),
    [("kitty(0.26.5)", "half"), ("kitty(0.28.1)", "kitty"), ("WezTerm 20240203", "half"), (None, "half")],
)
def test_pictures_are_placed_only_where_the_terminal_can(name: str | None, mode: str) -> None:
    answers = {} if name is None else {NAME: b"\x1bP>|" + name.encode() + b"\x1b\\"}
    answers |= {KITTY: b"\x1b_Gi=7301;OK\x1b\\", SIZE: b"\x1b[6;20;10t", SIXEL: b"\x1b[?62;c"}
    assert drawn_by(answers) == mode


@PTY
def test_sixels_need_no_name() -> None:
    answers = {SIZE: b"\x1b[6;20;10t", SIXEL: b"\x1b[?62;4;c"}
    assert drawn_by(answers) == "sixel"


@PTY
def test_a_terminal_without_columns_draws_half_cells() -> None:
    assert drawn_by({}, columns=0) == "half"


@pytest.mark.parametrize("name", ["ghostty 1.0.1", "Ghostty 1.2.3", "kitty(1.0.0)"])
def test_terminals_that_place_pictures(name: str) -> None:
    assert places_pictures(name) and not places_pictures("tmux 3.4") and not places_pictures("")


@pytest.mark.parametrize("mode", ["ascii", "half"])
async def test_without_colour_everything_is_drawn(
    drive: Any, monkeypatch: pytest.MonkeyPatch, mode: Any
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with drive.run(app=RegroupApp(drive.folder, drive.settings, picture_mode=mode)):
        await drive.say("group by background colour into 4")
        await drive.until(lambda: len(drive.app.main.query("._drawn")) >= 12)
        await drive.press("escape", "enter")
        await drive.until(lambda: len(drive.app.screen.grid.query("._drawn")) == 6)
        rows = [str(strip.text) for strip in drive.app.screen._compositor.render_strips()]
        assert any("#" in row for row in rows)


async def test_the_way_pictures_are_drawn_changes_at_once(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        main = drive.app.main
        await drive.until(lambda: len(main.query("._drawn")) >= 12)
        await drive.say("/images ascii")
        await drive.until(lambda: len(main.query(AsciiImage)) >= 12)
        await drive.say("/images off")
        await drive.until(lambda: not main.query("._drawn"))
        assert {str(p.query_one(".placeholder").render()) for p in main.query(PictureBox)} == {HIDDEN}
        await drive.press("f7")
        await drive.until(lambda: len(main.query("._drawn")) >= 12 and not main.query(AsciiImage))
        await drive.say("/images neon")
        assert '/images takes on, ascii, off, not "neon"' in drive.spoken()
