"""Fixed phrases are found at the head and at the end of a text, as whole words, the longest first."""

import pytest

from assistant.agent.builtin.phrases import Phrases, phrases

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
    assert Phrases(["these", "these two"]).pattern().index("these\\ two") < len(r"(?<![\w'#])(?:these\ two")
    assert "these two" in Phrases(["these [two]"]) and "two" not in Phrases(["these [two]"])


@pytest.mark.parametrize("key", ["start", "start_before_a_stop", "asking", "end", "keep"])
def test_the_polite_phrases_are_there(key: str) -> None:
    assert phrases("_polite", key).pattern()
