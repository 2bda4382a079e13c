"""Sentences that name more than conditions or corrections can say: they are asked about, never read as less."""

from dataclasses import replace
from typing import Any

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext

HERE = DialogueContext(
    criteria=("city", "colour"),
    names=("Berlin", "Tokyo", "green", "pink"),
    groupings=(("Berlin", "Tokyo"), ("green", "pink")),
    said_by_files=(("month", ("March 2023", "June 2023")), ("camera", ("Canon EOS R6", "Google Pixel 7"))),
    current=2,
    informed=True,
)
SHOWN = DialogueContext(
    criteria=("what is shown",),
    names=("mountains", "people", "landscapes"),
    groupings=(("mountains", "people", "landscapes"),),
    current=3,
    informed=True,
)


@pytest.mark.parametrize(
    "said",
    [
        "show everything except green Berlin pictures",
        "show the Canon ones except the green Berlin ones",
        "how many are green or in Berlin?",
        "how many green or Berlin pictures are there?",
        "show the ones that are green or from Berlin",
        "how many are both green and pink?",
    ],
)
def test_what_no_conditions_can_say_is_asked_about(said: str) -> None:
    understood = parse(said, HERE)
    assert isinstance(understood, Reply) and understood.asks and not understood.lost


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("put the green Berlin pictures but only the Canon ones together", "pick_out",
         {"all_of": ["green", "Berlin", "Canon"]}),
        ("show the green ones but just the Canon ones", "show", {"cluster": "green", "also": ["Canon"]}),
        ("show everything except the green and the pink ones", "show", {"but": ["green", "pink"]}),
        ("how many are green or pink?", "count", {"cluster": "green", "also": ["pink"]}),
        ("how many are both green and in Berlin?", "count", {"cluster": "green", "also": ["Berlin"]}),
        ("how many were taken between March 2023 and June 2023?", "count",
         {"cluster": "between March 2023 and June 2023"}),
        ("show photos from March 2023 to June 2023", "show", {"cluster": "from March 2023 to June 2023"}),
        ("show photos taken before June 2023", "show", {"cluster": "before June 2023"}),
        ("show the pictures since 2023", "show", {"cluster": "since 2023"}),
        ("merge the two smallest", "merge_clusters", {"clusters": ["smallest", "2nd smallest"]}),
        ("combine the biggest 3 groups as rest of it", "merge_clusters",
         {"clusters": ["biggest", "2nd biggest", "3rd biggest"], "name": "rest of it"}),
        ("split the biggest by day", "split_cluster", {"cluster": "biggest", "by": "day"}),
        ("split the smallest city by camera", "split_cluster", {"cluster": "smallest", "by": "camera"}),
        ("show the newest ones", "show_metadata", {"about": "when"}),
        ("put all Canon pictures into a group called Trip", "pick_out", {"all_of": ["Canon"], "name": "Trip"}),
        ("everything from June 2023 in one group called Trip", "pick_out", {"all_of": ["June 2023"], "name": "Trip"}),
        ("take the Canon pictures out into a group of their own", "pick_out", {"all_of": ["Canon"]}),
        ("put Berlin in a group called Home", "rename_cluster", {"cluster": "Berlin", "name": "Home"}),
        ("photos taken at night", "show", {"cluster": "night"}),
        ("how many did I take on weekends", "count", {"cluster": "weekend"}),
        ("show the ones from June 1", "show", {"cluster": "June 1"}),
        ("photos from the 90s", "show", {"cluster": "the 90s"}),
        ("how many did I take in the last 2 years?", "count", {"cluster": "the last 2 years"}),
        ("how many Berlin pictures are from before 2024?", "count", {"cluster": "Berlin", "also": ["before 2024"]}),
        ("put the pictures from after July together", "pick_out", {"all_of": ["after July"]}),
        ("show what I took in Berlin since August", "show", {"cluster": "Berlin", "also": ["since August"]}),
        ("split green into Berlin and Tokyo", "sort_into", {"values": ["Berlin", "Tokyo"], "within": "green"}),
        ("March, June and the rest", "sort_into", {"values": ["March", "June"], "rest": "other"}),
    ],
)  # fmt: skip
def test_what_conditions_can_say_is_done(said: str, tool: str, arguments: dict[str, Any]) -> None:
    assert parse(said, HERE) == [Call(tool, arguments)]


def test_a_move_from_one_month_to_another_is_no_span() -> None:
    here = replace(HERE, names=("June", "July"), groupings=(("June", "July"),), criteria=("month",))
    assert parse("move #3 from June to July", here) == [Call("move_images", {"images": ["#3"], "to": "July"})]


@pytest.mark.parametrize("said", ["no, by what?", "no, by camera or by colour?", "wait, by what?"])
def test_a_correction_that_is_a_question_changes_nothing(said: str) -> None:
    last = Call("split_cluster", {"cluster": "Berlin", "parts": 2})
    understood = parse(said, replace(HERE, last=last))
    assert isinstance(understood, Reply) and "nothing was changed" in understood.text


def test_a_correction_that_asks_politely_is_carried_out() -> None:
    last = Call("split_cluster", {"cluster": "Berlin", "parts": 2})
    for said in ("no, by camera", "no, by camera please?"):
        understood = parse(said, replace(HERE, last=last))
        assert isinstance(understood, list) and understood[-1].arguments["by"].startswith("camera")


def test_no_is_no_name_unless_it_is_quoted() -> None:
    last = Call("split_cluster", {"cluster": "Berlin", "parts": 2})
    assert isinstance(parse("no, not Tokyo", replace(HERE, last=last)), Reply)
    quoted = [Call("rename_cluster", {"cluster": "Tokyo", "name": '"no"'})]
    assert parse('rename Tokyo to "no"', HERE) in (
        quoted,
        [Call("rename_cluster", {"cluster": "Tokyo", "name": "no"})],
    )


def test_a_group_called_people_is_swapped() -> None:
    swapped = [Call("swap_names", {"first": "people", "second": "landscapes"})]
    assert parse("swap people and landscapes", SHOWN) == swapped


@pytest.mark.parametrize("said", ["why is IMG_1030.jpg in mountains?", "is IMG_1030.jpg in mountains?"])
def test_a_question_word_is_no_part_of_a_picture_s_name(said: str) -> None:
    assert parse(said, SHOWN) == [Call("explain", {"image": "IMG_1030.jpg"})]
