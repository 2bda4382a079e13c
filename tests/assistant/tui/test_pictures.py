"""Pictures: in half cells, in letters, or none, changed while the app runs."""

from typing import Any

import pytest

from assistant.tui.app import RegroupApp
from assistant.tui.picture_mode import detect_picture_mode
from assistant.tui.widgets.cell_images import AsciiImage
from assistant.tui.widgets.picture_box import HIDDEN, PictureBox


def test_without_colour_pictures_are_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert detect_picture_mode(True) == "ascii" and detect_picture_mode(False) == "none"


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
