"""The whole conversation: real desk, real graph, real SQLite, the built-in brain."""

import asyncio
import http.server
import json
import logging
import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from assistant.agent.graph import NO_LONGER_WAITS
from assistant.agent.toolbox import Toolbox
from assistant.chat.log_file import LogFile
from assistant.chat.session import (
    ApprovalRequested,
    ClusteringChanged,
    CriteriaApproval,
    Decision,
    Event,
    ExportApproval,
    MessageText,
    Session,
    ToolEnded,
    ToolStarted,
    WorkProgress,
)
from assistant.desk import Desk
from tools.errors import RegroupError, UsageError
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.ports import Findings

REPOSITORY = Path(__file__).parents[3]


async def collected(events: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in events]


def last_said(events: list[Event]) -> str:
    return [event for event in events if isinstance(event, MessageText) and event.done][-1].text


def ended(events: list[Event]) -> list[ToolEnded]:
    return [event for event in events if isinstance(event, ToolEnded)]


async def test_groups_and_tells_how_far_it_is(desk: Desk) -> None:
    async with Session.open(desk) as session:
        events = await collected(session.say("group by colour into 3 groups"))
    assert ToolStarted("group_by", {"criterion": "colour", "groups": 3}) in events
    assert any(isinstance(event, WorkProgress) and event.total == 12 for event in events)
    assert ClusteringChanged("colour") in events
    assert ended(events)[0].ok
    for name in ("red", "green", "blue"):
        assert f'"{name}": 4 images' in last_said(events)
    assert desk.clusterings.current is not None and len(desk.clusterings.current.clusters) == 3


async def test_what_is_said_grows_until_it_is_done(desk: Desk) -> None:
    async with Session.open(desk) as session:
        said = [event for event in await collected(session.say("hello")) if isinstance(event, MessageText)]
    assert len(said) > 3
    assert [s.done for s in said] == [False] * (len(said) - 1) + [True]
    assert all(later.text.startswith(earlier.text) for earlier, later in pairwise(said))


