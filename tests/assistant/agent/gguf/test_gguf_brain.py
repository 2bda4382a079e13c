"""The local brain: the schema, what is made of answers, and the worker process, real or put in its place."""

import asyncio
import json
import os
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import BaseTool

import prompts
from assistant.agent.facts import dialogue_message
from assistant.agent.gguf import worker as workers
from assistant.agent.gguf.gguf_brain import GgufBrain
from assistant.agent.gguf.menu import Menu
from assistant.agent.gguf.prompt import NEAREST, examples, tool_lines
from assistant.agent.gguf.worker import Finish, Worker, WorkerError
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.chat.session import Event, MessageText, Session, ToolStarted
from assistant.desk import Desk

# Stands where server.py does, speaks the same lines, and answers with what the file beside it says.
PUPPET = """
import json, os, sys, time
from pathlib import Path
lines = json.loads(Path(sys.argv[1]).read_text()[4:])
while "wait" in lines[0] and not Path(sys.argv[1] + ".go").exists():
    time.sleep(0.02)
print(json.dumps(lines.pop(0)), flush=True)
for request in sys.stdin:
    number = json.loads(request)["id"]
    line = lines.pop(0) if len(lines) > 1 else lines[0]
    Path(sys.argv[1] + ".asked").write_text(request)
    if line == "die":
        print("out of luck", file=sys.stderr, flush=True)
        os._exit(9)
    if line == "sleep":
        time.sleep(60)
    half = line.startswith("half of ")
    line = line.removeprefix("half of ")
    for i in range(0, len(line) // 2 if half else len(line), 7):
        print(json.dumps({"id": number, "text": line[i:i + 7]}), flush=True)
    if half:
        os._exit(7)
    print(json.dumps({"id": number, "done": True, "finish": "stop", "timings": {"predicted_n": 3}}), flush=True)
"""


@pytest.fixture
def tools(desk: Desk) -> list[BaseTool]:
    return Toolbox(desk).tools


@pytest.fixture
def menu(tools: list[BaseTool]) -> Menu:
    return Menu(tools)


