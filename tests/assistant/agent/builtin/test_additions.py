"""Sentences that add to the call before, or take something from it."""

from dataclasses import replace

import pytest

from assistant.agent.builtin.additions import added, joins_offer
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext

MOVED = Call("move_images", {"images": ["#4"], "to": "red"})
HERE = DialogueContext(
    criteria=("mood",), groupings=(("happy", "sad", "red", "blue"),), names=("happy", "sad", "red", "blue"), current=4,
    last=MOVED, informed=True,
)  # fmt: skip
OFFERED = replace(HERE, offered=True, offer=Call("move_images", {"images": ["#12"], "to": "brown"}))


@pytest.mark.parametrize(
    ("said", "images"),
    [
        ("and #7 too", ["#7"]),
        ("#8 as well", ["#8"]),
        ("also 11", ["#11"]),
        ("same for #9 and #10", ["#9", "#10"]),
        ("with 14 and 15 too", ["#14", "#15"]),
        ("and img-003.png", ["img-003.png"]),
        ("plus #3-#5", ["#3", "#4", "#5"]),
        ("don't forget 6", ["#6"]),
    ],
)
def test_further_pictures_go_where_the_others_went_or_join_what_is_offered(
    said: str, images: list[str]
) -> None:
    assert parse(said, HERE) == [Call("move_images", {"images": images, "to": "red"})]
    assert parse(said, OFFERED) == [Call("move_images", {"images": ["#12", *images], "to": "brown"})]


@pytest.mark.parametrize(
    ("said", "last", "calls"),
    [
        ("and #3 too", Call("keep_together", {"images": ["#1", "#2"]}), [{"images": ["#1", "#2", "#3"]}]),
        (
            "and the sad and red ones",
            Call("lock_group", {"cluster": "happy"}),
            [{"cluster": "sad"}, {"cluster": "red"}],
        ),
        ("and 3 too", Call("show", {"cluster": "happy"}), []),
    ],
)
def test_what_is_added_is_done_as_the_tool_does_it(
    said: str, last: Call, calls: list[dict[str, object]]
) -> None:
    assert added(said, replace(HERE, last=last)) == [Call(last.tool, given) for given in calls]


def test_a_group_is_merged_into_what_came_of_the_merge_or_joins_the_offer() -> None:
    merge = Call("merge_clusters", {"clusters": ["happy", "sad"], "name": "joy"})
    done = replace(HERE, last=merge, names=("joy", "red", "blue"), current=3, spoken=("joy",))
    assert added("and red too", done) == [Call("merge_clusters", {"clusters": ["joy", "red"], "name": "joy"})]
    waits = replace(HERE, last=merge, offered=True)
    assert added("and red too", waits)[0].arguments["clusters"] == ["happy", "sad", "red"]


def test_further_groups_are_added_to_the_folder_of_an_export_or_go_to_their_own() -> None:
    export = Call("export_clusters", {"to": "/a", "clustering": "happy", "mode": "link"})
    done = replace(HERE, last=export)
    beside = {"to": "/a", "mode": "link", "only": ["sad"], "add": True}
    assert added("and the sad ones too", done) == [Call("export_clusters", beside)]
    assert added("and the sad ones to /b", done)[0].arguments == {"to": "/b", "mode": "link", "only": ["sad"]}
    assert added("and the rest to /b", done)[0].arguments["only"] == ["sad", "red", "blue"]
    assert added("and the sad ones too", replace(done, offered=True)) == []  # it was never written


def test_what_is_left_out_is_taken_back_first_where_it_was_done() -> None:
    both = Call("move_images", {"images": ["#4", "#6"], "to": "red"})
    left = Call("move_images", {"images": ["#4"], "to": "red"})
    assert added("but not #6", replace(HERE, last=both)) == [Call("undo"), left]
    assert added("without #6", replace(HERE, last=both, offered=True, offer=both)) == [left]
    assert added("not #9", replace(HERE, last=both)) == []  # it was not among them
    assert added("not #4", HERE) == [Call("undo")]  # nothing would be left
    merged = Call("merge_clusters", {"clusters": ["happy", "sad"]})
    assert added("without sad", replace(HERE, last=merged)) == []  # one group alone is no merge


@pytest.mark.parametrize(
    "said",
    [
        "and then show red",
        "also by colour",
        "and to ~/x1",
        "with kmeans",
        "and you?",
        "add a group of birds",
        "and red",
    ],
)
def test_another_request_adds_nothing(said: str) -> None:
    assert added(said, HERE) == []


def test_an_addition_is_no_yes_to_an_offer_but_may_come_with_one() -> None:
    assert joins_offer("and #11 too", OFFERED) and joins_offer("not #12, and #3", OFFERED) is False
    assert not joins_offer("yes, and #11 too", OFFERED) and added("yes, and #11 too", OFFERED)
    assert not joins_offer("and #11 too", HERE)


@pytest.mark.parametrize(
    "said", ["so is #5", "so does #5", "and so is #5", "#5 is too", "#5 does as well", "#5 belongs there too"]
)
@pytest.mark.parametrize(
    "denied",
    [
        Call("explain", {"image": "#4", "not_in": "dog"}),
        Call("move_images", {"images": ["#4"], "to": "unsorted", "out_of": "sad"}),
        Call("keep_apart", {"images": ["#4", "#6"]}),
    ],
)
@pytest.mark.parametrize("offer", [None, Call("move_images", {"images": ["#4"], "to": "happy"})])
def test_what_agrees_with_a_denial_says_the_opposite_and_is_asked_about(
    said: str, denied: Call, offer: Call | None
) -> None:
    here = DialogueContext(("mood",), ("happy", "sad"), current=2, last=denied, offer=offer, informed=True)
    understood = parse(said, here)
    assert isinstance(understood, Reply) and understood.asks and "neither is #5" in understood.text


def test_what_agrees_with_a_move_out_of_one_group_into_another_is_done() -> None:
    moved = Call("move_images", {"images": ["#4"], "to": "happy", "out_of": "sad"})
    (call,) = parse("so does #5", replace(HERE, last=moved))
    assert isinstance(call, Call) and call.arguments["images"] == ["#5"] and call.arguments["to"] == "happy"


@pytest.mark.parametrize("said", ["#5 isn't either", "nor #5", "#5 neither"])
def test_a_denial_joins_a_denial(said: str) -> None:
    denied = Call("explain", {"image": "#4", "not_in": "dog"})
    here = DialogueContext(("mood",), ("happy", "sad"), current=2, last=denied, informed=True)
    assert parse(said, here) == [Call("explain", {"image": "#4", "not_in": "dog", "more": ["#5"]})]
