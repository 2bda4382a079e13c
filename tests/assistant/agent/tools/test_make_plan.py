"""The plan of the long way: a checklist with its budget, approved once, carried out step by step by every brain."""

import json
from collections.abc import AsyncIterator, Callable
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolCall

from assistant.agent.approvals import Decision, PlanApproval, typed
from assistant.agent.builtin.parse import parse
from assistant.agent.events import ApprovalRequested, Event, MessageText, ToolEnded, ToolStarted
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.chat.session import Session
from assistant.desk import Desk
from assistant.desk.effort import Taken
from assistant.models import chat_model
from assistant.plain.approval_lines import approval_lines
from assistant.settings import Settings
from tests.scripted_server import scripted, text_of, tool_call
from tests.tools.models.hosted.conftest import Call, Server, server
from tools.errors import Cancelled
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

__all__ = ["server"]

CALL = ToolCall(name="make_plan", args={}, id="c1")
LONG_WAY = ["describe_images", "build_graph", "traverse", "show"]


def planned(desk: Desk, **arguments: Any) -> PlanApproval:
    approval = Toolbox(desk).run(ToolCall(name="make_plan", args=arguments, id="c1")).artifact
    assert isinstance(approval, PlanApproval)
    return approval


async def follow(events: AsyncIterator[Event]) -> tuple[list[str], list[str], Any]:
    """The tools that were called and ended well, what was said, and what was asked."""
    done, said, asked = [], [], None
    async for event in events:
        if isinstance(event, ToolStarted):
            done.append(event.name)
        elif isinstance(event, ToolEnded):
            assert event.ok or "fail" in event.text, event.text
        elif isinstance(event, MessageText) and event.done:
            said.append(event.text)
        elif isinstance(event, ApprovalRequested):
            asked = event.approval
    return done, said, asked


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("do it properly by mood", {"criterion": "mood"}),
        ("group them properly", {}),
        ("make a plan for grouping by mood", {"criterion": "mood"}),
        (
            "make a plan by mood without the graph and tuning",
            {"criterion": "mood", "without": ["graph", "embed"]},
        ),
        ("do it properly by mood without tuning", {"criterion": "mood", "without": ["embed"]}),
        ("do it properly without the graph", {"without": ["graph"]}),
        ("take the long way by mood without the walk", {"criterion": "mood", "without": ["walk"]}),
        ("take the long way", {}),
        ("take the long way by hair colour", {"criterion": "hair colour"}),
        ("group these by mood, step by step", {"criterion": "mood"}),
        ("what's your plan?", {}),
    ],
)
def test_it_is_asked_for(text: str, arguments: dict[str, object]) -> None:
    understood = parse(text, DialogueContext(criteria=("colour",), names=("red", "blue")))
    assert isinstance(understood, list)
    assert [(call.tool, call.arguments) for call in understood] == [("make_plan", arguments)]


