"""The installed command in a real terminal, driven by tmux: the three uses, a small screen, ctrl+c."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.assistant.tui.terminal import Terminal

REPOSITORY = Path(__file__).parents[3]

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
    pytest.mark.timeout(600),
]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(Path(os.environ.get("TMPDIR", "/tmp")) / f"regroup-tmux-{os.getpid()}")
    yield made
    made.tmux("kill-server")


@pytest.fixture
def chat(terminal: Terminal, pictures: Path, settings: object, tmp_path: Path) -> Callable[..., None]:
    """Starts `regroup chat` on the drawn pictures, which were looked at before."""

    def start(*options: str, **environment: str) -> None:
        command = f"{sys.executable} -m assistant chat {pictures} {' '.join(options)}"
        terminal.start(
            command,
            PYTHONPATH=str(REPOSITORY),
            REGROUP_OFFLINE="1",
            REGROUP_WORKSPACE=str(tmp_path / "workspace"),
            XDG_CONFIG_HOME=str(tmp_path / "config"),
            LANG="C.UTF-8",
            **environment,
        )

    return start


def test_grouping_approving_and_exporting(
    terminal: Terminal, chat: Callable[..., None], tmp_path: Path
) -> None:
    out = tmp_path / "sorted"
    chat()
    terminal.until("24 images", "Try: what could I group these by?", "bundled models")
    terminal.type("group by background colour into 4")
    terminal.press("Enter")
    terminal.until("into 4 groups", "6 images", "background colour")
    terminal.type("what could I group these by?")
    terminal.press("Enter")
    terminal.until("Group by which of these?", "[x]")
    time.sleep(1.5)  # an approval hears nothing at first
    terminal.press("y")
    terminal.until('Accepted "background colour"')
    terminal.type(f'export to "{out}"')
    terminal.press("Enter")
    terminal.until("Export these groups?", "24 files")
    assert not out.exists()
    time.sleep(1.5)
    terminal.press("y")
    terminal.until("Copied 24 files")
    assert (out / "manifest.json").is_file()
    terminal.tmux("resize-window", "-x", "20", "-y", "5")
    time.sleep(1)
    terminal.tmux("resize-window", "-x", "100", "-y", "30")
    terminal.until("24 images")
    terminal.press("C-c")
    terminal.until("ctrl+c again leaves")
    terminal.press("C-c")
    assert terminal.gone()


def test_what_is_typed_while_the_app_starts_is_said(terminal: Terminal, chat: Callable[..., None]) -> None:
    chat()
    for letter in "group by background colour into 4":
        terminal.type(letter)
        time.sleep(0.1)  # some before the app runs, some while it draws its first screen
    terminal.press("Enter")
    pane = terminal.until('grouped by "background colour"', "into 4 groups", "what could I group these by?")
    assert "[?" not in pane


def test_a_dumb_terminal_talks_line_by_line(terminal: Terminal, chat: Callable[..., None]) -> None:
    chat(TERM="dumb", NO_COLOR="1")
    terminal.until("talking line by line", "Try: what could I group these by?")
    terminal.type("/cost")
    terminal.press("Enter")
    terminal.until("bundled models look at 24 images.")
    terminal.press("C-d")
    assert terminal.gone()
