"""A call about groups of a grouping that is not shown turns to that grouping, and says so."""

from typing import Any

import pytest
from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk


def run(desk: Desk, tool: str, **arguments: Any) -> ToolMessage:
    return Toolbox(desk).run(ToolCall(name=tool, args=arguments, id="c1"))


@pytest.fixture
def two(desk: Desk) -> Desk:
    """A desk with two groupings, of which the one by colour is not shown."""
    desk.sorting.sort_into(["red", "green"], rest="all others")
    desk.grouping.group("shape", k=2)
    return desk


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("show", {"cluster": "reds"}),
        ("merge_clusters", {"clusters": ["red", "green"]}),
        ("rename_cluster", {"cluster": "green", "name": "grass"}),
        ("swap_names", {"first": "red", "second": "green"}),
        ("count", {"cluster": "all others"}),
    ],
)
def test_it_turns_to_the_grouping_that_has_the_groups(two: Desk, tool: str, given: dict[str, Any]) -> None:
    shape = next(c for c in two.clusterings.all() if c.criterion == "shape")
    done = run(two, tool, **given)
    assert done.text.startswith('In the grouping by "red, green or all others", which is shown now: ')
    current = two.clusterings.current
    assert current is not None and current.criterion.startswith("red")
    assert two.clusterings.get("shape").clusters == shape.clusters


def test_groups_of_the_one_that_is_shown_come_first(two: Desk) -> None:
    here = two.clusterings.get().clusters[0].name
    assert not run(two, "show", cluster=here).text.startswith("In the grouping")
    assert not run(two, "show", cluster="2").text.startswith("In the grouping")
    assert run(two, "show", cluster="purple").status == "error"
    assert two.clusterings.get().criterion == "shape"


def test_a_grouping_is_found_by_one_of_its_words(two: Desk) -> None:
    assert two.clusterings.get("green").criterion == "red, green or all others"
