"""Keys where a newcomer presses them: help during work, a sentence typed on the board, F2 where nothing waits."""

import threading
from typing import Any

from textual.events import Key

from assistant.tui.screens.cluster_screen import ClusterScreen
from assistant.tui.screens.help_screen import HelpScreen
from tools.progress import Progress


async def test_help_during_work_and_what_was_typed_before_is_said_after(drive: Any) -> None:
    async with drive.run():
        group, go = drive.app.desk.grouping.group, threading.Event()

        def slow(*args: Any, progress: Progress, **more: Any) -> Any:
            progress("looking", 1, 10)
            go.wait(20)
            return group(*args, progress=progress, **more)

        drive.app.desk.grouping.group = slow
        await drive.type("group by background colour into 4")
        await drive.until(lambda: drive.app.main.job is not None and drive.app.main.job.state[2] == 10)
        await drive.type("show 1")
        await drive.pilot.press("f1")
        await drive.until(lambda: isinstance(drive.app.screen, HelpScreen), 5)
        go.set()
        await drive.until(drive.names)
        await drive.until(lambda: "surest first" in drive.spoken())
        assert isinstance(drive.app.screen, HelpScreen)
        await drive.pilot.press("escape")
        assert drive.app.screen is drive.app.main


async def test_what_is_typed_on_the_board_and_is_no_key_there_is_a_sentence(drive: Any) -> None:
    async with drive.run():
        main = drive.app.main
        await drive.say("group by background colour into 4")
        for first, text in (("slash", "/help"), ("g", "group")):
            await drive.pilot.press("escape")
            assert main.board.rows.has_focus
            assert "esc goes back to typing" in str(main.status.query_one("#job").render())
            await drive.pilot.press(first, *text[1:])
            await drive.pilot.pause()
            assert main.input_line.has_focus and main.input_line.value == text
            assert str(main.status.query_one("#job").render()) == ""  # it says so no more
            main.input_line.value = ""
        await drive.press("escape", "u")  # a key of the board is one
        assert "Undone" in drive.spoken() and main.input_line.value == ""


async def test_a_sentence_that_comes_at_once_on_the_board_is_no_row_of_edits(drive: Any) -> None:
    async with drive.run():
        main = drive.app.main
        await drive.say("group by background colour into 4")
        await drive.pilot.press("escape")
        for (
            letter
        ) in "what must I undo":  # all of it before the first letter is answered; u undoes on the board
            key = Key({" ": "space"}.get(letter, letter), letter)
            key.set_sender(drive.app)
            drive.app._driver.send_message(key)
        await drive.until(lambda: main.input_line.value == "what must I undo")
        await drive.idle()
        assert len(drive.names()) == 4 and not main.board.marked() and drive.app.screen is main


async def test_a_sentence_typed_over_the_help_is_not_lost(drive: Any) -> None:
    async with drive.run():
        await drive.pilot.press("f1")
        await drive.until(lambda: isinstance(drive.app.screen, HelpScreen))
        await drive.pilot.press(*"show")
        await drive.pilot.pause()
        assert drive.app.screen is drive.app.main and drive.app.main.input_line.value == "show"


async def test_f2_says_what_else_could_be_asked(drive: Any) -> None:
    async with drive.run():
        await drive.pilot.press("f2")
        assert str(drive.app.main.status.query_one("#job").render()) == "nothing is waiting for an answer"
        await drive.say("group by background colour into 4")
        await drive.pilot.press("f2")
        assert "/teach asks you about pictures" in str(drive.app.main.status.query_one("#job").render())


async def test_a_group_that_was_asked_for_is_two_keys_away_on_the_board(drive: Any) -> None:
    async with drive.run():
        main = drive.app.main
        await drive.say("group by background colour into 4")
        await drive.say("show 3")
        third = main.board.data.rows[2]
        assert main.board.highlighted() == third
        assert "esc, then enter: all of its pictures" in str(main.status.query_one("#job").render())
        await drive.pilot.press("escape", "enter")
        await drive.until(lambda: isinstance(drive.app.screen, ClusterScreen) and drive.app.screen.grid.items)
        assert len(drive.app.screen.grid.items) == third.size
