"""What lasts, by key: locks, pictures that belong together or apart, more and fewer groups."""

from typing import Any

from assistant.tui.screens.cluster_screen import ClusterScreen


async def test_a_lock_is_shown_and_taken_back(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.press("escape", "l")
        await drive.until(lambda: drive.app.main.board.data.rows[0].locked)
        assert "locked" in drive.texts() and f"Locked {drive.names()[0]}." in drive.spoken()
        await drive.press("l")
        await drive.until(lambda: not drive.app.main.board.data.rows[0].locked)


async def test_more_and_fewer_groups(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 3")
        await drive.press("escape", "plus")
        await drive.until(lambda: len(drive.names()) > 3)
        many = len(drive.names())
        await drive.press("minus")
        await drive.until(lambda: len(drive.names()) < many)


async def test_together_and_apart(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.press("escape", "enter")
        await drive.until(lambda: isinstance(drive.app.screen, ClusterScreen) and drive.app.screen.grid.items)
        first, second = (item.sha for item in drive.app.screen.grid.items[:2])
        await drive.press("x")
        assert "Select the two pictures with space" in drive.spoken()
        await drive.press("space", "right", "space", "x")
        await drive.until(lambda: "Two pictures belong apart." in drive.spoken())
        made = drive.app.desk.clusterings.get()
        labels = dict(zip(made.images, made.labels.tolist(), strict=True))
        assert labels[first] != labels[second]
