"""Dialogues of ten turns lead to folders that a person would keep, line by line and in the app."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from assistant.plain.line_chat import LineChat
from assistant.settings import Settings
from assistant.tui.screens.approval_screen import ApprovalScreen
from tests.assistant.tui.conftest import Drive
from tests.conversations.dialogues import Dialogue, dialogues, differs, unsaid
from tests.conversations.drawn_folders import FOLDERS
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

ALL = dialogues()
DECIDES = ("yes", "yes please", "ok", "go ahead")


@pytest.fixture(autouse=True)
def only_colours() -> Iterator[None]:
    """What is seen is tested elsewhere: colours are, and what files say needs no eyes."""
    with patch.object(tier, "experts", lambda store: [ColourExpert()]):
        yield


def test_there_are_ten_of_ten_turns_over_four_folders() -> None:
    assert len(ALL) == 10 and all(len(each.turns) == 10 for each in ALL)
    assert {each.folder for each in ALL} == set(FOLDERS)


class _Heard(io.StringIO):
    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"


@pytest.mark.parametrize("dialogue", ALL, ids=lambda each: each.about)
def test_line_by_line(dialogue: Dialogue, tmp_path: Path) -> None:
    truth, out = FOLDERS[dialogue.folder](tmp_path / "pictures"), tmp_path / "sorted"
    heard = _Heard()
    answers: list[str] = []

    def lines() -> Iterator[str]:
        for turn in dialogue.turns:
            at = len(heard.getvalue())
            yield turn.say.replace("{out}", str(out))
            answers.append(heard.getvalue()[at:])

    settings = Settings(workspace=tmp_path / "workspace", offline=True)
    code = asyncio.run(LineChat(tmp_path / "pictures", settings, lines(), heard, _Heard()).run())
    told = heard.getvalue()
    assert code == 0, told
    for turn, answer in zip(dialogue.turns, _answers(dialogue, told, out), strict=True):
        assert not unsaid(turn, answer), told
    assert not differs(dialogue, out, truth), told


def _answers(dialogue: Dialogue, told: str, out: Path) -> list[str]:
    """What stands behind each line that was said, up to the next."""
    places = []
    at = 0
    for turn in dialogue.turns:
        at = told.index(f"> {turn.say.replace('{out}', str(out))}\n", at)
        places.append(at)
    return [told[a:b] for a, b in zip(places, [*places[1:], len(told)], strict=True)]


@pytest.mark.parametrize("dialogue", ALL, ids=lambda each: each.about)
async def test_in_the_app(dialogue: Dialogue, tmp_path: Path) -> None:
    truth, out = FOLDERS[dialogue.folder](tmp_path / "pictures"), tmp_path / "sorted"
    drive = Drive(tmp_path / "pictures", Settings(workspace=tmp_path / "workspace", offline=True))
    async with drive.run(80, 24):
        for turn in dialogue.turns:
            before = drive.spoken()
            if isinstance(drive.app.screen, ApprovalScreen):
                await drive.answerable()
                await drive.press("y" if turn.say in DECIDES else "escape")
                continue
            await drive.say(turn.say.replace("{out}", str(out)))
            if isinstance(drive.app.screen, ApprovalScreen):
                continue  # what it shows is tested with the screen
            assert not unsaid(turn, drive.spoken()[len(before) :]), drive.spoken()
        await drive.until(lambda: out.exists())
        await drive.idle()
        said = drive.spoken()
    assert not differs(dialogue, out, truth), said
