"""Another view in which the same groups stand out more clearly."""

import numpy as np
import pytest

from tools.describe.describe import Descriptions
from tools.embed.route import Route
from tools.embed.select_view import WIDE, clearest_views, select_view
from tools.models.ports import SlotSpec, Vectors
from tools.views import View

K, EACH = 4, 30
TRUTH = np.repeat(np.arange(K), EACH)


def blurred(
    rng: np.random.Generator, truth: Vectors = TRUTH, width: int = WIDE, noise: float = 1.0
) -> Vectors:
    points = np.eye(K, width)[truth] * 4 + rng.normal(size=(len(truth), width)) * noise
    return points.astype(np.float32)


def test_the_same_groups_in_a_clear_view_take_the_place_of_a_blurred_one(rng: np.random.Generator) -> None:
    clear = View("clear", blurred(rng, width=5, noise=0.1))
    chosen = select_view([View("wide", blurred(rng))], [View("noise", rng.normal(size=(120, 5))), clear], K)
    assert chosen == [clear]


def test_other_groups_do_not_however_clear_they_are(rng: np.random.Generator) -> None:
    wide = View("wide", blurred(rng))
    other = View("other", blurred(rng, rng.permutation(TRUTH), width=5, noise=0.1))
    assert select_view([wide], [other], K) == [wide]


def test_a_view_that_is_hardly_clearer_does_not(rng: np.random.Generator) -> None:
    wide = View("wide", blurred(rng))
    assert select_view([wide], [View("alike", blurred(rng))], K) == [wide]


def test_what_an_expert_measures_stays(rng: np.random.Generator) -> None:
    measured = View("measured", blurred(rng, width=6))
    assert select_view([measured], [View("clear", blurred(rng, width=5, noise=0.1))], K) == [measured]


@pytest.mark.parametrize("k", [1, 60])
def test_numbers_that_say_nothing_change_nothing(rng: np.random.Generator, k: int) -> None:
    wide = View("wide", blurred(rng))
    assert select_view([wide], [View("clear", blurred(rng, width=5, noise=0.1))], k) == [wide]


def test_a_view_with_gaps_is_not_taken(rng: np.random.Generator) -> None:
    wide, clear = View("wide", blurred(rng)), blurred(rng, width=5, noise=0.1)
    clear[3] = np.nan
    assert select_view([wide], [View("clear", clear)], K) == [wide]


def test_how_a_picture_was_taken_does_not_stand_for_what_it_shows(rng: np.random.Generator) -> None:
    clear = blurred(rng, width=5, noise=0.1)
    wide = View("wide", blurred(rng))
    specs = [
        SlotSpec("light", ("light",), ("lamp",), interest=0.8),
        SlotSpec("colour", ("colour",), ("hues",)),
    ]
    images = tuple(f"{i:064x}" for i in range(len(TRUTH)))

    def chosen(name: str) -> list[str]:
        found = Descriptions(
            images,
            {spec.name: spec for spec in specs},
            views=(name,),
            _slots=[{} for _ in images],
            _views={name: clear},
        )
        return [view.name for view in clearest_views([wide], Route((), ()), found, K, 0)]

    assert chosen("hues") == ["hues"] and chosen("lamp") == ["wide"]


def test_only_what_may_be_chosen_is_prepared(rng: np.random.Generator) -> None:
    images = tuple(f"{i:064x}" for i in range(len(TRUTH)))
    shown = {"hues": blurred(rng, width=5, noise=0.1), "deep": blurred(rng, width=WIDE)}
    spec = SlotSpec("colour", ("colour",), ("hues", "deep"))

    def prepared_for(width: int) -> list[str]:
        found = Descriptions(
            images, {spec.name: spec}, views=tuple(shown), _slots=[{} for _ in images], _views=dict(shown)
        )
        clearest_views([View("routed", blurred(rng, width=width))], Route((), ()), found, K, 0)
        return list(found.prepared)

    assert prepared_for(WIDE) == ["hues"]
    assert prepared_for(6) == []  # what one measurement shows is replaced by nothing
