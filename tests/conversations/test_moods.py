"""A question changes nothing, a polite request is carried out, and how much of everyday talk is understood.

What fails is told by what it is about, not by its sentence: these are held out. `python -m tests.conversations
--part questions --reveal` tells the sentences.
"""

import asyncio

import pytest

import assistant.agent  # noqa: F401 - before anything of langchain

# isort: split
from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.agent.tools.base import Effect
from assistant.agent.tools.registry import tools
from tests.conversations.contract import Conversation, Held, conversations, hold
from tests.conversations.effects import EDIT, FILES, READ, effect

QUESTIONS, REQUESTS, EVERYDAY = (conversations(part) for part in ("questions", "requests", "everyday"))
EITHER_WAY = {"more_like", "snapshot", "answer", "ask_me"}
"""Tools of which it depends on the arguments, or on how one sees it, whether they read or edit."""
MAY_CHANGE_NOTHING = {"tune_embedding", "group_near_duplicates"}
"""Tools that are called rightly and may come to nothing: on the drawn desk there is nothing to tune, and no burst."""


def held(chosen: list[Conversation]) -> list[tuple[Conversation, list[Held]]]:
    async def run() -> list[tuple[Conversation, list[Held]]]:
        return [(c, await hold(c, BuiltinBrain())) for c in chosen]

    return asyncio.run(run())


def failure(conversation: Conversation, turns: list[Held]) -> str:
    """What went wrong in a conversation, "" if nothing did."""
    if not turns[-1].wrong and len(turns) == len(conversation.turns):
        return ""
    called = [name for name, _ in turns[-1].called]  # without arguments, which would tell the sentence
    rather = "" if turns[-1].wrong.startswith("called") else f"{turns[-1].wrong.split(':')[0]}; "
    return f"{conversation.about}: turn {len(turns)}: {rather}called {', '.join(called) or 'nothing'}"


def test_there_are_enough_and_they_are_told_apart() -> None:
    assert len(QUESTIONS) >= 90 and len(REQUESTS) >= 60 and len(EVERYDAY) >= 30
    for part in (QUESTIONS, REQUESTS, EVERYDAY):
        assert len({c.about for c in part}) == len(part)
    said = [turn.say for c in conversations() for turn in c.turns if len(turn.say.split()) > 3]
    new = [c.turns[-1].say for part in (QUESTIONS, REQUESTS) for c in part]
    new += [turn.say for c in EVERYDAY for turn in c.turns]
    assert not {s.casefold() for s in said} & {s.casefold() for s in new}


@pytest.mark.parametrize("part", [QUESTIONS, REQUESTS], ids=["questions", "requests"])
def test_every_tool_that_changes_something_is_crossed(part: list[Conversation]) -> None:
    crossed = {c.about.split(" - ")[0] for c in part}
    missing = {*EDIT, *FILES} - crossed
    # The drawn folder has no folders to sort like: test_sort_like.py has some.
    assert missing <= (set() if part is QUESTIONS else {"ask_again", "answer", "sort_like"})
    assert len({c.about.split(" - ")[1] for c in part}) >= 12


def test_only_the_last_turn_of_a_question_asks() -> None:
    for conversation in QUESTIONS:
        assert [turn.question for turn in conversation.turns] == [False] * (len(conversation.turns) - 1) + [
            True
        ]
        for turn in conversation.turns:
            assert set(turn.reads) <= set(READ) | {"more_like"}


def test_no_question_changes_anything() -> None:
    wrong = [told for c, turns in held(QUESTIONS) if (told := failure(c, turns))]
    assert not wrong, f"{len(wrong)} of {len(QUESTIONS)}:\n" + "\n".join(wrong)


def test_every_polite_request_is_carried_out() -> None:
    wrong: list[str] = []
    for conversation, turns in held(REQUESTS):
        last = {next(iter(call)) for call in conversation.turns[-1].calls}
        if told := failure(conversation, turns):
            wrong.append(told)
        elif not turns[-1].changed and not last & MAY_CHANGE_NOTHING:
            wrong.append(f"{conversation.about}: it was called, and changed nothing")
    assert not wrong, f"{len(wrong)} of {len(REQUESTS)}:\n" + "\n".join(wrong)


def test_most_everyday_talk_is_understood() -> None:
    passed = [not failure(c, turns) for c, turns in held(EVERYDAY)]
    rate = sum(passed) / len(passed)
    print(f"everyday: {sum(passed)} of {len(passed)}")
    assert rate >= 0.6


def test_the_assistants_table_of_effects_agrees() -> None:
    told = {name: tool.effect.value for name, tool in tools().items()}
    listed = {*READ, *EDIT, *FILES} - EITHER_WAY - {"undo", "redo"}
    ours = {name: effect(name, {}) for name in told if name in listed}
    assert {name: told[name] for name in ours} == ours


def test_every_tool_that_changes_something_is_known_here() -> None:
    changing = {name for name, tool in tools().items() if tool.effect is not Effect.READ}
    assert changing <= {*EDIT, *FILES}