async def test_a_question_is_answered_and_the_plan_goes_on_waiting(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "sorted"
    async with Session.open(desk) as session:
        await collected(session.say("group by colour into 3"))
        await collected(session.say(f"export to {target}"))
        before = await session.pending()
        for question, word in (
            ("how many are red?", "4"),
            ("what is the airspeed of a swallow?", "pictures"),
        ):
            events = await collected(session.say(question))
            assert word in last_said(events)
            assert events[-1] == ApprovalRequested(before)
            assert await session.pending() == before
        assert not target.exists()
        await collected(session.say("yes"))
    assert sum(1 for path in target.rglob("*.png")) == 12


async def test_a_question_about_an_edit_takes_the_place_of_the_plan(desk: Desk, tmp_path: Path) -> None:
    async with Session.open(desk) as session:
        await collected(session.say("group by colour into 3"))
        await collected(session.say(f"export to {tmp_path / 'sorted'}"))
        events = await collected(session.say("should I merge red and green?"))
        assert await session.pending() is None
        assert "dropped" in last_said(events)
        await collected(session.say("yes"))
    assert not (tmp_path / "sorted").exists()
    assert len(desk.clusterings.get().clusters) == 2


async def test_several_steps_in_one_request(desk: Desk) -> None:
    async with Session.open(desk) as session:
        events = await collected(
            session.say("group by colour into 3, then merge red and green as warm, then show warm")
        )
    assert [e.name for e in events if isinstance(e, ToolStarted)] == ["group_by", "merge_clusters", "show"]
    assert {c.name for c in desk.clusterings.get().clusters} == {"warm", "blue"}
    assert '"warm" under "colour": 8 images' in last_said(events)


async def test_a_step_that_fails_ends_the_request(desk: Desk) -> None:
    async with Session.open(desk) as session:
        events = await collected(session.say("merge red and green; group by colour"))
    assert [e.ok for e in ended(events)] == [False]
    assert desk.clusterings.current is None


@pytest.mark.parametrize("answer", ["yes", "ok", Decision(accept=True)])
async def test_accepting_proposals_groups_by_each(desk: Desk, answer: str | Decision) -> None:
    async with Session.open(desk) as session:
        asked = (await collected(session.say("what could I group by?")))[-1]
        assert isinstance(asked, ApprovalRequested) and isinstance(asked.approval, CriteriaApproval)
        assert await session.pending() == asked.approval
        assert not desk.clusterings.all()
        events = await collected(session.say(answer) if isinstance(answer, str) else session.decide(answer))
        assert await session.pending() is None
    wanted = [option.criterion for option in asked.approval.options]
    assert [c.criterion for c in desk.clusterings.all()] == wanted
    assert [e.clustering_id for e in events if isinstance(e, ClusteringChanged)] == [
        c.id for c in desk.clusterings.all()
    ]


async def test_the_users_own_criteria_are_accepted_in_place_of_the_proposed(desk: Desk) -> None:
    async with Session.open(desk) as session:
        await collected(session.say("any ideas?"))
        await collected(session.decide(Decision(accept=True, criteria=["background colour"])))
    assert [c.criterion for c in desk.clusterings.all()] == ["background colour"]
    assert any(event.kind == "accept" for event in desk.shelf.log())


async def test_a_rejection_and_its_reason_reach_the_brain(desk: Desk) -> None:
    async with Session.open(desk) as session:
        await collected(session.say("any ideas?"))
        events = await collected(session.decide(Decision(accept=False, reason="too boring")))
        assert '"too boring"' in ended(events)[0].text
        assert last_said(events) == 'You said: "too boring". Tell me what you want instead.'
    assert not desk.clusterings.all() and not desk.shelf.log()


async def test_a_rejection_whose_reason_is_a_request_is_carried_out(desk: Desk) -> None:
    async with Session.open(desk) as session:
        await collected(session.say("any ideas?"))
        await collected(session.decide(Decision(accept=False, reason="only by colour")))
    assert [c.criterion for c in desk.clusterings.all()] == ["colour"]


async def test_something_else_while_an_approval_waits_rejects_it_and_is_answered(desk: Desk) -> None:
    async with Session.open(desk) as session:
        await collected(session.say("any ideas?"))
        events = await collected(session.say("group by colour into 2 groups"))
        assert [e.name for e in ended(events)] == ["propose_criteria", "group_by"]
        assert [t.text for t in await session.history() if t.role == "user"] == [
            "any ideas?",
            "group by colour into 2 groups",
        ]
    assert len(desk.clusterings.get().clusters) == 2


async def test_an_export_that_no_longer_waits_is_told(desk: Desk, tmp_path: Path) -> None:
    async with Session.open(desk) as session:
        await collected(session.say("group by colour into 3"))
        await collected(session.say(f"export to {tmp_path / 'sorted'}"))
        events = await collected(session.say("merge red and green"))
        told = [event.text for event in events if isinstance(event, MessageText) and event.done]
        assert told[0] == NO_LONGER_WAITS and '"red"' in told[-1]
        assert await session.pending() is None
    assert not (tmp_path / "sorted").exists()


async def test_deciding_when_nothing_waits_is_an_error(desk: Desk) -> None:
    async with Session.open(desk) as session:
        with pytest.raises(UsageError, match="nothing is waiting"):
            await collected(session.decide(Decision(accept=True)))


async def test_export_only_after_the_plan_was_accepted_and_undo_takes_it_back(
    desk: Desk, tmp_path: Path
) -> None:
    target = tmp_path / "sorted"
    async with Session.open(desk) as session:
        await collected(session.say("group by colour into 3"))
        asked = (await collected(session.say(f'export to "{target}"')))[-1]
        assert isinstance(asked, ApprovalRequested) and isinstance(asked.approval, ExportApproval)
        assert (asked.approval.files, len(asked.approval.folders)) == (12, 3)
        assert not target.exists()
        events = await collected(session.say("yes"))
        assert ended(events)[0].ok
        assert len(list(target.glob("*/*.png"))) == 12
        assert isinstance((await collected(session.say("undo")))[-1], ApprovalRequested)
        assert len(list(target.glob("*/*.png"))) == 12
        await collected(session.say("yes"))
        assert not list(target.glob("*/*.png"))


async def test_no_export_after_a_no(desk: Desk, tmp_path: Path) -> None:
    async with Session.open(desk) as session:
        await collected(session.say("group by colour into 3"))
        await collected(session.say(f"export to {tmp_path / 'sorted'}"))
        await collected(session.say("no"))
    assert not (tmp_path / "sorted").exists()


async def test_what_changed_since_the_plan_was_seen_is_not_exported(desk: Desk, tmp_path: Path) -> None:
    async with Session.open(desk) as session:
        await collected(session.say("group by colour into 3"))
        await collected(session.say(f"export to {tmp_path / 'sorted'}"))
        desk.editing.merge(["red", "green"])
        events = await collected(session.say("yes"))
    assert not ended(events)[0].ok and "nothing was written" in ended(events)[0].text
    assert not (tmp_path / "sorted").exists()


async def test_history_and_what_waits_are_there_again(open_desk: Callable[[], Desk]) -> None:
    async with Session.open(open_desk()) as session:
        await collected(session.say("hello"))
        asked = (await collected(session.say("what do you see?")))[-1]
        before = await session.history()
    desk = open_desk()
    async with Session.open(desk) as session:
        assert await session.history() == before
        assert isinstance(asked, ApprovalRequested) and await session.pending() == asked.approval
        await collected(session.say("1"))
        assert await session.pending() is None
        roles = [turn.role for turn in await session.history()][len(before) :]
        assert roles == ["user", "tool", "assistant"]
    assert len(desk.clusterings.all()) == 1


async def test_history_tells_which_tool_was_called_and_whether_it_failed(desk: Desk) -> None:
    async with Session.open(desk) as session:
        await collected(session.say("group by colour into 3 groups"))
        await collected(session.say("merge 1 and 9"))
        tools = [turn for turn in await session.history() if turn.role == "tool"]
    assert [(turn.tool, turn.arguments, turn.ok) for turn in tools] == [
        ("group_by", {"criterion": "colour", "groups": 3}, True),
        ("merge_clusters", {"clusters": ["1", "9"]}, False),
    ]


async def test_threads_are_conversations_of_their_own(desk: Desk) -> None:
    async with Session.open(desk) as session:
        await collected(session.say("hello"))
    async with Session.open(desk, thread="other") as session:
        assert await session.history() == []


async def test_a_turn_that_died_is_repaired_by_the_next(open_desk: Callable[[], Desk]) -> None:
    async with Session.open(open_desk()) as session:
        dangling = AIMessage(
            "", tool_calls=[{"name": "group_by", "args": {"criterion": "colour"}, "id": "x1"}]
        )
        await session._graph.aupdate_state(
            session._config, {"messages": [HumanMessage("group by colour"), dangling]}, as_node="think"
        )
    desk = open_desk()
    async with Session.open(desk) as session:
        events = await collected(session.say("group by colour into 2"))
        assert ended(events)[0].ok
        tools = [turn.text for turn in await session.history() if turn.role == "tool"]
        assert tools[0].startswith("interrupted") and len(tools) == 2


DIES = """
import asyncio, os, sys
from pathlib import Path
from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk
from assistant.chat.session import Decision, Session
from assistant.settings import Settings
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

tier.experts = lambda store: [ColourExpert()]
desk = Desk.open(Path(sys.argv[1]), Settings(workspace=Path(sys.argv[2]), offline=True))

async def main():
    async with Session.open(desk) as session:
        async for event in session.say("any ideas?"):
            pass
        desk.grouping.group = lambda *args, **more: os._exit(9)
        async for event in session.decide(Decision(accept=True)):
            pass

asyncio.run(main())
"""


async def test_a_yes_that_was_never_carried_out_is_asked_again(
    open_desk: Callable[[], Desk], pictures: Path, tmp_path: Path
) -> None:
    died = _python(DIES, pictures, tmp_path / "workspace")
    assert died.returncode == 9, died.stderr
    desk = open_desk()
    async with Session.open(desk) as session:
        assert isinstance(await session.pending(), CriteriaApproval)
        events = await collected(session.say("no"))
        assert "nothing was done" in ended(events)[0].text
    assert not desk.clusterings.all()


async def test_a_yes_that_failed_is_asked_again_and_not_remembered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise MemoryError("no room")

    async with Session.open(desk) as session:
        await collected(session.say("any ideas?"))
        with monkeypatch.context() as patch:
            patch.setattr(Toolbox, "approved", broken)
            events = await collected(session.say("yes"))
        assert "no room" in last_said(events) and isinstance(events[-1], ApprovalRequested)
        events = await collected(session.say("no"))
        assert "nothing was done" in ended(events)[0].text
    assert not desk.clusterings.all()


class SlowExpert(ColourExpert):
    """Sees colour, after a while."""

    began = threading.Event()

    def look(self, batch: list) -> Findings:  # type: ignore[override, type-arg]
        self.began.set()
        time.sleep(0.3)
        return super().look(batch)


async def test_cancelling_leaves_a_conversation_that_goes_on(desk: Desk) -> None:
    desk.experts.awake = [SlowExpert()]
    SlowExpert.began.clear()
    async with Session.open(desk) as session:
        turn = asyncio.create_task(collected(session.say("group by colour")))
        await asyncio.to_thread(SlowExpert.began.wait, 60)
        with pytest.raises(UsageError, match="one thing at a time"):
            await collected(session.say("hello"))
        await session.cancel()
        events = await turn
        assert [e.ok for e in ended(events)] == [False] and "Stopped" in ended(events)[0].text
        assert desk.clusterings.current is None
        events = await collected(session.say("group by colour into 3"))
        assert ended(events)[0].ok


async def test_closing_the_iterator_stops_the_turn(desk: Desk) -> None:
    desk.experts.awake = [SlowExpert()]
    async with Session.open(desk) as session:
        async with aclosing(session.say("group by colour")) as events:
            async for event in events:
                if isinstance(event, ToolStarted):
                    break
        said, tool, *more = await session.history()
        assert (said.role, tool.role, tool.ok) == ("user", "tool", False)
        # A tool that heard it in time says so itself; else it is noted for it.
        assert [turn.text for turn in more] == ([] if "as you asked" in tool.text else ["(stopped)"])
        assert desk.clusterings.current is None
        assert ended(await collected(session.say("group by colour")))[0].ok


async def test_a_damaged_conversation_is_told_in_one_line(desk: Desk) -> None:
    (desk.shelf.path / "conversation.sqlite").write_bytes(b"this is no database, whatever it is" * 100)
    with pytest.raises(RegroupError, match=r"conversation\.sqlite cannot be read"):
        async with Session.open(desk):
            pass


async def test_keeps_the_last_checkpoint_only_and_nothing_but_plain_data(desk: Desk) -> None:
    async with Session.open(desk) as session:
        for text in ("hello", "group by colour into 3", "show 1", "any ideas?"):
            await collected(session.say(text))
        state = await session._state()
        json.dumps(state["approval"])
        assert all(len(message.text) < 7000 for message in state["messages"])
        await session.aclose()
        await session.aclose()
    with sqlite3.connect(desk.shelf.path / "conversation.sqlite") as database:
        assert database.execute("SELECT count(*) FROM checkpoints").fetchone() == (1,)
        kept = b"".join(row[0] for row in database.execute("SELECT checkpoint FROM checkpoints"))
    database.close()
    assert b"ndarray" not in kept and b"numpy" not in kept


async def test_can_be_awaited_too(desk: Desk) -> None:
    session = await Session.open(desk)
    assert "Hello" in last_said(await collected(session.say("hello")))
    await session.aclose()


ENDS = """
import asyncio, sys
from pathlib import Path
from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk
from assistant.chat.session import Session
from assistant.settings import Settings

desk = Desk.open(Path(sys.argv[1]), Settings(workspace=Path(sys.argv[2]), offline=True))

async def main():
    async with Session.open(desk) as session:
        async for event in session.say("help"):
            pass

asyncio.run(main())
print("ended")
"""


def test_the_process_ends_and_sends_nothing_whatever_the_environment_says(
    pictures: Path, tmp_path: Path
) -> None:
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(500)
            self.end_headers()

        do_POST = do_PATCH = do_PUT = do_GET

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = _python(
            ENDS, pictures, tmp_path / "workspace",
            LANGSMITH_TRACING="true", LANGSMITH_TRACING_V2="true", LANGCHAIN_TRACING_V2="true",
            LANGSMITH_API_KEY="lsv2_x", LANGSMITH_ENDPOINT=f"http://127.0.0.1:{server.server_port}",
        )  # fmt: skip
        server.shutdown()
    assert done.stdout.strip() == "ended", done.stderr
    assert asked == []


def _python(program: str, *arguments: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


async def test_what_was_done_is_told_where_the_disk_of_the_conversation_is_full(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "sorted"
    async with Session.open(desk) as session:
        await collected(session.say("group by colour into 3"))
        await collected(session.say(f"export to {target} as moves"))
        execute = session._saver.conn.execute

        def full(statement: str, *arguments: Any) -> Any:
            if target.exists() and "INSERT" in statement:
                raise sqlite3.OperationalError("database or disk is full")
            return execute(statement, *arguments)

        monkeypatch.setattr(session._saver.conn, "execute", full)
        monkeypatch.setattr(session._saver.conn, "executemany", full)
        told = last_said(await collected(session.say("yes")))
    assert "database or disk is full" in told and "free some disk space" in told
    assert f"moved 12 images to {target}" in told
    assert len(told.splitlines()) == 1


def test_a_log_that_cannot_be_written_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGROUP_API_KEY", "sk-0123456789")
    logger = logging.getLogger("regroup.tests.full")
    for file in (Path("/dev/full"), tmp_path / "no folder" / "log", tmp_path / "log"):
        handler = LogFile(file)
        logger.addHandler(handler)
        logger.error("a line with sk-0123456789")
        logger.removeHandler(handler)
        handler.close()
    assert capfd.readouterr().err == ""
    assert (tmp_path / "log").read_text().endswith("ERROR a line with [key]\n")
