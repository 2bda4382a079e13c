"""A question changes nothing, whatever a brain makes of it; files move only where the person asks for it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, ToolCall

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.gate import Turn, instead, wants
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext, Effect
from assistant.agent.tools.registry import tools
from assistant.chat.session import ApprovalRequested, Decision, Event, MessageText, Session, ToolStarted
from assistant.desk import Desk
from tests.assistant.agent.test_graph import Scripted, calls

EDITS: dict[str, tuple[dict[str, Any], str]] = {
    "group_by": ({"criterion": "shape"}, "group by shape"),
    "merge_clusters": ({"clusters": ["red", "blue"]}, "merge red and blue"),
    "split_cluster": ({"cluster": "red", "parts": 2}, "split red into 2"),
    "rename_cluster": ({"cluster": "red", "name": "warm"}, "rename red to warm"),
    "move_images": ({"images": ["#1"], "to": "blue"}, "move #1 to blue"),
    "undo": ({}, "undo the last step"),
    "redo": ({}, "redo it"),
    "export_clusters": ({"to": "{out}"}, "export to {out}"),
    "ask_again": ({}, "ask again"),
    "tune_embedding": ({}, "tune the features to my answers"),
    "keep_together": ({"images": ["#1", "#2"]}, "keep #1 and #2 together"),
    "keep_apart": ({"images": ["#1", "#4"]}, "keep #1 and #4 apart"),
    "more_like": ({"images": ["#1"], "to": "blue"}, "move all like #1 to blue"),
    "lock_group": ({"cluster": "red"}, "lock red"),
    "change_number": ({"direction": "fewer"}, "make it fewer groups"),
    "snapshot": ({"name": "first"}, "take a snapshot called first"),
    "as_before": ({"moment": "1"}, "go back to step 1"),
    "branch": ({"name": "strict"}, "make a branch called strict"),
    "cross": ({"first": "colour", "second": "shape"}, "cross colour with shape"),
    "traverse": ({"budget": 0}, "walk the graph"),
    "fuse": ({"method": "gated"}, "fuse the pictures and the words"),
    "group_near_duplicates": ({"kind": "bursts"}, "group the bursts"),
    "sort_into": ({"values": ["red", "blue"], "rest": "other"}, "sort them into red, blue and other"),
    "sort_like": ({"folder": "{out}"}, "sort these like {out}"),
    "swap_names": ({"first": "red", "second": "blue"}, "swap red and blue"),
    "pick_out": ({"all_of": ["red", "blue"]}, "put what is both red and blue together"),
}
"""Each tool that changes something: arguments of a call, and the order that asks for it."""
COLOURS = DialogueContext(("colour",), ("red", "green", "blue"), current=3, informed=True)
FORMS = (
    "should I {}?", "can I {}?", "could I {} later?", "what happens if I {}?", "what if we {}?",
    "would it help to {}?", "is it possible to {}?", "did you {}?", "why would I {}?", "how do I {}?",
    "I wonder whether to {}", "do you think I should {}?", "{}, or not?", "is it wise to {}", "{}?",
    "what would change if I were to {}", "tell me whether I should {}",
    "Look. Should I {}?", "Quick one. Can I {}?", "{}?!", "({}?)", "{} ? :)", "{}? just curious", "{}? Hm.",
    "{}, or better not?", "just wondering, {}", "could you check whether to {}", "before I {}, what happens",
    "can I {}? not now", "let's see what happens if we {}", "question: {}",
)  # fmt: skip


def test_every_tool_that_changes_something_is_tried() -> None:
    changing = {name for name, tool in tools().items() if tool.effect is not Effect.READ}
    # A reply to an open question has its own tests; `more_like` only changes something where it is told where to.
    assert changing - {"answer"} | {"more_like"} == EDITS.keys()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tool", EDITS)
def test_no_question_is_carried_out(grouped: Desk, tool: str, form: str, tmp_path: Path) -> None:
    arguments, order = EDITS[tool]
    question = form.format(order.replace("{out}", str(tmp_path / "out")))
    toolbox = Toolbox(grouped)
    held = instead(ToolCall(name=tool, args=arguments, id="c1"), Turn(question), toolbox)
    if tool == "ask_again":
        assert toolbox.tool(tool) is None  # there is no describer here
        return
    assert held is not None and held.offer.startswith("Shall I ") and held.offer.endswith("Say yes.")
    understood = parse(question)
    for call in understood if isinstance(understood, list) else []:
        chosen = tools()[call.tool]
        effect = chosen.effect_of(toolbox.context, chosen.arguments.model_validate(call.arguments))
        step = ToolCall(name=call.tool, args=call.arguments, id="c2")
        assert effect is Effect.READ or instead(step, Turn(question), toolbox)


@pytest.fixture
def grouped(desk: Desk) -> Desk:
    desk.grouping.group("colour", k=3)
    return desk


async def talk(desk: Desk, model: BaseChatModel | None, *texts: str) -> list[list[Event]]:
    async with Session.open(desk, model=model) as session:
        return [[event async for event in session.say(text)] for text in texts]


def state(desk: Desk) -> tuple[Any, ...]:
    return len(desk.history.entries()), [
        (c.id, c.clusters, c.labels.tolist()) for c in desk.clusterings.all()
    ]


def pictures(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*.png"))


def said(events: Sequence[Event]) -> str:
    return " ".join(event.text for event in events if isinstance(event, MessageText) and event.done)


def started(events: Sequence[Event]) -> list[str]:
    return [event.name for event in events if isinstance(event, ToolStarted)]


@pytest.mark.parametrize("tool", [t for t in EDITS if t not in ("ask_again", "redo")])
async def test_what_a_model_calls_on_a_question_waits_for_a_yes(
    grouped: Desk, tool: str, tmp_path: Path
) -> None:
    arguments = {k: v.replace("{out}", str(tmp_path / "o")) if isinstance(v, str) else v
                 for k, v in EDITS[tool][0].items()}  # fmt: skip
    model = Scripted(lines=[calls((tool, arguments)), AIMessage("There you are."), AIMessage("Done.")])
    before = state(grouped)
    async with Session.open(grouped, model=model) as session:
        asked = [event async for event in session.say("is #1 really blue?")]
        assert state(grouped) == before and not (tmp_path / "o").exists()
        assert set(started(asked)) <= {"explain", "describe_group", "more_like", "show_near_duplicates"}
        agreed = [event async for event in session.say("yes")]
    assert tool in started(agreed)
    if tool == "export_clusters":
        assert isinstance(agreed[-1], ApprovalRequested) and not (tmp_path / "o").exists()


async def test_a_question_about_an_image_is_answered_by_reading(grouped: Desk) -> None:
    before = state(grouped)
    (answer,) = await talk(grouped, None, "is #1 really blue?")
    assert said(answer).startswith('#1 "img-000.png": in "red"') and 'Shall I move #1 to "blue"?' in said(
        answer
    )
    assert state(grouped) == before


async def test_nothing_is_offered_where_the_answer_is_yes(grouped: Desk) -> None:
    (answer,) = await talk(grouped, None, "is #1 really red?")
    assert 'in "red"' in said(answer) and "Shall I" not in said(answer)


async def test_a_question_about_groups_is_answered_with_an_offer_that_a_yes_takes(grouped: Desk) -> None:
    before = state(grouped)
    asked, agreed = await talk(grouped, None, "are red and blue the same?", "yes")
    told, offered = said(asked).rsplit("\n", 1)
    assert told.startswith('"red" under') and offered.startswith('Shall I merge "red" and "blue"?')
    assert started(asked) == ["describe_group"]
    assert started(agreed) == ["merge_clusters"] and state(grouped) != before


async def test_a_polite_request_is_carried_out(grouped: Desk) -> None:
    moved, merged = await talk(grouped, None, "can #1 go to blue?", "could you merge red and green?")
    assert started(moved) == ["move_images"] and started(merged) == ["merge_clusters"]


@pytest.mark.parametrize("tool", ["undo", "redo"])
async def test_no_model_moves_files_that_nobody_asked_about(grouped: Desk, tool: str, tmp_path: Path) -> None:
    async with Session.open(grouped) as session:
        [_ async for _ in session.say(f"export to {tmp_path / 'out'} as moves")]
        [_ async for _ in session.decide(Decision(accept=True))]
        if tool == "redo":
            [_ async for _ in session.say("undo the export")]
            [_ async for _ in session.decide(Decision(accept=True))]
    there = pictures(tmp_path)
    model = Scripted(lines=[calls((tool, {})), AIMessage("Here are your pictures.")])
    asked, agreed = await talk(grouped, model, "show me my pictures", "yes")
    assert started(asked) == [] and started(agreed) == [tool]
    assert pictures(tmp_path) == there  # the yes has led to what is shown, and asked about, first
    assert isinstance(agreed[-1], ApprovalRequested)
    await talk(grouped, model, "yes")
    assert pictures(tmp_path) != there


async def test_the_own_words_of_the_person_are_enough_to_be_asked_about_the_undo_of_an_export(
    grouped: Desk, tmp_path: Path
) -> None:
    async with Session.open(grouped) as session:
        [_ async for _ in session.say(f"export to {tmp_path / 'out'}")]
        [_ async for _ in session.decide(Decision(accept=True))]
        asked = [event async for event in session.say("can I undo the export?")]
        assert (tmp_path / "out").exists() and "Shall I undo the last step" in said(asked)
        shown = [event async for event in session.say("undo the export")]
        assert (tmp_path / "out").exists() and isinstance(shown[-1], ApprovalRequested)
        [_ async for _ in session.decide(Decision(accept=True))]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text",
    ["no", "No thanks.", "thanks", "hello", "stop", "do nothing", "do not change anything", "never mind"],
)
def test_a_no_and_a_courtesy_want_nothing(text: str) -> None:
    assert not wants(Turn(text), tools()["merge_clusters"])


def test_an_order_beside_a_question_is_one_where_it_asks_for_this_by_itself() -> None:
    turn = Turn("is #4 blue? Move #4 to red.")
    assert wants(turn, tools()["move_images"]) and not wants(turn, tools()["merge_clusters"])


@pytest.mark.parametrize(
    "text",
    [
        "thinking about merging red and blue", "I doubt that red and blue are the same", "red and blue. hm",
        "merge red and blue unless they differ", "merge red and blue. Wait, no.", "merge red and blue, no don't",
        "I'd rather you didn't merge red and blue", "nobody said merge red and blue",
        "please no merging of red and blue",
        "merge red and blue only if nothing gets lost", "merge red and blue. What would that look like?",
        "my sister says merge red and blue", "merging red and blue would be a mistake", "show red", "lol", "ok", "bye",
        "let me think", "👍", "undo the merge of red and blue", "count red", "we merged red and blue yesterday",
    ],
)  # fmt: skip
def test_what_only_speaks_of_it_wants_nothing_merged(text: str) -> None:
    assert not wants(Turn(text, dialogue=COLOURS), tools()["merge_clusters"])


@pytest.mark.parametrize(
    "text",
    [
        "merge red and blue", "please merge red and blue", "could you merge red and blue?", "red and blue are the same",
        "would you mind merging red and blue?", "merge red and blue if you don't mind", "hey, merge red and blue!",
        "is green fine? if so, merge red and blue", "is green mixed? then merge red and blue",
    ],
)  # fmt: skip
def test_what_orders_or_asks_for_it_does(text: str) -> None:
    assert wants(Turn(text, dialogue=COLOURS), tools()["merge_clusters"])


def test_a_bare_yes_wants_something_only_where_a_brain_asked() -> None:
    merge = tools()["merge_clusters"]
    assert not wants(Turn("yes"), merge) and wants(Turn("yes", asked=True), merge)


async def test_a_no_to_an_approval_ends_what_was_ordered(grouped: Desk, tmp_path: Path) -> None:
    export = calls(("export_clusters", {"to": str(tmp_path / "out")}))
    merge = calls(("merge_clusters", {"clusters": ["red", "blue"]}))
    model = Scripted(lines=[export, merge, AIMessage("Fine.")])
    async with Session.open(grouped, model=model) as session:
        [_ async for _ in session.say(f"export to {tmp_path / 'out'}; merge red and blue")]
        events = [event async for event in session.say("no")]
    assert "merge_clusters" not in started(events)
    assert {"red", "blue"} <= {c.name for c in grouped.clusterings.get().clusters}


async def test_an_offer_is_shown_whatever_a_model_would_say_and_lapses_when_something_else_was_done(
    grouped: Desk,
) -> None:
    model = Scripted(lines=[calls(("merge_clusters", {"clusters": ["1", "2"]})), AIMessage("Fine.")])
    async with Session.open(grouped, model=model) as session:
        asked = [event async for event in session.say("are they alike?")]
        told, offered = said(asked).rsplit("\n", 1)
        assert told.startswith('"red" under') and offered.startswith('Shall I merge "red" and')
        grouped.grouping.group("shape", k=2)
        agreed = [event async for event in session.say("yes")]
    assert "merge_clusters" not in started(agreed) and "Shall I merge" in said(agreed)


async def test_after_a_yes_a_model_does_no_more_than_was_offered(grouped: Desk) -> None:
    merge = calls(("merge_clusters", {"clusters": ["red", "blue"]}))
    split = calls(("split_cluster", {"cluster": "green", "parts": 2}))
    model = Scripted(lines=[merge, split, AIMessage("Done.")])
    _asked, agreed = await talk(grouped, model, "are red and blue alike?", "yes")
    assert started(agreed)[0] == "merge_clusters" and "split_cluster" not in started(agreed)


async def test_one_undo_is_asked_for_and_one_is_made(grouped: Desk) -> None:
    grouped.editing.rename("red", "warm")
    grouped.editing.rename("blue", "cold")
    model = Scripted(lines=[calls(("undo", {})), calls(("undo", {})), AIMessage("Done.")])
    (events,) = await talk(grouped, model, "undo")
    assert started(events) == ["undo"]
    assert {"warm", "blue"} <= {c.name for c in grouped.clusterings.get().clusters}


async def test_the_step_that_is_named_is_the_one_that_is_undone(grouped: Desk, tmp_path: Path) -> None:
    grouped.editing.rename("red", "warm")
    async with Session.open(grouped) as session:
        [_ async for _ in session.say(f"export to {tmp_path / 'out'}")]
        [_ async for _ in session.decide(Decision(accept=True))]
        for text in (
            "undo the rename",
            "oops",
            "it does not work",
            "can the export be undone?",
            "bring it back",
        ):
            events = [event async for event in session.say(text)]
            assert (tmp_path / "out").exists(), text
            assert "undo" not in started(events)


async def test_two_undos_in_one_message_are_one(grouped: Desk) -> None:
    grouped.editing.rename("red", "warm")
    grouped.editing.rename("blue", "cold")
    model = Scripted(lines=[calls(("undo", {}), ("undo", {})), AIMessage("Done.")])
    (events,) = await talk(grouped, model, "undo")
    assert started(events) == ["undo"]


async def test_an_offer_beside_another_call_is_still_open(grouped: Desk) -> None:
    both = calls(("merge_clusters", {"clusters": ["red", "blue"]}), ("show", {}))
    model = Scripted(lines=[both, AIMessage("Done.")])
    _asked, agreed = await talk(grouped, model, "are red and blue alike?", "yes")
    assert started(agreed)[0] == "merge_clusters"


async def test_a_step_after_but_or_not_is_not_the_one_that_is_meant(grouped: Desk) -> None:
    grouped.editing.rename("red", "warm")
    async with Session.open(grouped) as session:
        events = [event async for event in session.say("undo the merge, not the rename")]
        assert "undo" not in started(events)
        events = [event async for event in session.say("undo the rename, please")]
        assert started(events) == ["undo"]


@pytest.mark.parametrize("text", ["hmm", "not red", "maybe", "um well"])
async def test_what_is_said_while_thinking_names_no_new_group(grouped: Desk, text: str) -> None:
    async with Session.open(grouped) as session:
        [_ async for _ in session.say("ask me")]
        [_ async for _ in session.say(text)]
    assert {c.name for c in grouped.clusterings.get().clusters} == {"red", "green", "blue"}


async def test_a_step_that_is_named_and_is_not_the_last_one_is_said_to_be_none(grouped: Desk) -> None:
    async with Session.open(grouped) as session:
        asked = said([event async for event in session.say("undo the export")])
    assert asked.startswith("The last step was no export. Shall I undo the last step (grouped by ")
    assert grouped.clusterings.all()


@pytest.mark.parametrize("text", ["undo the export please", "could you undo the export?", "please undo"])
async def test_polite_words_around_an_undo_of_an_export_do_no_harm(
    grouped: Desk, tmp_path: Path, text: str
) -> None:
    async with Session.open(grouped) as session:
        [_ async for _ in session.say(f"export to {tmp_path / 'out'}")]
        [_ async for _ in session.decide(Decision(accept=True))]
        [_ async for _ in session.say(text)]
        [_ async for _ in session.decide(Decision(accept=True))]
    assert not (tmp_path / "out").exists()


async def test_what_a_tool_offered_lapses_when_something_else_was_done(grouped: Desk) -> None:
    async with Session.open(grouped) as session:
        asked = [event async for event in session.say("move #1 to purple")]
        assert "purple" in said(asked)
        grouped.editing.merge(["red", "blue"])
        [_ async for _ in session.say("yes")]
    assert "purple" not in {c.name for c in grouped.clusterings.get().clusters}


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("how many red ones are blue?", Call("count", {"cluster": "red"})),
        ("split red into 3", Call("split_cluster", {"cluster": "red", "parts": 2})),
        ("keep #1, #2 and #3 together", Call("keep_together", {"images": ["#1", "#2"]})),
        ("lock red and blue", Call("lock_group", {"cluster": "red"})),
    ],
)
@pytest.mark.parametrize("relays", [True, False])
def test_a_call_that_leaves_out_what_was_named_is_asked_about_whatever_brain_made_it(
    grouped: Desk, said: str, call: Call, relays: bool
) -> None:
    made = ToolCall(name=call.tool, args=call.arguments, id="c1")
    turn = Turn(said, dialogue=COLOURS, calls=(call,), relays=relays)
    held = instead(made, turn, Toolbox(grouped))
    assert held is not None and "would leave out" in held.offer and "Say yes" in held.offer


def test_a_brain_that_answers_in_its_own_words_may_look_at_everything_first(grouped: Desk) -> None:
    look = ToolCall(name="show", args={}, id="c1")
    turn = Turn("how do red and blue differ?", dialogue=COLOURS, calls=(Call("show"),))
    assert instead(look, turn, Toolbox(grouped)) is not None
    assert instead(look, replace(turn, relays=False), Toolbox(grouped)) is None


def test_the_opposite_of_what_was_said_is_not_even_offered(grouped: Desk) -> None:
    call = Call("count", {"cluster": "red"})
    turn = Turn("how many are not red?", dialogue=COLOURS, calls=(call,))
    held = instead(ToolCall(name=call.tool, args=call.arguments, id="c1"), turn, Toolbox(grouped))
    assert held is not None and held.told and not held.offer
