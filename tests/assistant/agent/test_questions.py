"""A chat model that answers a question with a change: nothing is changed before the person has said yes.

The model is scripted; the desk, the graph and the files are real.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from assistant.agent.approvals import Approval, Decision
from assistant.agent.toolbox import Toolbox
from assistant.chat.session import ApprovalRequested, Event, MessageText, Session, ToolEnded
from assistant.desk import Desk
from tests.conversations.contract import state
from tests.conversations.effects import EDIT, FILES

Call = tuple[str, dict[str, Any]]


class Eager(BaseChatModel):
    """Calls tools as soon as it hears certain sentences, and speaks where it hears anything else.

    Attributes:
        acts: What it calls on which sentence, all at once.
        then: What it calls after the first answer of a tool to that sentence.
        stubborn: Whether it calls again, in place of words, whatever a tool answers.
    """

    acts: dict[str, list[Call]]
    then: dict[str, list[Call]] = {}  # noqa: RUF012 - a pydantic field, copied for each
    stubborn: bool = False

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        start = max(i for i, m in enumerate(messages) if isinstance(m, HumanMessage))
        said, answers = messages[start].text, sum(isinstance(m, ToolMessage) for m in messages[start:])
        if answers == 0 or self.stubborn:
            calls = self.acts.get(said, [])
        else:
            calls = self.then.get(said, []) if answers == len(self.acts.get(said, [])) else []
        made = [ToolCall(name=name, args=given, id=f"call_{uuid4().hex}") for name, given in calls]
        message = AIMessage("" if made else "There you are.", tool_calls=made)
        return ChatResult(generations=[ChatGeneration(message=message)])


def do(desk: Desk, calls: Sequence[Call]) -> None:
    """Carry out calls, with a yes to whatever they ask, as if they had been asked for in another session."""
    toolbox = Toolbox(desk)
    for name, given in calls:
        call = ToolCall(name=name, args=given, id="c1")
        message = toolbox.run(call)
        if isinstance(message.artifact, Approval):
            message = toolbox.approved(call, message.artifact, Decision(accept=True))
        assert message.status == "success", message.text


async def say(session: Session, text: str) -> list[Event]:
    """What comes of a sentence; it must end in words or in a question."""
    events = [event async for event in session.say(text)]
    spoken = [e.text for e in events if isinstance(e, MessageText) and e.done and e.text.strip()]
    assert spoken or isinstance(events[-1], ApprovalRequested), "the turn ends without a word"
    assert not any(text.startswith(("the brain failed", "Something went wrong")) for text in spoken), spoken
    return events


async def agree(session: Session) -> list[Event]:
    """Say yes, and yes once more where what is to be written is shown first."""
    events = await say(session, "yes")
    return events if await session.pending() is None else events + await say(session, "yes")


def carried_out(events: list[Event], tool: str) -> list[str]:
    return [e.text for e in events if isinstance(e, ToolEnded) and e.name == tool and e.ok]


COLOUR: Call = ("group_by", {"criterion": "colour", "groups": 3})
WARM: Call = ("merge_clusters", {"clusters": ["red", "green"], "name": "warm"})
ASKED: list[tuple[str, str, dict[str, Any], list[Call]]] = [
    ("group_by", "are three groups too many?", {"criterion": "colour", "groups": 2}, []),
    ("merge_clusters", "are red and green the same?", {"clusters": ["red", "green"]}, []),
    ("split_cluster", "is warm mixed?", {"cluster": "warm", "by": "colour"}, [WARM]),
    ("rename_cluster", "is red called crimson?", {"cluster": "red", "name": "crimson"}, []),
    ("move_images", "is #4 really red?", {"images": ["#4"], "to": "blue"}, []),
    ("keep_together", "do #1 and #2 belong together?", {"images": ["#1", "#2"]}, []),
    ("keep_apart", "are #1 and #4 kept apart?", {"images": ["#1", "#4"]}, []),
    ("more_like", "what if all that is like #1 went to blue?", {"images": ["#1"], "to": "blue"}, []),
    ("lock_group", "is red locked?", {"cluster": "red"}, []),
    ("change_number", "would fewer groups be better?", {"direction": "fewer"}, []),
    ("snapshot", "is there a snapshot called draft?", {"name": "draft"}, []),
    ("as_before", "what was it like at draft?", {"moment": "draft"}, [("snapshot", {"name": "draft"}), WARM]),
    ("branch", "is there a copy called trial?", {"name": "trial"}, []),
    ("cross", "would crossing colour and shape make sense?", {"first": "colour", "second": "shape"},
     [("group_by", {"criterion": "shape", "groups": 2})]),
    ("traverse", "would agents find other groups?", {"criterion": "colour", "budget": 0}, []),
    ("fuse", "would it help to fuse pictures and words?", {"method": "gated"}, []),
    ("sort_into", "are there any red ones?", {"values": ["red"], "rest": "other"}, []),
    ("swap_names", "are red and blue mixed up?", {"first": "red", "second": "blue"}, []),
    ("pick_out", "is anything both red and blue?", {"all_of": ["red"]}, []),
    ("undo", "is there anything to undo?", {}, [WARM]),
    ("redo", "what would redo do now?", {}, [WARM, ("undo", {})]),
    ("export_clusters", "what happens to my files when I export them?", {"to": "{out}"}, []),
]  # fmt: skip
"""A tool, a question that it is called on, its arguments, and what was done before."""
EACH = pytest.mark.parametrize(("tool", "question", "given", "before"), ASKED, ids=[row[0] for row in ASKED])


def test_every_tool_that_changes_something_is_called() -> None:
    # Those that are left out need a lesson, answers, a model that describes, a burst or a folder; they have own tests.
    apart = {"tune_embedding", "answer", "ask_again", "group_near_duplicates", "sort_like"}
    assert {row[0] for row in ASKED} | apart == {*EDIT, *FILES}


def filled(given: dict[str, Any], out: Path) -> dict[str, Any]:
    return {key: str(out) if value == "{out}" else value for key, value in given.items()}


@EACH
async def test_a_question_changes_nothing_and_a_yes_carries_it_out(
    desk: Desk, pictures: Path, tmp_path: Path,
    tool: str, question: str, given: dict[str, Any], before: list[Call],
) -> None:  # fmt: skip
    out = tmp_path / "out"
    do(desk, [COLOUR, *before])
    earlier = state(desk, pictures, out)
    calls = [(tool, filled(given, out))]
    async with Session.open(desk, model=Eager(acts={question: calls, "yes": calls})) as session:
        await say(session, question)
        assert state(desk, pictures, out) == earlier
        events = await agree(session)
    assert state(desk, pictures, out) != earlier
    assert len(carried_out(events, tool)) == 1


@EACH
async def test_nor_where_the_model_insists(
    desk: Desk, pictures: Path, tmp_path: Path,
    tool: str, question: str, given: dict[str, Any], before: list[Call],
) -> None:  # fmt: skip
    out = tmp_path / "out"
    do(desk, [COLOUR, *before])
    earlier = state(desk, pictures, out)
    model = Eager(acts={question: [(tool, filled(given, out))]}, stubborn=True)
    async with Session.open(desk, model=model) as session:
        await say(session, question)
    assert state(desk, pictures, out) == earlier


@pytest.mark.parametrize("at_once", [True, False], ids=["beside it", "after it"])
@EACH
async def test_nor_where_it_reads_as_well(
    desk: Desk, pictures: Path, tmp_path: Path,
    tool: str, question: str, given: dict[str, Any], before: list[Call], at_once: bool,
) -> None:  # fmt: skip
    out = tmp_path / "out"
    do(desk, [COLOUR, *before])
    earlier = state(desk, pictures, out)
    read: Call = ("show", {})
    change: Call = (tool, filled(given, out))
    acts = {question: [read, change] if at_once else [read]}
    async with Session.open(
        desk, model=Eager(acts=acts, then={} if at_once else {question: [change]})
    ) as session:
        events = await say(session, question)
    assert state(desk, pictures, out) == earlier
    assert carried_out(events, "show")


async def test_tuning_waits_for_a_yes_too(desk: Desk) -> None:
    do(desk, [COLOUR])
    tuned = (
        Toolbox(desk).run(ToolCall(name="tune_embedding", args={}, id="c1")).text
    )  # here it comes to words alone
    question = "is it worth training on my answers?"
    calls: list[Call] = [("tune_embedding", {})]
    async with Session.open(desk, model=Eager(acts={question: calls, "yes": calls})) as session:
        events = await say(session, question)
        assert tuned not in [e.text for e in events if isinstance(e, ToolEnded)]
        events = await agree(session)
    assert [e.text for e in events if isinstance(e, ToolEnded)] == [tuned]


async def test_an_answer_in_the_lesson_waits_for_a_yes_too(desk: Desk) -> None:
    do(desk, [COLOUR])
    question = "does blue count as a right answer here?"
    calls: list[Call] = [("answer", {"said": "blue"})]
    acts: dict[str, list[Call]] = {"ask me": [("ask_me", {})], question: calls, "yes": calls}
    async with Session.open(desk, model=Eager(acts=acts)) as session:
        await say(session, "ask me")
        earlier = state(desk)
        await say(session, question)
        assert state(desk) == earlier
        await agree(session)
    assert state(desk) != earlier


OF_AN_EXPORT = pytest.mark.parametrize("tool", ["undo", "redo"])
MODES = pytest.mark.parametrize("mode", ["copy", "link", "move"])


@MODES
@OF_AN_EXPORT
@pytest.mark.parametrize("said", ["show me my pictures", "what have you exported?", "thanks, that is all"])
async def test_no_file_is_touched_by_undo_or_redo_of_an_export_that_nobody_asked_for(
    desk: Desk, pictures: Path, tmp_path: Path, tool: str, mode: str, said: str
) -> None:
    out = tmp_path / "out"
    export = ("export_clusters", {"to": str(out), "mode": mode})
    do(desk, [COLOUR, export, *([("undo", {})] if tool == "redo" else [])])
    earlier = state(desk, pictures, out)
    async with Session.open(desk, model=Eager(acts={said: [(tool, {})], "yes": [(tool, {})]})) as session:
        await say(session, said)
        assert state(desk, pictures, out) == earlier
        await agree(session)
    assert state(desk, pictures, out) != earlier
    assert out.exists() == (tool == "redo")
    left = list(pictures.iterdir())  # noqa: ASYNC240 - nothing else waits
    assert len(left) == (0 if (tool, mode) == ("redo", "move") else 12)


@OF_AN_EXPORT
async def test_undo_and_redo_of_an_export_that_are_asked_for(
    desk: Desk, pictures: Path, tmp_path: Path, tool: str
) -> None:
    out = tmp_path / "out"
    do(desk, [COLOUR, ("export_clusters", {"to": str(out)}), *([("undo", {})] if tool == "redo" else [])])
    said = f"{tool} the export"
    async with Session.open(desk, model=Eager(acts={said: [(tool, {})], "yes": [(tool, {})]})) as session:
        await say(session, said)
        if await session.pending() is not None:  # to be shown what it would do first does no harm
            await say(session, "yes")
    assert out.exists() == (tool == "redo")


@pytest.mark.parametrize(
    "order",
    [
        "merge red and green",
        "could you merge red and green?",
        "would you mind merging red with green?",
        "can red and green be one group, please?",
        "I'd like red and green together",
        "bitte lege rot und grün zusammen",
    ],
)
async def test_an_order_is_carried_out_at_once_however_polite(desk: Desk, order: str) -> None:
    do(desk, [COLOUR])
    earlier = state(desk)
    calls = [("merge_clusters", {"clusters": ["red", "green"]})]
    acts = {
        order: calls,
        'merge "red" and "green"': calls,
    }  # German is put into English before a model hears it
    async with Session.open(desk, model=Eager(acts=acts)) as session:
        events = await say(session, order)
        assert await session.pending() is None
    assert state(desk) != earlier and carried_out(events, "merge_clusters")


@pytest.mark.parametrize("between", ["no", "show me the groups", "is it raining?"])
async def test_a_yes_to_something_else_is_no_yes(desk: Desk, between: str) -> None:
    do(desk, [COLOUR])
    earlier = state(desk)
    acts = {"are red and green the same?": [("merge_clusters", {"clusters": ["red", "green"]})]}
    async with Session.open(desk, model=Eager(acts=acts)) as session:
        for text in ("are red and green the same?", between, "yes"):
            await say(session, text)
    assert state(desk) == earlier
