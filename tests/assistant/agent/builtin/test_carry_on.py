"""Sentences that name only what is different from the call before."""

from dataclasses import replace

import pytest

from assistant.agent.builtin.carry_on import after, carried_on, contrasted
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.tools.base import DialogueContext

NAMES = ("happy", "sad")
SHOWN = Call("show", {"cluster": "happy"})
MOVED = Call("move_images", {"images": ["#1"], "to": "happy"})
GROUPED = Call("group_by", {"criterion": "mood", "groups": 4})
RENAMED = Call("rename_cluster", {"cluster": "happy", "name": "jolly"})


def dialogue(last: Call | None) -> DialogueContext:
    return DialogueContext(names=NAMES, last=last, informed=True)


@pytest.mark.parametrize(
    ("text", "last", "tool", "arguments"),
    [
        ("and the sad ones", SHOWN, "show", {"cluster": "sad"}),
        ("what about sad?", Call("count", {"cluster": "happy"}), "count", {"cluster": "sad"}),
        ("#2 too", MOVED, "move_images", {"images": ["#2"], "to": "happy"}),
        ("no, I meant sad", MOVED, "move_images", {"images": ["#1"], "to": "sad"}),
        ("same for age", GROUPED, "group_by", {"criterion": "age", "groups": 4}),
        ("hair length I mean", GROUPED, "group_by", {"criterion": "hair length", "groups": 4}),
        ("I meant cheery", RENAMED, "rename_cluster", {"cluster": "jolly", "name": "cheery"}),
    ],
)
def test_the_rest_is_as_it_was(text: str, last: Call, tool: str, arguments: dict[str, object]) -> None:
    assert carried_on(text, dialogue(last)) == [Call(tool, arguments)]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("and the sad ones", None),
        ("and the sad ones", GROUPED),
        ("no worries", GROUPED),
        ("what about lunch?", GROUPED),
        ("and then we went to the beach", SHOWN),
        ("no, I meant that I do not want to do anything at all", GROUPED),
    ],
)
def test_what_has_no_place_in_the_call_before_carries_nothing_on(text: str, last: Call | None) -> None:
    assert carried_on(text, dialogue(last)) == []


def test_what_a_call_was_about_is_spoken_of_after_it() -> None:
    before = DialogueContext(names=NAMES, images=("#7",), spoken=("happy",))
    assert after(MOVED, before).images == ("#1",) and after(MOVED, before).spoken == ("happy",)
    assert after(RENAMED, before).spoken == ("jolly",) and after(RENAMED, before).images == ()
    assert after(Call("undo"), before).images == ("#7",) and after(Call("undo"), before).last == Call("undo")


THREE = DialogueContext(
    criteria=("mood",), names=("happy", "sad", "angry"), current=3, spoken=("happy",), informed=True
)
CORRECTED = [
    ("no, into 3", Call("split_cluster", {"cluster": "happy", "parts": 2}), {"cluster": "happy", "parts": 3}),
    (
        "make that 4",
        Call("split_cluster", {"cluster": "happy", "parts": 2}),
        {"cluster": "happy", "parts": 4},
    ),
    ("no, I meant 1 and 3", Call("merge_clusters", {"clusters": ["happy", "sad"]}), {"clusters": ["1", "3"]}),
    ("no, I meant #5", Call("move_images", {"images": ["#4"], "to": "sad"}), {"images": ["#5"], "to": "sad"}),
    ("no, sad", Call("lock_group", {"cluster": "happy"}), {"cluster": "sad"}),
    ("no, the first two", Call("merge_clusters", {"clusters": ["sad", "angry"]}), {"clusters": ["1", "2"]}),
    (
        "no wait, the last two",
        Call("merge_clusters", {"clusters": ["happy", "glad"]}),
        {"clusters": ["3", "4"]},
    ),
    (
        "no, glad and sad",
        Call("merge_clusters", {"clusters": ["happy", "glad"]}),
        {"clusters": ["glad", "sad"]},
    ),
    ("sorry, 2 and 3", Call("merge_clusters", {"clusters": ["1", "2"]}), {"clusters": ["2", "3"]}),
    (
        "no, only #5",
        Call("move_images", {"images": ["#4", "#5"], "to": "sad"}),
        {"images": ["#5"], "to": "sad"},
    ),
    ("no, by age", Call("split_cluster", {"cluster": "sad", "by": "hair"}), {"cluster": "sad", "by": "age"}),
    ("no, #3 and #9", Call("keep_together", {"images": ["#3", "#8"]}), {"images": ["#3", "#9"]}),
    ("oops, angry", Call("split_cluster", {"cluster": "sad", "parts": 2}), {"cluster": "angry", "parts": 2}),
]


@pytest.mark.parametrize(("said", "last", "meant"), CORRECTED)
def test_a_corrected_step_is_taken_back_first_where_it_was_done(
    said: str, last: Call, meant: dict[str, object]
) -> None:
    done = replace(THREE, last=last)
    assert parse(said, done) == [Call("undo"), Call(last.tool, meant)]
    assert parse(said, replace(done, offered=True)) == [Call(last.tool, meant)]


