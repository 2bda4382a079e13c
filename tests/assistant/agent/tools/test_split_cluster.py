"""Splitting what was spoken of, or all where no group was."""

from pathlib import Path

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext
from assistant.chat.session import MessageText, Session
from assistant.desk import Desk
from assistant.settings import Settings
from tests.conversations.drawn_folders import holiday
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

GROUPED = DialogueContext(criteria=("mood",), names=("sad", "angry"), current=2, informed=True)
SPOKEN = DialogueContext(
    criteria=("mood",), names=("sad", "angry"), current=2, spoken=("sad",), informed=True
)
SENTENCES = ["split these into 3", "divide them into 3 groups", "break it up into 3", "cut this in three"]


@pytest.mark.parametrize("text", SENTENCES)
def test_these_are_the_group_that_was_spoken_of_else_all(text: str) -> None:
    assert parse(text, SPOKEN) == [Call("split_cluster", {"cluster": "sad", "parts": 3})]
    assert parse(text, GROUPED) == [Call("group_by", {"criterion": "mood", "groups": 3})]
    assert isinstance(parse(text, DialogueContext(informed=True)), Reply)


@pytest.mark.parametrize(
    "text", ["split everything into 3", "divide all of them into 3 groups", "split them all in 3"]
)
def test_all_are_all_whatever_was_spoken_of(text: str) -> None:
    assert parse(text, SPOKEN) == [Call("group_by", {"criterion": "mood", "groups": 3})]


async def test_a_month_is_offered_by_day_where_it_is_split_without_a_word_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    holiday(tmp_path / "pictures")
    settings = Settings(workspace=tmp_path / "workspace", offline=True, model="builtin")
    with Desk.open(tmp_path / "pictures", settings) as desk:
        desk.grouping.group("month")
        async with Session.open(desk) as session:
            events = [event async for event in session.say("split June 2023")]
    said = " ".join(event.text for event in events if isinstance(event, MessageText) and event.done)
    assert 'split June 2023 by day"' in said
