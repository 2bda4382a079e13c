"""What somebody only remarks, doubts or takes back is not read into a request."""

from dataclasses import replace

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
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


def last(tool: str, **arguments: object) -> DialogueContext:
    return DialogueContext(
        ("product",), SHOP, current=4, groupings=(SHOP,), informed=True, last=Call(tool, arguments)
    )


@pytest.mark.parametrize(
    ("said", "before"),
    [
        ("not #7", last("describe_images", images=["#7"])),
        ("except #7", last("show_metadata", images=["#7"], about="when")),
        ("all but #7", last("move_images", images=["#7"], to="hat")),
        ("not the hats", last("export_clusters", to="/tmp/x", clusters=["hat"])),
    ],
)
def test_only_an_edit_is_taken_back_by_denying_all_of_it(said: str, before: DialogueContext) -> None:
    assert "undo" not in tools(said, before)


@pytest.mark.parametrize("said", ["move #4 to bad, undo", "merge 1 and 2, no, undo", "lock hat, oops, undo"])
def test_an_order_is_no_complaint_before_an_undo(said: str) -> None:
    assert len(tools(said)) == 2  # what was done before stays done


@pytest.mark.parametrize("said", ["too few, by far", "too many, by a mile", "way too many by my count"])
def test_how_far_too_many_is_no_criterion(said: str) -> None:
    assert tools(said)[:1] == ["change_number"]


@pytest.mark.parametrize(
    "said",
    ["it was sorted by date then place", "why sort by date then place?", "he had it by date then place"],
)
def test_how_it_was_grouped_is_no_order(said: str) -> None:
    assert "group_by" not in tools(said) and "cross" not in tools(said)


@pytest.mark.parametrize(
    "said", ["I need time and patience", "need help and advice", "none should be in their own group"]
)
def test_a_need_makes_no_groups(said: str) -> None:
    assert "sort_into" not in tools(said)


def test_only_what_is_needed_is_a_list() -> None:
    assert parse("I only need cats and dogs", HERE) == [Call("sort_into", {"values": ["cats", "dogs"]})]


@pytest.mark.parametrize("name", ["by the sea", "after the rain", "like the others", "By the River"])
def test_a_name_may_begin_with_after_or_by(name: str) -> None:
    for said in (f"rename bag to {name}", f"call it {name}"):
        assert parse(said, HERE) == [Call("rename_cluster", {"cluster": "bag", "name": name})]


@pytest.mark.parametrize(
    "said", ["call them after the camera", "call bag by its colour", "name it after the brand"]
)
def test_a_criterion_to_be_named_after_is_no_name(said: str) -> None:
    assert tools(said) == []


def test_lists_in_doubt_are_not_taken_apart() -> None:
    assert tools("cats and dogs, sheep and goats") == []  # not two groupings, one in place of the other


@pytest.mark.parametrize("said", ["#7 is right", "no, #7 is correct", "#3 looks okay", "#7 is really cute"])
def test_an_opinion_about_a_picture_is_no_group(said: str) -> None:
    assert tools(said) == []
    assert tools("#7 is sad") == ["move_images"]


@pytest.mark.parametrize(
    "said",
    [
        "anna said to merge 1 and 2",
        "mum told me to merge bag and shoe",
        "lisa says we should group by colour",
        "nobody said to merge 1 and 2",
    ],
)
def test_what_somebody_of_any_name_said_to_do_is_not_done(said: str) -> None:
    assert tools(said) == []


@pytest.mark.parametrize(
    "said",
    ["merge 1 and 2 as anna said to", "merge 1 and 2, like my wife suggested", "merge 1 and 2 as i told you"],
)
def test_whose_idea_it_was_is_no_name(said: str) -> None:
    assert parse(said, HERE) == [Call("merge_clusters", {"clusters": ["1", "2"]})]


def test_an_order_is_no_place_that_is_meant_instead() -> None:
    moved = replace(
        HERE, last=Call("move_images", {"images": ["#7"], "to": "hat"}), images=("#7",), spoken=("hat",)
    )
    assert parse("i said to bag", moved) == [Call("move_images", {"images": ["#7"], "to": "bag"})]
    assert tools("i said to merge 1 and 2", moved) == ["merge_clusters"]
    assert tools("no, i said to merge sale", moved) == []


@pytest.mark.parametrize("said", ["take your time", "take them out", "use the other one", "take it easy"])
def test_what_is_no_method_and_no_criterion(said: str) -> None:
    understood = parse(said, HERE)
    assert isinstance(understood, Reply) and "I know no method" not in understood.text
    asked = parse("use k-medoids", HERE)
    assert isinstance(asked, Reply) and "I know no method" in asked.text
