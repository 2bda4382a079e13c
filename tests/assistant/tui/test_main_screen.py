"""What a user does at the main screen, with the real desk, the real session and the built-in brain."""

import asyncio
import time
from typing import Any

from textual.widgets import Input, OptionList

from assistant.tui.escape_keys import WITHIN
from assistant.tui.screens.approval_screen import ApprovalScreen
from assistant.tui.screens.criteria_screen import CriteriaScreen
from assistant.tui.screens.export_screen import ExportScreen
from assistant.tui.widgets.tool_card import ToolCard
from tools.errors import UsageError
from tools.progress import Progress


async def test_greets_with_what_is_there_and_a_sentence_to_begin_with(drive: Any) -> None:
    async with drive.run():
        said = drive.spoken()
        assert "24 images, 1 duplicate, 1 unreadable file" in said
        assert "what could I group these by?" in said
        assert drive.app.main.input_line.has_focus
        assert [pile.kind for pile in drive.app.main.board.data.piles] == ["unreadable", "duplicates"]


async def test_a_sentence_puts_clusters_on_the_board(drive: Any) -> None:
    async with drive.run():
        await drive.type("group by background colour into 4")
        await drive.until(drive.names)
        assert len(drive.names()) == 4
        assert sum(row.size for row in drive.app.main.board.data.rows) == 24
        assert [card.tool for card in drive.app.main.transcript.query(ToolCard)] == ["group_by"]
        assert drive.app.main.board.data.current == "background-colour"


