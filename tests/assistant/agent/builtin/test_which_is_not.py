"""Of several pictures nobody can tell which one "that" is not; what says more is read as it was meant."""

from typing import Any

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext

HERE = DialogueContext(("mood",), ("happy", "sad"), current=2, images=("#3", "#5"), informed=True)


@pytest.mark.parametrize(
    "said",
    ["this is not sad", "that one isn't sad", "it doesn't belong in sad", "that's not a bag", "it is not sad anymore"],
)  # fmt: skip
def test_it_is_asked_which_of_several(said: str) -> None:
    understood = parse(said, HERE)
    assert isinstance(understood, Reply) and understood.text.startswith("Which picture is not")


@pytest.mark.parametrize(
    ("said", "tool", "given"),
    [
        ("this is not sad, it's happy", "move_images", {"images": ["#5"], "to": "happy"}),
        ("it is not sad but happy", "move_images", {"images": ["#5"], "to": "happy"}),
        ("that's not a bag, it's happy", "move_images", {"images": ["#5"], "to": "happy"}),
        ("that is not the same as #7", "keep_apart", {"images": ["#5", "#7"]}),
        ("it is not clear why it is there", "explain", {"image": "#5"}),
        ("it was not happy", "explain", {"image": "#5", "not_in": "happy"}),
        ("these are not sad", "explain", {"image": "#3", "not_in": "sad", "more": ["#5"]}),
    ],
)
def test_what_says_more_is_about_the_last_one_and_many_are_all(
    said: str, tool: str, given: dict[str, Any]
) -> None:
    assert parse(said, HERE) == [Call(tool, given)]