def test_the_checklist_has_each_step_with_what_it_takes(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    plan = planned(desk)
    assert plan.criterion == "colour" and plan.sends == []
    assert [step.name for step in plan.steps] == ["describe", "embed", "graph", "fuse", "settle"]
    assert [step.tool for step in plan.steps] == ["describe_images", "", "build_graph", "fuse", "show"]
    lines = list(approval_lines(plan))
    assert lines[2].startswith("  [-] embed: left out: it takes 24 answers") and lines[3].startswith(
        "  [ ] graph"
    )
    assert lines[-2].startswith("Budget: 0 calls;") and "$0.00" in lines[-2]
    assert len(desk.shelf.log()) == 1  # nothing was done for it


def test_without_a_criterion_the_best_proposal_is_planned(desk: Desk) -> None:
    plan = planned(desk)
    assert plan.criterion == "colour" and plan.steps[1].name == "propose" and not plan.steps[1].tool
    assert list(approval_lines(plan))[2].startswith('  [x] propose: "colour"')


def test_steps_can_be_chosen_and_left_out(desk: Desk) -> None:
    assert [s.name for s in planned(desk, criterion="colour", steps=["walk", "graph"]).steps] == [
        "graph",
        "walk",
    ]
    plan = planned(desk, criterion="colour", without=["graph", "describe"])
    assert [s.name for s in plan.steps] == ["embed", "fuse", "settle"] or [s.name for s in plan.steps] == [
        "embed",
        "walk",
        "settle",
    ]
    decision = typed("without the walk", plan)
    assert not decision.accept and decision.goes_on
    understood = parse(decision.utterance)
    assert isinstance(understood, list)
    assert understood[0].arguments == {"criterion": "colour", "without": ["walk"]}
    assert typed("yes", plan).accept and not typed("no", plan).accept


async def test_one_yes_carries_out_every_step_as_a_card_of_its_own(desk: Desk) -> None:
    async with Session.open(desk, model="builtin") as session:
        done, said, asked = await follow(session.say("do it properly by colour"))
        assert done == ["make_plan"] and said == [] and isinstance(asked, PlanApproval)
        assert not desk.clusterings.all()
        done, said, asked = await follow(session.say("yes"))
        assert asked is None and done == LONG_WAY
        assert '"red": 4 images' in said[-1]
        assert desk.clusterings.get().method == "walk"
        # a plan is no standing order: what is said afterwards is taken as it is
        done, _, _ = await follow(session.say("show"))
        assert done == ["show"]


async def test_a_no_does_nothing_and_a_change_shows_another_plan(desk: Desk) -> None:
    async with Session.open(desk, model="builtin") as session:
        await follow(session.say("do it properly by colour"))
        done, _, asked = await follow(session.say("without the graph"))
        assert isinstance(asked, PlanApproval) and "graph" not in [step.name for step in asked.steps]
        done, _, asked = await follow(session.say("no"))
        assert done == [] and asked is None and not desk.clusterings.all()


async def test_a_step_that_fails_ends_the_plan_and_says_what_is_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any, **more: Any) -> None:
        from tools.errors import RegroupError

        raise RegroupError("grouping failed")

    monkeypatch.setattr(desk.graphs, "build", broken)  # the others can do without it
    monkeypatch.setattr(desk.grouping, "group", broken)
    async with Session.open(desk, model="builtin") as session:
        await follow(session.say("do it properly by colour"))
        done, said, _ = await follow(session.say("yes"))
        assert done == ["describe_images", "build_graph", "traverse"]
        assert "grouping failed" in said[-1]
        assert said[-1].endswith("The rest of the plan was not done: show.")


async def test_a_models_plan_is_carried_out_in_the_same_way(desk: Desk) -> None:
    """The model plans once and speaks last; between the two nobody asks it."""
    pytest.importorskip("langchain_openai", reason="the extra openai is not installed")

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        if body["messages"][-1]["role"] == "user":
            return tool_call("make_plan", criterion="colour", steps=["graph", "walk", "settle"])
        return {"content": "All of it is done."}

    with scripted(reply) as thinking:
        async with Session.open(desk, model=f"{thinking.url}#scripted") as session:
            done, _, asked = await follow(session.say("do it properly by colour"))
            assert done == ["make_plan"] and isinstance(asked, PlanApproval)
            before = len(thinking.bodies)
            done, said, _ = await follow(session.decide(Decision(accept=True)))
            assert done == ["build_graph", "traverse", "show"] and said == ["All of it is done."]
            assert len(thinking.bodies) == before + 1 and '"red": 4 images' in text_of(thinking.bodies[-1])


def group_of(call: Call) -> Call:
    """The same request with the first of its pictures alone, which is one of the group."""
    first = copy(call)
    first.pictures = call.pictures[:1]
    return first


@pytest.fixture
def elsewhere(
    pictures: Path, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Desk]:
    """Opens a desk with a describer and a judge that count as being elsewhere."""
    monkeypatch.setattr(chat_model, "loopback", lambda address: False)
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])

    def reply(call: Call) -> None:
        said = {"value": call.colour, "confidence": 0.9}
        of_group = group_of(call).colour
        probability = 0.95 if of_group == call.colour else 0.05
        call.say(json.dumps({"paint": said, "probability": probability}), usable=True)

    server.reply = reply
    own = {
        "workspace": tmp_path / "own",
        "model": "builtin",
        "base_url": server.url,
        "describer": "openai:eye",
    }
    return lambda **more: Desk.open(pictures, Settings(**own | {"judge": f"{server.url}#judge"} | more))


