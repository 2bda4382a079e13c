"""Splitting what was spoken of, or all where no group was."""

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext

GROUPED = DialogueContext(criteria=("mood",), names=("sad", "angry"), current=2, informed=True)
SPOKEN = DialogueContext(
    criteria=("mood",), names=("sad", "angry"), current=2, spoken=("sad",), informed=True
)
SENTENCES = ["split these into 3", "divide them into 3 groups", "break it up into 3", "cut this in three"]


@pytest.mark.parametrize("text", SENTENCES)
def test_these_are_the_group_that_was_spoken_of_else_all(text: str) -> None:
    assert parse(text, SPOKEN) == [Call("split_cluster", {"cluster": "sad", "parts": 3})]
    assert parse(text, GROUPED) == [Call("group_by", {"criterion": "mood", "groups": 3})]
    assert isinstance(parse(text, DialogueContext(informed=True)), Reply)


@pytest.mark.parametrize(
    "text", ["split everything into 3", "divide all of them into 3 groups", "split them all in 3"]
)
def test_all_are_all_whatever_was_spoken_of(text: str) -> None:
    assert parse(text, SPOKEN) == [Call("group_by", {"criterion": "mood", "groups": 3})]