class Puppets:
    """Makes brains whose process answers what it is told to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.made: list[GgufBrain] = []

    def __call__(self, *lines: Any, ready: Any = None, grammar: bool = False) -> GgufBrain:
        file = self._folder / f"{len(self.made)}.gguf"
        told = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        file.write_text("GGUF" + json.dumps([ready or {"ready": True}, *told]))
        self.made.append(GgufBrain(gguf=file, grammar=grammar))
        return self.made[-1]

    def asked(self, brain: GgufBrain) -> dict[str, Any]:
        return dict(json.loads(Path(f"{brain.gguf}.asked").read_text())["body"])


@pytest.fixture
def puppet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Puppets]:
    script = tmp_path / "puppet.py"
    script.write_text(PUPPET)
    monkeypatch.setattr(workers, "_SERVER", script)
    puppets = Puppets(tmp_path)
    yield puppets
    for brain in puppets.made:
        brain.close()


def called(message: AIMessage) -> list[tuple[str, dict[str, Any]]]:
    return [(call["name"], call["args"]) for call in message.tool_calls]


def system(groupings: str = "nothing is grouped") -> SystemMessage:
    filled = prompts.load("agent_small").fill(
        images=12, groupings=groupings, tools=tool_lines(), examples=examples()
    )
    criteria = tuple(re.findall(r'"([^"]*)"(?: \(current\))?: ', groupings))
    names = tuple(re.findall(r'\d+ "([^"]*)"', groupings))
    return dialogue_message(DialogueContext(criteria, names, informed=True), filled)


MOOD = '"mood" (current): 1 "calm", 2 "tense"; "hair": 1 "dark"'


# --- the schema ---


def offered(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    calls = [option for option in schema["oneOf"] if option["type"] == "object"]
    return {option["properties"]["tool"]["const"]: option["properties"] for option in calls}


def test_offers_only_what_a_request_can_mean(menu: Menu) -> None:
    everything = offered(menu.schema("divide 3 into 4"))
    assert set(everything) > {"group_by", "move_images", "reply"} and "groups" in everything["group_by"]
    assert "groups" not in offered(menu.schema("group by hair"))["group_by"]
    assert not {"explain", "move_images"} & set(offered(menu.schema("group by hair")))
    assert set(offered(menu.schema("make #3 blue"))) == {"move_images", "reply"}
    assert set(offered(menu.schema("look at #3"))) == {"explain", "move_images", "reply"}
    assert set(offered(menu.schema("show 3", criteria=[]))) == {
        "propose_criteria", "group_by", "sort_into", "help", "reply",
    }  # fmt: skip
    assert offered(menu.schema("show", criteria=["mood", "hair"]))["show"]["clustering"] == {
        "enum": ["mood", "hair"]
    }
    assert "clustering" not in offered(menu.schema("show", criteria=["mood"]))["show"]


def test_several_steps_are_offered_only_where_several_are_asked_for(menu: Menu) -> None:
    assert all(
        option["type"] == "object" for option in menu.schema("merge calm and tense and call it x")["oneOf"]
    )
    for text in ("merge 1 and 2, then show", "undo; show", "merge 1 and 2 and show them"):
        assert any(option["type"] == "array" for option in menu.schema(text)["oneOf"]), text


@pytest.mark.parametrize(
    ("said", "call", "arguments"),
    [
        ("by hair", {"tool": "group_by", "criterion": "hair", "groups": 10}, {"criterion": "hair"}),
        ("hair, five of them", {"tool": "group_by", "criterion": "hair"}, {"criterion": "hair", "groups": 5}),
        (
            "hair, 5",
            {"tool": "group_by", "criterion": "hair", "groups": 7},
            {"criterion": "hair", "groups": 5},
        ),
        ("split 2 in 3", {"tool": "split_cluster", "cluster": "2"}, {"cluster": "2", "parts": 3}),
        ("split the second", {"tool": "split_cluster", "cluster": "2", "parts": 2}, {"cluster": "2"}),
        (
            "merge a b",
            {"tool": "merge_clusters", "clusters": ["a", "b"], "name": "x"},
            {"clusters": ["a", "b"]},
        ),
        ("to /x/y", {"tool": "export_clusters", "to": "/x/y", "mode": "move"}, {"to": "/x/y"}),
        (
            "links to /x",
            {"tool": "export_clusters", "to": "/x", "mode": "link"},
            {"to": "/x", "mode": "link"},
        ),
    ],
)
def test_arguments_are_grounded(
    menu: Menu, said: str, call: dict[str, Any], arguments: dict[str, Any]
) -> None:
    assert menu.grounded(call, said) == arguments


def test_a_group_is_one_that_was_named(menu: Menu) -> None:
    offers = offered(menu.schema("Calm and the tense ones are one", ["mood"], ["calm", "tense", "glad"]))
    assert offers["merge_clusters"]["clusters"]["items"] == {"enum": ["calm", "tense"]}
    assert offers["show"]["cluster"] == {"enum": ["calm", "tense", "unsorted"]}
    offers = offered(menu.schema("the first and 3", ["mood"], ["calm", "tense", "glad"]))
    assert offers["merge_clusters"]["clusters"]["items"] == {"enum": ["1", "3"]}
    assert (
        offered(menu.schema("merge them", ["mood"], ["calm"]))["split_cluster"]["cluster"]["type"] == "string"
    )


def test_a_criterion_that_was_not_named_is_the_current_one(menu: Menu) -> None:
    call = {"tool": "group_by", "criterion": "mood"}
    assert menu.grounded(call, "in five", ["hair", "mood"]) == {"criterion": "hair", "groups": 5}
    assert menu.grounded(call, "mood in five", ["hair", "mood"]) == {"criterion": "mood", "groups": 5}


def test_knows_what_nobody_named(menu: Menu) -> None:
    assert not menu.spoken_for({"tool": "group_by", "criterion": "size"}, "any ideas?")
    assert not menu.spoken_for({"tool": "undo"}, "delete all of them")
    assert menu.spoken_for({"tool": "group_by", "criterion": "Hair", "groups": 5}, "into five", ["hair"])
    assert menu.spoken_for({"tool": "move_images", "images": ["#3"], "to": "unsorted"}, "take 3 away")


# --- what is made of answers ---


def test_a_request_becomes_one_call(puppet: Puppets, tools: list[BaseTool]) -> None:
    brain = puppet({"tool": "show", "cluster": "calm"})
    assert brain.worker.pid is None
    message = brain.bind_tools(tools).invoke([system(MOOD), HumanMessage("show calm")])
    assert called(message) == [("show", {"cluster": "calm"})] and message.tool_calls[0]["id"]
    assert brain.timings == {"predicted_n": 3} and brain.worker.pid is not None
    body = puppet.asked(brain)
    assert body["messages"][-1]["content"] == f"[now: {MOOD}]\nshow calm"
    assert body["response_format"]["type"] == "json_schema" and body["temperature"] == 0


def test_what_the_grammar_understands_is_not_asked_of_the_model(
    puppet: Puppets, tools: list[BaseTool]
) -> None:
    brain = puppet({"tool": "reply", "text": "Which one?"}, grammar=True)
    bound = brain.bind_tools(tools)
    assert called(bound.invoke([system(MOOD), HumanMessage("show calm")])) == [("show", {"cluster": "calm"})]
    assert brain.timings == {}
    odd = HumanMessage("the previous thing has been a blunder of mine")
    assert bound.invoke([system(MOOD), odd]).text == "Which one?" and brain.timings


def test_what_does_not_change_comes_first_and_little_of_the_rest(
    puppet: Puppets, tools: list[BaseTool]
) -> None:
    brain = puppet({"tool": "help"})
    bound = brain.bind_tools(tools)
    bound.invoke([system(), HumanMessage("what now?")])
    fixed = puppet.asked(brain)["messages"][:-1]
    turns: list[BaseMessage] = []
    for i in range(9):
        call = {"name": "show", "args": {"cluster": str(i)}, "id": str(i)}
        turns += [HumanMessage(f"show {i}"), AIMessage("", tool_calls=[call])]
        turns += [
            ToolMessage("very long " * 500, tool_call_id=str(i), name="show"),
            AIMessage("very long " * 500),
        ]
    bound.invoke([system(MOOD), *turns, HumanMessage("what now? " * 500)])
    given = puppet.asked(brain)["messages"]
    assert given[: len(fixed) - 2 * NEAREST] == fixed[: -2 * NEAREST] and len(given) <= len(fixed) + 3 * 2 + 1
    assert given[-2] == {"role": "assistant", "content": '{"tool": "show", "cluster": "8"}'}
    assert len(given[-1]["content"]) < 1500 and "very long" not in str(given)


async def test_a_reply_is_streamed(puppet: Puppets, tools: list[BaseTool]) -> None:
    brain = puppet({"tool": "reply", "text": 'I only "sort" images, caf\u00e9 or not.\nTell me how.'})
    pieces = [
        piece.text async for piece in brain.bind_tools(tools).astream([system(), HumanMessage("rain?")])
    ]
    assert len(pieces) > 4 and "".join(pieces) == 'I only "sort" images, caf\u00e9 or not.\nTell me how.'


def test_tools_answers_are_told_as_they_stand(puppet: Puppets, tools: list[BaseTool]) -> None:
    brain = puppet({"tool": "undo"})
    call = {"name": "show", "args": {}, "id": "1"}
    history = [system(), HumanMessage("show"), AIMessage("", tool_calls=[call])]
    for status in ("success", "error"):
        told = ToolMessage("undo everything", tool_call_id="1", name="show", status=status)
        message = brain.bind_tools(tools).invoke([*history, told])
        assert message.text == "undo everything" and not message.tool_calls
    assert brain.worker.pid is None  # nothing was asked


def test_a_plan_goes_on_after_success_only(puppet: Puppets, tools: list[BaseTool]) -> None:
    merge = {"tool": "merge_clusters", "clusters": ["calm", "tense"]}
    bound = puppet([merge, {"tool": "show"}, {"tool": "show"}]).bind_tools(tools)
    history: list[BaseMessage] = [system(MOOD), HumanMessage("merge calm and tense, then show")]
    first = bound.invoke(history)
    assert called(first) == [("merge_clusters", {"clusters": ["calm", "tense"]})]

    def after(**more: Any) -> AIMessage:
        id = first.tool_calls[0]["id"]
        return bound.invoke(
            [*history, first, ToolMessage("x", tool_call_id=id, name="merge_clusters", **more)]
        )

    assert called(after()) == [("show", {})]
    assert not after(status="error").tool_calls
    assert not after(artifact={"rejected": True}).tool_calls


def test_what_one_step_is_about_is_no_argument_of_another(puppet: Puppets, tools: list[BaseTool]) -> None:
    steps = [
        {"tool": "merge_clusters", "clusters": ["bus", "tram"]},
        {"tool": "show", "cluster": "bus"},
    ]
    brain = puppet(json.dumps(steps)).bind_tools(tools)
    answer = brain.invoke([system(), HumanMessage("merge bus and tram, then show all")])
    assert [answer.tool_calls[0]["name"], *answer.additional_kwargs["plan"]] == [
        "merge_clusters",
        {"tool": "show", "arguments": {}},
    ]


def test_why_is_no_request_to_move(menu: Menu) -> None:
    assert "move_images" in offered(menu.schema("#4 belongs to tram"))
    assert "move_images" not in offered(menu.schema("why is #4 with the trams?"))
    assert not menu.spoken_for({"tool": "explain", "image": "#4"}, "make #4 larger")


def test_a_number_is_a_group_or_an_image_only_where_it_was_said(menu: Menu) -> None:
    def merge(*clusters: str) -> dict[str, Any]:
        return {"tool": "merge_clusters", "clusters": list(clusters)}

    assert not menu.spoken_for(merge("1", "2", "3"), "make it 3 groups")
    assert menu.spoken_for(merge("1", "3"), "the first and the third are one")
    assert menu.spoken_for(merge("1", "2"), "join group one and two")
    images = {"tool": "move_images", "images": ["#3", "#4", "#5"], "to": "calm"}
    assert menu.spoken_for(images, "move #3-#5 to calm") and not menu.spoken_for(images, "move #3 to calm")


def test_a_question_about_use_is_no_small_talk(menu: Menu) -> None:
    assert "reply" not in offered(menu.schema("how do I talk to you?"))
    assert "reply" in offered(menu.schema("how are you?"))


def test_a_request_in_order_is_no_small_talk(menu: Menu) -> None:
    assert len(menu.schema("sort by hair, then show it")["oneOf"]) == 1
    assert len(menu.schema("I went out and then home")["oneOf"]) == 2


def test_what_nobody_named_is_not_on_offer_twice(puppet: Puppets, tools: list[BaseTool]) -> None:
    brain = puppet({"tool": "group_by", "criterion": "size"}, {"tool": "propose_criteria"})
    bound = brain.bind_tools(tools)
    assert called(bound.invoke([system(), HumanMessage("any ideas?")])) == [("propose_criteria", {})]
    assert "group_by" not in offered(puppet.asked(brain)["response_format"]["json_schema"]["schema"])


@pytest.mark.parametrize(
    "line", ['{"tool": "sh', "", "[]", '{"x": 1}', '{"tool": "group_by", "criterion": "size"}']
)
def test_what_cannot_be_used_is_told_in_words(line: str, puppet: Puppets, tools: list[BaseTool]) -> None:
    message = puppet(line).bind_tools(tools).invoke([system(), HumanMessage("hm")])
    assert "other words" in message.text and not message.tool_calls


# --- the process ---


def until(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.02)


async def test_a_dead_process_is_one_line_and_the_conversation_goes_on(desk: Desk, puppet: Puppets) -> None:
    brain = puppet("die")
    async with Session.open(desk, model=brain) as session:
        said = [e async for e in session.say("show") if isinstance(e, MessageText) and e.done]
        assert "code 9" in said[-1].text and "out of luck" in said[-1].text and "\n" not in said[-1].text
        brain.gguf.write_text("GGUF" + json.dumps([{"ready": True}, json.dumps({"tool": "help"})]))
        events = [e async for e in session.say("help")]
        assert ToolStarted("help", {}) in events


async def test_nothing_waits_for_a_model_that_is_being_loaded(desk: Desk, puppet: Puppets) -> None:
    file = puppet({"tool": "help"}, ready={"ready": True, "wait": True}).gguf
    desk.settings = desk.settings.model_copy(update={"model": "local", "gguf": file})
    async with Session.open(desk) as session:  # it began to load, and is not done
        assert await session.history() == []
        turn = asyncio.create_task(collected(session.say("help")))
        await asyncio.to_thread(until, lambda: any(t.name == "warm up" for t in threading.enumerate()))
        assert not turn.done()
        await asyncio.to_thread(Path(f"{file}.go").touch)
        assert ToolStarted("help", {}) in await turn


async def collected(events: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in events]


async def test_a_process_that_dies_in_the_middle_of_a_sentence_is_one_line(
    desk: Desk, puppet: Puppets
) -> None:
    reply = json.dumps(
        {"tool": "reply", "text": "I only ever sort images, and this is a long story about it."}
    )
    brain = puppet(f"half of {reply}", reply)
    async with Session.open(desk, model=brain) as session:
        said = [e for e in [e async for e in session.say("tell me a story")] if isinstance(e, MessageText)]
        assert said[0].text and not said[0].done  # it had begun to speak
        assert [e.text for e in said if e.done] == [said[-1].text]
        assert "code 7" in said[-1].text and "\n" not in said[-1].text
        brain.gguf.write_text("GGUF" + json.dumps([{"ready": True}, reply]))
        said = [e for e in [e async for e in session.say("once more")] if isinstance(e, MessageText)]
        assert said[-1].text.startswith("I only ever sort images") and said[-1].done


def test_silence_ends(puppet: Puppets) -> None:
    brain = puppet("sleep")
    worker = Worker(brain.gguf, brain.context, read_seconds=0.5)
    with pytest.raises(WorkerError, match="said nothing for"):
        list(worker.ask({}))
    assert worker.pid is None
    worker.close()


def test_what_cannot_be_loaded_is_told(puppet: Puppets, tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"0\.gguf cannot be loaded: no memory"):
        list(puppet("x", ready={"error": "no memory"}).worker.ask({}))
    with pytest.raises(WorkerError, match="there is no model file"):
        list(Worker(tmp_path / "none.gguf", 512).ask({}))


async def test_a_cancelled_turn_kills_the_process(puppet: Puppets, tools: list[BaseTool]) -> None:
    brain = puppet("sleep")
    task = asyncio.create_task(brain.bind_tools(tools).ainvoke([system(), HumanMessage("show")]))
    await asyncio.to_thread(until, Path(f"{brain.gguf}.asked").exists)
    pid = brain.worker.pid
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 5 and brain.worker.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_nobody_listens_any_more(puppet: Puppets) -> None:
    worker = puppet("a long answer").worker
    pieces = worker.ask({})
    assert next(pieces) == "a long "
    pieces.close()  # type: ignore[attr-defined]
    assert worker.pid is None
    assert [p for p in worker.ask({}) if isinstance(p, Finish)]


def test_the_real_server_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the extra llm is not installed")
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    worker = Worker(file, 512)
    with pytest.raises(WorkerError, match=r"broken\.gguf cannot be loaded"):
        list(worker.ask({}))
    worker.close()


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("#3 and #8 should not be in one group", {"keep_apart"}),
        ("separate picture 4 from picture 7", {"keep_apart"}),
        ("link a-1.png and a-2.png", {"keep_together"}),
        ("where do mood and hair overlap?", {"compare"}),
        ("hair inside mood, side by side", {"compare", "cross"}),
    ],
)
def test_what_names_two_images_or_two_groupings_is_about_both(
    menu: Menu, said: str, wanted: set[str]
) -> None:
    assert set(offered(menu.schema(said, ["mood", "hair"], ["calm", "tense"]))) == wanted


@pytest.mark.parametrize(
    "said", ["put #3 and #8 together in calm", "link #3", "move #3 and #8 to a new group", "delete #3 and #8"]
)
def test_images_with_a_place_to_go_may_be_moved(menu: Menu, said: str) -> None:
    offers = offered(menu.schema(said, ["mood"], ["calm", "tense"]))
    assert {"move_images", "reply"} <= set(offers)


def test_what_is_said_of_several_groups_is_done_to_each(menu: Menu) -> None:
    def repeated(said: str, **arguments: Any) -> list[dict[str, Any]]:
        call = {"tool": "lock_group", **arguments}
        return menu.repeated(call, menu.grounded(call, said, ["mood"]), said, ["calm", "tense", "glad"])

    assert repeated("calm and glad stay as they are", cluster="calm") == [
        {"cluster": "calm"},
        {"cluster": "glad"},
    ]
    assert repeated("lock 2 and glad", cluster="2") == [{"cluster": "2"}]  # a number may be the same group


def test_a_step_is_known_by_its_number(menu: Menu) -> None:
    def moment(text: str) -> str:
        return str(menu.grounded({"tool": "as_before", "moment": text}, f"back to {text}")["moment"])

    assert moment("Step 4") == "4" and moment("step one") == "step one" and moment("Draft 4") == "Draft 4"


def test_a_grouping_is_no_group(menu: Menu) -> None:
    call = {"tool": "show", "cluster": "Mood"}
    assert menu.grounded(call, "show the mood grouping", ["hair", "mood"]) == {"clustering": "mood"}
    assert menu.grounded(call, "show mood", ["hair"]) == {"cluster": "Mood"}
