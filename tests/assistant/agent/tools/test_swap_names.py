"""Giving two groups each other's name."""

import pytest
from langchain_core.messages import ToolCall

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.desk import Desk

TWO = DialogueContext(("mood",), ("sad", "angry", "calm"), current=3, informed=True)


@pytest.mark.parametrize(
    "text",
    [
        "swap sad and calm",
        "switch the names of sad and calm",
        "sad and calm are the wrong way round",
        "you mixed up sad and calm",
        "i mixed up the names of sad and calm",
        "sad should be calm and calm should be sad",
    ],
)
def test_two_groups_get_each_others_name(text: str) -> None:
    assert parse(text, TWO) == [Call("swap_names", {"first": "sad", "second": "calm"})]


def test_groups_whose_pictures_are_mixed_up_keep_their_names() -> None:
    assert isinstance(parse("i have sad and calm mixed up, can you separate them", TWO), Reply)


def test_names_change_places_and_images_do_not(desk: Desk) -> None:
    desk.sorting.sort_into(["red", "green"], rest="other")
    desk.questions.answer(["#1"], "red")
    before = desk.clusterings.get()
    done = Toolbox(desk).run(ToolCall(name="swap_names", args={"first": "red", "second": "green"}, id="c1"))
    after = desk.clusterings.get()
    assert done.artifact["changed"] and (after.labels == before.labels).all()
    assert [c.name for c in after.clusters] == [
        {"red": "green", "green": "red"}.get(c.name, c.name) for c in before.clusters
    ]
    assert set(desk.feedback.of(after.id).labels.values()) == {"green"}  # the answer goes with its image
    desk.history.undo()
    assert desk.clusterings.get().clusters == before.clusters
