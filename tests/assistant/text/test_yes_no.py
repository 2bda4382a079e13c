"""Yes and no, as people type them."""

import pytest

from assistant.text.yes_no import says_no, says_yes, takes_back

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


@pytest.mark.parametrize(
    "text",
    [
        "I changed my mind",
        "yes I changed my mind",
        "hm, on second thought no",
        "cancel the export",
        "better not",
    ],
)
def test_a_changed_mind_takes_back(text: str) -> None:
    assert takes_back(text) and not says_yes(text)


@pytest.mark.parametrize(
    "text",
    ["I changed my mind, only red", "yes", "she changed her mind", "forget the red ones", "i don't want copies",
     "cancel and group by colour", "not like that one", "skip red", "did I change my mind", "changed"],
)  # fmt: skip
def test_what_says_more_takes_nothing_back(text: str) -> None:
    assert not takes_back(text)
