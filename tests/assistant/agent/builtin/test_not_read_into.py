"""What somebody only remarks, doubts or takes back is not read into a request."""

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.tools.base import DialogueContext

SHOP = ("bag", "shoe", "hat", "watch")
HERE = DialogueContext(("product",), SHOP, spoken=("bag",), current=4, groupings=(SHOP,), informed=True)
PARTS = ("bag, blue", "bag, red", "shoe")
SPLIT = DialogueContext(
    ("product",),
    PARTS,
    spoken=PARTS[:2],
    current=3,
    groupings=(PARTS,),
    informed=True,
    last=Call("split_cluster", {"cluster": "bag", "by": "colour"}),
)


def tools(said: str, here: DialogueContext = HERE) -> list[str]:
    understood = parse(said, here)
    return [call.tool for call in understood] if isinstance(understood, list) else []


@pytest.mark.parametrize("said", ["#4 isn't a bag, show me the shoes", "#4 isn't a bag, but show shoe"])
def test_what_somebody_wants_to_see_is_no_place_for_a_picture(said: str) -> None:
    assert tools(said) == ["explain", "show"]


@pytest.mark.parametrize("said", ["keep it together", "put everything back together", "keep them apart"])
@pytest.mark.parametrize("tool", ["split_cluster", "merge_clusters"])
def test_what_failed_is_not_undone(said: str, tool: str) -> None:
    failed = DialogueContext(
        ("product",), SHOP, current=4, groupings=(SHOP,), informed=True, last=Call(tool, {}), offered=True
    )
    assert "undo" not in tools(said, failed)


@pytest.mark.parametrize("said", ["undo the last step", "undo the last one"])
def test_steps_are_no_parts(said: str) -> None:
    assert tools(said, SPLIT) == ["undo"]


def test_a_part_whose_name_has_a_comma_is_one_group() -> None:
    assert parse("rename the second part to purse", SPLIT) == [
        Call("rename_cluster", {"cluster": "2", "name": "purse"})
    ]
    three = DialogueContext(
        ("product",), PARTS, spoken=PARTS, current=3, groupings=(PARTS,), informed=True, last=SPLIT.last
    )
    assert "bag" not in str(parse("move #2 to the other one", three))  # of three there is no other one


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("merge 1 and 2, maybe 3", Call("merge_clusters", {"clusters": ["1", "2"]})),
        ("lock 1, maybe 2", Call("lock_group", {"cluster": "1"})),
        (
            "rename bag to purse and hat box",
            Call("rename_cluster", {"cluster": "bag", "name": "purse and hat box"}),
        ),
        ("rename bag to R", Call("rename_cluster", {"cluster": "bag", "name": "R"})),
        (
            "rename bag to things that don't matter",
            Call("rename_cluster", {"cluster": "bag", "name": "things that don't matter"}),
        ),
        (
            "group by what people don't care about",
            Call("group_by", {"criterion": "what people don't care about"}),
        ),
        ("why did you call it bag", Call("describe_group", {"cluster": "bag"})),
        ("group by red vs blue into 3", Call("group_by", {"criterion": "red vs blue", "groups": 3})),
    ],
)
def test_names_and_numbers_stay_what_they_are(said: str, call: Call) -> None:
    assert parse(said, HERE) == [call]


@pytest.mark.parametrize(
    "said",
    [
        "bag and shoe are both favourites",
        "bag and shoe are both his",
        "I can't see the difference between bag and shoe",
    ],
)
def test_a_remark_about_two_groups_merges_nothing(said: str) -> None:
    assert "merge_clusters" not in tools(said)


def test_what_is_taken_back_at_once_is_no_aside() -> None:
    assert tools("lock hat, that was a mistake")[-1] == "undo"
    assert tools("undo that, I was wrong") == ["undo"]
