"""Every brain that is here holds the conversations well enough."""

import asyncio
import importlib.util

import pytest
from langchain_core.language_models import BaseChatModel

from assistant.agent.builtin import BuiltinBrain
from assistant.agent.local import LocalBrain
from tests.conversations.contract import conversations, hold
from tests.conversations.models import found

ALL = conversations()


def rate(brain: BaseChatModel) -> tuple[float, list[str]]:
    async def run() -> list[str]:
        told = [(c, await hold(c, brain)) for c in ALL]
        return [
            f"{c.about}: {turns[-1].wrong or 'not all turns'}"
            for c, turns in told
            if turns[-1].wrong or len(turns) < len(c.turns)
        ]

    wrong = asyncio.run(run())
    return 1 - len(wrong) / len(ALL), wrong


def test_there_are_enough_and_they_are_told_apart() -> None:
    assert len(ALL) >= 40
    assert len({c.about for c in ALL}) == len(ALL)
    assert sum(len(c.turns) > 1 for c in ALL) >= 8


def test_the_built_in_brain() -> None:
    reached, wrong = rate(BuiltinBrain())
    assert reached >= 0.9, wrong


@pytest.mark.timeout(3600)
def test_a_model_of_half_a_billion_parameters() -> None:
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed; pip install -e '.[llm]'")
    file = found("0.5b")
    if file is None:
        pytest.skip("there is no 0.5B model; set REGROUP_TEST_GGUF to the GGUF file, or to its folder")
    brain = LocalBrain(gguf=file)
    try:
        reached, wrong = rate(brain)
    finally:
        brain.close()
    assert reached >= 0.75, wrong
