"""The registry of commands: complete, without contradictions, and what everything else is made from."""

import re
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Reply
from assistant.text.commands import COMMANDS, PLACES, Where, commands, slash_table
from assistant.tui.app import RegroupApp
from assistant.tui.key_bindings import bindings
from assistant.tui.screens.cluster_screen import ClusterScreen
from assistant.tui.screens.criteria_screen import CriteriaScreen
from assistant.tui.screens.main_screen import MainScreen
from assistant.tui.screens.registry import find_screen
from assistant.tui.screens.sessions_screen import SessionList, SessionsScreen
from assistant.tui.widgets.board import ClusterList
from assistant.tui.widgets.input_line import InputLine
from assistant.tui.widgets.picture_grid import PictureGrid
from assistant.tui.widgets.tool_card import ToolCard

PARTS: dict[str, tuple[type, type | None]] = {
    "everywhere": (RegroupApp, None),
    "input": (InputLine, MainScreen),
    "conversation": (ToolCard, MainScreen),
    "board": (ClusterList, MainScreen),
    "cluster": (PictureGrid, ClusterScreen),
    "approval": (CriteriaScreen, CriteriaScreen),
    "sessions": (SessionList, SessionsScreen),
}
"""Where the commands of the parts of a screen are bound, and the screen; a place of its own is found by its name."""


def owners(place: Where) -> tuple[Any, Any]:
    """What binds the commands of a place, and the screen that it is or lies in."""
    if place in PARTS:
        return PARTS[place]
    screen = find_screen(place)
    return screen, screen


def test_ids_and_keys_are_unique() -> None:
    assert max(Counter(command.id for command in COMMANDS).values()) == 1
    for place in PLACES:
        keys = [key for command in commands(place) for key in command.key.split(",")]
        assert len(keys) == len(set(keys)), place


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_action_exists(command: Any) -> None:
    owner, screen = owners(command.where)
    namespace, _, name = command.action.rpartition(".")
    target = {"": owner, "app": RegroupApp, "screen": screen}[namespace]
    assert hasattr(target, f"action_{name.partition('(')[0]}"), command
    if opened := re.fullmatch(r"app\.open\('(.+)'\)", command.action):
        assert callable(find_screen(opened[1]).open), command
    assert command.title and command.help.endswith(".")


def test_every_part_binds_its_commands() -> None:
    for place in PLACES:
        owner, _ = owners(place)
        bound = {b.id for cls in owner.__mro__ for b in cls.__dict__.get("BINDINGS", []) if hasattr(b, "id")}
        assert {command.id for command in commands(place)} <= bound, place


def test_every_place_has_a_title() -> None:
    assert set(PLACES) == set(get_args(Where)) and all(PLACES.values())


def test_bindings_of_some() -> None:
    (only,) = bindings("approval", "approval.accept")
    assert (only.key, only.action, only.description) == ("y", "accept", "Accept")


def test_the_manual_has_every_command_that_can_be_typed() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "USING.md").read_text("utf-8")
    assert slash_table() in manual, "run: python -m tests.docs.tables"


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.say], ids=lambda command: command.id)
def test_what_can_be_said_instead_is_understood(command: Any) -> None:
    assert not isinstance(parse(command.say), Reply), command.say


def test_what_can_be_done_by_key_can_be_found_by_name_or_said() -> None:
    walking = {"input", "conversation", "picture", "approval", "teach", "stack", "sessions"}
    done = [
        c for c in COMMANDS if c.where not in walking and c.shown and c.title not in ("Back", "Select", "All")
    ]
    assert [c.id for c in done if not (c.palette or c.slash or c.say or c.id == "cluster.viewer")] == [
        "cluster.undo"  # the same as board.undo, which has all of these
    ]


async def test_help_begins_with_where_one_is(drive: Any) -> None:
    async with drive.run():
        for keys, title in ((("f1",), "Input line"), (("question_mark",), "Board")):
            await drive.pilot.press(*keys)
            first = drive.app.screen.query_one(".question")
            assert str(first.render()) == f"{title} (you are here)"
            await drive.pilot.press("escape")
            drive.app.main.board.rows.focus()
        await drive.pilot.press("question_mark")
        shown = drive.texts()
        assert "or /theme [light|dark]" in shown and "or merge 1 and 2" in shown


async def test_help_shows_every_key_and_goes_away(drive: Any) -> None:
    async with drive.run():
        await drive.pilot.press("f1")
        shown = drive.texts()
        assert all(command.keys in shown and command.help in shown for command in COMMANDS)
        assert "Inside a cluster" in shown


async def test_the_palette_offers_the_board(drive: Any) -> None:
    async with drive.run():
        offered = {command.title for command in drive.app.get_system_commands(drive.app.main)}
        assert {"Merge", "Split", "Rename", "Undo", "Redo", "Export", "Help", "Quit"} <= offered
        await drive.pilot.press("ctrl+p")
        await drive.pilot.pause(0.3)
        await drive.type("undo")
        await drive.until(lambda: "There is nothing to undo" in drive.spoken())
