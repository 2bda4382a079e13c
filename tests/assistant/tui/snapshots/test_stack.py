"""Near-duplicates side by side."""

from typing import Any

from assistant.desk.near_duplicates import Candidate
from assistant.tui.screens.stack_screen import StackScreen
from tools.near_duplicates.stacks import BEST, Stack

Size = tuple[int, int]


def test_stack(snapshot_of: Any, size: Size) -> None:
    async def stack(stage: Any) -> None:
        images = stage.app.desk.collection.ids[2:5]
        found = Stack(images, (BEST, "edited", "saved again"))
        stage.app.desk.near_duplicates.find = lambda *a, **more: [found, found]
        stage.app.desk.near_duplicates.compare = lambda *a, **more: [
            Candidate(images[0], BEST, 1.0, 2, False),
            Candidate(images[1], "edited", 0.62, 2, True),
            Candidate(images[2], "saved again", None, None, False),
        ]
        await stage.pilot.press("escape", "d")
        await stage.until(lambda: isinstance(stage.app.screen, StackScreen) and stage.app.screen._compared)
        await stage.pilot.press("right", "space")

    assert snapshot_of(size, stack)
