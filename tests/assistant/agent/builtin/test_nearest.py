"""What was not understood is answered with what comes nearest here, about groups and criteria that there are."""

import pytest

from assistant.agent.builtin.nearest import MOST, nearest
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Reply
from assistant.agent.tools.base import DialogueContext

COLOUR = DialogueContext(("colour",), ("red", "sea green", "blue"), current=3, informed=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("how far back can I go", "history"),
        ("give red another name", "rename red to joyful"),
        ("combine those that look the same", "merge red and sea green"),
    ],
)
def test_the_nearest_is_about_groups_that_are_there(text: str, sentence: str) -> None:
    found = nearest(text, COLOUR)
    assert found[0] == sentence and len(found) <= MOST


@pytest.mark.parametrize("text", ["blorp gloop", "make me a sandwich", "what is a fjord", "", "!!"])
def test_nothing_is_near_to_nonsense(text: str) -> None:
    assert nearest(text, COLOUR) == ()


def test_before_anything_is_grouped_nothing_about_groups_is_offered() -> None:
    assert not any(
        "merge" in sentence for sentence in nearest("combine those that look the same", DialogueContext())
    )


def test_two_criteria_are_compared_only_where_there_are_two() -> None:
    assert all(
        "hair colour" not in sentence for sentence in nearest("compare groupings side by side", COLOUR)
    )


def test_the_reply_has_it_and_never_a_criterion_of_another_folder() -> None:
    reply = parse("how far back can I go", COLOUR)
    assert isinstance(reply, Reply) and reply.lost and 'Nearest I can do: 1 "history"' in reply.text
    lost = parse("blorp gloop", COLOUR)
    assert isinstance(lost, Reply) and lost.lost and "emotion" not in lost.text and '"show"' in lost.text
    assert all(isinstance(parse(example, COLOUR), list) for example in lost.examples)


def test_a_name_that_is_no_plain_word_is_said_by_its_number() -> None:
    odd = DialogueContext(("colour",), ('a "b"', "x, y"), current=2, informed=True)
    assert "rename 1 to joyful" in nearest("give it another name", odd)
