"""How sure a grouping is before anybody has answered."""

import numpy as np
import pytest

from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.models.ports import Vectors
from tools.settle.certainty import FEWEST, calibrate, chances, neighbourhood


def clustering(labels: list[int], groups: int = 2) -> Clustering:
    n = len(labels)
    return Clustering(
        id="kind",
        criterion="kind",
        images=tuple(f"i{i}" for i in range(n)),
        clusters=tuple(Cluster(f"c{i + 1}", f"group {i + 1}") for i in range(groups)),
        labels=np.array(labels, np.int32),
        confidence=np.full(n, 0.3, np.float32),
    )


def two_heaps(rng: np.random.Generator, n: int = 40) -> Vectors:
    return (np.eye(2, 4)[np.arange(n) % 2] * 10 + rng.normal(size=(n, 4)) / 10).astype(np.float32)


def test_the_odds_are_those_of_the_regression() -> None:
    """1 / (1 + exp(1.1 - 1.4 * share - 1.7 * stability))."""
    assert chances(np.array([1.0, 0.5, 0.0]), 1.0) == pytest.approx([0.881, 0.786, 0.646], abs=0.001)
    assert chances(np.array([1.0, 0.5, 0.0]), 0.0) == pytest.approx([0.574, 0.401, 0.250], abs=0.001)
    assert chances(np.array([1.0]), -0.4) == chances(np.array([1.0]), 0.0)


def test_an_image_at_the_edge_of_its_group_is_less_sure_than_one_inside(rng: np.random.Generator) -> None:
    labels = [i % 2 for i in range(40)]
    labels[0] = 1  # it lies among those of the other group
    shares = neighbourhood(two_heaps(rng), np.array(labels, np.int32))
    assert shares[0] == 0 and shares[2:].min() > 0.8
    made = calibrate(clustering(labels), two_heaps(rng), 0.9)
    assert made.confidence[0] < 0.65 < made.confidence[2:].min()


def test_the_nearest_neighbours_count_most() -> None:
    """Ten at a distance of 1 or 3 weigh exp(-1 / 2) and exp(-3 / 2): five and five make 1 / (1 + exp(-1))."""
    points = np.array([0, *[1] * 5, *[-3] * 5], np.float32)[:, None]
    assert neighbourhood(points, np.array([0] * 6 + [1] * 5, np.int32))[0] == pytest.approx(0.731, abs=0.001)


def test_groups_that_random_halves_do_not_repeat_are_doubtful(rng: np.random.Generator) -> None:
    labels = [i % 2 for i in range(40)]
    clear, doubtful = (calibrate(clustering(labels), two_heaps(rng), s).confidence for s in (0.9, 0.1))
    assert clear.min() > 0.8 and doubtful.max() < 0.65


def test_what_no_expert_sees_may_be_clear_and_is_not_sure(rng: np.random.Generator) -> None:
    made = calibrate(clustering([i % 2 for i in range(40)]), two_heaps(rng), 1.0, seen=0.5)
    assert made.confidence.max() < 0.5


def test_what_was_not_measured_or_placed_keeps_its_confidence(rng: np.random.Generator) -> None:
    points, labels = two_heaps(rng), [i % 2 for i in range(40)]
    points[3] = np.nan
    labels[5] = UNSORTED
    made = calibrate(clustering(labels), points, 0.9)
    assert made.confidence[[3, 5]] == pytest.approx([0.3, 0.3]) and made.confidence[4] > 0.8


def test_a_dozen_images_have_no_neighbours_to_speak_of_and_are_no_surer_than_many(
    rng: np.random.Generator,
) -> None:
    points = two_heaps(rng, FEWEST - 1)
    few = clustering([i % 2 for i in range(FEWEST - 1)])
    assert calibrate(few, points, 1.0).confidence == pytest.approx(few.confidence)
    sure = few.with_changes(confidence=np.ones(FEWEST - 1, np.float32))
    assert calibrate(sure, points, 1.0).confidence == pytest.approx(0.881, abs=0.001)
    assert calibrate(sure, points, 0.0, seen=0.5).confidence == pytest.approx(0.574 / 2, abs=0.001)
    one = clustering([0] * 40, groups=1)
    assert calibrate(one, two_heaps(rng), 1.0) is one
