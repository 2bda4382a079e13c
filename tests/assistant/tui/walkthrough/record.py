"""Record the three uses on drawn portraits: `python -m tests.assistant.tui.walkthrough.record`.

Writes screen.txt, the panes of a real terminal (tmux) while keys are typed, and plain.txt, the same line by line in a
pipe. Pictures are blocks in text: their colours are not recorded.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.assistant.tui.terminal import Terminal

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[3]
WIDTH, HEIGHT = 110, 34
SHOWN = "/home/someone/holiday"
"""What is written in place of the folder that all of it happens in; as long as that, or the columns would move."""
USES = {
    "Group these by emotion": "group these by emotion",
    "Approve what is proposed": "what could I group these by?",
    "Export labelled folders": 'export to "{home}/sorted"',
}
TYPED_AHEAD = 1.5
"""Seconds until an approval listens to keys, with a margin."""


class Recorder:
    """Types into a terminal and keeps what it shows."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._terminal = Terminal(home / "tmux")
        self._parts: list[str] = []

    def open(self) -> None:
        """Start the chat on the portraits."""
        command = f"{shlex.quote(sys.executable)} -m assistant chat portraits"
        self._terminal.start(command, WIDTH, HEIGHT, str(self._home), **environment(self._home))

    def say(self, text: str) -> None:
        """Type a sentence and press enter."""
        self._terminal.type(text)
        time.sleep(0.5)
        self._terminal.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys, once an approval listens; one by one, or escape and a letter would be one key."""
        for key in keys:
            time.sleep(TYPED_AHEAD)
            self._terminal.press(key)

    def wait(self, *until: str) -> str:
        """The pane, once the terminal shows these texts."""
        return self._terminal.until(*until, seconds=600)

    def keep(self, what: str, *until: str) -> None:
        """Wait until the terminal shows these texts and has come to rest, and keep the pane."""
        pane = self.wait(*until)
        while (now := self._terminal.pane()) != pane or "ctrl+c cancels" in now or "    ·    " in now:
            pane = now
            time.sleep(1)
        lines = [line.rstrip() for line in pane.rstrip().splitlines()]
        self._parts.append(f"== {what} ==\n\n" + "\n".join(lines) + "\n")

    def close(self) -> str:
        """Leave; all panes."""
        self._terminal.press("C-q")
        self._terminal.gone()
        self._terminal.tmux("kill-server")
        return "\n".join(self._parts)


def environment(home: Path) -> dict[str, str]:
    """What the recorded commands run with: nothing of the user's own."""
    return {
        "PYTHONPATH": str(REPOSITORY),
        "REGROUP_OFFLINE": "1",
        "REGROUP_WORKSPACE": str(home / "workspace"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "LANG": "C.UTF-8",
    }


def on_screen(home: Path) -> str:
    """The three uses in the terminal app."""
    said = [text.format(home=home) for text in USES.values()]
    titles = list(USES)
    recorder = Recorder(home)
    recorder.open()
    recorder.keep("regroup chat portraits", "Try:", "bundled models")
    recorder.say(said[0])
    recorder.keep(f"{titles[0]}: {said[0]}", "into 4 groups")
    recorder.press("Escape", "Enter")
    recorder.keep("The first group, opened: escape, enter", "12 images ·", "Move")
    recorder.press("Enter")
    recorder.keep("One picture, and why it is there: enter", "emotion", "Back")
    recorder.press("Escape", "Escape", "Escape")
    recorder.say(said[1])
    recorder.keep(f"{titles[1]}: {said[1]}", "Group by which of these?", "y Accept")
    recorder.press("Space", "Down", "Space")
    recorder.keep("Another one is ticked: space, down, space", "[ ] glasses", "[x] background colour")
    recorder.press("y")
    recorder.keep("Accepted: y", "You accepted", "Next you could say")
    recorder.say(said[2])
    recorder.keep(f"{titles[2]}: {said[2]}", "Export these groups?", "y Accept")
    recorder.press("y")
    recorder.keep("Written: y", "Copied")
    return recorder.close()


def in_a_pipe(home: Path) -> str:
    """The three uses line by line."""
    said = [text.format(home=home).replace("/sorted", "/sorted-2") for text in USES.values()]
    lines = [said[0], said[1], "2", said[2], "yes"]
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "chat", "portraits", "--plain"],
        input="\n".join([*lines, ""]),
        cwd=home,
        env=os.environ | environment(home) | {"REGROUP_WORKSPACE": str(home / "workspace-2")},
        text=True,
        capture_output=True,
        timeout=1800,
    )
    typed = "".join(f"    {line}\n" for line in lines)
    return (
        f"printf %s\\\\n ... | regroup chat portraits --plain, with these lines:\n\n{typed}\n"
        f"== what it prints ==\n\n{done.stdout}\nexit code {done.returncode}\n"
    )


def tree(folder: Path) -> str:
    """What an export wrote: folders with the number of their files."""
    rows = [
        f"  {path.name}/ {sum(1 for _ in path.iterdir())} files" if path.is_dir() else f"  {path.name}"
        for path in sorted(folder.iterdir())
    ]
    return "\n".join([f"{folder.name}/", *rows]) + "\n"


def main() -> None:
    """Draw the portraits, record both, and write the two files beside this one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=48, help="portraits to draw")
    parser.add_argument("--only", choices=("screen", "plain"))
    parser.add_argument(
        "--drawn", type=Path, help="portraits that were drawn and looked at before, with `workspace`"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="regroup-", dir="/tmp") as scratch:
        home = Path(scratch)
        assert len(scratch) == len(SHOWN), scratch
        if given.drawn:
            shutil.copytree(given.drawn / "portraits", home / "portraits")
            for name in ("workspace", "workspace-2"):
                shutil.copytree(given.drawn / "workspace", home / name)
                shutil.rmtree(home / name / "collections", ignore_errors=True)
        else:
            from assistant.demo.draw import draw_demo

            draw_demo(home / "portraits", count=given.count)
        recorded: dict[str, Callable[[Path], str]] = {"screen": on_screen, "plain": in_a_pipe}
        for name, record in recorded.items():
            if given.only in (None, name):
                told = record(home)
                out = home / ("sorted" if name == "screen" else "sorted-2")
                told += f"\n== what lies there now ==\n\n{tree(out)}" if out.is_dir() else ""
                told = told.replace(str(home), SHOWN)
                (HERE / f"{name}.txt").write_text(told, "utf-8")


if __name__ == "__main__":
    main()
