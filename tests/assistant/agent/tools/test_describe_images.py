"""Descriptions of images in words, counted."""

import pytest
from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.desk import Desk


def describe(desk: Desk, **arguments: object) -> ToolMessage:
    return Toolbox(desk).run(ToolCall(name="describe_images", args=arguments, id="c1"))


def test_all_are_described_and_counted(desk: Desk) -> None:
    told = describe(desk).text.splitlines()
    assert told[0] == "12 images:"
    (colours,) = (line for line in told if line.startswith("colour: "))
    assert sum(int(part.split()[-1]) for part in colours.partition(": ")[2].split(", ")) == 12


def test_some_of_them_and_those_of_a_group(desk: Desk) -> None:
    assert describe(desk, images=["#1", "#2"]).text.startswith("2 images:")
    desk.grouping.group("colour", k=3)
    red = describe(desk, cluster="red").text
    assert red.startswith("4 images:") and "colour: red 4" in red
    assert describe(desk, cluster="purple").status == "error"
    assert describe(desk, images=["#999"]).status == "error"


def test_one_question_is_answered_by_what_is_seen(desk: Desk) -> None:
    told = describe(desk, question="colour").text
    assert "colour: " in told and "red 4" in told and told.count("\n") == 1
    assert 'no model here sees "zodiac sign"' in describe(desk, question="zodiac sign").text
    assert not desk.clusterings.all()


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("describe the pictures", {}),
        ("caption all of my photos", {}),
        ("describe #3", {"images": ["#3"]}),
        ("describe my pictures by hair colour", {"question": "hair colour"}),
    ],
)
def test_it_is_asked_for(text: str, arguments: dict[str, object]) -> None:
    understood = parse(text, DialogueContext(criteria=("colour",), names=("red", "blue")))
    assert isinstance(understood, list)
    assert [(call.tool, call.arguments) for call in understood] == [("describe_images", arguments)]


HERE = DialogueContext(
    ("colour", "mood"),
    ("red", "blue", "happy"),
    current=2,
    groupings=(("red", "blue"), ("happy",)),
    informed=True,
)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("is it night in #10?", {"images": ["#10"], "asked": "night"}),
        ("is #4 outdoors?", {"images": ["#4"], "asked": "outdoors"}),
        ("are #3 and #4 sharp?", {"images": ["#3", "#4"], "asked": "sharp"}),
        ("does #7 have glasses?", {"images": ["#7"], "asked": "glasses"}),
        ("has #7 got glasses on?", {"images": ["#7"], "asked": "glasses"}),
        ("are there people in #3?", {"images": ["#3"], "asked": "people"}),
        ("is anybody in #3?", {"images": ["#3"], "asked": "people"}),
        ("can you see a cat in beach.jpg?", {"images": ["beach.jpg"], "asked": "cat"}),
        ("is the person in #3 smiling?", {"images": ["#3"], "asked": "smiling"}),
        ("is there anyone smiling in #3?", {"images": ["#3"], "asked": "smiling"}),
        ("do they wear hats in #3?", {"images": ["#3"], "asked": "hats"}),
        ("tell me whether #3 shows a dog", {"images": ["#3"], "asked": "dog"}),
        ("is #5 day or night?", {"images": ["#5"], "asked": "day or night"}),
        ("is #2 in black and white?", {"images": ["#2"], "asked": "black and white"}),
        ("was it raining when #3 was taken?", {"images": ["#3"], "asked": "raining"}),
        ("does #5 look happy?", {"images": ["#5"], "asked": "happy"}),
        ("is #5 happy?", {"images": ["#5"], "asked": "happy"}),
        ("what colour is #5?", {"images": ["#5"], "question": "colour"}),
        ("which animal is in #4?", {"images": ["#4"], "question": "animal"}),
        ("what is the weather like in #5?", {"images": ["#5"], "question": "weather"}),
        ("how old is the person in #5?", {"images": ["#5"], "question": "age"}),
        ("is the background of #3 green?", {"images": ["#3"], "question": "background"}),
        ("who is in #8?", {"images": ["#8"], "question": "who"}),
        ("who can you see in #8?", {"images": ["#8"], "question": "who"}),
        ("how many people are in #3?", {"images": ["#3"], "question": "number of people"}),
        ("what is in #3?", {"images": ["#3"]}),
    ],
)
def test_a_question_about_a_picture_is_understood(text: str, arguments: dict[str, object]) -> None:
    (call,) = understood(text, HERE)
    assert (call.tool, call.arguments) == ("describe_images", arguments)


@pytest.mark.parametrize("text", ["is #4 red?", "is #4 in the right group?", "is #4 one of the blue ones?"])
def test_of_a_group_that_is_shown_it_is_told_why(text: str) -> None:
    assert all(call.tool in ("explain", "move_images") for call in understood(text, HERE))


def understood(text: str, dialogue: DialogueContext) -> list[Call]:
    calls = parse(text, dialogue)
    assert isinstance(calls, list), calls
    return calls


def test_each_picture_is_answered_in_a_line(desk: Desk) -> None:
    told = describe(desk, images=["#1", "#2"], asked="red").text.splitlines()
    assert told[0].startswith("Yes") and told[1].startswith("No") and len(told) == 2
    assert describe(desk, images=["#1"], question="colour").text.startswith(
        '#1 "img-000.png": colour "red", '
    )
