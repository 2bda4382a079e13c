"""What was not understood, or is no order yet, is answered with what can be said here, each chosen by its number."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Reply
from assistant.agent.facts import dialogue_message
from assistant.agent.follow_up import turn_of
from assistant.agent.tools.base import DialogueContext

FRESH = DialogueContext(sees=("place", "light"), informed=True)
GROUPED = DialogueContext(
    ("place",),
    ("beach", "town"),
    current=2,
    groupings=(("beach", "town"),),
    sees=("place", "light"),
    informed=True,
)


@pytest.mark.parametrize(
    "text", ["I don't like this", "this is rubbish", "start over", "make the beach group smaller"]
)
def test_it_is_asked_what_to_do_with_groups_and_criteria_that_are_here(text: str) -> None:
    reply = parse(text, GROUPED)
    assert isinstance(reply, Reply) and len(reply.examples) > 1 and reply.text.endswith("Say a number.")
    assert all(isinstance(parse(example, GROUPED), list) for example in reply.examples)
    assert "emotion" not in reply.text and ("beach" in reply.text or "group by light" in reply.text)


def test_before_anything_is_grouped_it_is_about_what_is_seen() -> None:
    reply = parse("I don't like this", FRESH)
    assert isinstance(reply, Reply) and reply.examples[0] == "group by place"
    refused = parse("delete the blurry ones", FRESH)
    assert isinstance(refused, Reply) and '"group by place"' in refused.text and "emotion" not in refused.text


def test_a_number_says_the_sentence_that_was_offered() -> None:
    facts, brain = dialogue_message(GROUPED), BuiltinBrain()
    asked = brain.invoke([facts, HumanMessage("start over")])
    assert isinstance(asked, AIMessage) and not asked.tool_calls
    talk = [facts, HumanMessage("start over"), asked, HumanMessage("1")]
    (call,) = brain.invoke(talk).tool_calls
    assert (call["name"], call["args"]) == ("group_by", {"criterion": "light"})
    assert turn_of(talk).utterance == "group by light"  # so that the gate lets it through
    late = [*talk, AIMessage("done"), HumanMessage("1")]
    assert turn_of(late).utterance == "1"
