"""Yes and no, as people type them."""

import pytest

from assistant.text.yes_no import says_no, says_yes

YES = [
    "y",
    "Yes",
    "yes please",
    "ok",
    "Okay, go ahead",
    "sure, do it",
    "please do",
    "go",
    "sounds good",
    "why not",
    "do it!",
    "just do it",
    "yes, just do it",
]
NO = [
    "n",
    "No",
    "nope",
    "no thanks",
    "No, thank you.",
    "never mind",
    "not now",
    "not sure",
    "just cancel",
    "cancel",
    "don't",
    "no, please don't",
]
NEITHER = [
    "yes but only red", "no, group by shape", "yesterday", "north", "thanks", "maybe", "okra", "", "export", "norman",
    "go back", "do it by colour", "none of them are blue", "stop asking me", "right side",
]  # fmt: skip


@pytest.mark.parametrize("text", YES)
def test_yes(text: str) -> None:
    assert says_yes(text) and not says_no(text)


@pytest.mark.parametrize("text", NO)
def test_no(text: str) -> None:
    assert says_no(text) and not says_yes(text)


@pytest.mark.parametrize("text", NEITHER)
def test_what_says_more_or_something_else_is_neither(text: str) -> None:
    assert not says_yes(text) and not says_no(text)
