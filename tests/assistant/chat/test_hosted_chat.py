"""The hosted tier in a conversation: pictures are sent when the person has agreed, and not before."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from assistant.agent.approvals import CriteriaApproval, Decision, SendApproval
from assistant.agent.events import ApprovalRequested, Event, MessageText
from assistant.chat.session import Session
from assistant.desk import Desk
from assistant.models import chat_model
from assistant.settings import Settings
from assistant.tui.board_data import board_data
from assistant.tui.screens.approval_screen import Answer
from assistant.tui.screens.sending_screen import SendingFacts, SendingScreen, sending_text
from assistant.tui.turn_controller import approval_screen
from tests.assistant.agent.test_questions import Eager
from tests.tools.models.hosted.conftest import Server, server
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

__all__ = ["server"]

Open = Callable[..., Desk]


@pytest.fixture
def open_desk(
    pictures: Path, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Open]:
    """Opens a desk over `pictures` with a hosted describer that counts as being elsewhere."""
    monkeypatch.setattr(chat_model, "loopback", lambda address: False)
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    server.reply = lambda call: call.say(answer(call), usable=True)
    desks: list[Desk] = []

    def make(**more: Any) -> Desk:
        for desk in desks:
            desk.close()
        own = {"tier": "auto", "describer": "openai:tiny", "base_url": server.url, "model": "builtin"}
        desks.append(Desk.open(pictures, Settings(workspace=tmp_path / "workspace", **own | more)))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


def answer(call: Any) -> str:
    """An answer about whatever was asked."""
    asked = call.text.split("exactly these keys:\n- ")[1].split("\n")[0]
    value = call.colour if "colour" in asked else "thing"
    return json.dumps({json.loads(asked.split(": one of")[0]): {"value": value, "confidence": 0.9}})


async def follow(events: AsyncIterator[Event]) -> tuple[str, Any]:
    """What was said, and what was asked."""
    said, asked = "", None
    async for event in events:
        if isinstance(event, MessageText) and event.done:
            said += event.text
        if isinstance(event, ApprovalRequested):
            asked = event.approval
    return said, asked


async def test_asked_then_sent(open_desk: Open, server: Server) -> None:
    desk = open_desk()
    assert desk.status().tier == "bundled" and "before you allow it" in desk.status().lines[0]
    async with Session.open(desk) as session:
        said, asked = await follow(session.say("group by colour of the shape"))
        assert isinstance(asked, SendApproval) and said == "" and server.requests == 0
        assert (asked.images, asked.collection, asked.model) == (12, 12, "tiny")
        assert asked.host == server.url.split("/")[2] and not asked.encrypted
        assert "not known" in asked.cost and asked.criteria == ["colour of the shape"]
        said, asked = await follow(session.decide(Decision(accept=True)))
        assert asked is None and '"red": 4 images' in said and "12 requests, 12 described" in said
        assert "Seen by: tiny: colour of the shape." in said
        assert server.requests == 12
        status = desk.status()
        assert (status.tier, status.model, status.cost) == (
            "hosted",
            f"tiny at {server.url.split('/')[2]}",
            None,
        )
        # Once for a collection: the next criterion is asked about without another question.
        said, asked = await follow(session.say("group by kind"))
        assert asked is None and server.requests == 24


@pytest.mark.parametrize(
    ("said", "method"),
    [
        ("group by colour using walk:budget=0", "walk:budget=0"),
        ("walk the graph by colour", "walk"),
    ],
)
@pytest.mark.parametrize("accept", [True, False])
async def test_a_chosen_method_outlives_the_question(
    open_desk: Open, said: str, method: str, accept: bool
) -> None:
    desk = open_desk()
    async with Session.open(desk) as session:
        _, asked = await follow(session.say(said))
        assert isinstance(asked, SendApproval) and asked.method == method
        await follow(session.decide(Decision(accept=accept)))
    made = desk.clusterings.get()
    assert (made.method, made.chosen, made.tier) == (method, True, "hosted" if accept else "bundled")


async def test_a_no_sends_nothing_and_groups_with_what_is_here(open_desk: Open, server: Server) -> None:
    desk = open_desk(tier="hosted")
    async with Session.open(desk) as session:
        await follow(session.say("group by colour into 3 groups"))
        said, asked = await follow(session.say("no"))
        assert asked is None and said.startswith("Nothing was sent") and '"red": 4 images' in said
        assert desk.clusterings.get().tier == "bundled" and desk.status().tier == "bundled"
        said, asked = await follow(session.say("group by shape"))
        assert asked is None and server.requests == 0  # the person is not asked time and again
    async with Session.open(open_desk()) as session:
        _, asked = await follow(session.say("group by colour"))
        assert isinstance(asked, SendApproval) and server.requests == 0


async def test_a_question_or_another_request_sends_nothing(open_desk: Open, server: Server) -> None:
    desk = open_desk()
    async with Session.open(desk) as session:
        await follow(session.say("group by colour"))
        said, asked = await follow(session.say("what can you do?"))
        assert isinstance(asked, SendApproval) and "group by emotion" in said
        _, asked = await follow(session.say("help"))
        assert asked is None
        await follow(session.say("group by colour"))
        said, _ = await follow(session.decide(Decision(accept=False, reason="too expensive")))
        assert "too expensive" in said
        assert desk.clusterings.all() == [] and server.requests == 0


async def test_accepted_criteria_come_first_then_the_sending(open_desk: Open, server: Server) -> None:
    desk = open_desk()
    async with Session.open(desk) as session:
        _, asked = await follow(session.say("what could I group these by?"))
        assert isinstance(asked, CriteriaApproval)
        chosen = Decision(accept=True, criteria=["colour", "kind"])
        _, asked = await follow(session.decide(chosen))
        assert (
            isinstance(asked, SendApproval) and asked.criteria == ["colour", "kind"] and server.requests == 0
        )
        assert await session.pending() == asked
    # It is still asked when the terminal was closed meanwhile.
    async with Session.open(open_desk()) as session:
        assert await session.pending() == asked
        said, asked = await follow(session.say("yes"))
        assert asked is None and server.requests == 24
        assert '"colour"' in said and '"kind"' in said


async def test_ask_again(open_desk: Open, server: Server) -> None:
    good = server.reply
    server.reply = lambda call: call.say("A lovely shape! " * 9) if call.colour == "red" else good(call)
    desk = open_desk()
    async with Session.open(desk) as session:
        await follow(session.say("group by colour"))
        said, _ = await follow(session.say("yes"))
        assert "No answer about 4 images" in said and len(desk.models.failures("colour")) == 4
        board = board_data(
            desk.collection,
            desk.clusterings.all(),
            desk.clusterings.current,
            len(desk.models.failures("colour")),
        )
        assert ("failed", 4) in [(pile.kind, pile.count) for pile in board.piles]
        server.reply = good
        before = server.requests
        said, _ = await follow(session.say("ask again"))
        assert server.requests == before + 4 and '"red": 4 images' in said and "No answer" not in said
        said, _ = await follow(session.say("ask again"))
        assert "Every image has an answer" in said and server.requests == before + 4


async def test_a_question_sends_nothing_again_whatever_a_model_calls(open_desk: Open, server: Server) -> None:
    good = server.reply
    server.reply = lambda call: call.say("A lovely shape! " * 9) if call.colour == "red" else good(call)
    desk = open_desk()
    async with Session.open(desk) as session:
        await follow(session.say("group by colour"))
        await follow(session.say("yes"))
    assert len(desk.models.failures("colour")) == 4
    server.reply, before = good, server.requests
    question, calls = "did you get an answer for every picture?", [("ask_again", {})]
    async with Session.open(
        desk, thread="other", model=Eager(acts={question: calls, "yes": calls})
    ) as session:
        said, asked = await follow(session.say(question))
        assert (said or asked) and server.requests == before and len(desk.models.failures("colour")) == 4
        await follow(session.say("yes"))
        assert server.requests == before + 4 and not desk.models.failures("colour")


async def test_what_changed_since_is_not_sent(open_desk: Open, pictures: Path, server: Server) -> None:
    async with Session.open(open_desk()) as session:
        await follow(session.say("group by colour"))
    for i in range(12):
        file = pictures / f"img-{i:03}.png"
        (pictures / f"more-{i}.png").write_bytes(file.read_bytes() + b"more")
    async with Session.open(open_desk()) as session:
        said, _ = await follow(session.say("yes"))
        assert "nothing was sent, ask again" in said and server.requests == 0


def test_the_screen_says_all_of_it() -> None:
    asked = SendApproval(
        origin="http://10.0.0.5", host="10.0.0.5", model="qwen[b]", images=1200, bytes=30_000_000, collection=1200,
        tokens=900, cost="about $0.42", criteria=["mood", "kind"],
    )  # fmt: skip
    assert isinstance(approval_screen(asked), SendingScreen)
    facts = SendingFacts("10.0.0.5", "qwen[b]", False, 1200, 30_000_000, 900, "about $0.42", ("mood", "kind"))
    text = sending_text(facts).plain
    for part in ("10.0.0.5", "UNENCRYPTED", "qwen[b]", "mood, kind", "1,200 images", "30", "about $0.42"):
        assert part in text
    assert "No sends nothing" in text


async def test_the_screen_takes_a_yes_once_it_was_seen() -> None:
    facts = SendingFacts("10.0.0.5", "qwen", False, 3, 30_000, 900, "about $0.01", ("mood",))
    answers: list[object] = []

    class Asking(App[None]):
        def on_mount(self) -> None:
            self.push_screen(SendingScreen(facts), answers.append)

    app = Asking()
    async with app.run_test() as pilot:
        await pilot.press("y")  # typed ahead
        assert answers == []
        screen = app.screen
        assert isinstance(screen, SendingScreen)
        screen.listen()
        await pilot.press("y")
        while screen.deciding:
            await pilot.pause(0.1)
        assert answers == [Answer(True)]
