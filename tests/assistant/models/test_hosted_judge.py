"""A judge at a host: asked only where the user allowed that, with up to five pictures of the group."""

from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.messages import ToolCall

from assistant.agent.approvals import Decision, SendApproval
from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk
from assistant.models import chat_model
from assistant.settings import Settings
from tests.tools.models.hosted.conftest import Server, server
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

__all__ = ["server"]


@pytest.fixture
def judged(
    pictures: Path, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Desk]:
    """Opens a desk with a judge that counts as being elsewhere."""
    monkeypatch.setattr(chat_model, "loopback", lambda address: False)
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    server.reply = lambda call: call.say('{"probability": 0.9}')

    def make(**more: object) -> Desk:
        own = {"workspace": tmp_path / "own", "judge": f"{server.url}#judge"}
        return Desk.open(pictures, Settings(**own | more))

    return make


def walk(desk: Desk) -> ToolCall:
    return ToolCall(name="traverse", args={"criterion": "colour"}, id="c1")


def test_nothing_is_sent_before_it_is_allowed_and_the_walk_says_so(
    judged: Callable[..., Desk], server: Server
) -> None:
    with judged() as desk:
        assert "nothing is sent there before you allow it" in desk.status().lines[-1]
        inputs = desk.grouping.method_inputs("walk", desk.collection.ids)
        assert inputs["judge"] is None
        asked = Toolbox(desk).run(walk(desk))
        approval = asked.artifact
        assert isinstance(approval, SendApproval) and approval.judging and approval.method == "walk"
        assert (
            "up to 3 questions with images of them" in asked.text
            and "judges which belong together" in asked.text
        )
        assert server.requests == 0 and not desk.clusterings.all()
        assert desk.models.judge_quote("kmeans") is None and desk.models.judge_quote("walk:budget=0") is None


@pytest.mark.parametrize("accept", [True, False])
def test_the_answer_decides(accept: bool, judged: Callable[..., Desk], server: Server) -> None:
    with judged() as desk:
        toolbox = Toolbox(desk)
        approval = toolbox.run(walk(desk)).artifact
        done = toolbox.approved(walk(desk), approval, Decision(accept=accept))
        assert done.status != "error" and desk.clusterings.get().method == "walk"
        judge = desk.grouping.method_inputs("walk", desk.collection.ids)["judge"]
        if not accept:
            assert judge is None and server.requests == 0 and done.text.startswith("Nothing was sent")
            assert not isinstance(toolbox.run(walk(desk)).artifact, SendApproval)  # asked once
            return
        assert judge is not None
        before = server.requests
        assert judge.belongs(0, [3, 6, 9, 1, 2, 4, 5], ["red"], "colour") == 0.9
        content = server.bodies[-1]["messages"][0]["content"]
        assert sum(part["type"] == "image_url" for part in content) == 6 and server.requests == before + 1


def test_fewer_exemplars_can_be_set(judged: Callable[..., Desk], server: Server) -> None:
    with judged(exemplars=1) as desk:
        quote = desk.models.judge_quote("walk")
        assert quote is not None
        desk.models.allow(quote.sending)
        judge = desk.grouping.method_inputs("walk", desk.collection.ids)["judge"]
        assert judge is not None
        judge.belongs(0, [3, 6, 9], ["red"], "colour")
        content = server.bodies[-1]["messages"][0]["content"]
        assert sum(part["type"] == "image_url" for part in content) == 2


def test_the_command_line_asks_about_the_judge_as_well(
    album: Path, server: Server, regroup: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_model, "loopback", lambda address: False)
    monkeypatch.setenv("REGROUP_OFFLINE", "0")
    arguments = (
        "cluster",
        album,
        "--by",
        "colour",
        "--method",
        "walk",
        "--judge",
        f"{server.url}#judge",
        "--json",
    )
    said = regroup(*arguments)
    assert said.code == 0 and server.requests == 0  # type: ignore[attr-defined]
    host = server.url.split("/")[2]
    assert f"allow it with --send-to {host}" in said.err  # type: ignore[attr-defined]
    wrong = regroup(*arguments, "--send-to", "elsewhere.example")
    assert wrong.code == 2 and f"pictures would go to {host}" in wrong.err  # type: ignore[attr-defined]
    allowed = regroup(*arguments, "--send-to", host)
    assert allowed.code == 0 and "without your consent" not in allowed.err  # type: ignore[attr-defined]
