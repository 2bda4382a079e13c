"""Near-duplicates side by side: what is kept and what is set aside; no file is touched."""

import threading
from datetime import datetime
from typing import Any

import pytest
from PIL import Image

from assistant.desk.near_duplicates import OTHERS
from assistant.tui.screens.stack_screen import StackColumn, StackScreen
from assistant.tui.widgets.picture_box import PictureBox
from tests.camera_roll import exif, picture

SIZE = (400, 300)


@pytest.fixture
def copies(drive: Any) -> Any:
    """A folder with copies of two pictures and a burst of three."""
    for file in drive.folder.glob("IMG_*"):
        file.unlink()
    for n in range(2):
        picture(n, SIZE).save(drive.folder / f"big{n}.png")
        picture(n, SIZE).resize((200, 150), Image.Resampling.LANCZOS).save(drive.folder / f"small{n}.jpg")
    picture(0, SIZE).resize((300, 225)).save(drive.folder / "middle0.webp")
    for frame in range(3):
        block = exif(datetime(2024, 5, 12, 10, 0, frame), camera="Canon EOS R6")
        picture(50, SIZE, 4 * frame).save(drive.folder / f"DSC_{frame}.jpg", exif=block)
    return drive


async def opened(drive: Any) -> StackScreen:
    await drive.press("escape", "d")
    await drive.until(lambda: isinstance(drive.app.screen, StackScreen))
    await drive.until(lambda: len(drive.app.screen.query("._drawn")) > 1)
    return drive.app.screen


def shown(drive: Any) -> list[str]:
    collection = drive.app.open_desk.collection
    return [collection.by_id(column.image).path.name for column in drive.app.screen.query(StackColumn)]


async def test_a_stack_lies_side_by_side_with_what_may_decide(copies: Any) -> None:
    async with copies.run() as drive:
        await opened(drive)
        assert shown(drive)[0] == "big0.png" and set(shown(drive)[1:]) == {"middle0.webp", "small0.jpg"}
        texts = drive.texts()
        assert "near duplicates  1 of 2 · 3 pictures · 3 pictures set aside in all" in texts
        assert "400 x 300" in texts and "largest" in texts and texts.count("– set aside") == 2
        assert "sharp" not in texts  # the sizes tell, and a small copy always looks sharp
        await drive.press("n")
        assert shown(drive)[0] == "big1.png"
        await drive.press("b")
        await drive.until(lambda: len(shown(drive)) == 3 and "sharpest" in drive.texts())
        assert sorted(shown(drive)) == ["DSC_0.jpg", "DSC_1.jpg", "DSC_2.jpg"]


async def test_what_is_not_kept_gets_a_group_of_its_own_and_undo_takes_it_back(copies: Any) -> None:
    async with copies.run() as drive:
        before = {path: path.read_bytes() for path in drive.folder.iterdir()}
        await opened(drive)
        second = shown(drive)[1]
        await drive.press("right", "enter")  # keep only the second of the first stack
        await drive.press("a", "g")  # and both of the second
        await drive.until(lambda: drive.app.screen is drive.app.main)
        desk = drive.app.open_desk
        (made,) = desk.clusterings.all()
        sizes = {cluster.name: made.size(cluster.id) for cluster in made.clusters}
        assert sizes[OTHERS] == 2 and sum(sizes.values()) == len(made.images)
        aside = {desk.collection.by_id(id).path.name for id in made.members(made.clusters[1].id)}
        assert aside == {"big0.png", "middle0.webp", "small0.jpg"} - {second}
        assert "Set 2 pictures of the near duplicates aside; no file was touched." in drive.spoken()
        assert {path: path.read_bytes() for path in drive.folder.iterdir()} == before
        await drive.press("u")
        assert desk.clusterings.all() == []


async def test_one_of_a_stack_is_kept_and_leaving_changes_nothing(copies: Any) -> None:
    async with copies.run() as drive:
        await opened(drive)
        await drive.press("space")  # the best one, which alone is kept
        assert drive.texts().count("✓ kept") == 1
        await drive.press("right", "space")
        assert drive.texts().count("✓ kept") == 2
        await drive.press("left", "space")
        assert drive.texts().count("✓ kept") == 1
        await drive.press("escape")
        assert drive.app.screen is drive.app.main and drive.app.open_desk.history.entries() == []


async def test_without_stacks_it_says_so(drive: Any) -> None:
    for file in drive.folder.glob("IMG_*"):
        file.unlink()
    picture(3, SIZE).save(drive.folder / "one.png")
    picture(4, SIZE).save(drive.folder / "two.png")
    async with drive.run():
        await drive.press("escape", "d")
        await drive.until(lambda: "There are no near duplicates among these pictures." in drive.texts())
        await drive.press("space", "enter", "a", "n", "right", "o")
        await drive.press("g")
        assert "o picture was chosen to be set aside" in drive.spoken()
        assert isinstance(drive.app.screen, StackScreen) and not drive.app.screen.query(PictureBox)


async def test_a_narrow_terminal_shows_as_many_as_fit(copies: Any) -> None:
    async with copies.run(60, 24) as drive:
        await opened(drive)
        assert len(shown(drive)) == 2
        await drive.press("right", "right")
        assert len(shown(drive)) == 1


async def test_a_picture_that_is_gone_is_no_reason_to_stop(copies: Any) -> None:
    async with copies.run() as drive:
        await opened(drive)
        for name in ("small1.jpg", "big1.png"):
            (drive.folder / name).unlink()
        await drive.press("n")
        await drive.until(lambda: shown(drive)[0] == "big1.png")
        await drive.press("enter", "g")
        await drive.until(lambda: drive.app.screen is drive.app.main)


async def test_what_was_chosen_of_one_kind_is_none_of_the_others(copies: Any) -> None:
    async with copies.run() as drive:
        screen = await opened(drive)
        slow = drive.app.open_desk.near_duplicates.find
        waiting = threading.Event()

        def find(kind: str, *more: Any) -> Any:
            waiting.wait(20)
            return slow(kind, *more)

        drive.app.open_desk.near_duplicates.find = find
        await drive.pilot.press("b", "g")
        await drive.pilot.pause(0.2)
        assert drive.app.open_desk.clusterings.all() == [] and drive.app.screen is screen
        waiting.set()
        await drive.until(lambda: len(shown(drive)) == 3)
        await drive.press("g")
        await drive.until(lambda: drive.app.screen is drive.app.main)
        (made,) = drive.app.open_desk.clusterings.all()
        assert made.criterion == "best of the bursts" and made.size(made.clusters[1].id) == 2


async def test_further_pictures_of_a_stack_are_told(copies: Any) -> None:
    for width in (290, 280, 270):
        picture(0, SIZE).resize((width, width * 3 // 4)).save(copies.folder / f"w{width}.webp")
    async with copies.run(80, 24) as drive:
        await opened(drive)
        fit = len(shown(drive))
        assert 1 < fit < 6
        await drive.until(lambda: f"1 of 2 · 1 to {fit} of 6 pictures → · 6 pictures set" in drive.texts())
        await drive.press(*["right"] * fit)
        await drive.until(lambda: f"← {fit + 1} to {2 * fit} of 6 pictures" in drive.texts())
        await drive.press(*["right"] * (5 - fit))
        await drive.until(lambda: "of 6 pictures · " in drive.texts())
