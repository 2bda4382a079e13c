"""How sure the groups of a few images are shown to be."""

import numpy as np

from tests.tools.settle.test_naming import described
from tools.clustering.clustering import Cluster, Clustering
from tools.settle.settle import FEW, shrink_confidence


def made(n: int) -> Clustering:
    labels = (np.arange(n) % 2).astype(np.int32)
    images = described([None] * n).images
    return Clustering(
        "emotion",
        "emotion",
        images,
        (Cluster("c1", "sad"), Cluster("c2", "happy")),
        labels,
        np.ones(n, np.float32),
    )


def words(n: int) -> list[str | None]:
    return ["happy" if i % 2 else "sad" for i in range(n)]


def test_few_images_are_no_surer_than_who_looked_at_each() -> None:
    sure = [0.4, 0.9] * 5
    found = shrink_confidence(made(10), described(words(10), sure).column("mood"))
    np.testing.assert_allclose(found.confidence, sure, atol=1e-6)
    assert found.notes[0].startswith("only 10 images, too few to be sure of these groups")


def test_what_is_clear_or_many_stays() -> None:
    clear = made(10)
    assert shrink_confidence(clear, described(words(10), 0.95).column("mood")) is clear
    many = made(FEW)
    assert shrink_confidence(many, described(words(FEW), 0.3).column("mood")) is many
