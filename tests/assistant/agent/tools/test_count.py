"""Counting: how many groups there are, and how many images are in one of them."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.desk import Desk
from tools.errors import UsageError


@pytest.fixture
def toolbox(desk: Desk) -> Toolbox:
    desk.grouping.group("colour", k=3)
    return Toolbox(desk)


def count(toolbox: Toolbox, **arguments: Any) -> ToolMessage:
    return toolbox.run(ToolCall(name="count", args=arguments, id="c1"))


def test_groups_are_counted(toolbox: Toolbox) -> None:
    counted = count(toolbox)
    assert counted.text == '3 groups by "colour".' and counted.artifact == {"clustering": "colour"}


def test_a_group_is_counted_by_name_and_by_number(toolbox: Toolbox) -> None:
    toolbox.desk.editing.move(["#1"], "odd")
    assert count(toolbox, cluster="red").text == '3 images of 12 are in "red".'
    assert count(toolbox, cluster="odd").text == '1 image of 12 is in "odd".'
    first = toolbox.desk.clusterings.get().clusters[0].name
    assert count(toolbox, cluster=1).text == count(toolbox, cluster=first).text


def test_what_is_unsorted_is_counted(toolbox: Toolbox) -> None:
    assert count(toolbox, cluster="unsorted").text == "0 images of 12 are in the unsorted pile."
    toolbox.desk.editing.move(["#1"], "unsorted")
    assert count(toolbox, cluster="Unsorted").text == "1 image of 12 is in the unsorted pile."
    assert count(toolbox).text == '3 groups by "colour", and 1 image unsorted.'


def test_counting_changes_nothing(toolbox: Toolbox) -> None:
    entries = len(toolbox.desk.history.entries())
    assert "changed" not in count(toolbox, cluster="red").artifact
    assert len(toolbox.desk.history.entries()) == entries


def test_a_group_that_is_not_there_is_one_line(toolbox: Toolbox) -> None:
    refused = count(toolbox, cluster="mauve")
    assert refused.status == "error" and "mauve" in refused.text and "\n" not in refused.text


def test_before_anything_is_grouped_it_says_so(desk: Desk) -> None:
    refused = count(Toolbox(desk))
    assert refused.status == "error" and "nothing is grouped yet" in refused.text


def test_pictures_that_an_export_moved_away_are_not_lost(toolbox: Toolbox, tmp_path: Path) -> None:
    desk, where = toolbox.desk, f'The pictures were moved to "{tmp_path / "out"}"; "undo" brings them back.'
    assert "moved" not in count(toolbox, what="images").text
    desk.exports.carry_out(desk.exports.plan(tmp_path / "out", mode="move"))
    assert count(toolbox, what="images").text.endswith(where)
    shown = toolbox.run(ToolCall(name="show", args={"cluster": "red"}, id="c2"))
    assert shown.text == f'"red" has no image here now. {where}'
    with pytest.raises(UsageError, match=r"no image is here\. The pictures were moved to"):
        desk.grouping.group("shape")
    desk.history.undo()
    assert "moved" not in count(toolbox, what="images").text


GROUPED = DialogueContext(
    names=("happy", "sad"), criteria=("emotion", "size"), informed=True, sees=("emotion", "species")
)


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("how many of each?", Call("show", {})),
        ("how many in each group?", Call("show", {})),
        ("how many pictures per group", Call("show", {})),
        ("how many per emotion", Call("show", {})),
        ("how many are there for each size", Call("show", {"clustering": "size"})),
        ("count by month", Call("show_metadata", {"counted": "month"})),
        ("how many photos from each camera do i have", Call("show_metadata", {"counted": "camera"})),
        ("how many of each species do we have", Call("describe_images", {"question": "species"})),
        ("how many different species", Call("describe_images", {"question": "species"})),
        ("which species do we have most of", Call("describe_images", {"question": "species"})),
        ("which emotion do we have most of", Call("count", {"cluster": "biggest"})),
        ("how many different groups are there", Call("count", {})),
    ],
)
def test_counting_for_each_is_told_by_who_knows_it(said: str, call: Call) -> None:
    assert parse(said, GROUPED) == [call]


@pytest.mark.parametrize("said", ["how many per nonsense", "how many should be in each group"])
def test_what_nobody_knows_is_not_counted(said: str) -> None:
    assert isinstance(parse(said, GROUPED), Reply)
