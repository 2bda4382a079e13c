"""The board: a contact sheet before there are groups, then a band of pictures for each group."""

import threading
from pathlib import Path
from typing import Any

from assistant.desk import Desk
from assistant.tui.app import RegroupApp, default_desk
from assistant.tui.widgets.cluster_row import ClusterRow, LabelledPicture
from assistant.tui.widgets.picture_box import PictureBox


def row_of(drive: Any, number: int) -> ClusterRow:
    """The row of a group by its number."""
    return next(row for row in drive.app.main.query(ClusterRow) if row.row.number == number)


def boxes(row: ClusterRow) -> list[PictureBox]:
    """The pictures of a row."""
    return list(row.query(PictureBox))


async def test_the_folder_is_seen_before_it_is_read(drive: Any) -> None:
    read = threading.Event()

    def slow(folder: Path, settings: Any, progress: Any) -> Desk:
        read.wait(60)
        return default_desk(folder, settings, progress)

    app = RegroupApp(drive.folder, drive.settings, slow)
    async with app.run_test(size=(120, 36)) as pilot:
        drive.app, drive.pilot = app, pilot
        await drive.until(lambda: len(app.main.board.sheet.query("._drawn")) >= 20)
        assert app.desk is None
        first = [box.picture for box in app.main.board.sheet.query(PictureBox)]
        read.set()
        await drive.until(lambda: app.main.session is not None)
        assert [box.picture for box in app.main.board.sheet.query(PictureBox)] == first  # nothing flickers
        assert all(isinstance(picture, Path) and picture.parent == drive.folder for picture in first)


async def test_the_sheet_makes_room_for_groups_and_comes_back_without_them(drive: Any) -> None:
    async with drive.run():
        board = drive.app.main.board
        assert board.sheet.display and board.sheet.region.area
        await drive.say("group by background colour into 4")
        assert not board.sheet.region.area
        await drive.say("undo")
        assert board.sheet.region.area


async def test_fewer_groups_have_larger_pictures_and_a_wider_terminal_more_of_them(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        four = row_of(drive, 1).query_one(PictureBox).region
        await drive.say("merge 1 and 2, then merge 2 and 3")
        await drive.until(lambda: len(drive.app.main.query(ClusterRow)) == 2)
        await drive.until(lambda: row_of(drive, 1).query_one(PictureBox).region.height > four.height)
        before = len(boxes(row_of(drive, 1)))
        await drive.pilot.resize_terminal(200, 60)
        await drive.until(lambda: len(boxes(row_of(drive, 1))) > before)


async def test_a_band_says_how_sure_it_is_in_a_word(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        rows = drive.app.main.board.data.rows
        texts = drive.texts()
        assert f"{rows[0].size} images, clear" in texts
        assert "%" not in str(row_of(drive, 1).query_one(".figures").render())


async def test_a_group_whose_pictures_were_moved_away_is_no_guess(drive: Any, tmp_path: Path) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.say(f"export to {tmp_path / 'out'} as moves")
        await drive.answerable()
        await drive.press("y")
        await drive.until(lambda: "0 images, none is here now" in drive.texts())
        assert "a guess" not in drive.texts()


async def test_show_fills_the_board_with_the_pictures_of_a_group_and_their_numbers(drive: Any) -> None:
    async with drive.run():
        main = drive.app.main
        await drive.say("group by background colour into 4")
        await drive.say("show 3")
        await drive.until(lambda: len(main.query(LabelledPicture)) == main.board.data.rows[2].size)
        clustering = drive.app.desk.clusterings.current
        members = clustering.members(main.board.data.rows[2].cluster)
        numbers = [f"#{drive.app.desk.collection.number(sha)}" for sha in members]
        assert [str(label.render()) for label in row_of(drive, 3).query(".label")] == numbers
        assert main.focused is main.input_line  # the next sentence can be typed
        listing = drive.spoken().rsplit("surest first: ", 1)[1]
        assert listing.startswith(", ".join(numbers)) and ".png" not in listing
        await drive.say("call 3 sunny")
        await drive.until(lambda: not main.query(LabelledPicture))  # the groups changed: all are shown again
        await drive.pilot.resize_terminal(130, 40)
        await drive.pilot.pause(0.5)
        assert not main.query(LabelledPicture)


async def test_the_picture_under_the_cursor_is_shown_large_beside_the_grid(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.press("escape", "enter")
        screen = drive.app.screen
        preview = screen.query_one("#preview", PictureBox)
        await drive.until(lambda: preview.query("._drawn") and preview.picture == screen.grid.items[0].sha)
        await drive.pilot.press("right", "right")
        await drive.until(lambda: preview.picture == screen.grid.items[2].sha)
        assert preview.region.height > 2 * screen.grid.query(PictureBox).first().region.height
        await drive.pilot.resize_terminal(80, 24)
        await drive.until(lambda: not preview.region.area)


async def test_a_group_that_a_later_step_merged_away_is_not_shown(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.say("show 4, then merge 4 and 1")
        await drive.until(lambda: len(drive.app.main.query(ClusterRow)) == 3)
        await drive.say("undo")
        await drive.until(lambda: len(drive.app.main.query(ClusterRow)) == 4)
        assert "KeyError" not in drive.spoken()
