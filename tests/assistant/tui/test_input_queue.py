"""What is typed while something is under way is kept, shown at once, and sent in its turn."""

import threading
from pathlib import Path
from typing import Any

from assistant.desk import Desk
from assistant.settings import Settings
from assistant.tui.app import RegroupApp
from assistant.tui.screens.criteria_screen import CriteriaScreen
from tools.progress import Progress


async def said(drive: Any) -> list[str]:
    """What the session was told, oldest first."""
    return [turn.text for turn in await drive.app.main.session.history() if turn.role == "user"]


async def test_typed_while_the_folder_opens_is_sent_when_it_is_open(drive: Any) -> None:
    go = threading.Event()

    def slow(folder: Path, settings: Settings, progress: Progress) -> Desk:
        go.wait(20)
        return Desk.open(folder, settings, progress=progress)

    app = drive.app = RegroupApp(drive.folder, drive.settings, slow)
    async with app.run_test(size=(120, 36)) as drive.pilot:
        await drive.type("group by background colour into 4")
        await drive.type("merge 1 and 2")
        assert app.main.input_line.value == ""
        assert "group by background colour into 4 (waiting)" in drive.texts()
        assert "merge 1 and 2 (waiting)" in drive.texts()
        go.set()
        await drive.until(lambda: len(drive.names()) == 3)
        await drive.idle()
        assert await said(drive) == ["group by background colour into 4", "merge 1 and 2"]
        assert "(waiting)" not in drive.texts()
        spoken = drive.spoken()  # each answer below its own sentence
        assert spoken.index("24 images") < spoken.index("group by background") < spoken.index("merge 1 and 2")


async def test_typed_during_a_turn_waits_until_the_approval_is_decided(drive: Any) -> None:
    async with drive.run():
        go, propose = threading.Event(), drive.app.desk.criteria.propose

        def slow(progress: Progress, **more: Any) -> Any:
            go.wait(20)
            return propose(progress, **more)

        drive.app.desk.criteria.propose = slow
        await drive.type("what could I group these by?")
        await drive.until(lambda: drive.app.main.job is not None)
        await drive.type("group by background colour into 4")
        assert "group by background colour into 4 (waiting)" in drive.texts()
        go.set()
        await drive.answerable()
        assert isinstance(drive.app.screen, CriteriaScreen)
        await drive.press("escape")  # later: what was typed is no answer, and goes on waiting
        assert len(drive.app.main.turns.queue) == 1 and drive.names() == []
        await drive.press("f2")
        await drive.answerable()
        await drive.press("n")
        await drive.until(lambda: len(drive.names()) == 4)
        assert (await said(drive))[-1] == "group by background colour into 4"


async def test_typed_during_an_edit_is_said_after_it(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        go, undo = threading.Event(), drive.app.desk.history.undo

        def slow(**given: object) -> str:
            go.wait(20)
            return str(undo())

        drive.app.desk.history.undo = slow
        await drive.pilot.press("escape", "u")
        await drive.until(lambda: drive.app.main.job is not None)
        drive.app.main.input_line.focus()
        await drive.type("group by colour into 2")
        assert len(drive.app.main.turns.queue) == 1
        go.set()
        await drive.until(lambda: len(drive.names()) == 2)
        assert [tab.clustering for tab in drive.app.main.board.data.tabs] == ["colour"]
