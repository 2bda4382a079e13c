"""Everyday sentences that name what they are about by its place, deny something, or say two things at once."""

from dataclasses import replace
from typing import Any

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext

SHOP = DialogueContext(
    criteria=("product", "colour"), names=("handbag", "school bag", "shoe", "watch", "red", "blue"), current=4,
    groupings=(("handbag", "school bag", "shoe", "watch"), ("red", "blue")), informed=True,
)  # fmt: skip
LISTED = replace(SHOP, listed=("#4", "#8", "#12"), spoken=("watch",), last=Call("show", {"cluster": "watch"}))
FRESH = DialogueContext(informed=True)
SPLIT = replace(SHOP, last=Call("split_cluster", {"cluster": "shoe"}), spoken=("boots", "sandals"))
MERGED = replace(SHOP, last=Call("merge_clusters", {"clusters": ["handbag", "shoe"]}), spoken=("shoe",))


@pytest.mark.parametrize(
    ("said", "here", "tool", "given"),
    [
        # an image by its place in a list, and groups by theirs
        ("the third one is a shoe", LISTED, "move_images", {"images": ["#12"], "to": "shoe"}),
        ("the second one belongs to the shoes", LISTED, "move_images", {"images": ["#8"], "to": "shoe"}),
        (
            "not the last two though, they are shoes",
            LISTED,
            "move_images",
            {"images": ["#8", "#12"], "to": "shoe"},
        ),
        ("are there any more like these?", LISTED, "more_like", {"images": ["#4", "#8", "#12"]}),
        (
            "move #1 and #2 in there",
            replace(SHOP, spoken=("shoe",)),
            "move_images",
            {"images": ["#1", "#2"], "to": "shoe"},
        ),
        ("show the one after that", replace(SHOP, spoken=("shoe",)), "show", {"cluster": "watch"}),
        ("show the previous one", replace(SHOP, spoken=("shoe",)), "show", {"cluster": "school bag"}),
        # what is denied moves nothing, in whatever words
        ("#4 is not that red", SHOP, "explain", {"image": "#4", "not_in": "red"}),
        ("there is no dog in #3", SHOP, "explain", {"image": "#3", "not_in": "dog"}),
        ("#3 has no shoes", SHOP, "explain", {"image": "#3", "not_in": "shoes"}),
        ("i don't see any hats on #3", SHOP, "explain", {"image": "#3", "not_in": "hats"}),
        ("#4 and #5 aren't hats", SHOP, "explain", {"image": "#4", "not_in": "hats", "more": ["#5"]}),
        (
            "#3 is no watch and #7 neither",
            SHOP,
            "explain",
            {"image": "#3", "not_in": "watch", "more": ["#7"]},
        ),
        ("7 isn't a shoe its a watch", SHOP, "move_images", {"images": ["#7"], "to": "watch"}),
        ("#4 isn't a watch, i'd say shoe", SHOP, "move_images", {"images": ["#4"], "to": "shoe"}),
        ("no blue ones please", SHOP, "show", {"but": ["blue"]}),
        # groups
        (
            "handbag and school bag are both just bags",
            SHOP,
            "merge_clusters",
            {"clusters": ["handbag", "school bag"], "name": "bags"},
        ),
        (
            "move everything from shoe to watch",
            SHOP,
            "merge_clusters",
            {"clusters": ["shoe", "watch"], "name": "watch"},
        ),
        ("hm no, keep them separate", MERGED, "undo", {}),
        ("put them back together", SPLIT, "undo", {}),
        ("put red and blue apart", SHOP, "show", {"clustering": "colour"}),
        (
            "split shoe into boots, sandals and the rest",
            SHOP,
            "sort_into",
            {"values": ["boots", "sandals"], "rest": "other", "within": "shoe"},
        ),
        # lists as they are typed
        (
            "split the stuff in shoes bags n watches",
            FRESH,
            "sort_into",
            {"values": ["shoes", "bags", "watches"]},
        ),
        (
            "packshots in one folder and everything else called lifestyle",
            FRESH,
            "sort_into",
            {"values": ["packshots"], "rest": "lifestyle"},
        ),
        (
            "receipts on one side, everyhting else on the other",
            FRESH,
            "sort_into",
            {"values": ["receipts"], "rest": "other"},
        ),
        ("split by daytime vs night", FRESH, "sort_into", {"values": ["daytime", "night"]}),
        ("seperate screenshots from photos", FRESH, "sort_into", {"values": ["screenshots", "photos"]}),
        # files
        (
            "export the shoes and the watches but not the bags to ~/o",
            SHOP,
            "export_clusters",
            {"to": "~/o", "clustering": "shoes and the watches"},
        ),
        (
            "export everything but not the shoes to ~/o",
            SHOP,
            "export_clusters",
            {"to": "~/o", "but": ["shoe"]},
        ),
        (
            "make one folder for each colour in ~/o",
            SHOP,
            "export_clusters",
            {"to": "~/o", "clustering": "colour"},
        ),
        ("group by emotion by using the walk", SHOP, "group_by", {"criterion": "emotion", "method": "walk"}),
    ],
)
def test_a_sentence_comes_to_one_call(
    said: str, here: DialogueContext, tool: str, given: dict[str, Any]
) -> None:
    assert parse(said, here) == [Call(tool, given)]


def test_two_things_come_to_two_calls() -> None:
    first, second = {"cluster": "1", "name": "hiking"}, {"cluster": "2", "name": "summer"}
    calls = parse("call the first part hiking and the second summer", SPLIT)
    assert calls == [Call("rename_cluster", first), Call("rename_cluster", second)]
    years = parse("export to ~/o with one folder per year and subfolders per month", FRESH)
    assert years == [
        Call("cross", {"first": "year", "second": "month"}),
        Call("export_clusters", {"to": "~/o"}),
    ]
    locked = parse("rename shoe to boots and then lock it", SHOP)
    assert locked == [
        Call("rename_cluster", {"cluster": "shoe", "name": "boots"}), Call("lock_group", {"cluster": "boots"})
    ]  # fmt: skip
    several = parse("call shoe boots, watch clock and handbag purse", SHOP)
    assert [call.arguments["name"] for call in several if isinstance(call, Call)] == [
        "boots",
        "clock",
        "purse",
    ]
    both = parse("how many shoes and how many watches are there?", SHOP)
    assert both == [Call("count", {"cluster": "shoe"}), Call("count", {"cluster": "watch"})]


def test_a_remark_names_no_thing_and_a_thing_is_no_criterion() -> None:
    assert "Which picture" not in getattr(parse("it's not a secret", SHOP), "text", "")
    asked = parse("sort by cars by colour", FRESH)
    assert isinstance(asked, Reply) and "only the cars" in asked.text
    assert parse("group by colour in /tmp/sorted", FRESH) != [
        Call("group_by", {"criterion": "colour in /tmp/sorted"})
    ]
