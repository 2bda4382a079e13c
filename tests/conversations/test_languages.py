"""Sentences in German, French, Spanish and Chinese are understood as their English counterparts."""

import asyncio

import pytest

import assistant.agent  # noqa: F401 - before anything of langchain

# isort: split
from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.agent.builtin.foreign_sentences import LANGUAGES
from tests.conversations.contract import Conversation, conversations, hold

KNOWN, UNSEEN = conversations("languages"), conversations("languages-unseen")


def missed(chosen: list[Conversation]) -> list[str]:
    """The conversations that went wrong, without their sentences."""

    async def run() -> list[str]:
        held = [(c, await hold(c, BuiltinBrain())) for c in chosen]
        return [c.about for c, turns in held if turns[-1].wrong or len(turns) < len(c.turns)]

    return asyncio.run(run())


@pytest.mark.parametrize("code", LANGUAGES)
def test_there_are_enough_and_none_is_in_both_halves(code: str) -> None:
    both = [[c.turns[-1].say for c in part if c.about.startswith(f"{code} ")] for part in (KNOWN, UNSEEN)]
    assert min(map(len, both)) >= 13 and sum(map(len, both)) >= 25
    assert not set(both[0]) & set(both[1])


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_is_understood(code: str) -> None:
    assert not missed([c for c in KNOWN if c.about.startswith(f"{code} ")])


@pytest.mark.parametrize("code", LANGUAGES)
def test_so_is_most_of_what_it_was_not_made_for(code: str) -> None:
    chosen = [c for c in UNSEEN if c.about.startswith(f"{code} ")]
    wrong = missed(chosen)
    print(f"{code}: {len(chosen) - len(wrong)} of {len(chosen)}")
    assert len(wrong) <= 2, wrong
