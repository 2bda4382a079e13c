"""Words that stand for more than a group that is called so."""

import pytest

from assistant.agent.builtin.entities import mentions
from assistant.agent.builtin.named_here import named_here
from assistant.agent.builtin.pronouns import the_others
from assistant.agent.builtin.words_for_all import all_others, rest_group
from assistant.agent.tools.base import DialogueContext


def here(*names: str, spoken: tuple[str, ...] = ()) -> DialogueContext:
    return DialogueContext(
        ("kind",), names, current=len(names), groupings=(names,), spoken=spoken, informed=True
    )


@pytest.mark.parametrize(
    ("said", "groups"),
    [
        ("show one", ["one"]),
        ("show the one group", ["one"]),
        ("which one is best", []),
        ("the last one", []),
        ("one of them", []),
        ("show the others", ["other"]),
        ("move #1 to the other ones", ["other"]),
        ("show other", ["other"]),
        ("the other group", ["other"]),
        ("do they look like each other", []),
        ("everything other than shoes", []),
        ("the other way round", []),
    ],
)
def test_a_group_that_is_called_like_a_pronoun_is_found_where_only_it_can_be_meant(
    said: str, groups: list[str]
) -> None:
    assert mentions(said, ("one", "other")).groups == groups


def test_such_a_word_names_nothing_by_itself_that_every_sentence_must_hold() -> None:
    assert not named_here("which one is in the other", here("one", "other"))


def test_the_others_are_the_group_of_everything_else_or_all_that_was_not_spoken_of() -> None:
    assert rest_group(["shoe", "Everything else"]) == "Everything else" and not rest_group(["shoe", "bag"])
    assert all_others(["shoe", "bag", "hat"], ["shoes"]) == ["bag", "hat"]
    assert all_others(["shoe", "bag"], ["dog"]) == []


@pytest.mark.parametrize(
    ("said", "context", "meant"),
    [
        ("show the rest", here("shoe", "other"), "show the other group"),
        ("rename the rest to all others", here("shoe", "other"), "rename the other group to all others"),
        ("rename 1 to the rest of it", here("shoe", "other"), "rename 1 to the rest of it"),
        ("call the rest leftovers", here("shoe", "other"), "call the other group leftovers"),
        ("call 1 the rest", here("shoe", "other"), "call 1 the rest"),
        (
            "merge shoe and the rest as the others",
            here("shoe", "other"),
            "merge shoe and the other group as the others",
        ),
        (
            "lock the others",
            here("shoe", "bag", "hat", spoken=("shoe",)),
            "lock the bag group and the hat group",
        ),
        ("lock the others", here("shoe", "bag"), "lock the others"),
        ("sort into shoes and the rest", here("shoe", "other"), "sort into shoes and the rest"),
        ("move #1 to the rest", here("shoe", "other"), "move #1 to the other group"),
        ("move #1 to the others", here("a", "b", "c", spoken=("a",)), "move #1 to the others"),
        ("what is in the rest", here("a", "b", "c", spoken=("a",)), "what is in the rest"),
    ],
)
def test_they_are_named_where_a_sentence_is_about_groups(
    said: str, context: DialogueContext, meant: str
) -> None:
    assert the_others(said, context) == meant
