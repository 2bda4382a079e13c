"""What a sentence names is never left out unasked: for every tool, whatever brain makes the call."""

from typing import Any

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.left_out import left_out, mended, turned_round
from assistant.agent.tools.base import DialogueContext

HERE = DialogueContext(
    criteria=("city", "mood"),
    names=("Berlin", "Lisbon", "happy", "sad", "calm"),
    groupings=(("Berlin", "Lisbon"), ("happy", "sad", "calm")),
    said_by_files=(("year", ("2023", "2024")), ("camera", ("Canon EOS R6", "Google Pixel 7"))),
    current=2,
    informed=True,
)


def test_a_quoted_file_name_of_several_words_is_held_as_a_whole() -> None:
    for name in ("photo 11.jpg", "Ünï çödé 猫.jpg"):
        call = Call("move_images", {"images": [name], "to": "happy"})
        assert left_out(f'move "{name}" to happy', [call], HERE) == ()
    assert left_out(f'move "{name}" and photo.jpg to happy', [call], HERE) == ("photo.jpg",)


@pytest.mark.parametrize("said", ["MLLM-MC", "mllm-mc", "mllm_mc", "Multi-Sub", "zero-shot"])
def test_a_method_is_held_however_its_name_is_joined(said: str) -> None:
    call = Call("group_by", {"criterion": "mood", "method": said.casefold().replace("-", "_")})
    assert left_out(f"group by mood with {said}", [call], HERE) == ()
    assert left_out(f"group by mood jamás with {said}", [call], HERE) == ("jamás",)


@pytest.mark.parametrize(
    ("said", "tool", "arguments", "lost"),
    [
        ("how many Canon pictures are in Berlin?", "count", {"cluster": "Berlin"}, ("Canon",)),
        ("show the happy ones in Berlin", "show", {"cluster": "Berlin"}, ("happy",)),
        ("split Berlin into 3 by mood", "split_cluster", {"cluster": "Berlin", "by": "mood"}, ("3",)),
        ("split Berlin into 3 by mood", "split_cluster", {"cluster": "Berlin", "parts": 3}, ("mood",)),
        ("export Berlin and Lisbon to /x", "export_clusters", {"to": "/x", "clustering": "Berlin"}, ("Lisbon",)),
        ("keep #3 and #4 together", "keep_together", {"images": ["#3"]}, ("#4",)),
        ("lock the sad ones from 2023", "lock_group", {"cluster": "sad"}, ("2023",)),
        ("group Lisbon by colour", "group_by", {"criterion": "colour"}, ("Lisbon",)),
        ("ask me 5 questions about happy", "ask_me", {}, ("happy", "5")),
        ("merge happy, sad and Berlin", "merge_clusters", {"clusters": ["happy", "sad"]}, ("Berlin",)),
        ("find pictures like #3 that are sad", "more_like", {"images": ["#3"]}, ("sad",)),
    ],
)  # fmt: skip
def test_what_no_call_holds_is_found(
    said: str, tool: str, arguments: dict[str, Any], lost: tuple[str, ...]
) -> None:
    assert left_out(said, [Call(tool, arguments)], HERE) == lost


@pytest.mark.parametrize(
    ("said", "calls"),
    [
        ("show group 1", [Call("show", {"cluster": "1"})]),
        ("show Berlin", [Call("show", {"cluster": "1"})]),
        ("how many Canons are in Berlin", [Call("count", {"cluster": "Berlin", "also": ["Canon EOS R6"]})]),
        ("why is #5 in sad?", [Call("explain", {"image": "#5"})]),
        ("move #5 from Berlin to Lisbon", [Call("move_images", {"images": ["#5"], "to": "Lisbon"})]),
        ("#5 is happy rather than sad", [Call("move_images", {"images": ["5"], "to": "happy"})]),
        ("merge 1 and 2, then show sad", [Call("merge_clusters", {"clusters": ["1", "2"]})]),
        ("undo the merge of happy and sad", [Call("undo")]),
        ("undo the last 3", [Call("undo")] * 3),
        ("group by year", [Call("group_by", {"criterion": "year"})]),
        ("group by city", [Call("group_by", {"criterion": "town"})]),
        ("export as links to ~/2024/sad", [Call("export_clusters", {"to": "~/2024/sad", "mode": "link"})]),
        ("keep #3-#5 together", [Call("keep_together", {"images": ["#3", "#4", "#5"]})]),
        ("merge the two", [Call("merge_clusters", {"clusters": ["happy", "sad"]})]),
    ],
)
def test_what_is_held_is_not_asked_about(said: str, calls: list[Call]) -> None:
    assert left_out(said, calls, HERE) == ()


