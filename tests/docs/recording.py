"""Make docs/images/session.svg, a short session as a moving picture: `python -m tests.docs.recording`.

The app itself runs on the drawn demo; each moment is what it shows, as `tests.docs.picture` makes it. The moments
follow one another by CSS alone, so that a page which shows the picture plays it; whoever asked for less motion sees the
last.
"""

import argparse
import asyncio
import re
import tempfile
from pathlib import Path

from assistant.demo.play import prepare
from assistant.settings import Settings
from assistant.tui.app import RegroupApp
from tests.docs.picture import IMAGES, Player

FILE = IMAGES / "session.svg"
SIZE = (112, 30)
"""Columns and rows of the terminal."""
SECONDS = (2.0, 3.0, 1.5, 3.0, 3.0, 2.0, 3.5, 3.5)
"""How long each moment is shown."""


async def moments(pictures: Path, workspace: Path) -> list[str]:
    """Play, and return what is shown at each moment, as SVG."""
    settings = Settings(workspace=workspace, model="builtin", tier="bundled", theme="dark")
    app = RegroupApp(pictures, settings, picture_mode="half", clock=lambda: 0.0)
    app.animation_level = "none"
    made: list[str] = []
    async with app.run_test(size=SIZE) as pilot:
        player = Player(app, pilot)
        await player.until(lambda: app.main.session is not None)
        app.main.input_line.cursor_blink = False

        async def typed(sentence: str) -> None:
            app.main.input_line.focus()
            app.main.input_line.value = sentence
            app.main.input_line.action_end()
            made.append(await player.shown())
            await player.say(sentence)

        await typed("group these by emotion")
        made.append(await player.shown())
        await typed("call 4 grinning")
        made.append(await player.shown())
        await player.press("escape", "t")
        await player.until(lambda: app.screen is not app.main)
        made.append(await player.shown())
        await player.press("escape")
        await player.until(lambda: app.screen is app.main)
        await typed("why is #12 there?")
        made.append(await player.shown())
        await player.say("undo")
        made.append(await player.shown())
    return made


def moving(frames: list[str]) -> str:
    """Return one SVG that shows the frames one after another, and begins anew."""
    whole, at, rules, parts = sum(SECONDS[: len(frames)]), 0.0, [], []
    box = re.search(r'viewBox="([^"]+)"', frames[0])
    assert box is not None
    for number, (frame, seconds) in enumerate(zip(frames, SECONDS, strict=False)):
        begin, end = 100 * at / whole, 100 * (at + seconds) / whole
        before = f"0% {{ visibility: hidden }} {begin:.2f}%" if number else "0%"
        rules.append(
            f"@keyframes m{number} {{ {before} {{ visibility: visible }} {end:.2f}% {{ visibility: "
            f"{'visible' if end > 99.99 else 'hidden'} }} }}\n"
            f".m{number} {{ visibility: hidden; animation: m{number} {whole:.1f}s step-end infinite }}"
        )
        inner = frame[frame.index(">", frame.index("<svg")) + 1 : frame.rindex("</svg>")]
        parts.append(f'<g class="m{number}">{inner}</g>')
        at += seconds
    last = f".m{len(frames) - 1}"
    still = f"g {{ animation: none !important }} {last} {{ visibility: visible }}"
    style = "\n".join([*rules, f"@media (prefers-reduced-motion: reduce) {{ {still} }}"])
    return (
        f'<svg class="rich-terminal" viewBox="{box.group(1)}" xmlns="http://www.w3.org/2000/svg">\n'
        f"<style>\n{style}\n</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def main() -> None:
    """Draw the demo where it is not there yet, play, and write the moving picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, help="a folder for `regroup demo`; a temporary one if not given")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="regroup-recording-") as scratch:
        pictures = prepare(given.demo or Path(scratch) / "demo", lambda *_: None)
        frames = asyncio.run(moments(pictures, Path(scratch) / "workspace"))
    text = moving(frames)
    FILE.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", "utf-8")
    print(f"docs/images/{FILE.name}: {len(frames)} moments, {FILE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
