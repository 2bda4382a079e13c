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
        ("group the shoes by colour and leave the bags alone", "group the shoes by colour"),
        ("sort by colour but keep my groups", "sort by colour"),
        ("split 2 by month, keep the others as they are", "split 2 by month"),
        ("put the blurry ones aside before exporting", "put the blurry ones aside"),
        ("put the last one you showed me into hat", "put the last one into hat"),
        ("don't export yet, first merge 2 and 3", "merge 2 and 3"),
        ("please do not sort them now: show 2", "show 2"),
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
        "leave the bags alone",
        "please keep the cats as they are",
        "merge 1 and 2 and keep the sad ones",
        "don't export yet",
        "don't merge 1 and 2, split them",
    ],
)
def test_what_is_no_aside_stays(said: str) -> None:
    assert without_asides(said) == said
