"""Descriptions of images in words, counted."""

import pytest
from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.builtin.parse import parse
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
