"""What a small model reads fits its context, whatever was said."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

import prompts
from assistant.agent.gguf.prompt import MOST_READ, chat_messages, examples, tokens, tool_lines


def system(groupings: str = "nothing is grouped") -> SystemMessage:
    return SystemMessage(
        prompts.load("agent_small").fill(
            images=12, groupings=groupings, tools=tool_lines(), examples=examples()
        )
    )


def test_the_rules_and_examples_leave_room_for_a_conversation() -> None:
    assert tokens(chat_messages([system(), HumanMessage("x")])) < MOST_READ - 2_000


@pytest.mark.parametrize("letter", ["a", "\u5b57"])
def test_a_long_conversation_fits_the_context(letter: str) -> None:
    long = letter * 700
    turns = [message for i in range(5) for message in (HumanMessage(f"{i}{long}"), AIMessage(long))]
    written = chat_messages([system(f'"mood" (current): 1 "{long * 3}"'), *turns, HumanMessage("and now?")])
    assert tokens(written) <= MOST_READ
    assert written[-1]["content"].endswith("and now?") and "[now: " in written[-1]["content"]
    kept = [message["content"][0] for message in written if message["content"][1:9] == 8 * letter]
    assert kept == (["2", "3", "4"] if letter == "a" else kept[-1:])  # the earliest are left out first
