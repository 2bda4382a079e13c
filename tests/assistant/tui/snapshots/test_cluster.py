"""Inside a cluster, and one picture."""

from typing import Any

from assistant.tui.screens.picture_screen import PictureScreen
from assistant.tui.widgets.picture_grid import PictureGrid

Size = tuple[int, int]


async def enter(stage: Any) -> None:
    await stage.pilot.press("escape", "enter")
    await stage.until(lambda: stage.app.screen.query(PictureGrid) and stage.app.screen.query(".grid-cell"))
    await stage.pilot.press("space", "right")


async def look(stage: Any) -> None:
    stage.app.desk.explaining.image = lambda *a, **k: (
        "#1 IMG_000.png: happy, 97% sure\nexpression: smiling (0.93)"
    )
    await enter(stage)
    await stage.pilot.press("enter")
    await stage.until(lambda: isinstance(stage.app.screen, PictureScreen))
    await stage.until(lambda: "smiling" in str(stage.app.screen.query_one("#why").render()))


def test_grid(snapshot_of: Any, size: Size) -> None:
    assert snapshot_of(size, enter)


def test_picture(snapshot_of: Any, size: Size) -> None:
    assert snapshot_of(size, look)


def test_jump(snapshot_of: Any) -> None:
    async def jump(stage: Any) -> None:
        await enter(stage)
        await stage.pilot.press("ctrl+g")

    assert snapshot_of((120, 36), jump)


def test_pile(snapshot_of: Any) -> None:
    async def pile(stage: Any) -> None:
        await stage.pilot.press("escape")
        stage.app.main.board.rows.index = 6
        await stage.pilot.press("enter")

    assert snapshot_of((120, 36), pile)
