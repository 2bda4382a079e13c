"""A describer's vectors beside its words: a view of that criterion, and nothing to anybody else."""

import numpy as np
import pytest

from tools.describe.describe import Descriptions
from tools.describe.guided import IN_VECTORS, with_answers, with_interest
from tools.embed.criterion_views import routed_views, weigh
from tools.embed.route import route_here
from tools.group import group
from tools.models.bundled import tier
from tools.models.ports import Slot, TextEncoder, Vectors
from tools.request import Request

N = 60
TRUTH = [("rain", "snow", "sun")[i % 3] for i in range(N)]


@pytest.fixture(scope="module")
def texts() -> TextEncoder:
    return tier.text_encoder()


@pytest.fixture
def vectors() -> Vectors:
    """They know the truth, a little blurred."""
    rng = np.random.default_rng(0)
    rows = np.eye(3)[[i % 3 for i in range(N)]] + rng.normal(0, 0.15, (N, 3))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def described(texts: TextEncoder, wrong: int = 0) -> Descriptions:
    """Images of whose weather a model spoke; of the first it said nothing, of some it said the wrong word."""
    bare = Descriptions(tuple(f"{i:02}" for i in range(N)), {}, _slots=[{} for _ in range(N)])
    rng = np.random.default_rng(1)
    words = [str(rng.choice(["rain", "snow", "sun"])) if 0 < i <= wrong else TRUTH[i] for i in range(N)]
    said = {f"{i:02}": [Slot("weather", words[i], 0.8)] for i in range(1, N)}
    return with_answers(bare, "weather", "a model", said, texts)


def test_they_are_a_view_of_the_pixels_weighted_by_how_well_they_agree(
    texts: TextEncoder, vectors: Vectors
) -> None:
    plain = described(texts)
    seen = with_interest(plain, "Weather", vectors)
    name = f"weather (a model){IN_VECTORS}"
    assert (
        name not in plain.views
        and plain.specs["weather (a model)"].views != seen.specs["weather (a model)"].views
    )
    assert np.isnan(seen.view(name)[0]).all() and np.array_equal(seen.view(name)[1:], vectors[1:])
    routed = {view.name: view for view in routed_views(route_here("weather", seen, texts), seen)}
    assert routed[name].kind == "image" and routed["weather (a model): words"].kind == "text"
    noise = np.random.default_rng(2).normal(size=(N, 3)).astype(np.float32)
    weight = []
    for data in (vectors, noise):
        looked = with_interest(plain, "weather", data)
        chosen = route_here("weather", looked, texts)
        found = weigh(routed_views(chosen, looked), chosen.words(looked))
        weight.append(next(view.weight for view in found if view.name == name))
    assert weight[0] > 0.7 and weight[1] < 0.2


def test_where_words_are_wrong_they_put_images_right(texts: TextEncoder, vectors: Vectors) -> None:
    plain = described(texts, wrong=18)
    seen = with_interest(plain, "weather", vectors)
    right = []
    for descriptions in (plain, seen):
        made = group(Request("weather", descriptions, texts, k=3))
        assert made.images[0] in made.unsorted()  # no word: it can be asked about again
        names = [made.clusters[label].name for label in made.labels[1:].tolist()]
        right.append(float(np.mean([a == b for a, b in zip(names, TRUTH[1:], strict=True)])))
    assert right[1] >= right[0]
    assert made.sources == ("a model: weather, in words and vectors",)


def test_without_words_or_vectors_nothing_changes(texts: TextEncoder, vectors: Vectors) -> None:
    plain = described(texts)
    assert with_interest(plain, "mood", vectors) is plain
    assert with_interest(plain, "weather", np.full((N, 1), np.nan, np.float32)) is plain
