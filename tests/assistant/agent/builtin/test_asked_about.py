"""Questions that no sentence of the grammar asks are answered by what they are about, and move nothing."""

import pytest

from assistant.agent.builtin.asked_about import answer_by_what_it_is_about, has_swallowed
from assistant.agent.builtin.mood import Mood, mood
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.left_out import turned_round
from assistant.agent.tools.base import DialogueContext

HERE = DialogueContext(
    names=("happy", "calm", "sad", "boat"),
    criteria=("emotion", "vehicle"),
    groupings=(("happy", "calm", "sad"), ("boat",)),
    current=3,
    informed=True,
)


@pytest.mark.parametrize(
    ("question", "calls"),
    [
        ("hasn't #4 been sad all along", [Call("explain", {"image": "#4"})]),
        ("do #2 and img-3.png really go together, after the merge", 2 * ["explain"]),
        ("how often was the merge undone", [Call("history", {})]),
        ("isn't happy just a smile", [Call("describe_group", {"cluster": "happy"})]),
        ("could sad and calm be two moods of one person", 2 * ["describe_group"]),
        ("are links enough for me", [Call("help", {"topic": "export_clusters"})]),
        ("why has the sad group so few pictures", [Call("describe_group", {"cluster": "sad"})]),
        ("is it raining", []),
        ("what is a boat", []),  # a group of another grouping
    ],
)
def test_what_a_question_is_about(question: str, calls: list[Call | str]) -> None:
    found = answer_by_what_it_is_about(question, HERE)
    assert [
        call.tool if isinstance(wanted, str) else call for call, wanted in zip(found, calls, strict=True)
    ] == calls


@pytest.mark.parametrize(
    ("question", "call", "swallowed"),
    [
        ("what happens to them", Call("lock_group", {"cluster": "what happens to them"}), True),
        (
            "shouldn't happy and sad be one",
            Call("sort_into", {"values": ["shouldn't happy", "sad be"]}),
            True,
        ),
        ("is glum locked", Call("lock_group", {"cluster": "glum"}), True),
        ("should I lock happy", Call("lock_group", {"cluster": "happy"}), False),
        ("is happy locked", Call("describe_group", {"cluster": "is happy"}), False),  # it only reads
    ],
)
def test_a_question_is_no_change_of_what_is_not_here(question: str, call: Call, swallowed: bool) -> None:
    assert has_swallowed(question, [call], HERE) is swallowed


@pytest.mark.parametrize("verb", ["think", "believe", "see", "agree"])
def test_why_somebody_does_not_think_so_is_no_request(verb: str) -> None:
    assert mood(f"why don't you {verb} that #5 is sad") is Mood.QUESTION
    assert mood("why don't you move #5 to sad") is Mood.REQUEST


def test_why_two_groups_are_not_one_leaves_nothing_out() -> None:
    told = [Call("describe_group", {"cluster": "happy"}), Call("describe_group", {"cluster": "sad"})]
    assert not turned_round("why aren't happy and sad one group", told, HERE)
    shown = [Call("show", {"cluster": "happy"})]
    assert turned_round("show those that are not happy", shown, HERE)


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("isn't #3 sad", "explain"),
        ("was #3 calm before", "explain"),
        ("isn't #3 blurry", "describe_images"),
        ("has sad ever been split", "history"),
        ("who renamed happy to glad", "history"),
        ("what would undo take back", "history"),
        ("is it too late to take the merge back", "history"),
        ("can a locked group be renamed", "help"),
        ("why is the second group called calm", "describe_group"),
        ("would crossing emotion and vehicle make sense", "compare"),
    ],
)
def test_questions_that_the_grammar_knows(said: str, tool: str) -> None:
    understood = parse(said, HERE)
    assert isinstance(understood, list) and {call.tool for call in understood} == {tool}


def test_what_is_asked_about_the_truth_of_a_sentence_is_asked_about_it() -> None:
    assert parse("am I right that img-010.png is sad", HERE) == parse("img-010.png is sad", HERE)
    assert mood("am I right that img-010.png is sad") is Mood.QUESTION
