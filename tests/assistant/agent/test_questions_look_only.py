"""A question is answered from the grouping that knows it, and the one that is shown stays; an order turns to it."""

import asyncio

import pytest

from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.chat.session import MessageText, Session, ToolEnded
from assistant.desk import Desk


def said(desk: Desk, line: str) -> str:
    """What is told in answer to a line."""

    async def talk() -> str:
        async with Session.open(desk, model=BuiltinBrain()) as session:
            events = [event async for event in session.say(line)]
        told = [e.text for e in events if isinstance(e, ToolEnded)]
        return "\n".join(told + [e.text for e in events if isinstance(e, MessageText) and e.done])

    return asyncio.run(talk())


@pytest.fixture
def two(desk: Desk) -> Desk:
    """A desk with two groupings, of which the one by shape is shown."""
    desk.grouping.group("colour", k=3)
    desk.grouping.group("shape", k=2)
    return desk


@pytest.mark.parametrize(
    "line",
    [
        "how many are red?",
        "how many red ones are there?",
        "which ones are red?",
        "what is in red?",
        "what do the red ones have in common?",
        "how many colours are there?",
        "which colour has the most pictures?",
        "what are the groups by colour?",
        "where is the colour grouping?",
        "are there more red than green ones?",
        "is #1 red?",
        "how sure are you about red?",
        "how many are red and blue together?",
        "count the red ones",
    ],
)
def test_a_question_looks_and_leaves_what_is_shown(two: Desk, line: str) -> None:
    told = said(two, line)
    assert "do not understand" not in told and two.clusterings.get().criterion == "shape"
    assert "red" in told or "colour" in told


def test_it_is_told_where_the_answer_is_from_and_how_to_turn(two: Desk) -> None:
    told = said(two, "how many are red?")
    assert 'In the grouping by "colour": 4 images of 12 are in "red".' in told
    assert 'The grouping by "shape" stays shown; say "show the colour grouping" to turn to that one.' in told


@pytest.mark.parametrize(
    "line",
    [
        "show the groups by colour",
        "show the colour grouping",
        "back to colour",
        "show the red ones",
        "can you show me the red ones?",
        "open the piles by colour",
    ],
)
def test_an_order_to_show_turns(two: Desk, line: str) -> None:
    said(two, line)
    assert two.clusterings.get().criterion == "colour"


def test_what_edits_turns_as_it_acts_there(two: Desk) -> None:
    assert "which is shown now" in said(two, "merge red and blue")
    assert two.clusterings.get().criterion == "colour"
