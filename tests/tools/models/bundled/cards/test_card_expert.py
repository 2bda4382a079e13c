"""Reading drawn cards."""

import numpy as np
import pytest
from PIL import Image

from tests.tools.models.bundled.cards.drawn import CARDS, card, on_table, others, pixels
from tools.models.bundled.cards.card_expert import NAMES, VIEWS, WEIGHTS, CardExpert
from tools.models.ports import Findings, Pixels


@pytest.fixture(scope="module")
def expert() -> CardExpert:
    return CardExpert()


@pytest.fixture(scope="module")
def deck() -> list[Pixels]:
    return [pixels(rank, suit) for rank, suit in CARDS]


@pytest.fixture(scope="module")
def found(expert: CardExpert, deck: list[Pixels]) -> Findings:
    return expert.look(deck)


def said(found: Findings, slot: str) -> list[str | None]:
    return [next((s.value for s in row if s.name == slot), None) for row in found.slots]


def test_the_weights_are_here_and_small(expert: CardExpert) -> None:
    assert expert.missing() is None
    assert WEIGHTS.stat().st_size < 620_000


def test_nearly_every_card_of_a_deck_is_read(found: Findings) -> None:
    ranks = [a == rank for a, (rank, _) in zip(said(found, "rank"), CARDS, strict=True)]
    suits = [a == suit for a, (_, suit) in zip(said(found, "suit"), CARDS, strict=True)]
    colours = [
        a == ("red" if suit in ("hearts", "diamonds") else "black")
        for a, (_, suit) in zip(said(found, "card colour"), CARDS, strict=True)
    ]
    assert np.mean(ranks) >= 0.85
    assert np.mean(suits) >= 0.9
    assert np.mean(colours) >= 0.95


def test_views_are_chances_and_agree_with_the_words(found: Findings) -> None:
    for slot, names in NAMES.items():
        view = found.views[VIEWS[slot]]
        assert view.shape == (52, len(names))
        assert view.dtype == np.float32
        np.testing.assert_allclose(view.sum(1), 1, atol=1e-4)
        assert [names[i] for i in view.argmax(1)] == said(found, slot)


def test_confidence_is_a_chance(found: Findings) -> None:
    sure = [slot.confidence for row in found.slots for slot in row]
    assert all(0 < c <= 1 for c in sure)


def test_a_turned_card_on_a_table_is_read(expert: CardExpert) -> None:
    shown = [on_table(card(rank, suit, 50), turn) for rank, suit in CARDS[::5] for turn in (-8, 8)]
    truth = [rank for rank, _ in CARDS[::5] for _ in range(2)]
    right = [a == b for a, b in zip(said(expert.look(shown), "rank"), truth, strict=True)]
    assert np.mean(right) >= 0.6


def test_no_card_no_words_and_no_numbers(expert: CardExpert) -> None:
    found = expert.look(others())
    assert found.slots == [[] for _ in others()]
    assert all(np.isnan(view).all() for view in found.views.values())


def test_looking_again_gives_the_same(expert: CardExpert, deck: list[Pixels], found: Findings) -> None:
    again = CardExpert().look(deck)
    assert again.slots == found.slots
    for name, view in found.views.items():
        np.testing.assert_array_equal(view, again.views[name])


def test_a_card_among_others_is_read_as_alone(expert: CardExpert) -> None:
    shown = pixels("ace", "spades")
    mixed = expert.look([*others(), shown])
    alone = expert.look([shown])
    assert mixed.slots[-1] == alone.slots[0]


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (700, 2), (3, 5)])
def test_odd_shapes(shape: tuple[int, int], expert: CardExpert) -> None:
    found = expert.look([np.full((*shape, 3), 200, np.uint8)])
    assert found.slots == [[]]
    assert np.isnan(found.views["cards.rank"]).all()


def test_a_grey_card_is_read(expert: CardExpert) -> None:
    grey = Image.merge("RGB", [card("nine", "spades", 50).convert("L")] * 3)
    assert said(expert.look([np.asarray(grey)]), "rank") == ["nine"]


def test_an_empty_batch(expert: CardExpert) -> None:
    found = expert.look([])
    assert found.slots == []
    assert {name: view.shape for name, view in found.views.items()} == {
        "cards.rank": (0, 14), "cards.suit": (0, 5), "cards.colour": (0, 3),
    }  # fmt: skip