def test_another_place_for_the_same_images_needs_nothing_taken_back() -> None:
    done = replace(THREE, last=Call("move_images", {"images": ["#4"], "to": "sad"}))
    assert parse("no, I meant angry", done) == [Call("move_images", {"images": ["#4"], "to": "angry"})]


@pytest.mark.parametrize(
    ("said", "to"),
    [
        ("no, to angry", "angry"),
        ("no, to June 2023", "June 2023"),
        ("sorry, into happy", "happy"),
        ("no, angry", "angry"),
    ],
)
def test_another_place_may_be_said_with_its_preposition(said: str, to: str) -> None:
    done = replace(THREE, last=Call("move_images", {"images": ["#4"], "to": "sad"}))
    assert parse(said, done) == [Call("move_images", {"images": ["#4"], "to": to})]


def test_one_group_alone_in_the_place_of_a_merge_takes_it_back() -> None:
    done = replace(THREE, last=Call("merge_clusters", {"clusters": ["happy", "glad"], "name": "joy"}))
    assert parse("no, only glad", done) == [Call("undo")]


@pytest.mark.parametrize("said", ["no, group by age", "no, undo that", "no", "no thanks", "no, show sad"])
def test_another_request_is_no_correction(said: str) -> None:
    understood = parse(said, replace(THREE, last=Call("merge_clusters", {"clusters": ["happy", "glad"]})))
    assert not isinstance(understood, list) or "merge_clusters" not in {call.tool for call in understood}


PUT = Call("move_images", {"images": ["#1"], "to": "sad"})
MERGED = Call("merge_clusters", {"clusters": ["happy", "sad"]})


@pytest.mark.parametrize(
    ("said", "last", "calls"),
    [
        ("not #1, #4", PUT, [{}, {"images": ["#4"], "to": "sad"}]),
        ("not to sad, to angry", PUT, [{"images": ["#1"], "to": "angry"}]),
        ("not happy but sad", Call("lock_group", {"cluster": "happy"}), [{}, {"cluster": "sad"}]),
        ("not those, sad and angry", MERGED, [{}, {"clusters": ["angry", "sad"]}]),
        ("not indoors, outdoors", Call("group_by", {"criterion": "indoors"}), [{"criterion": "outdoors"}]),
        ("no, outdoors instead", Call("group_by", {"criterion": "indoors"}), [{"criterion": "outdoors"}]),
    ],
)
def test_what_is_wrong_may_be_said_before_what_is_meant(
    said: str, last: Call, calls: list[dict[str, object]]
) -> None:
    tools = ["undo"] * (len(calls) - 1) + [last.tool]
    understood = parse(said, replace(THREE, last=last))
    assert understood == [Call(tool, given) for tool, given in zip(tools, calls, strict=True)]


def test_a_group_takes_the_place_of_no_folder() -> None:
    done = replace(THREE, last=Call("export_clusters", {"to": "/a", "clustering": "happy"}))
    assert carried_on("no, sad", done) == []


def test_what_is_put_against_something_else_is_no_correction() -> None:
    last = Call("lock_group", {"cluster": "happy"})
    assert contrasted("not angry, sad", replace(THREE, last=last)) == "not angry, sad"
    assert contrasted("not happy, sad", replace(THREE, last=None)) == "not happy, sad"


SCENES = DialogueContext(
    criteria=("scene",), names=("beach", "forest", "old town"), current=3,
    groupings=(("beach", "forest", "old town"),), informed=True,
)  # fmt: skip


@pytest.mark.parametrize(
    "said", ["nope, wrong ones. beach and forest", "that's wrong, it should be beach and forest"]
)
def test_the_wrong_ones_are_taken_back_before_those_that_are_meant(said: str) -> None:
    here = replace(SCENES, last=Call("merge_clusters", {"clusters": ["beach", "mountain"]}))
    undone, merged = parse(said, here)
    assert undone == Call("undo") and merged.tool == "merge_clusters"
    assert set(merged.arguments["clusters"]) == {"beach", "forest"}


def test_another_name_is_given_to_what_was_renamed() -> None:
    here = replace(SCENES, last=Call("rename_cluster", {"cluster": "forest", "name": "peaks"}))
    calls = parse("make that one 'hills' instead", here)
    assert calls == [Call("rename_cluster", {"cluster": "peaks", "name": "hills"})]


@pytest.mark.parametrize(
    "said",
    [
        "that is better",
        "it sounds better",
        "better not",
        "now do it",
        "make it better",
        "that's wrong, stop it",
    ],
)
def test_a_remark_is_no_name(said: str) -> None:
    here = replace(SCENES, last=Call("rename_cluster", {"cluster": "forest", "name": "peaks"}))
    understood = parse(said, here)
    assert not isinstance(understood, list) or understood[0].tool != "rename_cluster"


def test_the_same_is_done_to_another_group() -> None:
    here = replace(SCENES, last=Call("split_cluster", {"cluster": "beach", "by": "colour"}))
    assert parse("now do the forest", here) == [Call("split_cluster", {"cluster": "forest", "by": "colour"})]
