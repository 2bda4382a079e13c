"""Sentences that went nowhere, or the wrong way, and what they must come to."""

import re
from dataclasses import replace
from typing import Any

import pytest

from assistant.agent.builtin.entities import mentions
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext
from assistant.agent.tools.undo import WHAT_IS_WRONG

FRESH = DialogueContext(informed=True)
HERE = DialogueContext(
    criteria=("species", "site"),
    names=("dog", "cat", "fox", "river", "camp"),
    groupings=(("dog", "cat", "fox"), ("river", "camp")),
    current=3,
    informed=True,
)
YEARS = DialogueContext(
    criteria=("year",), names=("2023", "2024"), groupings=(("2023", "2024"),), current=2, informed=True
)
PEOPLE = DialogueContext(
    criteria=("kind",), names=("people", "dogs"), groupings=(("people", "dogs"),), current=2, informed=True
)


@pytest.mark.parametrize(
    ("here", "said", "tool", "arguments"),
    [
        (FRESH, "what can't you see?", "help", {"topic": "limits"}),
        (FRESH, "are there things you cannot tell?", "help", {"topic": "limits"}),
        (FRESH, "just the children", "sort_into", {"values": ["children"], "rest": "other"}),
        (FRESH, "spring stuff, autumn stuff, the rest", "sort_into", {"values": ["spring", "autumn"], "rest": "other"}),
        (FRESH, "black and white versus colour", "sort_into", {"values": ["black and white", "colour"]}),
        (FRESH, "families, group shots and trees", "sort_into", {"values": ["families", "group shots", "trees"]}),
        (FRESH, "upright and flat ones apart", "sort_into", {"values": ["upright", "flat"]}),
        (FRESH, "the most typical ones", "best_of_each", {}),
        (FRESH, "are there any identical copies?", "show", {"cluster": "duplicates"}),
        (FRESH, "group them by who would buy it", "group_by", {"criterion": "who would buy it"}),
        (HERE, "only the second group", "show", {"cluster": "2"}),
        (HERE, "turn them back", "undo", {}),
        (HERE, "the other grouping", "show", {"clustering": "site"}),
        (HERE, "what makes these foxes?", "describe_group", {"cluster": "fox"}),
        (HERE, "lump dog and fox into canines", "merge_clusters", {"clusters": ["dog", "fox"], "name": "canines"}),
        (HERE, "never leave #4 and #5 together", "keep_apart", {"images": ["#4", "#5"]}),
        (HERE, "relabel cat as tabby", "rename_cluster", {"cluster": "cat", "name": "tabby"}),
        (HERE, "how reliable is the clustering?", "show", {}),
        (HERE, "do site and species match?", "compare", {"first": "site", "second": "species"}),
        (HERE, "save the assignments to /x as csv", "export_clusters", {"to": "/x", "form": "csv"}),
        (HERE, "a spreadsheet of it into /x", "export_clusters", {"to": "/x", "form": "csv"}),
        (HERE, "foxes that are not at the river", "show", {"cluster": "fox", "but": ["river"]}),
        (HERE, "put the sleepy cats together", "sort_into", {"values": ["sleepy"], "rest": "other", "within": "cat"}),
        (HERE, "collect the foxes with cubs", "sort_into", {"values": ["cubs"], "rest": "other", "within": "fox"}),
        (YEARS, "call 2023 our 2024 trip", "rename_cluster", {"cluster": "2023", "name": "our 2024 trip"}),
        (HERE, "rename dog to dog of the river", "rename_cluster", {"cluster": "dog", "name": "dog of the river"}),
        (YEARS, "2024 is called this year", "rename_cluster", {"cluster": "2024", "name": "this year"}),
        (PEOPLE, "split people into men and women", "sort_into", {"values": ["men", "women"], "within": "people"}),
        (PEOPLE, "sort the people by age", "split_cluster", {"cluster": "people", "by": "age"}),
    ],
)  # fmt: skip
def test_it_is_understood(here: DialogueContext, said: str, tool: str, arguments: dict[str, Any]) -> None:
    assert parse(said, here) == [Call(tool, arguments)]


