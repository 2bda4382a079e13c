"""What a sentence says and nothing here can tell is never dropped without a word."""

from pathlib import Path
from typing import Any

import pytest

from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.tools.base import DialogueContext
from assistant.agent.unknown_words import unknown_words
from assistant.desk.conditions import DOUBTFUL, SURE
from tests.conversations.contract import Conversation, Turn, hold

HERE = DialogueContext(
    criteria=("species",),
    names=("dog", "cat", "bird"),
    groupings=(("dog", "cat", "bird"),),
    said_by_experts=(("surroundings", ("snow", "beach")),),
    current=3,
    informed=True,
)


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        ("which dogs are in the rain?", ("rain",)),
        ("show the shaggy dogs", ("shaggy",)),
        ("how many cats wear a collar?", ("wear a collar",)),
        ("merge the muddy dogs and the cats", ("muddy",)),
        ("split the birds that fly into two", ("fly",)),
        ("group the hungry animals by colour", ("hungry animals",)),
        ("open the dogs at twilight", ("twilight",)),
        ("merge the long cats with the dogs", ("long",)),
        ("merge half of the dogs with the cats", ("half of",)),
        ("merge some dogs with the cats", ("some",)),
        ("merge the first dogs with the cats", ("the first",)),
        ("merge the cats with 3 birds", ("3",)),
    ],
)
def test_what_nothing_here_tells_is_found(said: str, lost: tuple[str, ...]) -> None:
    calls = parse(said, HERE)
    assert isinstance(calls, list)
    assert unknown_words(said, calls, HERE) == lost


PLAIN = Path(__file__).with_name("plain_sentences.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("said", PLAIN)
def test_a_plain_sentence_raises_nothing(said: str) -> None:
    calls = parse(said, HERE)
    assert isinstance(calls, list), calls
    assert unknown_words(said, calls, HERE) == ()


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("which dogs are in the snow?", "show", {"cluster": "dog", "also": ["snow"]}),
        ("how many cats are on the beach?", "count", {"cluster": "cat", "also": ["beach"]}),
        ("which dogs are not in the snow?", "show", {"cluster": "dog", "but": ["snow"]}),
        ("how many cats aren't on the beach?", "count", {"cluster": "cat", "but": ["beach"]}),
        ("show the dogs without snow", "show", {"cluster": "dog", "but": ["snow"]}),
        ("show the doubtful dogs", "show", {"cluster": "dog", "also": [DOUBTFUL]}),
        ("uncertain dogs", "show", {"cluster": "dog", "also": [DOUBTFUL]}),
        ("which cats are you not sure about?", "show", {"cluster": "cat", "also": [DOUBTFUL]}),
        ("show the birds you are sure of", "show", {"cluster": "bird", "also": [SURE]}),
        ("how many of the dogs are doubtful", "count", {"cluster": "dog", "also": [DOUBTFUL]}),
        ("put the doubtful dogs together", "pick_out", {"all_of": ["dog", DOUBTFUL]}),
        ("show the doubtful ones", "show", {"cluster": DOUBTFUL}),
        ("how sure are you about the dogs?", "describe_group", {"cluster": "dog"}),
    ],
)
def test_what_can_be_told_here_is_a_condition(said: str, tool: str, arguments: dict[str, Any]) -> None:
    assert parse(said, HERE) == [Call(tool, arguments)]


@pytest.mark.parametrize(
    ("said", "says", "asks"),
    [
        ("which dogs are in the rain?", 'cannot tell "rain" here', False),
        ("merge the muddy dogs and the cats", 'cannot tell "muddy" here. Shall I merge', True),
        ("divide the wet birds into two", 'cannot tell "wet" here. Shall I split', True),
    ],
)
async def test_a_reader_says_so_and_an_edit_asks(said: str, says: str, asks: bool) -> None:
    groups = {"species": ["dog", "cat", "bird"]}
    turns = (
        Turn(
            said, says=says, keeps=True, free=False, either=[[]] if asks else [[{"show": {"cluster": "dog"}}]]
        ),
    )
    (held,) = await hold(Conversation("unknown", turns, groups), BuiltinBrain())
    assert not held.wrong and not held.changed
    assert asks == (not held.called)


async def test_what_was_asked_about_is_done_after_a_yes() -> None:
    turns = (
        Turn("merge the muddy dogs and the cats", free=True),
        Turn("yes", calls=[{"merge_clusters": {"clusters": ["dog", "cat"]}}]),
    )
    held = await hold(Conversation("unknown", turns, {"species": ["dog", "cat", "bird"]}), BuiltinBrain())
    assert [each.wrong for each in held] == ["", ""]


async def test_what_an_expert_says_of_the_pictures_is_a_condition_once_it_has_looked() -> None:
    turns = (
        Turn("group by colour", free=True),
        Turn("show the species grouping", free=True),
        Turn(
            "which dogs are white?",
            calls=[{"show": {"cluster": "dog", "also": ["white"]}}],
            says='in "dog" and "white"',
            never="cannot tell",
        ),
    )
    held = await hold(Conversation("unknown", turns, {"species": ["dog", "cat", "bird"]}), BuiltinBrain())
    assert [each.wrong for each in held] == ["", "", ""]


@pytest.mark.parametrize(
    ("said", "count"), [("how many of the dogs are doubtful?", 0), ("how many dogs are you sure about", 4)]
)
async def test_how_sure_a_group_is_counts(said: str, count: int) -> None:
    turns = (
        Turn(
            said,
            says=f"^{count} image|{count} images of 12",
            calls=[{"count": {"cluster": "dog", "also": [SURE if count else DOUBTFUL]}}],
        ),
    )
    (held,) = await hold(Conversation("unknown", turns, {"species": ["dog", "cat", "bird"]}), BuiltinBrain())
    assert not held.wrong
