"""What is only said beside a request is left out of it."""

import pytest

from assistant.agent.builtin.asides import without_asides


@pytest.mark.parametrize(
    ("said", "bare"),
    [
        ("one pile per species, don't care how many", "one pile per species"),
        ("hats in one folder, i don't mind about the rest", "hats in one folder"),
        ("undo that, i was wrong", "undo that"),
        ("undo it - my mistake", "undo it"),
        ("group by brand, i think 6 groups", "group by brand, 6 groups"),
        ("3 piles - hats, coats and the rest", "3 piles: hats, coats and the rest"),
    ],
)
def test_asides_are_left_out(said: str, bare: str) -> None:
    assert without_asides(said) == bare


@pytest.mark.parametrize(
    "said",
    [
        "i don't care",
        "merge happy and sad, i don't want that",
        "i was wrong",
        "rename 1 to A - B",
        "i think 6 is a dog",
    ],
)
def test_what_is_no_aside_stays(said: str) -> None:
    assert without_asides(said) == said