@pytest.mark.parametrize(
    "said",
    [
        "how many are not in Berlin?",
        "show everything but Berlin",
        "show all except Lisbon",
        "show the ones that are not sad",
        "merge all but sad",
        "move #8 and #9 to Lisbon, but not #9",
        "export all but Berlin to /tmp/x",
        "how many are neither in Berlin nor in Lisbon?",
        "lock everything except happy",
        "put #1, #2 and #3 in sad except #2",
    ],
)
def test_the_opposite_of_what_is_meant_is_never_done(said: str) -> None:
    understood = parse(said, HERE)
    assert isinstance(understood, list) and not turned_round(said, understood, HERE)


def test_a_call_of_the_opposite_is_found_whatever_brain_made_it() -> None:
    assert turned_round("show everything but Berlin", [Call("show", {"cluster": "Berlin"})], HERE)
    assert turned_round("how many are not sad", [Call("count", {"cluster": "sad"})], HERE)
    assert not turned_round("show everything but Berlin", [Call("show", {"but": ["Berlin"]})], HERE)


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("show Berlin", "show"),
        ("#12 is not happy", "explain"),
        ("#12 is not happy, it goes to sad", "move_images"),
        ("merge Berlin and Lisbon", "merge_clusters"),
    ],
)
def test_what_is_meant_is_done(said: str, tool: str) -> None:
    understood = parse(said, HERE)
    assert isinstance(understood, list) and [call.tool for call in understood] == [tool]


def test_apart_from_leaves_nothing_out_where_two_are_kept_apart() -> None:
    calls = [Call("keep_apart", {"images": ["#1", "#2", "#7"]})]
    assert parse("keep #1 and #2 apart from #7", HERE) == calls
    assert not turned_round("keep #1 and #2 apart from #7", calls, HERE)


def test_what_one_call_tells_of_one_is_told_of_each() -> None:
    calls = mended("how many are happy and how many are sad?", [Call("count", {"cluster": "happy"})], HERE)
    assert calls == [Call("count", {"cluster": "happy"}), Call("count", {"cluster": "sad"})]
    calls = mended("why are #1 and #2 there?", [Call("explain", {"image": "#1"})], HERE)
    assert calls == [Call("explain", {"image": "#1"}), Call("explain", {"image": "#2"})]


@pytest.mark.parametrize(
    ("said", "calls"),
    [
        ("show the happy Berlin ones", [Call("show", {"cluster": "happy", "also": ["Berlin"]})]),
        (
            "put all happy Berlin ones and happy Lisbon ones together",
            [Call("pick_out", {"all_of": ["happy", "Berlin", "Lisbon"]})],
        ),
        (
            "show the happy Berlin ones and the sad Lisbon ones",
            [
                Call("show", {"cluster": "happy", "also": ["Berlin"]}),
                Call("show", {"cluster": "sad", "also": ["Lisbon"]}),
            ],
        ),
        ("how many are in Berlin and Lisbon together?", [Call("count", {"cluster": "Berlin", "also": ["Lisbon"]})]),
        ("how many photos did the Canon take?", [Call("count", {"cluster": "Canon"})]),
        ("show the ones without a date", [Call("show", {"cluster": "no date"})]),
        ("how many of the unsorted ones are from 2023?", [Call("count", {"cluster": "unsorted", "also": ["2023"]})]),
        ("which group is the biggest?", [Call("count", {"cluster": "biggest"})]),
        ("how many moods are there?", [Call("count", {"clustering": "mood"})]),
        (
            "are there more happy than sad ones?",
            [Call("count", {"cluster": "happy"}), Call("count", {"cluster": "sad"})],
        ),
        (
            "rename happy to joy and sad to sorrow",
            [
                Call("rename_cluster", {"cluster": "happy", "name": "joy"}),
                Call("rename_cluster", {"cluster": "sad", "name": "sorrow"}),
            ],
        ),
        ("sort by mood and inside each mood by city", [Call("cross", {"first": "mood", "second": "city"})]),
        ("is #4 a happy one?", [Call("describe_images", {"images": ["#4"], "asked": "happy"})]),
        ("is #4 one of Berlin?", [Call("explain", {"image": "#4"})]),
        ("what colour is #4?", [Call("describe_images", {"images": ["#4"], "question": "colour"})]),
    ],
)  # fmt: skip
def test_everyday_sentences_lead_to_the_right_calls(said: str, calls: list[Call]) -> None:
    assert parse(said, HERE) == calls


@pytest.mark.parametrize(
    "said",
    ["show happy and Berlin", "merge happy and sad", "move #3 from Berlin to Lisbon", "#3 is happy, not sad"],
)
def test_groups_named_side_by_side_are_no_phrase(said: str) -> None:
    understood = parse(said, HERE)
    assert isinstance(understood, list)
    assert not any({"also", "but"} & call.arguments.keys() or call.tool == "pick_out" for call in understood)


def test_what_cannot_be_done_with_several_conditions_is_asked_about_and_never_half_done() -> None:
    for said in ("merge the happy Berlin ones and the sad Lisbon ones", "rename the happy Berlin ones to x"):
        understood = parse(said, HERE)
        assert isinstance(understood, Reply) and "Selection" not in understood.text, understood
