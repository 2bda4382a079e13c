"""Inside a cluster: looking, selecting, moving."""

import shutil
from datetime import datetime
from typing import Any

from textual.widgets import Input

from assistant.tui.screens.choice_screen import ChoiceScreen
from assistant.tui.screens.cluster_screen import ClusterScreen
from assistant.tui.screens.picture_screen import PictureScreen
from assistant.tui.screens.pile_screen import PileScreen
from assistant.tui.screens.prompt_screen import PromptScreen
from assistant.tui.widgets import picture_grid
from assistant.tui.widgets.cell_images import CellImage
from assistant.tui.widgets.picture_box import BROKEN, PictureBox
from assistant.tui.widgets.picture_grid import GridCell
from tests.camera_roll import exif, picture, xmp


async def opened(drive: Any, groups: int = 4) -> ClusterScreen:
    await drive.say(f"group by background colour into {groups}")
    await drive.press("escape", "enter")
    await drive.until(lambda: isinstance(drive.app.screen, ClusterScreen) and drive.app.screen.grid.items)
    return drive.app.screen


async def test_shows_the_pictures_with_numbers_and_names(drive: Any) -> None:
    async with drive.run():
        screen = await opened(drive)
        assert len(screen.grid.items) == 6
        assert len(screen.query(GridCell)) == 6
        item = screen.grid.items[0]
        assert f"#{item.number} {item.name}" in drive.texts()
        assert "6 images" in drive.texts()
        await drive.until(lambda: len(screen.grid.query("._drawn")) == 6)


async def test_moves_selected_pictures_and_takes_it_back(drive: Any) -> None:
    async with drive.run():
        screen = await opened(drive)
        await drive.press("space", "right", "space")
        assert len(screen.grid.selected) == 2
        await drive.press("m")
        assert isinstance(drive.app.screen, ChoiceScreen)
        assert "a new group" in str(
            [option.prompt for option in drive.app.screen.query_one("OptionList").options]
        )
        await drive.press("enter")
        assert len(screen.grid.items) == 4 and not screen.grid.selected
        assert "Moved 2 images" in drive.spoken()
        assert sorted(row.size for row in drive.app.main.board.data.rows) == [4, 6, 6, 8]
        await drive.press("u")
        assert len(screen.grid.items) == 6
        await drive.press("escape")
        assert drive.app.screen is drive.app.main


async def test_moves_to_a_new_group_and_to_unsorted(drive: Any) -> None:
    async with drive.run():
        screen = await opened(drive)
        await drive.press("m", "end", "up", "enter")
        assert isinstance(drive.app.screen, PromptScreen)
        drive.app.screen.query_one(Input).value = "best of [all]"
        await drive.press("enter")
        assert "best of [all]" in drive.names()
        await drive.press("space", "m", "end", "up", "enter")
        drive.app.screen.query_one(
            Input
        ).value = "best"  # short for the one above, but a new one was asked for
        await drive.press("enter")
        assert {"best", "best of [all]"} <= set(drive.names())
        await drive.press("u")
        await drive.press("m", "end", "enter")
        assert len(screen.grid.items) == 4
        await drive.press("escape")
        assert next(pile.kind for pile in drive.app.main.board.data.piles) == "unsorted"
        drive.app.main.board.rows.index = 5
        await drive.press("enter")
        await drive.until(lambda: isinstance(drive.app.screen, ClusterScreen) and drive.app.screen.grid.items)
        assert "unsorted" in drive.texts()


async def test_one_picture_large_and_why(drive: Any) -> None:
    async with drive.run():
        screen = await opened(drive)
        await drive.press("enter")
        assert isinstance(drive.app.screen, PictureScreen)
        await drive.until(lambda: "background colour" in drive.texts())
        assert screen.grid.items[0].name in drive.texts()
        await drive.until(lambda: drive.app.screen.query("._drawn"))
        await drive.press("right")
        assert screen.grid.items[1].name in drive.texts()
        await drive.press("escape")
        assert screen.grid.cursor == 1


