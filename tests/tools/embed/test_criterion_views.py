"""Views that agree with what is said of the images count more."""

import numpy as np
import pytest

from tools.describe.describe import Descriptions
from tools.embed.criterion_views import agreement, weigh
from tools.models.ports import Slot, SlotSpec
from tools.views import View

N = 120


def described(values: list[str | None]) -> Descriptions:
    slots = [{"kind": Slot("kind", value, 0.8)} if value else {} for value in values]
    images = tuple(f"{i:064x}" for i in range(len(values)))
    return Descriptions(images, {"kind": SlotSpec("kind", ("kind",), ())}, _slots=slots)


def views(rng: np.random.Generator) -> list[View]:
    groups = np.arange(N) % 3
    good = np.eye(3)[groups] + rng.normal(0, 0.1, (N, 3))
    half = np.eye(3)[groups] + rng.normal(0, 0.7, (N, 3))
    noise = rng.normal(size=(N, 3))
    return [
        View(name, rows.astype(np.float32))
        for name, rows in (("half", half), ("good", good), ("noise", noise))
    ]


def test_weights_follow_the_agreement(rng: np.random.Generator) -> None:
    found = weigh(views(rng), described([f"k{i % 3}" for i in range(N)]).column("kind"))
    weights = {view.name: view.weight for view in found}
    assert weights["good"] == 1.0
    assert 0.2 < weights["half"] < 0.9
    assert weights["noise"] < 0.1


@pytest.mark.parametrize("values", [[None] * N, [str(i) for i in range(N)], ["same"] * N])
def test_words_that_say_nothing_change_nothing(values: list[str | None], rng: np.random.Generator) -> None:
    before = views(rng)
    assert weigh(before, described(values).column("kind")) == before
    assert weigh(before, None) == before


def test_a_view_that_was_not_routed_stays_out(rng: np.random.Generator) -> None:
    given = [*views(rng)[:2], View("off", views(rng)[1].data, 0.0)]
    found = weigh(given, described([f"k{i % 3}" for i in range(N)]).column("kind"))
    assert found[2] is given[2]


def test_agreement_is_one_for_the_same_and_nothing_for_chance(rng: np.random.Generator) -> None:
    values: list[str | None] = [f"k{i % 3}" for i in range(N)]
    sure = np.ones(N, np.float32)
    exact = np.eye(3, dtype=np.float32)[np.arange(N) % 3]
    assert agreement(exact, values, sure) == pytest.approx(1)
    assert abs(agreement(rng.normal(size=(N, 4)).astype(np.float32), values, sure)) < 0.1
    exact[: N // 2] = np.nan
    assert agreement(exact, values, sure) == pytest.approx(1)
