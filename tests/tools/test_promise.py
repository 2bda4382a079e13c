"""Proposals are told with the groups that come out."""

from collections.abc import Callable

import numpy as np
import pytest

from tools.describe.describe import Descriptions
from tools.errors import Cancelled
from tools.group import group
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Slot, SlotSpec
from tools.promise import promised
from tools.propose.propose import Proposal, propose
from tools.request import Request

SIZE = SlotSpec("size", ("how large",), ("a.view",), "size")
WEIGHT = SlotSpec("weight", ("how heavy",), ("a.view",), "weight")
TASTE = SlotSpec("taste", ("what it tastes of",), ("b.view",), "taste")


@pytest.fixture
def seen(rng: np.random.Generator) -> Descriptions:
    """Forty pictures: size and weight part them in the same two halves, taste in two others; the words about size are
    wrong for a fifth of them."""
    large, sweet = np.arange(40) < 20, np.arange(40) % 2 == 0
    views = {
        name: (np.where(half, 5.0, -5.0)[:, None] + rng.normal(size=(40, 3))).astype(np.float32)
        for name, half in (("a.view", large), ("b.view", sweet))
    }
    words = ["large" if half != (i % 5 == 0) else "small" for i, half in enumerate(large.tolist())]
    slots = [
        {
            "size": Slot("size", words[i], 1.0),
            "weight": Slot("weight", "heavy" if large[i] else "light", 0.9),
            "taste": Slot("taste", "sweet" if sweet[i] else "sour", 0.8),
        }
        for i in range(40)
    ]
    return Descriptions(
        tuple(f"i{i}" for i in range(40)), {spec.name: spec for spec in (SIZE, WEIGHT, TASTE)},
        views=tuple(views), _slots=slots, _views=views,
    )  # fmt: skip


def requests() -> Callable[[str, Descriptions], Request]:
    texts = WordLlamaEncoder()
    return lambda criterion, seen: Request(criterion, seen, texts)


def test_a_large_collection_is_told_by_a_sample(seen: Descriptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.promise.MOST_IMAGES", 20)
    told = promised(propose(seen), seen, requests(), 8)
    taste = next(p for p in told if p.criterion == "taste")
    assert taste.why == "sorts all images into 2 groups, going by 20 of them"
    assert sum(size for _, size in taste.groups) == 40
    sample = seen.sample(20, seed=0)
    assert {image for images in taste.examples for image in images} <= set(sample.images)
    for row, image in enumerate(sample.images):  # each with its own words and numbers
        of_all = seen.images.index(image)
        assert sample.slots(row) == seen.slots(of_all)
        assert (sample.view("a.view")[row] == seen.view("a.view")[of_all]).all()


def test_what_is_promised_is_what_comes(seen: Descriptions) -> None:
    said = {p.criterion: p for p in propose(seen)}
    assert said["size"].groups != (("large", 20), ("small", 20))
    for proposal in promised(propose(seen), seen, requests(), 8):
        made = group(requests()(proposal.criterion, seen))
        sizes = [int((made.labels == i).sum()) for i in range(len(made.clusters))]
        assert proposal.groups == tuple(zip((c.name for c in made.clusters), sizes, strict=True))
        assert proposal.why == f"sorts all images into {len(sizes)} groups"
        for i, examples in enumerate(proposal.examples):
            assert {made.labels[seen.images.index(image)] for image in examples} == {i}


def test_of_two_that_part_the_pictures_alike_the_better_one_is_proposed(seen: Descriptions) -> None:
    proposals = propose(seen)
    assert {p.criterion for p in proposals} == {"size", "weight", "taste"}
    kept = promised(proposals, seen, requests(), 8)
    assert [p.criterion for p in kept] == [p.criterion for p in proposals if p.criterion != "weight"]
    # The user's own stay, whatever they say.
    own = propose(seen, own=["size", "weight"], texts=WordLlamaEncoder())
    kept = promised(own, seen, requests(), 8)
    assert [p.criterion for p in kept] == ["size", "weight", "taste"]
    assert kept[0].why == "yours: sorts all images into 2 groups"


def test_what_parts_the_pictures_into_no_clear_groups_is_the_users_to_ask_for(
    seen: Descriptions, rng: np.random.Generator
) -> None:
    dust = rng.normal(size=(40, 60)).astype(np.float32)
    seen = seen.with_views({"b.view": dust})
    assert "taste" in [p.criterion for p in propose(seen)]
    assert "taste" not in [p.criterion for p in promised(propose(seen), seen, requests(), 8)]
    own = propose(seen, own=["taste"], texts=WordLlamaEncoder())
    assert promised(own, seen, requests(), 8)[0].criterion == "taste"


def test_no_more_than_asked_for_and_what_nobody_sees_stays_as_it_is(seen: Descriptions) -> None:
    unseen = Proposal("mood of the light", "a language model suggests it", 0.4)
    assert promised([unseen], seen, requests(), 8) == [unseen]
    assert len(promised(propose(seen), seen, requests(), 1)) == 1
    assert promised([], seen, requests(), 8) == []


def test_it_can_be_stopped(seen: Descriptions) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        promised(propose(seen), seen, requests(), 8, stop)
