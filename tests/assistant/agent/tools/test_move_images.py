"""Sentences that take pictures out of their group."""

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.tools.base import DialogueContext

HERE = DialogueContext(("kind",), ("bag", "shoe", "hat"), current=3, informed=True)


@pytest.mark.parametrize(
    ("said", "images"),
    [("take #4 out", ["#4"]), ("please kick #4 and #7 out", ["#4", "#7"]), ("pull #4 out again", ["#4"])],
)
def test_what_is_taken_out_is_unsorted(said: str, images: list[str]) -> None:
    assert parse(said, HERE) == [Call("move_images", {"images": images, "to": "unsorted"})]


@pytest.mark.parametrize("said", ["take #4 out to dinner", "don't take #4 out"])
def test_what_is_not_said_so_moves_nothing(said: str) -> None:
    understood = parse(said, HERE)
    assert not isinstance(understood, list) or [call.tool for call in understood] != ["move_images"]
