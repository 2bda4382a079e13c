"""Which folder and which conversation: chosen, gone on with, refused with a word."""

import gc
import os
import signal
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

from textual.widgets import Input

from assistant.desk import Desk
from assistant.tui.app import RegroupApp
from assistant.tui.screens.prompt_screen import PromptScreen
from assistant.tui.screens.sessions_screen import SessionList, SessionsScreen

REPOSITORY = Path(__file__).parents[3]


def listed(drive: Any) -> list[str]:
    return [str(option.prompt) for option in drive.app.screen.query_one(SessionList).options]


async def test_without_a_folder_one_that_was_open_before_is_chosen(drive: Any) -> None:
    Desk.open(drive.folder, drive.settings).close()
    drive.app = RegroupApp(None, drive.settings)
    async with drive.app.run_test(size=(100, 30)) as drive.pilot:
        await drive.until(lambda: isinstance(drive.app.screen, SessionsScreen))
        assert f"{drive.folder}  24 images" in listed(drive) and listed(drive)[-1] == "another folder"
        drive.app.screen.query_one(SessionList).highlighted = len(listed(drive)) - 1
        await drive.pilot.press("enter")
        assert isinstance(drive.app.screen, PromptScreen)
        drive.app.screen.query_one(Input).value = str(drive.folder / "missing")
        await drive.pilot.press("enter")
        await drive.until(lambda: "there is no folder" in drive.texts().lower())  # refused, and asked again
        drive.app.screen.query_one(SessionList).highlighted = listed(drive).index(
            f"{drive.folder}  24 images"
        )
        await drive.pilot.press("enter")
        await drive.until(lambda: drive.app.main.session is not None)
        assert "24 images" in drive.spoken()


async def test_nothing_chosen_leaves(drive: Any) -> None:
    drive.app = RegroupApp(None, drive.settings)
    async with drive.app.run_test() as drive.pilot:
        await drive.until(lambda: isinstance(drive.app.screen, SessionsScreen))
        await drive.pilot.press("escape")
        await drive.until(lambda: drive.app._exit)


async def test_conversations_about_one_folder_are_kept_apart(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        first = drive.app.main
        await drive.say_command("/new")
        await drive.until(lambda: drive.app.main is not first and drive.app.main.session is not None)
        await drive.idle()
        assert "into 4" not in drive.spoken() and len(drive.names()) == 4  # the groups stay
        await drive.say("show")
        await drive.pilot.press("ctrl+o")
        await drive.until(lambda: isinstance(drive.app.screen, SessionsScreen))
        assert listed(drive)[:3] == [
            "Show  (open)",
            "Group by background colour into 4",
            "a new conversation about this folder",
        ]
        second = drive.app.main
        await drive.pilot.press("down", "enter")
        await drive.until(lambda: drive.app.main is not second and drive.app.main.session is not None)
        await drive.idle()
        assert "group by background colour into 4" in drive.spoken()


async def test_a_conversation_that_was_left_gives_back_its_memory(drive: Any) -> None:
    async with drive.run():
        first, desk = weakref.ref(drive.app.main), weakref.ref(drive.app.desk)
        for _ in range(2):  # Python keeps the frame of the newest call that was awaited
            await drive.say("who are you?")
            left = id(drive.app.main)
            await drive.say_command("/new")
            await drive.until(
                lambda left=left: id(drive.app.main) != left and drive.app.main.session is not None
            )
            await drive.idle()
        gc.collect()  # which finds nothing that was frozen
        assert first() is None and desk() is None


async def test_a_folder_that_another_terminal_has_is_refused_with_a_word(drive: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.png").write_bytes((drive.folder / "IMG_001.png").read_bytes())
    holder = hold(other, drive.settings.workspace)
    try:
        async with drive.run():
            await drive.say("group by background colour into 4")
            await drive.pilot.press("ctrl+o")
            await drive.until(lambda: isinstance(drive.app.screen, SessionsScreen))
            at = next(i for i, text in enumerate(listed(drive)) if text.startswith(str(other)))
            drive.app.screen.query_one(SessionList).highlighted = at
            before = drive.app.main
            await drive.pilot.press("enter")
            await drive.until(lambda: "open in another terminal" in drive.spoken())
            assert drive.app.main is not before and len(drive.names()) == 4  # back where it was
            os.kill(holder.pid, signal.SIGKILL)  # a lock that nobody holds any more is stale
            holder.wait(20)
            here = drive.app.main
            await drive.until(lambda: here.session is not None)
            await drive.pilot.press("ctrl+o")
            await drive.until(lambda: isinstance(drive.app.screen, SessionsScreen))
            drive.app.screen.query_one(SessionList).highlighted = at
            await drive.pilot.press("enter")
            await drive.until(lambda: drive.app.main is not here and drive.app.main.session is not None)
            assert "1 image" in drive.spoken()
    finally:
        holder.kill()
        holder.communicate()


def hold(folder: Path, workspace: Path) -> "subprocess.Popen[bytes]":
    """Another process that has the folder open."""
    code = (
        "import sys, time; from pathlib import Path; from assistant.desk import Desk\n"
        "from assistant.settings import Settings\n"
        "desk = Desk.open(Path(sys.argv[1]), Settings(workspace=Path(sys.argv[2]), offline=True))\n"
        "print('open', flush=True); time.sleep(300)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(workspace)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    assert holder.stdout is not None and holder.stdout.readline() == b"open\n"
    return holder
