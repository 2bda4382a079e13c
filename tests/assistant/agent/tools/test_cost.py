"""What models and training took, asked in the conversation."""

import pytest
from langchain_core.messages import ToolCall

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.desk import Desk

GROUPED = DialogueContext(names=("red", "blue"), criteria=("colour",))


@pytest.mark.parametrize(
    "said",
    [
        "what did that cost?",
        "how much did I spend",
        "how many model calls did it take so far",
        "how many api calls so far",
        "how long did that take?",
        "what's the cost of all this",
        "was that expensive?",
    ],
)
def test_people_ask_what_it_took(said: str) -> None:
    assert parse(said, GROUPED) == [Call("cost")]


@pytest.mark.parametrize(
    "said",
    [
        "group by cost",
        "what does a beach day cost",
        "how long will it take to group by mood",
        "how many are red",
        "how much red is in there",
        "put the expensive ones together",
        "call it cost",
    ],
)
def test_other_costs_are_not_meant(said: str) -> None:
    understood = parse(said, GROUPED)
    assert not isinstance(understood, list) or all(call.tool != "cost" for call in understood)


def test_it_counts_the_calls_and_the_time_of_training(desk: Desk) -> None:
    def cost() -> str:
        done = Toolbox(desk).run(ToolCall(name="cost", args={}, id="c1"))
        assert done.status != "error"
        return done.text

    assert "model calls since the folder was opened; it cost $0.00." in cost() and "training" not in cost()
    with desk.effort.timed("training", "sac"):
        pass
    assert "training" in cost()
