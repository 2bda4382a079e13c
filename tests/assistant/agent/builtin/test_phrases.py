"""Fixed phrases are found at the head and at the end of a text, as whole words, the longest first."""

import re

import pytest
from hassil.parse_expression import parse_sentence
from hassil.sample import sample_sentence

from assistant.agent.builtin.phrases import Phrases, phrases
from assistant.agent.sentence_files import ENGLISH, sentence_data

POLITE = Phrases(["(could|can) you [please]", "please", "right away"])


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("could you please stop", "stop"),
        ("Can you, stop", "stop"),
        ("please: undo", "undo"),
        ("pleased to meet you", "pleased to meet you"),
        ("please", "please"),
        ("", ""),
    ],
)
def test_what_stands_after_the_head(text: str, rest: str) -> None:
    assert POLITE.after_head(text) == rest


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("undo, please", "undo"),
        ("undo right away", "undo"),
        ("turn right", "turn right"),
        ("please", "please"),
    ],
)
def test_what_stands_before_the_end(text: str, rest: str) -> None:
    assert POLITE.before_end(text) == rest


def test_the_longest_is_found_first() -> None:
    found = re.compile(Phrases(["these", "these two", "these two-tone", "those two"]).pattern())
    said = "see these, these two, these two-tone, these too, those two and those"
    assert found.findall(said) == ["these", "these two", "these two-tone", "these", "those two"]
    assert "these two" in Phrases(["these [two]"]) and "two" not in Phrases(["these [two]"])


@pytest.mark.parametrize("key", ["start", "start_before_a_stop", "asking", "end", "keep"])
def test_the_polite_phrases_are_there(key: str) -> None:
    assert phrases("_polite", key).pattern()


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("_moods", "hedges"),
        ("_moods", "no_hedges"),
        *(("_references", key) for key in sentence_data(ENGLISH, "_references")),
    ],
)
def test_an_expression_is_short_and_finds_each_of_its_phrases_whole(file: str, key: str) -> None:
    expression = phrases(file, key).pattern()
    assert len(expression) < 4_000
    found = re.compile(expression, re.IGNORECASE)
    for template in sentence_data(ENGLISH, file)[key]:
        for sampled in sample_sentence(parse_sentence(template)):
            phrase = " ".join(sampled.split())
            match = found.search(f"so {phrase}, then")
            assert match is not None and match[0] == phrase
