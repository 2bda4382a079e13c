"""The tools for other programs, with the protocol's own client: in the process, and over a pipe to the command."""

import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.agent.approvals import PlanApproval, SendApproval
from assistant.agent.tools.base import Conditions, Effect, answer, failed
from assistant.agent.tools.registry import tools
from assistant.desk import Desk
from assistant.mcp.desk_tools import APPLY, MOST_PLANS, PLAN, STAYS, DeskTools
from assistant.mcp.mcp_server import server
from tests.camera_roll import write_roll

mcp = pytest.importorskip("mcp", reason="the extra mcp is not installed")


@pytest.fixture
def desk(open_desk: Callable[[], Desk]) -> Desk:
    return open_desk()


def text(result: Any) -> str:
    return "\n".join(part.text for part in result.content if part.type == "text")


async def test_the_tools_are_those_of_the_table(desk: Desk) -> None:
    async with mcp.Client(server(desk)) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    ours = {name for name, tool in tools().items() if tool.available(DeskTools(desk).context)}
    assert set(listed) == ours - {"export_clusters", "make_plan", "help"} | {PLAN}
    assert APPLY not in listed and listed["show"].annotations.read_only_hint
    assert listed["group_by"].annotations.read_only_hint is False
    assert "criterion" in listed["group_by"].input_schema["properties"]
    async with mcp.Client(server(desk, allow_write=True)) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert listed[APPLY].annotations.destructive_hint


async def test_grouping_and_correcting(desk: Desk) -> None:
    async with mcp.Client(server(desk)) as client:
        made = await client.call_tool("group_by", {"criterion": "colour", "groups": 3})
        assert '"red": 4 images' in text(made) and not made.is_error
        assert "8 images" in text(
            await client.call_tool("merge_clusters", {"clusters": ["red", "green"], "name": "warm"})
        )
        await client.call_tool("undo", {})
        wrong = await client.call_tool("show", {"cluster": "mauve"})
        assert wrong.is_error and "\n" not in text(wrong)
        assert (await client.call_tool("format_disk", {})).is_error
        assert (await client.call_tool("group_by", {"colour": 1})).is_error
    assert len(desk.clusterings.get("colour").clusters) == 3


async def test_files_are_written_only_by_a_plan_its_digest_and_leave(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "sorted"
    async with mcp.Client(server(desk)) as client:
        await client.call_tool("group_by", {"criterion": "colour", "groups": 3})
        planned = text(await client.call_tool(PLAN, {"to": str(target)}))
        assert "Nothing was done yet" in planned and "--allow-write" in planned
        assert (await client.call_tool(APPLY, {"id": "plan-2", "digest": "0"})).is_error
        assert (await client.call_tool("export_clusters", {"to": str(target)})).is_error
        assert not target.exists()
    async with mcp.Client(server(desk, allow_write=True)) as client:
        planned = text(await client.call_tool(PLAN, {"to": str(target)}))
        (id, digest) = re.findall(r"id (\S+) and digest (\w+)", planned)[0]
        for wrong in ({"id": id, "digest": "0" * 24}, {"id": "plan-99", "digest": digest}):
            assert (await client.call_tool(APPLY, wrong)).is_error and not target.exists()
        done = await client.call_tool(APPLY, {"id": id, "digest": digest})
        assert not done.is_error and (target / "red").is_dir()
        assert (await client.call_tool(APPLY, {"id": id, "digest": digest})).is_error, (
            "a plan is carried out once"
        )
        planned = text(await client.call_tool("undo", {}))
        assert "Nothing was done yet" in planned and (target / "red").is_dir()
        (id, digest) = re.findall(r"id (\S+) and digest (\w+)", planned)[0]
        assert not (await client.call_tool(APPLY, {"id": id, "digest": digest})).is_error
        assert not target.exists()


async def test_a_plan_of_groups_that_changed_is_not_carried_out(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "sorted"
    async with mcp.Client(server(desk, allow_write=True)) as client:
        await client.call_tool("group_by", {"criterion": "colour", "groups": 3})
        planned = text(await client.call_tool(PLAN, {"to": str(target)}))
        (id, digest) = re.findall(r"id (\S+) and digest (\w+)", planned)[0]
        await client.call_tool("rename_cluster", {"cluster": "red", "name": "roses"})
        assert (await client.call_tool(APPLY, {"id": id, "digest": digest})).is_error and not target.exists()


async def test_what_files_say_is_not_told_and_pictures_only_with_leave(
    tmp_path: Path, open_desk: Callable[..., Desk], desk: Desk
) -> None:
    desk.close()
    write_roll(tmp_path / "pictures" / "roll", seed=1)
    with open_desk() as opened:
        tool = DeskTools(opened)
        told = tool.call("group_by", {"criterion": "city"})
        assert told.ok and not re.search("lisbon|berlin|tokyo|sydney", told.text, re.IGNORECASE)
        for allowed, count in ((False, 0), (True, 6)):
            async with mcp.Client(server(opened, allow_pictures=allowed)) as client:
                await client.call_tool("group_by", {"criterion": "colour", "groups": 3})
                shown = await client.call_tool("show", {"cluster": "1"})
                assert sum(part.type == "image" for part in shown.content) in (count, min(count, 4))


async def test_over_a_pipe(tmp_path: Path, desk: Desk) -> None:
    desk.close()
    folder = desk.collection.folder
    arguments = ["--workspace", str(tmp_path / "workspace"), "--offline", "--tier", "bundled"]
    command = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "assistant", *arguments[:3], "mcp", str(folder), *arguments[3:]],
        env={**os.environ},
    )
    async with mcp.Client(command) as client:
        made = await client.call_tool("group_by", {"criterion": "colour", "groups": 3})
        assert "images" in text(made) and not made.is_error


