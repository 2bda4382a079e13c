"""Sentences that write some groups into a folder, and those that only sound like it."""

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext

KINDS = ("bag", "shoe", "hat")
HERE = DialogueContext(("kind",), KINDS, current=3, groupings=(KINDS,), informed=True)


@pytest.mark.parametrize(
    ("said", "group", "mode"),
    [
        ("copy group 1 into /tmp/y", "1", "copy"),
        ("copy 1 to /tmp/y", "1", "copy"),
        ("copy 1 and 2 to ~/out", "1 and 2", "copy"),
        ("move group 3 to /tmp/y", "3", "move"),
        ("link the second group to ./out", "2", "link"),
        ("copy bag to /tmp/y", "bag", "copy"),
        ("copy 7 to /tmp/y", "7", "copy"),  # the tool says that there is none
    ],
)
def test_a_group_by_its_number_is_written_alone(said: str, group: str, mode: str) -> None:
    (call,) = parse(said, HERE)
    assert isinstance(call, Call) and call.tool == "export_clusters"
    assert call.arguments["clustering"] == group and call.arguments["mode"] == mode


@pytest.mark.parametrize(
    "said", ["copy #3 to /tmp/y", "move #7 to /tmp/y", "move 3 to ~/out", "put #3 and #4 in ./x"]
)
def test_single_images_are_neither_exported_nor_a_group_of_that_folder(said: str) -> None:
    answer = parse(said, HERE)
    assert isinstance(answer, Reply) and answer.text.startswith("Groups are exported, not single images.")


def test_a_group_is_no_folder() -> None:
    assert parse("move #3 to hat", HERE) == [Call("move_images", {"images": ["#3"], "to": "hat"})]
    assert parse("move #3 to x / y", HERE) == [Call("move_images", {"images": ["#3"], "to": "x / y"})]