async def test_what_is_sent_is_part_of_the_plan_and_of_its_one_approval(
    elsewhere: Callable[..., Desk], server: Server
) -> None:
    with elsewhere() as desk:
        async with Session.open(desk) as session:
            _, _, asked = await follow(session.say("do it properly by paint"))
            assert isinstance(asked, PlanApproval) and server.requests == 0
            assert [(sent.model, sent.judging) for sent in asked.sends] == [("eye", False), ("judge", True)]
            text = "\n".join(approval_lines(asked))
            assert "12 images, made small" in text and "judges which belong together" in text
            calls = {step.name: (step.describer_calls, step.judge_calls) for step in asked.steps}
            assert calls["describe"] == (12, 0) and calls["walk"] == (0, 3) and calls["embed"] == (0, 64)
            assert calls["graph"] == (0, 3)
            assert "Budget: 82 calls (12 of a describer, 70 of a judge)" in text
            assert "how long describe, embed, graph and walk take is known once they have begun" in text
            assert (
                "; the cost is not known. Should it take more calls, or longer than 5 min, I stop and ask you again."
                in text
            )
            done, said, asked = await follow(session.say("yes"))
            assert asked is None, asked
            assert done[:2] == ["describe_images", "group_by"] and "tune_embedding" in done, said
            assert desk.effort.taken("describer").calls == 12 and desk.clusterings.all()
            assert desk.effort.allowed == {"describer": Taken(12), "judge": Taken(70)}
            assert desk.status().effort[0] == "describer 12 of 12 calls"


async def begun_over_its_calls(session: Session, server: Server) -> PlanApproval:
    """Begin a plan that was made before the pictures had to be described, and return what is asked then."""
    _, _, asked = await follow(session.say("make a plan by paint without describing, tuning and the graph"))
    assert isinstance(asked, PlanApproval) and [step.name for step in asked.steps] == ["walk", "settle"]
    done, said, asked = await follow(session.say("yes"))
    assert done == ["traverse"] and said == [] and server.requests == 0
    assert isinstance(asked, PlanApproval)
    return asked


async def test_a_step_that_would_take_more_calls_stops_and_asks_again(
    elsewhere: Callable[..., Desk], server: Server
) -> None:
    with elsewhere() as desk:
        quote = desk.models.quote("paint")
        assert quote is not None
        desk.models.allow(quote.sending)  # that it may be sent is no leave to take more than the plan said
        async with Session.open(desk) as session:
            asked = await begun_over_its_calls(session, server)
            assert [(s.name, s.describer_calls) for s in asked.steps] == [("walk", 12), ("settle", 0)]
            lines = list(approval_lines(asked))
            assert lines[0] == (
                "I stopped in the step walk: the describer has made 0 of the 0 calls that you allowed, and the next "
                'would be 12 more. The rest of the plan for a grouping by "paint":'
            )
            assert not desk.clusterings.all()
            done, said, more = await follow(session.say("yes"))
            assert more is None and done == ["traverse", "show"], said
            assert desk.effort.taken("describer").calls == 12 and len(desk.clusterings.all()) == 1


async def test_the_rest_of_a_plan_can_be_declined_and_asked_about(
    elsewhere: Callable[..., Desk], server: Server
) -> None:
    with elsewhere() as desk:
        quote = desk.models.quote("paint")
        assert quote is not None
        desk.models.allow(quote.sending)
        async with Session.open(desk) as session:
            asked = await begun_over_its_calls(session, server)
            _, _, again = await follow(session.say("what can you do?"))
            assert again == asked and server.requests == 0  # the step is held to the plan still
            done, said, more = await follow(session.say("no"))
            assert more is None and done == [] and server.requests == 0 and not desk.clusterings.all()
            assert said == [
                "All right, the plan ends here. What was finished is kept.\n"
                "The rest of the plan was not done: traverse, show."
            ]
            await follow(session.say("group by paint into 3 groups"))
            assert desk.effort.taken("describer").calls == 12  # no plan, no budget


