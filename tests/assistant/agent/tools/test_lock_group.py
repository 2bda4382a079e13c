"""All groups are locked, or unlocked, in one step."""

from pathlib import Path

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.gate import Turn, wants
from assistant.agent.tools.base import DialogueContext
from assistant.agent.tools.registry import tools
from assistant.chat.session import Session
from assistant.desk import Desk
from assistant.settings import Settings
from tests.conversations.drawn_folders import holiday

SHOP = ("bags", "shoes", "hats")
HERE = DialogueContext(("product",), SHOP, current=3, groupings=(SHOP,), informed=True)


@pytest.mark.parametrize(
    ("said", "locked"), [("lock everything", {}), ("unlock all groups again", {"locked": False})]
)
def test_it_is_one_call(said: str, locked: dict[str, bool]) -> None:
    assert parse(said, HERE) == [Call("lock_group", {"cluster": "bags", "every": True, **locked})]


@pytest.mark.parametrize(
    "said",
    ["unlock everything?", "should i unlock everything", "don't unlock everything", "never unlock all groups",
     "is everything unlocked", "if i unlock everything what happens", "my wife wants to unlock everything",
     "unlock everything, but not now", "was everything unlocked", "why unlock everything"],
)  # fmt: skip
def test_no_group_is_unlocked_by_what_looks_like_it(said: str) -> None:
    understood = parse(said, HERE)
    calls = understood if isinstance(understood, list) else []
    turn = Turn(said, dialogue=HERE, calls=tuple(calls))
    assert not any(call.tool == "lock_group" and wants(turn, tools()["lock_group"]) for call in calls)


async def test_one_undo_takes_it_back(tmp_path: Path) -> None:
    holiday(tmp_path / "pictures")
    settings = Settings(workspace=tmp_path / "workspace", offline=True, model="builtin")

    def locked(desk: Desk) -> list[bool]:
        return [cluster.locked for cluster in desk.clusterings.get().clusters]

    with Desk.open(tmp_path / "pictures", settings) as desk:
        desk.grouping.group("city")
        async with Session.open(desk) as session:
            for said, held in (
                ("lock everything", [True] * 3),
                ("unlock everything", [False] * 3),
                ("undo", [True] * 3),
                ("undo", [False] * 3),
            ):
                assert [event async for event in session.say(said)]
                assert locked(desk) == held
