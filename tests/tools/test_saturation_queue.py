"""Whose turn it is, and that thousands of blocks cost no more than their number."""

import random
from collections.abc import Callable
from time import process_time

import numpy as np
import pytest

from tools.clustering.clustering import Cluster, Clustering
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink, tie
from tools.fuse.constrained import apply_constraints
from tools.saturation_queue import SaturationQueue
from tools.settle.match_clusters import match_clusters, violated


def test_who_is_shut_out_of_most_is_first() -> None:
    turns = SaturationQueue(range(4), {0: [3], 3: [0, 1], 1: [3]}, (), lambda block: (block,))
    assert turns.next() == 0
    turns.take(0, 7)
    assert turns.closed(3, 7) and not turns.closed(1, 7)
    assert [turns.next() for _ in range(4)] == [3, 1, 2, None]


@pytest.mark.parametrize("seed", range(40))
def test_the_order_is_that_of_counting_each_time(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.randint(1, 12)
    named = {block for block in range(n) if rng.random() < 0.4}
    parted: dict[int, set[int]] = {}
    for _ in range(rng.randint(0, 20)):
        a, b = rng.randrange(n), rng.randrange(n)
        if a != b:
            parted.setdefault(a, set()).add(b)
            parted.setdefault(b, set()).add(a)
    turns = SaturationQueue(range(n), parted, named, lambda block: (block % 3, block))
    taken: dict[int, int] = {}
    left = set(range(n))

    def closed(block: int) -> set[int]:
        others = parted.get(block, set()) | (named - {block} if block in named else set())
        return {taken[other] for other in others if other in taken}

    while left:
        wanted = min(left, key=lambda block: (-len(closed(block)), block % 3, block))
        assert turns.next() == wanted
        left.remove(wanted)
        assert {group for group in range(4) if turns.closed(wanted, group)} == closed(wanted)
        taken[wanted] = rng.randrange(4)
        turns.take(wanted, taken[wanted])
    assert turns.next() is None


def linked(count: int) -> tuple[Clustering, list[Constraint]]:
    """Pairs of linked images, each apart from the next pair."""
    labels = np.random.default_rng(0).integers(0, 8, 2 * count).astype(np.int32)
    said: list[Constraint] = [MustLink(f"i{2 * i}", f"i{2 * i + 1}") for i in range(count)]
    said += [CannotLink(f"i{2 * i}", f"i{2 * i + 2}") for i in range(count - 1)]
    return clustering(labels, 8), said


def crossed(count: int) -> tuple[Clustering, list[Constraint]]:
    """Make `count` groups of four images, in each of which one image is named."""
    labels = np.repeat(np.arange(count, dtype=np.int32), 4)
    return clustering(labels, count), [Label(f"i{4 * i + 1}", f"a / b{i}") for i in range(count)]


def clustering(labels: np.ndarray, k: int) -> Clustering:
    return Clustering(
        id="mood",
        criterion="mood",
        images=tuple(f"i{i}" for i in range(len(labels))),
        clusters=tuple(Cluster(f"c{i + 1}", f"a / b{i}") for i in range(k)),
        labels=labels,
        confidence=np.full(len(labels), 0.5, np.float32),
        next_number=k + 1,
    )


def settled(made: Clustering, said: list[Constraint]) -> None:
    after = made.with_changes(labels=np.roll(made.labels, 3))
    found = match_clusters(made, after, said, merged_ids=[cluster.id for cluster in made.clusters])
    assert violated(found, said) == []


def obeyed(made: Clustering, said: list[Constraint]) -> None:
    soft = np.zeros((len(made.images), 300), np.float32)
    soft[np.arange(len(soft)), made.labels % 300] = 1
    assert apply_constraints(soft, tie(made.images, said))


@pytest.mark.parametrize(
    ("work", "example", "small"),
    [(settled, linked, 500), (settled, crossed, 75), (obeyed, linked, 500), (obeyed, crossed, 75)],
)
def test_four_times_as_much_costs_about_four_times_as_long(
    work: Callable[[Clustering, list[Constraint]], None],
    example: Callable[[int], tuple[Clustering, list[Constraint]]],
    small: int,
) -> None:
    def seconds(count: int) -> float:
        given, found = example(count), []
        for _ in range(3):
            start = process_time()
            work(*given)
            found.append(process_time() - start)
        return min(found)

    seconds(small)
    once, four = seconds(small), seconds(4 * small)
    print(f"{work.__name__} {example.__name__} {once:.4f} {four:.4f} ratio {four / once:.1f}")
    assert four < 10 * once  # each with each would be sixteen times