@pytest.mark.parametrize(
    ("here", "said", "says"),
    [
        (FRESH, "hide the blurry ones", "hide nothing.*put the blurry ones together"),
        (FRESH, "pictures taken in july 2025", "no picture from july 2025.*group by month"),
        (HERE, "export all but one", "Which group is left out.*export all but fox"),
        (HERE, "as excel", "CSV.*export as csv"),
        (HERE, "can you make me an xlsx file?", "CSV"),
        (HERE, "combine the two animal groups", "Which are meant.*merge dog and cat"),
        (
            FRESH,
            "put the dark and grainy pictures together",
            "both, or two groups.*sort into dark, grainy and other",
        ),
        (HERE, "the second group is a mess", 'wrong with it.*"show 2"'),
        (HERE, "I don't like this", "undo"),
        (HERE, "start over", "group by"),
    ],
)
def test_it_is_answered_with_what_can_be_said(here: DialogueContext, said: str, says: str) -> None:
    reply = parse(said, here)
    assert isinstance(reply, Reply) and not reply.lost
    assert re.search(says, reply.text), reply.text
    for example in reply.examples:
        understood = parse(example, here)
        assert isinstance(understood, list) or not understood.lost, example


def test_bare_numbers_are_pictures_where_pictures_were_moved() -> None:
    moved = replace(HERE, last=Call("move_images", {"images": ["#5", "#6"], "to": "dog"}))
    instead = Call("move_images", {"images": ["#7", "#8"], "to": "dog"})
    assert parse("no, 7 and 8", moved) == [Call("undo"), instead]


@pytest.mark.parametrize("said", ["yes", "no", "x" * 1001])
def test_what_carries_nothing_out_says_so(said: str) -> None:
    reply = parse(said, HERE)
    assert isinstance(reply, Reply) and reply.undone


def test_one_choice_is_said_without_an_or() -> None:
    reply = parse("as excel", HERE)
    assert isinstance(reply, Reply) and " or 1" not in reply.text and reply.text.endswith("Say 1.")


@pytest.mark.parametrize("text", ["that's wrong", "this is a mistake", "that doesn't look right"])
def test_a_remark_about_an_answer_undoes_nothing(text: str) -> None:
    def after(last: Call) -> DialogueContext:
        return DialogueContext(
            criteria=("mood",), names=("happy", "sad"), current=2, informed=True, last=last
        )

    assert parse(text, after(Call("explain", {"image": "#7"}))) == WHAT_IS_WRONG
    assert parse(text, after(Call("merge_clusters", {"clusters": ["happy", "sad"]}))) == [Call("undo")]


@pytest.mark.parametrize(
    "text", ["show the ones you doubt", "which ones don't fit?", "which one is my brother?"]
)
def test_a_group_called_one_is_no_pronoun(text: str) -> None:
    names = ("no face seen", "one", "two")
    assert mentions(text, names).groups == []
    assert mentions("merge one and two", names).groups == ["one", "two"]
    assert mentions("show the one group", names).groups == ["one"]


TWO = DialogueContext(
    criteria=("hair colour", "emotion"),
    names=("happy", "sad", "angry", "blond", "black"),
    groupings=(("blond", "black"), ("happy", "sad", "angry")),
    current=3,
    informed=True,
)


def test_groups_of_two_groupings_are_what_is_in_both() -> None:
    assert parse("the blond and happy ones", TWO) == [Call("show", {"cluster": "blond", "also": ["happy"]})]
    assert parse("blond, black", TWO) != [Call("sort_into", {"values": ["blond", "black"]})]
    assert parse("trees and houses", TWO) == [Call("sort_into", {"values": ["trees", "houses"]})]


def test_a_list_that_ends_in_a_group_may_be_a_part_of_it() -> None:
    animals = DialogueContext(
        criteria=("animal",), names=("cats", "dogs"), groupings=(("cats", "dogs"),), current=2, informed=True
    )
    asked = parse("the black and white cats", animals)
    assert isinstance(asked, Reply) and asked.asks and "black and white" in asked.text


@pytest.mark.parametrize(
    "said", ["report", "open the report", "can I have a report of this?", "make a website"]
)
def test_a_report_is_a_command_and_no_group(said: str) -> None:
    told = parse(said, HERE)
    assert isinstance(told, Reply) and told.undone and "/report" in told.text
    assert parse("report", replace(HERE, names=("report", "cat", "fox"))) == [
        Call("show", {"cluster": "report"})
    ]
    assert parse("open the report", replace(HERE, names=("report", "cat", "fox"))) == [
        Call("show", {"cluster": "report"})
    ]


@pytest.mark.parametrize(
    ("sentence", "instead"),
    [
        ("delete the blurry ones", "export all but that"),
        ("throw away everything that is dark", "export all but that"),
        ("get rid of my near duplicates", "Show near duplicates"),
        ("remove all the duplicate photos", "Show near duplicates"),
    ],
)
def test_what_is_never_done_says_what_can_be_done_instead(sentence: str, instead: str) -> None:
    answer = parse(sentence)
    assert isinstance(answer, Reply) and "never delete" in answer.text and instead in answer.text
