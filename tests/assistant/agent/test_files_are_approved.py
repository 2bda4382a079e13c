"""No call of a model touches a file: whatever the brain, a call is answered with what it would do, and a question."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, ToolCall

from assistant.agent.approvals import Approval, Decision, ExportApproval, UndoApproval
from assistant.agent.events import ApprovalRequested
from assistant.agent.graph import NO_FILE
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import Effect
from assistant.agent.tools.registry import tools
from assistant.chat.session import Session, ToolEnded
from assistant.desk import Desk
from tests.assistant.agent.test_graph import Scripted, calls, talk


@pytest.fixture
def moved(desk: Desk, tmp_path: Path) -> Desk:
    """A desk all of whose pictures were moved to `out`."""
    desk.grouping.group("colour", k=3)
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"))
    return desk


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def pictures_in(folder: Path) -> int:
    return sum(path.suffix == ".png" for path in files(folder))


@pytest.mark.parametrize("tool", ["undo", "redo"])
async def test_a_model_that_acts_on_plain_orders_still_has_to_ask(
    moved: Desk, pictures: Path, tmp_path: Path, tool: str
) -> None:
    if tool == "redo":
        moved.history.undo()
    there = pictures_in(pictures)
    said = f"{tool} the export"
    model = Scripted(lines=[calls((tool, {})), AIMessage("It is done.")])
    events, _ = await talk(moved, model, said)
    assert isinstance(events[-1], ApprovalRequested) and pictures_in(pictures) == there
    kind = UndoApproval if tool == "undo" else ExportApproval
    assert isinstance(events[-1].approval, kind) and events[-1].approval.files == 12
    events, _ = await talk(moved, model, Decision(accept=False))
    assert pictures_in(pictures) == there
    model = Scripted(lines=[calls((tool, {})), AIMessage("It is done.")])
    await talk(moved, model, said)
    await talk(moved, model, Decision(accept=True))
    assert pictures_in(pictures) == 12 - there


async def test_a_script_of_calls_without_a_word_of_a_person_is_asked_about_as_well(
    moved: Desk, pictures: Path
) -> None:
    toolbox = Toolbox(moved)
    message = toolbox.run(ToolCall(name="undo", args={}, id="c"))
    assert isinstance(message.artifact, UndoApproval) and pictures_in(pictures) == 0
    assert "12 files would be moved out of" in message.text and str(pictures) in message.text


async def test_what_was_approved_is_not_done_to_another_step(moved: Desk, pictures: Path) -> None:
    toolbox = Toolbox(moved)
    call = ToolCall(name="undo", args={}, id="c")
    asked = toolbox.run(call).artifact
    moved.editing.rename("red", "warm")
    refused = toolbox.approved(call, asked, Decision(accept=True))
    assert refused.status == "error" and "something else was done" in refused.text
    assert pictures_in(pictures) == 0 and any(c.name == "warm" for c in moved.clusterings.get().clusters)


async def test_the_plan_that_was_approved_is_the_one_that_is_redone(
    moved: Desk, pictures: Path, tmp_path: Path
) -> None:
    moved.history.undo()
    toolbox = Toolbox(moved)
    call = ToolCall(name="redo", args={}, id="c")
    asked = toolbox.run(call).artifact
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    refused = toolbox.approved(call, asked, Decision(accept=True))
    assert refused.status == "error" and "not empty" in refused.text and pictures_in(pictures) == 12


async def test_a_partly_undone_export_is_told_as_a_failure(
    moved: Desk, pictures: Path, tmp_path: Path
) -> None:
    first = sorted(path for path in files(tmp_path / "out") if path.suffix == ".png")[0]
    first.rename(tmp_path / "away.png")
    async with Session.open(moved) as session:
        [_ async for _ in session.say("undo the export")]
        events = [event async for event in session.say("yes")]
    (ended,) = [event for event in events if isinstance(event, ToolEnded)]
    assert not ended.ok and "11 of 12 are back" in ended.text and pictures_in(pictures) == 11


def test_every_tool_that_touches_files_asks(moved: Desk, tmp_path: Path) -> None:
    """Each call whose effect is `files` is answered with an approval, and `run` of its tool is never reached."""
    toolbox, asked = Toolbox(moved), set()
    arguments = {"export_clusters": {"to": str(tmp_path / "two")}}
    assert _asks(toolbox, "undo", {})
    moved.history.undo()
    for name, tool in tools().items():
        given = arguments.get(name, {})
        if tool.effect is Effect.FILES or name == "redo":
            assert _asks(toolbox, name, given), name
            asked.add(name)
    assert asked == {"redo", "export_clusters"}
    assert pictures_in(tmp_path / "pictures") == 12 and not (tmp_path / "out").exists()


def _asks(toolbox: Toolbox, name: str, given: dict[str, str]) -> bool:
    tool = tools()[name]
    assert tool.effect_of(toolbox.context, tool.arguments.model_validate(given)) is Effect.FILES
    return isinstance(toolbox.run(ToolCall(name=name, args=given, id="c")).artifact, Approval)


async def test_what_was_decided_is_kept_over_a_restart(moved: Desk, pictures: Path) -> None:
    async with Session.open(moved) as session:
        [_ async for _ in session.say("undo")]
    async with Session.open(moved) as session:
        assert isinstance(await session.pending(), UndoApproval)
        [_ async for _ in session.say("no")]
        assert await session.pending() is None
    assert pictures_in(pictures) == 0


@pytest.mark.parametrize("lines", [[], [calls(("show", {}))]])
async def test_a_model_that_only_says_that_it_did_it_is_contradicted(
    desk: Desk, tmp_path: Path, lines: list[AIMessage]
) -> None:
    desk.grouping.group("colour", k=3)
    model = Scripted(lines=[*lines, AIMessage("Done! All 12 files were moved.")])
    _, messages = await talk(desk, model, f"move them to {tmp_path / 'out'}")
    assert messages[-1].text.splitlines() == ["Done! All 12 files were moved.", NO_FILE]


@pytest.mark.parametrize(
    "said", ["what would you move?", "tell me about them", "do not export them", "hello"]
)
async def test_where_no_file_was_to_be_touched_nothing_is_added(desk: Desk, said: str) -> None:
    desk.grouping.group("colour", k=3)
    _, messages = await talk(desk, Scripted(lines=[AIMessage("Twelve pictures.")]), said)
    assert messages[-1].text == "Twelve pictures."