def test_what_files_say_cannot_be_asked_out(
    tmp_path: Path, open_desk: Callable[..., Desk], desk: Desk
) -> None:
    desk.close()
    write_roll(tmp_path / "pictures" / "roll", seed=1)
    said = re.compile("lisbon|berlin|tokyo|sydney|nairobi|york|canon|pixel|iphone|202[0-9]", re.IGNORECASE)
    with open_desk() as opened:
        tool = DeskTools(opened)
        proposed = tool.call("propose_criteria", {})
        assert proposed.ok and not said.search(proposed.text) and "stays on this machine" in proposed.text
        answers = {
            tool.call("count", {"also": [place]}).text for place in ("Lisbon", "Oslo", "Canon", "Leica")
        }
        assert len(answers) == 1 and not said.search(answers.pop())
        tool.call("group_by", {"criterion": "city"})
        shown = [tool.call("show", {"cluster": place}) for place in ("Lisbon", "Oslo")]
        assert shown[0] == shown[1] and shown[0].images == ()
        for call in (("history", {}), ("undo", {}), (PLAN, {"to": str(tmp_path / "out")})):
            assert not said.search(tool.call(*call).text)


def test_no_other_folder_is_read(desk: Desk, tmp_path: Path) -> None:
    refused = DeskTools(desk).call("sort_like", {"folder": str(tmp_path)})
    assert not refused.ok and "only where the person names it" in refused.text


def test_what_may_edit_is_not_said_to_read_only(desk: Desk) -> None:
    effects = {tool.name: tool.effect for tool in DeskTools(desk, allow_write=True).offered()}
    assert effects["best_of_each"] is effects["more_like"] is effects["undo"] is Effect.EDIT
    assert effects["count"] is effects[PLAN] is Effect.READ and effects[APPLY] is Effect.FILES


def test_a_call_whose_client_left_goes_on_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    tool, inside, most = DeskTools(desk), 0, 0
    run = tool.context.desk.clusterings.all

    def slow(*more: Any) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.1)
        inside -= 1
        return run(*more)

    monkeypatch.setattr(type(tool), "_call", lambda self, name, arguments, progress: slow())
    threads = [threading.Thread(target=tool.call, args=("count", {})) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_plan_names_its_folders(desk: Desk, tmp_path: Path) -> None:
    tool = DeskTools(desk)
    tool.call("group_by", {"criterion": "colour", "groups": 3})
    planned = tool.call(PLAN, {"to": str(tmp_path / "out")}).text
    assert "  red/ 4" in planned and "  blue/ 4" in planned


def test_an_argument_that_may_ask_what_files_say_is_known_as_one() -> None:
    for name, tool in tools().items():
        asking = {"also", "but", "only", "asked", "all_of", "none_of", "values"} & set(
            tool.arguments.model_fields
        )
        assert asking == set(tool.arguments.ASKS_FILES), name
        assert not issubclass(tool.arguments, Conditions) or {"also", "but"} <= asking


@pytest.mark.parametrize("error", [True, False])
def test_an_error_of_a_call_that_asks_what_files_say_is_not_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: bool
) -> None:
    tool = DeskTools(desk)
    monkeypatch.setattr(
        tool._toolbox,
        "run",
        lambda call, progress: failed(call, "none is from Oslo") if error else answer(call, "4"),
    )
    asked = tool.call("pick_out", {"all_of": ["Oslo"]})
    assert asked.ok and (asked.text == STAYS) == error
    assert tool.call("show", {"cluster": "red"}).ok != error


def test_the_oldest_plan_alone_is_forgotten(desk: Desk, tmp_path: Path) -> None:
    tool = DeskTools(desk, allow_write=True)
    tool.call("group_by", {"criterion": "colour", "groups": 3})
    told = [tool.call(PLAN, {"to": str(tmp_path / f"out{n}")}).text for n in range(MOST_PLANS + 1)]
    named = [re.search(r"id (plan-\d+) and digest (\w+)", text) for text in told]
    plans = [{"id": found[1], "digest": found[2]} for found in named if found]
    assert len(plans) == MOST_PLANS + 1 == 17
    assert "there is no plan" in tool.call(APPLY, plans[0]).text
    assert tool.call(APPLY, plans[1]).ok and tool.call(APPLY, plans[-1]).ok
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out1", f"out{MOST_PLANS}"]


@pytest.mark.parametrize("kind", ["send", "plan"])
def test_what_needs_the_consent_of_a_person_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    send = SendApproval(
        origin="https://h",
        host="h",
        model="m",
        images=1,
        bytes=1,
        collection=1,
        tokens=1,
        cost="",
        criteria=["c"],
    )
    approval = send if kind == "send" else PlanApproval(criterion="c", steps=[], sends=[send])
    tool = DeskTools(desk, allow_write=True)
    monkeypatch.setattr(tool._toolbox, "run", lambda call, progress: answer(call, "sure", approval))
    refused = tool.call("group_by", {"criterion": "c"})
    assert not refused.ok and "consent of the person" in refused.text and "sure" not in refused.text
    assert not tool._plans