async def test_a_plan_that_takes_longer_than_allowed_stops_and_asks_again(
    elsewhere: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.desk import planning

    monkeypatch.setattr(planning, "LEAST_SECONDS", 1e-6)
    with elsewhere() as desk:
        async with Session.open(desk) as session:
            _, _, asked = await follow(session.say("make a plan by paint without tuning"))
            assert isinstance(asked, PlanApproval) and asked.seconds == 1e-6
            done, _, asked = await follow(session.say("yes"))
            assert done == ["describe_images"] and isinstance(asked, PlanApproval)
            assert asked.over.startswith("I stopped in the step describe: the 0 s that you allowed are over")
            monkeypatch.setattr(planning, "LEAST_SECONDS", 300.0)
            _, _, asked = await follow(session.say("make a plan by paint without tuning"))
            assert isinstance(asked, PlanApproval)
            done, said, asked = await follow(session.say("yes"))
            assert asked is None and done[0] == "describe_images" and done[-1] == "show", said


async def test_steps_that_ask_no_model_are_held_to_their_time_as_well(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.desk import planning

    monkeypatch.setattr(planning, "LEAST_SECONDS", 1e-6)
    async with Session.open(desk, model="builtin") as session:
        await follow(session.say("do it properly by colour"))
        _, said, asked = await follow(session.say("yes"))
        assert isinstance(asked, PlanApproval) and said == []
        assert asked.over.startswith("I stopped in the step") and not desk.clusterings.all()


def test_the_judge_is_asked_no_more_often_than_the_plan_allows(elsewhere: Callable[..., Desk]) -> None:
    with elsewhere() as desk:
        for quote in (desk.models.quote("paint"), desk.models.judge_quote(70)):
            assert quote is not None
            desk.models.allow(quote.sending)
        toolbox = Toolbox(desk)
        asked = planned(desk, criterion="paint", steps=["embed"])
        begun = toolbox.approved(CALL, asked, Decision(accept=True))
        desk.grouping.group("paint")  # which is described now, and no judge is asked
        steps = begun.artifact["plan"][-1:]
        desk.effort.allow({"judge": Taken(1)}, 300.0)
        call = ToolCall(name=steps[0]["tool"], args=steps[0]["arguments"], id="c2")
        over = toolbox.run_step(call, steps).artifact
        assert isinstance(over, PlanApproval) and desk.effort.taken("judge").calls == 1
        assert over.over == (
            "I stopped in the step embed: the judge has made 1 of the 1 call that you allowed."
        )
        assert over.steps[0].judge_calls == 64
        toolbox.approved(call, over, Decision(accept=True))
        assert not isinstance(toolbox.run_step(call, steps).artifact, PlanApproval)
        assert 1 < desk.effort.taken("judge").calls <= 65


def test_a_plan_knows_what_was_described_before_it_was_stopped(elsewhere: Callable[..., Desk]) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if stage == "asking" and done >= 4:
            raise Cancelled("stopped")

    with elsewhere(concurrency=1) as desk:
        quote = desk.models.quote("paint")
        assert quote is not None
        desk.models.allow(quote.sending)
        assert planned(desk, criterion="paint").steps[0].describer_calls == 12
        with pytest.raises(Cancelled):
            desk.grouping.group("paint", progress=stop)
        step = planned(desk, criterion="paint").steps[0]
        assert 4 <= desk.effort.taken("describer").calls == 12 - step.describer_calls < 12
        assert step.seconds is not None  # what was done is the sample


async def test_much_describing_is_planned_before_it_is_done(
    elsewhere: Callable[..., Desk], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.desk import planning

    monkeypatch.setattr(planning, "LARGE_CALLS", 10)
    with elsewhere(judge="none") as desk:
        quote = desk.models.quote("paint")
        assert quote is not None
        desk.models.allow(quote.sending)  # what is sent was allowed earlier: the work is still much
        async with Session.open(desk) as session:
            done, _, asked = await follow(session.say("group by paint into 3 groups"))
            assert done == ["group_by"] and isinstance(asked, PlanApproval) and server.requests == 0
            assert [step.name for step in asked.steps] == ["describe", "group"] and asked.sends == []
            done, said, asked = await follow(session.say("yes"))
            assert done == ["describe_images", "group_by"] and asked is None
            assert server.requests == 12 and "grouped by" in said[-1]
            assert len(desk.clusterings.get().clusters) == 3


def test_a_time_that_is_known_decides_how_much_work_it_is(elsewhere: Callable[..., Desk]) -> None:
    with elsewhere() as desk:
        assert not desk.planning.large("paint")
        desk.effort.add("describer", "eye", 1, 60.0)
        assert desk.planning.large("paint")  # 12 images at a minute each
        assert planned(desk, criterion="paint").steps[0].seconds == 720.0
