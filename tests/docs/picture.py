"""Make the pictures of the app in docs/images: `python -m tests.docs.picture`.

The app itself runs on the drawn demo and hears a few sentences; Textual exports what it shows. In the export the half
cells in which a terminal draws pictures become rectangles, since as letters they leave gaps in many fonts, and no font
is loaded from elsewhere.
"""

import argparse
import asyncio
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from assistant.demo.play import prepare
from assistant.settings import Settings
from assistant.tui.app import RegroupApp

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SIZE = (112, 32)
"""Columns and rows of the terminal: wide enough for the board, narrow enough to be read in a README."""
SECONDS = 300
"""How long the app may take to open the folder, or to answer a sentence."""
FONT = '"DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace'
LINE, ABOVE = 24.4, 18.5
"""Height of a row in the exported drawing, and how far its top lies above the baseline of its text."""
HALVES = {"▀": 0.0, "▄": LINE / 2}
"""Half cells, and how far below the top of their row they begin."""


class Player:
    """Hands for the app, and what it shows."""

    def __init__(self, app: RegroupApp, pilot: Pilot[None]) -> None:
        self.app, self._pilot = app, pilot

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the app run until something is the case."""
        for _ in range(SECONDS * 10):
            if condition():
                return await self._pilot.pause(0.3)
            await self._pilot.pause(0.1)
        raise TimeoutError(f"the app took longer than {SECONDS} seconds")

    async def say(self, sentence: str) -> None:
        """Say a sentence, and wait for the answer."""
        self.app.main.input_line.focus()
        self.app.main.input_line.value = sentence
        await self.press("enter")
        await self.until(lambda: not (self.app.main.input_line.value or self.app.main.turns.is_busy))

    async def press(self, *keys: str) -> None:
        """Press keys one by one."""
        for key in keys:
            await self._pilot.press(key)
            await self._pilot.pause(0.3)

    async def shown(self) -> str:
        """The screen as SVG, once no more pictures are being drawn; those out of sight never are."""
        drawn = -1
        while drawn < (drawn := len(self.app.screen.query(".picture ._drawn"))) or not drawn:
            await self._pilot.pause(2)
        return portable(self.app.export_screenshot(title="regroup chat"))


async def play(pictures: Path, workspace: Path) -> dict[str, str]:
    """File name to SVG: the chat beside the board, and a question."""
    settings = Settings(workspace=workspace, model="builtin", tier="bundled", theme="dark")
    app = RegroupApp(pictures, settings, picture_mode="half", clock=lambda: 0.0)
    app.animation_level = "none"
    made = {}
    async with app.run_test(size=SIZE) as pilot:
        player = Player(app, pilot)
        await player.until(lambda: app.main.session is not None)
        app.main.input_line.cursor_blink = False
        await player.say("group these by emotion")
        await player.say("call 4 grinning")
        app.main.input_line.value = "save them to ~/sorted"
        app.main.input_line.action_end()
        made["app.svg"] = await player.shown()
        app.main.input_line.value = ""
        await player.press("escape", "t")
        await player.until(lambda: app.screen is not app.main)
        made["question.svg"] = await player.shown()
    return made


def portable(svg: str) -> str:
    """The same drawing without letters for half cells and without fonts from elsewhere."""
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: Fira Code[^;]*;", f"font-family: {FONT};", svg)
    text = r'<text class="([^"]+)" x="([^"]+)" y="([^"]+)" textLength="([^"]+)"[^>]*>([▀▄])+</text>'

    def rectangle(found: re.Match[str]) -> str:
        style, x, y, width, half = found.groups()
        top = float(y) - ABOVE + HALVES[half]
        return (
            f'<rect class="{style}" x="{x}" y="{top:.1f}" width="{width}" height="{LINE / 2 + 0.1:.1f}" '
            'shape-rendering="crispEdges"/>'
        )

    return re.sub(text, rectangle, svg)


def main() -> None:
    """Draw the demo where it is not there yet, play, and write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, help="a folder for `regroup demo`; a temporary one if not given")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="regroup-picture-") as scratch:
        pictures = prepare(given.demo or Path(scratch) / "demo", lambda *_: None)
        made = asyncio.run(play(pictures, Path(scratch) / "workspace"))
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, svg in made.items():
        (IMAGES / name).write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", "utf-8")
        print(f"docs/images/{name}: {(IMAGES / name).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