async def test_a_page_scrolls_and_pages_turn(drive: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(picture_grid, "PAGE", 9)
    async with drive.run(80, 24):
        await drive.say("group by background colour into 4")
        await drive.say(
            "merge 1 and 2"
        )  # into two groups at once, which of four colours are one would be chance
        await drive.press("escape")
        drive.app.main.board.rows.index = 0
        await drive.press("enter")
        await drive.until(lambda: isinstance(drive.app.screen, ClusterScreen) and drive.app.screen.grid.items)
        screen = drive.app.screen
        assert len(screen.grid.items) == 12 and screen.grid.per_page == 9  # three lines, two of them in sight
        assert "page 1 of 2" in drive.texts()
        await drive.press("down", "down")
        assert screen.grid.cursor == 6 and screen.grid.page == 0
        await drive.until(lambda: screen.grid.scroll_offset.y > 0)
        await drive.press("pagedown")
        assert screen.grid.cursor == 9 and "page 2 of 2" in drive.texts()
        await drive.press("a")
        assert len(screen.grid.selected) == 3
        await drive.press("a")
        assert not screen.grid.selected
        await drive.press("p", "space", "right", "right", "v")
        assert len(screen.grid.selected) == 3


async def test_piles_say_why(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.press("escape")
        drive.app.main.board.rows.index = 4
        await drive.press("enter")
        assert isinstance(drive.app.screen, PileScreen)
        await drive.press("escape")
        assert drive.app.screen is drive.app.main


async def test_a_picture_that_is_gone_has_a_placeholder(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        for file in drive.folder.glob("*.png"):
            file.write_bytes(b"gone")
        shutil.rmtree(drive.app.desk.workspace.thumbnails.folder)
        drive.app.thumbnails.clear()
        await drive.press("escape", "enter")
        await drive.until(
            lambda: isinstance(drive.app.screen, ClusterScreen) and drive.app.screen.query(PictureBox)
        )
        box = drive.app.screen.query(PictureBox).first()
        drawn = box.query_one(CellImage)
        await drive.until(lambda: any(BROKEN in drawn.render_line(y).text for y in range(drawn.size.height)))


async def test_viewer_says_when_there_is_none(drive: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", "")
    async with drive.run():
        await opened(drive)
        await drive.press("o")
        await drive.until(lambda: "There is no viewer here" in drive.spoken())


async def test_when_a_picture_was_taken_and_what_belongs_to_it(drive: Any) -> None:
    block = exif(datetime(2024, 5, 12, 10, 11, 0), camera="Canon EOS R6")
    picture(3, (160, 120)).save(drive.folder / "DSC_1.jpg", exif=block)
    (drive.folder / "DSC_1.jpg.xmp").write_bytes(xmp())
    async with drive.run(160, 40):
        await drive.say("group by camera")
        await drive.press("escape", "enter")
        await drive.until(lambda: isinstance(drive.app.screen, ClusterScreen) and drive.app.screen.grid.items)
        await drive.until(lambda: "12 May 2024, 10:11 · Canon EOS R6" in drive.texts())
        await drive.press("enter")
        await drive.until(lambda: isinstance(drive.app.screen, PictureScreen))
        await drive.until(lambda: "12 May 2024, 10:11 · Canon EOS R6" in drive.texts())
        assert "with DSC_1.jpg.xmp" in drive.texts()


async def test_another_order(drive: Any) -> None:
    async with drive.run():
        screen = await opened(drive)
        assert "typical first" in drive.texts()
        shown = {}
        for order in ("by likeness", "by time", "by name"):
            await drive.press("s")
            await drive.until(lambda order=order: order in drive.texts())
            shown[order] = [item.name for item in screen.grid.items]
        assert shown["by name"] == sorted(shown["by name"]) and screen.grid.cursor == 0
        assert all(sorted(names) == shown["by name"] for names in shown.values())
        await drive.press("s")
        await drive.until(lambda: "typical first" in drive.texts())
