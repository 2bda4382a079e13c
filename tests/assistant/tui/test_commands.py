"""The registry of commands: complete, without contradictions, and what everything else is made from."""

from collections import Counter
from typing import Any

import pytest

from assistant.tui.app import RegroupApp
from assistant.tui.commands import COMMANDS, PLACES, bindings, commands, markdown_table
from assistant.tui.screens.approve_criteria import CriteriaScreen
from assistant.tui.screens.cluster import ClusterScreen
from assistant.tui.screens.main import MainScreen
from assistant.tui.screens.picture import PictureScreen
from assistant.tui.widgets.board import ClusterList
from assistant.tui.widgets.entry import Entry
from assistant.tui.widgets.grid import PictureGrid
from assistant.tui.widgets.toolcard import ToolCard

OWNERS: dict[str, tuple[type, type | None]] = {
    "everywhere": (RegroupApp, None),
    "main": (MainScreen, MainScreen),
    "input": (Entry, MainScreen),
    "conversation": (ToolCard, MainScreen),
    "board": (ClusterList, MainScreen),
    "cluster": (PictureGrid, ClusterScreen),
    "picture": (PictureScreen, PictureScreen),
    "approval": (CriteriaScreen, CriteriaScreen),
}


def test_ids_and_keys_are_unique() -> None:
    assert max(Counter(command.id for command in COMMANDS).values()) == 1
    for place in PLACES:
        keys = [key for command in commands(place) for key in command.key.split(",")]
        assert len(keys) == len(set(keys)), place


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_action_exists(command: Any) -> None:
    owner, screen = OWNERS[command.where]
    namespace, _, name = command.action.rpartition(".")
    target = {"": owner, "app": RegroupApp, "screen": screen}[namespace]
    assert hasattr(target, f"action_{name.partition('(')[0]}"), command
    assert command.title and command.help.endswith(".")


def test_every_part_binds_its_commands() -> None:
    for place, (owner, _) in OWNERS.items():
        bound = {b.id for cls in owner.__mro__ for b in cls.__dict__.get("BINDINGS", []) if hasattr(b, "id")}
        assert {command.id for command in commands(place)} <= bound, place  # type: ignore[arg-type]


def test_the_table_for_the_documentation_has_every_key() -> None:
    table = markdown_table()
    assert table.count("\n") == len(COMMANDS) + 1
    assert all(command.keys in table and command.help in table for command in COMMANDS)


def test_bindings_of_some() -> None:
    (only,) = bindings("approval", "approval.accept")
    assert (only.key, only.action, only.description) == ("y", "accept", "Accept")


async def test_help_shows_every_key_and_goes_away(drive: Any) -> None:
    async with drive.run():
        await drive.pilot.press("f1")
        shown = drive.texts()
        assert all(command.keys in shown and command.help in shown for command in COMMANDS)
        await drive.pilot.press("escape", "escape", "question_mark")
        assert "Inside a cluster" in drive.texts()


async def test_the_palette_offers_the_board(drive: Any) -> None:
    async with drive.run():
        offered = {command.title for command in drive.app.get_system_commands(drive.app.main)}
        assert {"Merge", "Split", "Rename", "Undo", "Redo", "Export", "Help", "Quit"} <= offered
        await drive.pilot.press("ctrl+p")
        await drive.pilot.pause(0.3)
        await drive.type("undo")
        await drive.until(lambda: "There is nothing to undo" in drive.spoken())