async def test_merge_by_key_undo_and_redo(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        before = drive.names()
        await drive.press("tab")
        await drive.press("m")
        assert "Select two or more clusters with space" in drive.spoken()
        await drive.press("space", "space", "m")
        assert len(drive.names()) == 3
        assert 12 in [r.size for r in drive.app.main.board.data.rows]
        assert f"Merged {before[0]} and {before[1]}." in drive.spoken()
        await drive.press("u")
        assert drive.names() == before
        assert "Undone: merged" in drive.spoken()
        await drive.press("ctrl+r")
        assert len(drive.names()) == 3


async def test_rename_and_split_by_key(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.press("escape", "r")
        drive.app.screen.query_one(Input).value = "my [b]favourites[/b]"
        await drive.press("enter")
        assert "my [b]favourites[/b]" in drive.names()
        await drive.press("s")
        assert "into how many?" in drive.texts()
        await drive.press("backspace")
        await drive.type("3")
        await drive.idle()
        assert len(drive.names()) == 6
        await drive.press("s", "backspace")
        await drive.type("many")
        await drive.idle()
        assert 'must be from 2 to 3, not "many"' in drive.spoken()
        assert len(drive.names()) == 6


async def test_criteria_are_approved_and_carried_out(drive: Any) -> None:
    async with drive.run():
        await drive.say("what could I group these by?")
        await drive.answerable()
        screen = drive.app.screen
        assert isinstance(screen, CriteriaScreen)
        first = screen.rows[0].option
        assert first.ticked and first.groups and first.quality is not None
        await drive.press("y")
        assert len(drive.names()) > 1
        assert drive.app.main.board.data.tabs[0].title == first.criterion
        assert f"You accepted: {first.criterion}" in drive.spoken()


async def test_criteria_can_be_put_off_and_answered_later(drive: Any) -> None:
    async with drive.run():
        await drive.say("what could I group these by?")
        await drive.answerable()
        await drive.press("escape")
        assert not isinstance(drive.app.screen, ApprovalScreen)
        await drive.press("f2")
        await drive.answerable()
        await drive.press("n")
        assert drive.names() == []
        assert "You rejected it." in drive.spoken()


async def test_a_reason_goes_back_to_the_session(drive: Any) -> None:
    async with drive.run():
        await drive.say("what could I group these by?")
        await drive.answerable()
        await drive.press("r")
        await drive.type("too few colours")
        await drive.idle()
        assert "You rejected it: too few colours" in drive.spoken()
        assert drive.names() == []


async def test_export_by_key_writes_what_was_shown_and_undo_takes_it_back(drive: Any) -> None:
    target = drive.folder.parent / "out"
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.press("escape", "e")
        await drive.until(lambda: drive.app.screen.query(OptionList))
        await drive.press("enter")
        await drive.until(lambda: drive.app.screen.query(Input))
        drive.app.screen.query_one(Input).value = str(target)
        await drive.press("enter")
        await drive.answerable()
        assert isinstance(drive.app.screen, ExportScreen)
        shown = drive.texts()
        assert "24 files" in shown and "notes.txt" in shown and "originals stay" in shown
        assert not target.exists()
        await drive.press("y")
        await drive.until(lambda: "Exported 24 files" in drive.spoken())
        assert len(list(target.glob("*/*.png"))) == 24
        assert (target / "manifest.json").is_file()
        await drive.press("u")
        await drive.until(lambda: "Undone: copied" in drive.spoken())
        assert not target.exists()
        assert len(list(drive.folder.glob("*.png"))) == 25


async def test_tags_by_key_and_by_sentence_are_asked_first_and_undone(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.press("escape", "e")
        await drive.until(lambda: drive.app.screen.query(OptionList))
        await drive.press("down", "down", "down", "enter")
        await drive.answerable()
        assert isinstance(drive.app.screen, ExportScreen)
        shown = drive.texts()
        assert "XMP sidecars beside the pictures" in shown and "the pictures stay as they are" in shown
        await drive.press("y")
        await drive.until(lambda: "Tagged 24 pictures" in drive.spoken())
        assert len(list(drive.folder.glob("*.xmp"))) == 24
        await drive.press("u")
        await drive.until(lambda: "Undone: wrote keywords of 24 images" in drive.spoken())
        assert not list(drive.folder.glob("*.xmp"))
        await drive.say("tag the files")
        await drive.answerable()
        await drive.press("n")
        assert not list(drive.folder.glob("*.xmp"))


async def test_export_by_sentence_is_asked_first(drive: Any) -> None:
    target = drive.folder.parent / "out"
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.say(f"export to {target}")
        await drive.answerable()
        assert isinstance(drive.app.screen, ExportScreen)
        await drive.press("n")
        assert not target.exists()
        await drive.say(f"export to {target}")
        await drive.answerable()
        await drive.press("y")
        await drive.until(lambda: (target / "manifest.json").is_file())


async def test_reopening_shows_the_conversation_the_groups_and_what_waits(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        before = drive.names()
        await drive.say("what could I group these by?")
        await drive.answerable()
    async with drive.run(app=drive.new()):
        await drive.answerable()
        assert drive.names() == before
        assert "group by background colour into 4" in drive.spoken()
        assert next(iter(drive.app.main.query(ToolCard))).tool == "group_by"
        assert isinstance(drive.app.screen, CriteriaScreen)
        await drive.press("n")
        assert "You rejected it." in drive.spoken()


async def test_an_error_is_one_line_and_the_app_lives_on(drive: Any) -> None:
    async with drive.run():
        await drive.press("escape", "u")
        assert "There is nothing to undo" in drive.spoken()

        def broken(**given: object) -> None:
            raise ZeroDivisionError("[b]boom")

        drive.app.desk.history.undo = broken
        await drive.press("u")
        assert "Something went wrong (ZeroDivisionError: [b]boom)" in drive.spoken()
        await drive.say("group by background colour into 4")
        assert len(drive.names()) == 4


async def test_a_folder_that_cannot_be_opened_ends_the_app_with_the_error(drive: Any) -> None:
    drive.folder = drive.folder / "missing"
    app = drive.new()
    async with app.run_test(size=(120, 36)) as pilot:
        drive.app, drive.pilot = app, pilot
        await drive.until(lambda: app.failure is not None, 5)
    assert isinstance(app.failure, UsageError)
    assert "missing" in str(app.failure) and app.return_code == 2


async def test_ctrl_c_twice_leaves(drive: Any) -> None:
    async with drive.run():
        await drive.pilot.press("ctrl+c")
        assert drive.app.is_running
        assert "again" in str(drive.app.main.status.query_one("#job").render())
        await drive.pilot.press("ctrl+c")
        await drive.pilot.pause()
        assert not drive.app.is_running or drive.app._exit


async def test_focus_goes_round_and_escape_clears(drive: Any) -> None:
    async with drive.run():
        main = drive.app.main
        await drive.pilot.press("a", "b", "escape")
        assert main.input_line.value == "" and main.input_line.has_focus
        await drive.pilot.press("escape")
        assert main.board.rows.has_focus
        await asyncio.sleep(WITHIN)
        await drive.pilot.press("escape")
        assert main.input_line.has_focus and await main.session.history() == []
        await drive.pilot.press("tab", "tab")
        assert main.transcript.has_focus
        await drive.pilot.press("tab")
        assert main.input_line.has_focus
        await drive.pilot.press("ctrl+t")
        assert not main.board.display


async def test_a_tool_card_unfolds(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.press("shift+tab")
        card = drive.app.main.transcript.query_one(ToolCard)
        assert card.has_focus
        await drive.press("enter")
        assert "criterion: background colour" in drive.texts()


async def test_two_clusterings_are_tabs(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.say("group by colour into 2")
        assert [tab.clustering for tab in drive.app.main.board.data.tabs] == ["background-colour", "colour"]
        assert drive.app.main.board.data.current == "colour"
        await drive.press("escape", "left")
        assert drive.app.main.board.data.current == "background-colour"
        assert drive.app.desk.clusterings.current.id == "background-colour"


async def test_ctrl_c_cancels_what_is_running_and_the_app_lives_on(drive: Any) -> None:
    async with drive.run():
        group = drive.app.desk.grouping.group

        def endless(*args: Any, progress: Progress, **more: Any) -> None:
            for done in range(10_000):
                progress("looking", done, 10_000)
                time.sleep(0.01)

        drive.app.desk.grouping.group = endless
        await drive.type("group by background colour into 4")
        await drive.until(lambda: drive.app.main.job is not None and drive.app.main.job.state[2] == 10_000)
        assert "ctrl+c cancels" in str(drive.app.main.status.query_one("#job").render())
        await drive.type("and now this")
        assert drive.app.main.input_line.value == "" and len(drive.app.main.turns.queue) == 1
        await drive.pilot.press("ctrl+c")
        await drive.idle()
        assert "1 waiting sentence was not sent." in drive.spoken()
        assert "and now this (not sent)" in drive.texts()
        assert [t.text for t in await drive.app.main.session.history()].count("and now this") == 0
        assert drive.app.is_running and drive.names() == []
        drive.app.desk.grouping.group = group
        await drive.say("group by background colour into 4")
        assert len(drive.names()) == 4


async def test_a_hostile_file_name_is_only_a_name(drive: Any) -> None:
    (drive.folder / "IMG_000.png").rename(drive.folder / "[bold]a\u202egnp.png")
    async with drive.run():
        await drive.say("group by background colour into 1")
        await drive.say("group by background colour into 2")
        await drive.press("escape")
        shown = ""
        for _ in drive.names():
            await drive.press("enter")
            await drive.until(lambda: drive.app.screen.query(".grid-cell"))
            shown += drive.texts()
            await drive.press("escape", "down")
        assert "[bold]a\\u202egnp.png" in shown and "\u202e" not in shown
