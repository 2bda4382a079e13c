"""Renaming to a name that another group has already."""

import pytest
from langchain_core.messages import ToolCall

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.desk import Desk


def test_a_name_that_is_taken_offers_to_merge(desk: Desk) -> None:
    desk.sorting.sort_into(["red", "green"], rest="other")
    before = desk.clusterings.get()
    asked = Toolbox(desk).run(
        ToolCall(name="rename_cluster", args={"cluster": "red", "name": "Green"}, id="c1")
    )
    assert asked.text.startswith('There is a group "green" already. Shall I merge "red" into it?')
    red, green = (desk.clusterings.find_cluster(name).id for name in ("red", "green"))
    merge = {"clusters": [red, green], "name": "green"}
    assert asked.artifact == {"yes": {"tool": "merge_clusters", "arguments": merge}}
    assert desk.clusterings.get().clusters == before.clusters


def test_another_spelling_of_its_own_name_is_a_new_name(desk: Desk) -> None:
    desk.sorting.sort_into(["red"], rest="other")
    Toolbox(desk).run(ToolCall(name="rename_cluster", args={"cluster": "red", "name": "Red"}, id="c1"))
    assert "Red" in [cluster.name for cluster in desk.clusterings.get().clusters]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("rename 2 beach", [("2", "beach")]),
        ("rename group 2 old town", [("2", "old town")]),
        ("rename 1 beach and 2 city", [("1", "beach"), ("2", "city")]),
    ],
)
def test_a_new_name_needs_no_to(said: str, names: list[tuple[str, str]]) -> None:
    here = DialogueContext(("kind",), ("bag", "shoe", "hat"), current=3, informed=True)
    assert parse(said, here) == [Call("rename_cluster", {"cluster": c, "name": n}) for c, n in names]


@pytest.mark.parametrize("said", ["rename bag and shoe", "rename the bag group", "rename the two groups"])
def test_without_a_new_name_it_is_asked_for(said: str) -> None:
    here = DialogueContext(("kind",), ("bag", "shoe", "hat"), current=3, informed=True)
    assert isinstance(parse(said, here), Reply)
