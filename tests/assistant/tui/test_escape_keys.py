"""Escape stops the work; twice at once it goes back a step, and the last sentence can be changed."""

import threading
from typing import Any

import pytest

from assistant.tui import escape_keys


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two presses count as at once however slow the machine is; `_last` says when they do not."""
    monkeypatch.setattr(escape_keys, "WITHIN", 600.0)


async def test_twice_undoes_the_last_step_and_brings_the_sentence_back(drive: Any) -> None:
    async with drive.run():
        main = drive.app.main
        await drive.say("group by background colour into 4")
        await drive.say("merge 1 and 2")
        assert len(drive.names()) == 3
        await drive.pilot.press("escape", "escape")
        await drive.until(lambda: len(drive.names()) == 4)
        await drive.idle()
        assert main.input_line.has_focus and main.input_line.value == "merge 1 and 2"
        said = [turn.text for turn in await main.session.history() if turn.role == "user"]
        assert said == ["group by background colour into 4", "merge 1 and 2", "undo"]


async def test_an_export_is_not_taken_back_unasked(drive: Any, tmp_path: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.say(f'export to "{tmp_path / "sorted"}"')
        await drive.answerable()
        await drive.press("y")
        await drive.idle()
        files = sorted(tmp_path.glob("sorted/*/*"))
        assert len(files) == 24
        await drive.pilot.press("escape", "escape")
        await drive.answerable()
        assert sorted(tmp_path.glob("sorted/*/*")) == files


async def test_slowly_it_goes_to_the_board_and_back(drive: Any) -> None:
    async with drive.run():
        main = drive.app.main
        await drive.say("group by background colour into 4")
        main._escapes._last = float("-inf")
        await drive.pilot.press("escape")
        assert main.board.rows.has_focus
        main._escapes._last = float("-inf")
        await drive.pilot.press("escape")
        await drive.idle()
        assert main.input_line.has_focus and len(drive.names()) == 4


async def test_it_stops_what_is_running_and_undoes_nothing(drive: Any) -> None:
    async with drive.run():
        main = drive.app.main
        await drive.say("group by background colour into 4")
        go, propose = threading.Event(), drive.app.desk.criteria.propose

        def slow(progress: Any, **more: Any) -> Any:
            while not go.is_set():
                progress("looking", 0, 1)
                go.wait(0.05)
            return propose(progress, **more)

        drive.app.desk.criteria.propose = slow
        await drive.type("what could I group these by?")
        await drive.until(lambda: main.job is not None)
        await drive.pilot.press("escape", "escape")
        await drive.until(lambda: main.job is None)
        go.set()
        await drive.idle()
        assert len(drive.names()) == 4


async def test_a_name_after_the_sign_is_completed_and_meant(drive: Any) -> None:
    async with drive.run():
        main = drive.app.main
        await drive.say("group by background colour into 4")
        first, second = drive.names()[:2]
        await drive.pilot.press(*f"merge @{first[:2]}")
        await drive.until(lambda: main.input_line._suggestion.startswith(f"merge @{first}"))
        await drive.pilot.press("right")
        assert main.input_line.value == f"merge @{first}"
        await drive.say(f"merge @{first} and @{second}")
        assert len(drive.names()) == 3


async def test_after_a_question_only_the_sentence_comes_back(drive: Any) -> None:
    async with drive.run():
        main = drive.app.main
        await drive.say("group by background colour into 4")
        await drive.say("merge 1 and 2")
        await drive.say("how many are in 1?")
        await drive.pilot.press("escape", "escape")
        await drive.idle()
        assert main.input_line.has_focus and main.input_line.value == "how many are in 1?"
        assert len(drive.names()) == 3
        said = [turn.text for turn in await main.session.history() if turn.role == "user"]
        assert said[-1] == "how many are in 1?"  # nothing was said to take it back
        main.input_line.value = ""  # only on an empty line does escape leave it
        await drive.pilot.press("escape", "escape")
        await drive.until(lambda: len(drive.names()) == 4)
        await drive.idle()
        assert main.input_line.value == "merge 1 and 2"


async def test_all_that_a_sentence_changed_is_taken_back(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        before = drive.names()
        await drive.say("merge 1 and 2, then rename 1 to first")
        assert drive.names() != before
        await drive.pilot.press("escape", "escape")
        await drive.until(lambda: drive.names() == before)
        await drive.idle()


async def test_an_undo_that_was_said_is_taken_back_by_doing_it_again(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.say("merge 1 and 2")
        await drive.say("undo")
        assert len(drive.names()) == 4
        await drive.pilot.press("escape", "escape")
        await drive.until(lambda: len(drive.names()) == 3)
        await drive.idle()


async def test_what_was_done_by_keys_since_is_taken_back_first(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        await drive.say("merge 1 and 2")
        names = drive.names()
        drive.app.desk.editing.merge(names[:2])
        await drive.pilot.press("escape", "escape")
        await drive.until(lambda: drive.names() == names)
        await drive.idle()
        drive.app.main.input_line.value = ""
        await drive.pilot.press("escape", "escape")
        await drive.until(lambda: len(drive.names()) == 4)
        await drive.idle()
