"""The best of each group: shown, or grouped to be exported."""

from typing import Any

import pytest
from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.builtin.parse import Reply, parse
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import Effect
from assistant.agent.tools.best_of_each import BestOfEach, BestOfEachArguments
from assistant.desk import Desk


@pytest.fixture
def toolbox(desk: Desk) -> Toolbox:
    desk.grouping.group("colour", k=3)
    return Toolbox(desk)


def best(toolbox: Toolbox, **arguments: Any) -> ToolMessage:
    return toolbox.run(ToolCall(name="best_of_each", args=arguments, id="c1"))


def test_they_are_listed_and_nothing_is_changed(toolbox: Toolbox) -> None:
    entries = len(toolbox.desk.history.entries())
    shown = best(toolbox, count=2)
    assert (
        shown.text.startswith("The most typical of each group:\n") and "group the best of each" in shown.text
    )
    assert len(shown.artifact["listed"]) == 6 and "sharpest" in best(toolbox, by="sharpest").text
    assert len(toolbox.desk.history.entries()) == entries
    for cluster in toolbox.desk.clusterings.get().clusters:
        assert f'"{cluster.name}": #' in shown.text


def test_they_become_a_grouping(toolbox: Toolbox) -> None:
    made = best(toolbox, group=True)
    assert made.artifact["changed"] and toolbox.desk.clusterings.get().criterion == "best of each colour"
    assert "the most typical of each group; all other pictures are unsorted" in made.text


def test_only_grouping_them_is_an_edit(toolbox: Toolbox) -> None:
    tool, context = BestOfEach(), toolbox.context
    for group, effect in ((True, Effect.EDIT), (False, Effect.READ)):
        assert tool.effect_of(context, BestOfEachArguments(group=group)) is effect
    call = tool.read_instead(BestOfEachArguments(group=True, count=3, by="sharpest"))
    assert call.arguments == {"count": 3, "by": "sharpest"}


@pytest.mark.parametrize(
    ("sentence", "arguments"),
    [
        ("the best of each", {}),
        ("show me the two most typical pictures per group", {"count": 2}),
        ("pick one of each pile", {}),
        ("which is the sharpest photo of each group?", {"by": "sharpest"}),
        ("keep only the best of each", {"group": True}),
        (
            "make a selection with the 5 sharpest of every group",
            {"count": 5, "by": "sharpest", "group": True},
        ),
    ],
)
def test_how_people_say_it(sentence: str, arguments: dict[str, Any]) -> None:
    understood = parse(sentence)
    assert not isinstance(understood, Reply)
    assert [(call.tool, call.arguments) for call in understood] == [("best_of_each", arguments)]
