"""What files say is shown to the person, and no brain at another host is told of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from assistant.agent.stays_here import SHOWN
from assistant.chat.session import Session, ToolEnded
from assistant.desk import Desk
from assistant.settings import Settings
from tests.camera_roll import CAMERAS, PLACES, Taken, write_roll
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert


class Brain(BaseChatModel):
    """Makes these calls, one after the other, and keeps what it was told."""

    kind: str
    calls: list[tuple[str, dict[str, Any]]]
    heard: list[str] = []  # noqa: RUF012 - a pydantic field, copied for each

    @property
    def _llm_type(self) -> str:
        return self.kind

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self.heard.append("\n".join(message.text for message in messages))
        if self.calls:
            name, arguments = self.calls.pop(0)
            said = AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"c{len(self.heard)}"}])
        else:
            said = AIMessage("Done.")
        return ChatResult(generations=[ChatGeneration(message=said)])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    write_roll(tmp_path / "roll", seed=1)
    with Desk.open(tmp_path / "roll", Settings(workspace=tmp_path / "ws", offline=True)) as opened:
        yield opened


def secrets(roll: list[Taken]) -> set[str]:
    """What the files say: days, months, towns, cameras."""
    dates = {f"{t.taken.day} {t.taken:%B %Y}" for t in roll if t.taken} | {
        f"{t.taken:%B %Y}" for t in roll if t.taken
    }
    return dates | set(PLACES) | set(CAMERAS) | {"° N", "° W"}


TALK = (
    ("group by event", "group_by", {"criterion": "event"}),
    ("group by camera", "group_by", {"criterion": "camera"}),
    ("when was #1 taken?", "show_metadata", {"images": ["#1"]}),
    ("why is #1 there?", "explain", {"image": "#1"}),
    ("how many groups are there?", "count", {}),
    ("describe by city", "describe_images", {"question": "city"}),
    ("what did I do?", "history", {}),
    ("show the current groups", "show", {}),
    ("undo that", "undo", {}),
    ("how many groups are there?", "count", {}),
)


async def talk(desk: Desk, kind: str) -> tuple[list[str], list[str]]:
    """What a brain of a kind was told in a conversation, and what the person was shown."""
    model = Brain(kind=kind, calls=[])
    shown: list[str] = []
    async with Session.open(desk, model=model) as session:
        for said, tool, arguments in TALK:
            model.calls.append((tool, arguments))
            shown += [event.text async for event in session.say(said) if isinstance(event, ToolEnded)]
    return model.heard, shown


async def test_a_brain_elsewhere_is_told_nothing_that_files_say(desk: Desk, tmp_path: Path) -> None:
    told, shown = await talk(desk, "openai-chat")
    hidden = secrets(write_roll(tmp_path / "again", seed=1))
    assert len(shown) >= len(TALK) - 1
    for text in told:
        assert {secret for secret in hidden if secret in text} == set()
    assert any(SHOWN in text for text in told)
    assert any("Lisbon" in text for text in shown), "the person sees it"


async def test_a_brain_on_this_machine_may_read_it(desk: Desk) -> None:
    told, _ = await talk(desk, "scripted")
    assert any("Lisbon" in text for text in told) and not any(SHOWN in text for text in told)
