"""Help, the palette, folders and conversations, questions."""

from pathlib import Path
from typing import Any

from assistant.chat.conversations import Conversations
from assistant.desk import Desk
from assistant.settings import Settings
from assistant.tui.screens.choice_screen import ChoiceScreen
from assistant.tui.screens.prompt_screen import PromptScreen
from assistant.tui.screens.sessions_screen import SessionsScreen

Size = tuple[int, int]


def test_help_of_where_one_is(snapshot_of: Any, size: Size) -> None:
    async def ask(stage: Any) -> None:
        await stage.pilot.press("escape", "question_mark")

    assert snapshot_of(size, ask)


def test_sessions(snapshot_of: Any, size: Size, settings: Settings, drawn: Path) -> None:
    Desk.open(drawn.with_name("another"), settings).close()

    async def choose(stage: Any) -> None:
        talks = Conversations(stage.app.desk.shelf)
        talks.name_by_first_words("main", "group [b]these[/b] by emotion")
        talks.use("talk-2")
        talks.name_by_first_words("talk-2", "put the blue ones together")
        await stage.pilot.press("ctrl+o")
        await stage.until(lambda: isinstance(stage.app.screen, SessionsScreen))

    assert snapshot_of(size, choose)


def test_jump(snapshot_of: Any, size: Size) -> None:
    async def jump(stage: Any) -> None:
        await stage.pilot.press("ctrl+g")

    assert snapshot_of(size, jump)


def test_choosing_a_folder_first(snapshot_of: Any, settings: Settings, drawn: Path) -> None:
    Desk.open(drawn, settings).close()

    async def wait(stage: Any) -> None:
        await stage.until(lambda: isinstance(stage.app.screen, SessionsScreen))

    assert snapshot_of((80, 24), wait, folder=None)


def test_palette(snapshot_of: Any) -> None:
    async def find(stage: Any) -> None:
        await stage.pilot.press("ctrl+p")
        await stage.pilot.pause(0.3)
        stage.app.screen.query_one("Input").cursor_blink = False
        await stage.pilot.press("e", "x", "p")
        await stage.pilot.pause(0.5)

    assert snapshot_of((120, 36), find)


def test_choice_and_prompt(snapshot_of: Any) -> None:
    async def rename(stage: Any) -> None:
        await stage.pilot.press("escape", "r")
        await stage.until(lambda: isinstance(stage.app.screen, PromptScreen))
        stage.app.screen.query_one("Input").cursor_blink = False

    assert snapshot_of((120, 36), rename)


def test_moving(snapshot_of: Any) -> None:
    async def move(stage: Any) -> None:
        await stage.pilot.press("escape", "enter")
        await stage.until(lambda: stage.app.screen.query(".grid-cell"))
        await stage.pilot.press("m")
        await stage.until(lambda: isinstance(stage.app.screen, ChoiceScreen))

    assert snapshot_of((80, 24), move)
