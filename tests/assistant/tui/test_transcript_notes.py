"""What an edit by key said stands in the conversation again on reopening, in its place."""

from typing import Any


async def test_lines_of_edits_are_there_again_in_their_place(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.press("escape", "space", "space", "m")
        await drive.until(lambda: len(drive.names()) == 3)
        await drive.idle()
        await drive.say("group by colour into 2")
        await drive.press("escape", "u")
        await drive.until(lambda: "Undone: " in drive.spoken())
        await drive.idle()
        before = [line for line in drive.spoken().splitlines() if line.startswith(("Merged", "Undone: "))]
        assert len(before) == 2
    async with drive.run(app=drive.new()):
        spoken = drive.spoken()
        assert [line for line in spoken.splitlines() if line in before] == before
        places = [spoken.index(text) for text in ("into 4", before[0], "group by colour into 2", before[1])]
        assert places == sorted(places)
