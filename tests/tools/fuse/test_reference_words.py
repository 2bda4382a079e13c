"""The words that a criterion begins with."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tools.errors import RegroupError
from tools.fuse.method_context import MethodContext
from tools.fuse.multi_sub import missing_words
from tools.fuse.reference_words import reference_words
from tools.models.bundled.text_encoder import WordLlamaEncoder


class Scripted:
    """A language model that has one answer; it keeps what it was asked."""

    name = "scripted"

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, ""

    def think(self, prompt: str, schema: Mapping[str, Any]) -> Any:
        self.asked = prompt
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def told(texts: WordLlamaEncoder) -> MethodContext:
    return MethodContext("colour", ("crimson", "teal"), np.ones(2, np.float32), ("crimson", "teal"), texts)


def test_the_users_own_come_first(told: MethodContext) -> None:
    thinker = Scripted({"words": ["a", "b"]})
    assert reference_words(replace(told, thinker=thinker), "Red/ dark  blue/red/") == ("red", "dark blue")
    assert thinker.asked == ""


def test_then_those_of_a_language_model_which_is_told_criterion_and_noun(told: MethodContext) -> None:
    thinker = Scripted({"words": ["Red", "green", "red", "x" * 50]})
    assert reference_words(replace(told, thinker=thinker, thing="fruit")) == ("red", "green")
    assert "things: fruit; criterion: colour" in thinker.asked


@pytest.mark.parametrize(
    "answer", [RegroupError("it sleeps"), {"words": "red"}, {"words": [1]}, [], {"words": ["red"]}]
)
def test_a_model_without_an_answer_leaves_it_to_the_lexicon(told: MethodContext, answer: Any) -> None:
    assert reference_words(replace(told, thinker=Scripted(answer)))[:2] == ("red", "orange")
    few = isinstance(answer, dict) and answer["words"] == ["red"]
    assert len(told.notes) == (0 if few else 1)


@pytest.mark.parametrize(
    ("criterion", "word"), [("Head  Pose", "left"), ("colours", "red"), ("suit", "spades")]
)
def test_the_lexicon_is_asked_by_meaning(told: MethodContext, criterion: str, word: str) -> None:
    assert word in reference_words(replace(told, criterion=criterion))


def test_for_an_identity_any_ten_words_will_do_drawn_by_the_seed(told: MethodContext) -> None:
    who = replace(told, criterion="identity")
    first, again, other = (reference_words(who, seed=seed) for seed in (0, 0, 1))
    assert len(first) == len(set(first)) == 10 and first == again != other


def test_of_other_criteria_what_is_said_is_taken_and_without_any_the_method_says_so(
    told: MethodContext,
) -> None:
    odd = replace(told, criterion="kind of knot")
    assert reference_words(odd) == ("crimson", "teal") and missing_words("m", "", odd) is None
    silent = replace(odd, vocabulary=())
    assert (
        missing_words("m", "", silent)
        == "m needs words of the criterion to begin with, and nobody here knows any; use kmeans"
    )
    assert missing_words("m", "bowline/hitch", silent) is None
    thinker = Scripted({})
    assert missing_words("m", "", replace(silent, thinker=thinker)) is None and thinker.asked == ""
