"""What was shown or counted is narrowed further by what is said next, and nothing else is read so."""

from dataclasses import replace
from typing import Any

import pytest

from assistant.agent.builtin.narrowed import narrower
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.tools.base import DialogueContext

HERE = DialogueContext(
    criteria=("product", "colour", "people"), names=("shoe", "bag", "red", "blue", "two people"), current=2,
    groupings=(("shoe", "bag"), ("red", "blue"), ("two people",)), spoken=("shoe",),
    last=Call("show", {"cluster": "shoe"}), informed=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "tool", "more"),
    [
        ("only the red ones", "show", {"also": ["red"]}),
        ("which of them are red?", "show", {"also": ["red"]}),
        ("the ones with two people", "show", {"also": ["two people"]}),
        ("without the blue ones", "show", {"but": ["blue"]}),
        ("which of those are not blue", "show", {"but": ["blue"]}),
        ("and of those how many are red?", "count", {"also": ["red"]}),
        ("how many of them are red or blue", "count", {"also": ["red", "blue"]}),
        ("how many is that?", "count", {}),
        ("which of these have two people in them?", "show", {"also": ["two people"]}),
        ("red ones only", "show", {"also": ["red"]}),
    ],
)
def test_what_was_shown_is_narrowed(said: str, tool: str, more: dict[str, Any]) -> None:
    assert parse(said, HERE) == [Call(tool, {"cluster": "shoe", **more})]


def test_conditions_are_kept_and_what_was_counted_is_counted() -> None:
    red = replace(HERE, last=Call("count", {"cluster": "shoe", "also": ["red"]}))
    assert narrower("with two people?", red) == [
        Call("count", {"cluster": "shoe", "also": ["red", "two people"]})
    ]


def test_what_nothing_tells_is_told_beside_what_was_shown() -> None:
    assert narrower("which of those are blurry", HERE) == [Call("show", {"cluster": "shoe"})]


@pytest.mark.parametrize(
    "said", ["only the bags", "which of them are bags", "only by colour", "merge red and blue"]
)
def test_a_group_of_the_same_grouping_or_another_request_narrows_nothing(said: str) -> None:
    assert narrower(said, HERE) == []
    assert narrower("only the red ones", replace(HERE, last=Call("lock_group", {"cluster": "shoe"}))) == []
