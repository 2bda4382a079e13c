"""The measures, against hand-computed numbers and scikit-learn."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from tools.clustering.evaluate import Scores, evaluate


def by_hand(truth: list[str], found: list[int]) -> float:
    """ACC: the best of all one-to-one matches of clusters to classes, each tried."""
    classes, clusters = sorted(set(truth)), sorted({label for label in found if label >= 0})
    size = max(len(classes), len(clusters))
    best = 0
    for order in permutations(range(size)):
        match = {
            clusters[c]: classes[t] for c, t in enumerate(order) if c < len(clusters) and t < len(classes)
        }
        best = max(best, sum(match.get(f) == t for t, f in zip(truth, found, strict=True)))
    return best / len(truth)


def test_the_same_partition_under_other_numbers_is_perfect() -> None:
    assert evaluate(list("aabbbc"), [2, 2, 0, 0, 0, 1]) == Scores(1, 1, 1, 1, 1, 1)


def test_hand_computed() -> None:
    # 6 of 8 are right when cluster 0 is a and 1 is b; 16 of the 28 pairs are treated alike.
    scores = evaluate(list("aaaabbbb"), [0, 0, 0, 1, 1, 1, 1, 0])
    assert scores.acc == 6 / 8
    assert scores.rand == pytest.approx(16 / 28)
    # Together in both: 3 + 3 pairs; in one of the two at least: 12 + 12 - 6.
    assert scores.ji == pytest.approx(6 / 18)
    # The table is [[3, 1], [1, 3]]: mutual information over entropy is 1 - H(1/4), in bits.
    assert scores.nmi == pytest.approx(1 - 0.8112781)


def test_the_jaccard_index_of_pairs_by_hand() -> None:
    # Classes ab, cd, e, clusters abc, de: of the pairs only ab is in both; cd is in the classes alone, ac, bc, de in
    # the clusters alone.
    assert evaluate(list("xxyyz"), [0, 0, 0, 1, 1]).ji == 1 / 5
    # The pile of unsorted images is one more group, and without any pair the partitions are the same.
    assert evaluate(list("xxyyz"), [-1, -1, -1, 1, 1]).ji == 1 / 5
    assert evaluate(list("xyz"), [0, 1, 2]).ji == 1
    assert evaluate(list("xx"), [0, 1]).ji == 0


def test_one_cluster_tells_nothing() -> None:
    scores = evaluate(list("aabb"), [0, 0, 0, 0])
    assert (scores.nmi, scores.ami, scores.ari, scores.acc) == (0, 0, 0, 0.5)


def test_no_class_is_matched_to_the_unsorted_pile() -> None:
    assert evaluate(list("aaab"), [0, 0, 0, -1]).acc == 3 / 4
    assert evaluate(list("aabb"), [-1, -1, -1, -1]).acc == 0
    # In the other measures the pile is one more group.
    assert evaluate(list("aabb"), [0, 0, -1, -1]).nmi == 1
    assert evaluate(list("aabb"), [0, 0, -1, -1]).acc == 0.5


def test_more_clusters_than_classes_is_not_perfect() -> None:
    scores = evaluate(list("aabb"), [0, 1, 2, 3])
    assert scores.acc == 0.5
    assert scores.nmi < 1 and scores.ari == 0


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-1, 3)), min_size=1, max_size=24))
def test_as_scikit_learn_says_and_as_every_match_says(pairs: list[tuple[str, int]]) -> None:
    truth, found = [t for t, _ in pairs], [f for _, f in pairs]
    scores = evaluate(truth, found)
    assert scores.nmi == pytest.approx(metrics.normalized_mutual_info_score(truth, found))
    assert scores.ami == pytest.approx(metrics.adjusted_mutual_info_score(truth, found))
    assert scores.ari == pytest.approx(metrics.adjusted_rand_score(truth, found))
    assert scores.rand == pytest.approx(metrics.rand_score(truth, found))
    assert scores.acc == pytest.approx(by_hand(truth, found))


@pytest.mark.parametrize(("truth", "found"), [([], []), (["a"], []), (["a"], [0, 1])])
def test_lengths_that_differ_are_refused(truth: list[str], found: list[int]) -> None:
    with pytest.raises(ValueError, match="labels for"):
        evaluate(truth, found)
