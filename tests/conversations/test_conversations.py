"""Every brain that is here holds the conversations well enough."""

import asyncio
import importlib.util
import random

import pytest
from langchain_core.language_models import BaseChatModel

from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.agent.gguf.gguf_brain import GgufBrain
from tests.conversations.contract import Conversation, conversations, hold
from tests.conversations.models import found

ALL = conversations()
KNOWN = [c for c in ALL if not c.held_out]
SAMPLE_TURNS = 40
"""How many turns a model that thinks slowly is given here; `python -m tests.conversations` gives it all."""


def rate(brain: BaseChatModel, chosen: list[Conversation]) -> tuple[float, list[str]]:
    async def run() -> list[str]:
        told = [(c, await hold(c, brain)) for c in chosen]
        return [
            f"{c.about}: {turns[-1].wrong or 'not all turns'}"
            for c, turns in told
            if turns[-1].wrong or len(turns) < len(c.turns)
        ]

    wrong = asyncio.run(run())
    return 1 - len(wrong) / len(chosen), wrong


def sample(turns: int) -> list[Conversation]:
    """The same conversations every time, of all kinds, held out or not, with about so many turns."""
    shuffled = random.Random(3).sample(ALL, len(ALL))
    return [c for i, c in enumerate(shuffled) if sum(len(s.turns) for s in shuffled[: i + 1]) <= turns]


def test_there_are_enough_and_they_are_told_apart() -> None:
    assert len(KNOWN) >= 40 and len(ALL) - len(KNOWN) >= 30
    assert len({c.about for c in ALL}) == len(ALL)
    assert sum(len(c.turns) > 1 for c in KNOWN) >= 8


def test_the_built_in_brain() -> None:
    reached, wrong = rate(BuiltinBrain(), KNOWN)
    assert reached == 1, wrong


def test_the_built_in_brain_with_what_it_was_not_made_for() -> None:
    reached, wrong = rate(BuiltinBrain(), [c for c in ALL if c.held_out])
    assert reached >= 0.75, f"{len(wrong)} are not understood"


@pytest.mark.parametrize(
    ("part", "least"),
    [
        ("follow-ups", 1.0),
        ("scenarios", 1.0),
        pytest.param("trades", 0.95, marks=pytest.mark.slow),
        pytest.param("unseen", 0.85, marks=pytest.mark.slow),
    ],
)
def test_the_built_in_brain_in_everyday_scenarios(part: str, least: float) -> None:
    reached, wrong = rate(BuiltinBrain(), conversations(part))
    assert reached >= least, f"{len(wrong)} are not understood"


@pytest.mark.slow  # reading what the tools are takes it minutes beside other tests
@pytest.mark.timeout(1800)
def test_a_model_of_half_a_billion_parameters() -> None:
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed; pip install -e '.[llm]'")
    file = found("0.5b")
    if file is None:
        pytest.skip("there is no 0.5B model; set REGROUP_TEST_GGUF to the GGUF file, or to its folder")
    brain = GgufBrain(gguf=file)
    try:
        reached, wrong = rate(brain, sample(SAMPLE_TURNS))
    finally:
        brain.close()
    assert reached >= 0.75, wrong
    assert brain.timings, "the model was never asked, or refused what it was to read"
