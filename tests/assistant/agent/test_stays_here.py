"""What files say is shown to the person, and no brain at another host is told of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

import prompts
from assistant.agent.facts import facts
from assistant.agent.graph import build
from assistant.agent.state import Run
from assistant.agent.stays_here import KEPT, SHOWN, is_private, without_files
from assistant.agent.toolbox import Toolbox
from assistant.chat.session import Session, ToolEnded
from assistant.desk import Desk
from assistant.settings import Settings
from tests.camera_roll import CAMERAS, PLACES, Taken, write_roll
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert


class Brain(BaseChatModel):
    """Makes these calls, one after the other, then says its words; keeps what it was told."""

    kind: str
    calls: list[tuple[str, dict[str, Any]]]
    words: str = "Done."
    heard: list[str] = []  # noqa: RUF012 - a pydantic field, copied for each

    @property
    def _llm_type(self) -> str:
        return self.kind

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        calls = [(m.tool_calls, m.invalid_tool_calls) for m in messages if isinstance(m, AIMessage)]
        self.heard.append("\n".join([*(message.text for message in messages), str(calls)]))
        if self.calls:
            name, arguments = self.calls.pop(0)
            said = AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"c{len(self.heard)}"}])
        else:
            said = AIMessage(self.words)
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


async def told(desk: Desk, *said: tuple[str, str, dict[str, Any]]) -> str:
    """All that a brain elsewhere was told in a conversation."""
    model = Brain(kind="openai-chat", calls=[])
    async with Session.open(desk, model=model) as session:
        for words, tool, arguments in said:
            model.calls[:] = [(tool, arguments)]
            async for _ in session.say(words):
                pass
    return "\n".join(model.heard)


class TestAfterAChange:
    """A name that a group no longer has is still what a file says."""

    async def test_an_offer_that_was_held(self, desk: Desk) -> None:
        desk.grouping.group("city")
        first, second = (cluster.name for cluster in desk.clusterings.get().clusters[:2])
        heard = await told(
            desk,
            ("should I merge 1 and 2?", "merge_clusters", {"clusters": ["c1", "c2"], "name": "south"}),
            ("yes", "count", {}),
            ("undo that", "undo", {}),
            ("undo that", "undo", {}),
            ("what did I do?", "history", {}),
        )
        assert desk.shelf.log()[1].kind == "merge" and not desk.clusterings.all()
        assert first not in heard and second not in heard

    async def test_the_history(self, desk: Desk) -> None:
        desk.grouping.group("city")
        name = desk.clusterings.get().clusters[0].name
        desk.editing.rename("c1", "holiday")
        for _ in range(2):
            desk.history.undo()
        assert name not in await told(desk, ("what did I do?", "history", {}))

    async def test_a_step_that_is_done_again_and_taken_back(self, desk: Desk) -> None:
        desk.grouping.group("city")
        name = desk.clusterings.get().clusters[0].name
        desk.editing.rename("c1", "holiday")
        undo, redo = ("undo that", "undo", {}), ("redo that", "redo", {})
        heard = await told(desk, undo, undo, redo, redo, undo, undo, undo)
        assert name not in heard

    async def test_a_call_that_was_agreed_to(self, desk: Desk) -> None:
        desk.grouping.group("city")
        name, other = (cluster.name for cluster in desk.clusterings.get().clusters[:2])
        desk.editing.rename("c2", "holiday")
        heard = await told(
            desk,
            ("rename 1 to holiday", "rename_cluster", {"cluster": "c1", "name": "holiday"}),
            ("yes", "count", {}),
            ("thanks, how many are there?", "count", {}),
        )
        assert {cluster.name for cluster in desk.clusterings.get().clusters} >= {"holiday"}
        assert name not in {cluster.name for cluster in desk.clusterings.get().clusters}
        assert name not in heard and other not in heard


def test_an_error_with_the_names_is_marked_when_it_is_made(desk: Desk) -> None:
    desk.grouping.group("city")
    name = desk.clusterings.get().clusters[0].name
    call = ToolCall(name="rename_cluster", args={"cluster": "nowhere", "name": "x"}, id="c1")
    error = Toolbox(desk).run(call)
    assert error.status == "error" and name in error.text
    assert is_private(error)


async def test_the_words_of_a_brain_here_are_marked_when_they_are_made(desk: Desk) -> None:
    desk.grouping.group("city")
    name = desk.clusterings.get().clusters[0].name
    model = Brain(kind="scripted", calls=[], words=f"It is {name}.")
    graph = build(Toolbox(desk), model, None)
    state = await graph.ainvoke({"messages": [HumanMessage("where was that?")]}, context=Run())
    assert state["messages"][-1].text == f"It is {name}." and is_private(state["messages"][-1])


def test_the_calls_of_another_brain_are_told_without_names(desk: Desk) -> None:
    desk.grouping.group("city")
    name = desk.clusterings.get().clusters[0].name
    call = ToolCall(name="merge_clusters", args={"clusters": [name.upper(), "c2"], "name": "x"}, id="c1")
    wrong = {"name": "show", "args": f'{{"cluster": "{name}"', "id": "c2", "error": None}
    said = AIMessage("", tool_calls=[call], invalid_tool_calls=[wrong])
    (sent,) = without_files(desk, [said])
    assert isinstance(sent, AIMessage)
    assert sent.tool_calls[0]["args"] == {"clusters": [KEPT, "c2"], "name": "x"}
    assert sent.invalid_tool_calls[0]["args"] == KEPT
    assert said.tool_calls[0]["args"]["clusters"][0] == name.upper(), "what is kept is not changed"


@pytest.mark.parametrize("shown", ["7' tablet", '7" tablet', '7\\" TABLET', "7_ tablet", '7"  tablet'])
def test_a_name_is_known_however_it_is_written(desk: Desk, shown: str) -> None:
    desk.grouping.group("city")
    desk.editing.rename("c1", '7" tablet')
    texts: list[BaseMessage] = [
        ToolMessage(f"It is {shown}.", tool_call_id="c1"), AIMessage(shown), HumanMessage(shown),
    ]  # fmt: skip
    assert [m.text for m in without_files(desk, texts)] == [SHOWN, SHOWN, shown]


@pytest.mark.parametrize(
    ("name", "other", "same"), [("UK", "Look at the duke.", "Look at uk."), ("2023", "at 20230", "in 2023.")]
)
def test_a_short_name_or_a_number_is_no_part_of_a_word(desk: Desk, name: str, other: str, same: str) -> None:
    desk.grouping.group("city")
    desk.editing.rename("c1", name)
    texts: list[BaseMessage] = [AIMessage(other), AIMessage(same)]
    assert [m.text for m in without_files(desk, texts)] == [other, SHOWN]


def test_the_facts_have_no_such_name_in_any_grouping(desk: Desk) -> None:
    desk.grouping.group("city")
    name = desk.clusterings.get().clusters[0].name
    desk.grouping.group("colour")
    desk.editing.rename("c1", name)
    there, here = (facts(desk, prompts.load("agent"), elsewhere).text for elsewhere in (True, False))
    assert name in here and name not in there and f'1. "{KEPT}" (c1)' in there
    assert "(their names are from the files and stay here)" in there.partition('"city"')[2].splitlines()[0]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("describe_images", {"images": ["#1"], "asked": "Berlin"}),
        ("describe_images", {"images": ["#1"], "question": "city"}),
        ("show_metadata", {"counted": "camera"}),
        ("sort_into", {"values": ["weekends", "weekdays"]}),
        ("count", {"cluster": "before July 2023"}),
        ("show", {"cluster": "between March 2023 and June 2023"}),
    ],
)
def test_what_a_question_has_files_say_is_private(desk: Desk, name: str, arguments: dict[str, Any]) -> None:
    answered = Toolbox(desk).run(ToolCall(name=name, args=arguments, id="c1"))
    assert answered.status != "error" and is_private(answered)


def test_what_is_seen_in_a_picture_is_told(desk: Desk) -> None:
    call = ToolCall(name="describe_images", args={"images": ["#1"], "asked": "blue"}, id="c1")
    assert not is_private(Toolbox(desk).run(call))
