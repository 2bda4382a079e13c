"""Agent-centric clustering by hand: the weight of an edge, the order of a traversal, the order of a merge."""

import threading
from collections.abc import Sequence
from math import exp

import networkx as nx
import numpy as np
import pytest

from tests.tools.fuse.walk.test_walk import ids
from tools.clustering.constraints import tie
from tools.fuse.method_context import MethodContext
from tools.fuse.walk.agglomerate import Agglomeration, split_widest
from tools.fuse.walk.belief import Belief, Group, words_of
from tools.fuse.walk.decisions import Decider
from tools.fuse.walk.traversal import Plan, walk
from tools.fuse.walk.walker import WalkContext, walk_component
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.relational_graph import Scale

UNSURE = Scale(0.0, 0.0)
"""A scale on which nothing is sure."""


class Remembers:
    """A judge that has the answers, and remembers the rows that it was asked about, each with the group's first."""

    name = "remembers"

    def __init__(self, groups: Sequence[int]) -> None:
        self.groups = groups
        self.asked: list[tuple[int, int]] = []

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        self.asked.append((row, exemplars[0]))
        return float(self.groups[row] == self.groups[exemplars[0]])


def ground_of(points: Sequence[Sequence[float]], scale: Scale = UNSURE) -> WalkContext:
    """The context of walkers over points that are not normalised, since Ward's distance is by hand then."""
    n = len(points)
    ties = tie(ids(n), ())
    belief = Belief(np.array(points, np.float32), scale)
    return WalkContext(belief, ties, ties.blocks, list(range(n)), np.zeros(n), ())


def decider(judge: Remembers) -> Decider:
    return Decider(judge, "kind", None, 3.0, "graph", threading.Event(), lambda: None)


def groups_of(ground: WalkContext, *parts: Sequence[int]) -> list[Group]:
    made = []
    for rows in parts:
        group = ground.begin(rows[0])
        for row in rows[1:]:
            ground.add(group, row)
        made.append(group)
    return made


def test_an_edge_weighs_the_sigmoid_of_beta_times_the_product() -> None:
    scale = Scale(4.0, -1.0)
    assert scale.weight(0.5) == pytest.approx(1 / (1 + exp(-2.0)))
    assert scale.weight(-0.5) == pytest.approx(1 / (1 + exp(2.0)))
    # An edge is kept from tau on, where the two are as likely one as not: beta s = 1.
    assert scale.tau == pytest.approx(1 / (1 + exp(-1.0))) == scale.weight(0.25)


@pytest.mark.parametrize("tau", [0.6, 0.9])
def test_edges_below_tau_are_dropped(tau: float) -> None:
    data = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    walked = walk(data, tie(ids(40), ()), None, 3, plan=Plan(tau=tau))
    everything = walk(data, tie(ids(40), ()), None, 3, plan=Plan(tau=0.01))
    kept = everything.graph.data >= tau
    assert 0 < kept.sum() < len(kept)
    np.testing.assert_allclose(np.sort(walked.graph.data), np.sort(everything.graph.data[kept]))


def test_an_agent_starts_at_the_largest_degree_and_takes_the_strongest_edge_first() -> None:
    # Degrees: 2 has 2.4, 1 has 1.7, 0 has 1.5, 3 has .8; from 2 the edges weigh .9 (0), .8 (3), .7 (1).
    graph = nx.Graph()
    graph.add_weighted_edges_from([(2, 0, 0.9), (2, 1, 0.7), (2, 3, 0.8), (0, 1, 0.6), (1, 4, 0.4)])
    ground = ground_of(np.eye(5).tolist())
    judge = Remembers([0, 1, 0, 1, 1])
    found = walk_component(np.arange(5), graph, ground, decider(judge))
    # It asks 0 (yes), 3 (no), 1 (no). Then it starts at 1, the largest degree that is left, and asks 4; 3 is not near.
    assert [row for row, _ in judge.asked] == [0, 3, 1, 4]
    assert [group.rows for group in found] == [[2, 0], [1, 4], [3]]


def test_groups_are_asked_about_from_the_nearest_by_ward_and_a_rejected_pair_once() -> None:
    # Groups a (two images at 0), b (one at 1), c (one at 3), d (two at 7). Ward's distances n m / (n + m) d^2:
    # ab 2/3, bc 2, ac 6, cd 32/3, bd 24, ad 49.
    points = [[0.0], [0.0], [1.0], [3.0], [7.0], [7.0]]
    ground = ground_of(points)
    a, b, c, d = groups_of(ground, [0, 1], [2], [3], [4, 5])
    judge = Remembers([0, 0, 1, 0, 2, 2])  # a and c are one
    gathering = Agglomeration([d, c, b, a], ground)
    index = {group.start: i for i, group in enumerate(gathering.groups)}
    assert gathering.ward[index[0], index[2]] == pytest.approx(2 / 3)
    assert gathering.ward[index[2], index[3]] == pytest.approx(1 / 2 * 4)
    assert gathering.ward[index[3], index[4]] == pytest.approx(2 / 3 * 16)
    gathering.merge(decider(judge), None)
    # ab no, bc no, ac yes, making ac (0, 0, 3): then ac d, of 3 * 2 / 5 * 36 = 43.2, comes after bd of 24.
    order = [frozenset(pair) for pair in judge.asked]
    assert order == [frozenset(p) for p in ((2, 0), (2, 3), (3, 0), (2, 4), (4, 0))]
    assert sorted(sorted(group.rows) for group in gathering.groups) == [[0, 1, 3], [2], [4, 5]]


def test_sure_evidence_costs_no_call() -> None:
    judge = Remembers([0, 0])
    who = decider(judge)
    assert who.decide(0, 1, 0.9, 3.5, ((1,), ())) and not who.decide(0, 1, -0.9, -3.5, ((1,), ()))
    assert judge.asked == [] and [one.by for one in who.log] == ["sure", "sure"]
    assert who.decide(0, 1, 0.0, -2.5, ((1,), ())) and judge.asked == [(0, 1)]
    assert who.log[-1].by == "judge" and who.calls == 1


def test_the_belief_of_a_group_follows_every_word_in_it() -> None:
    words = words_of(["ant", "bee", "bee", "bee", None], np.array([0.5, 0.9, 0.9, 0.9, 0.0], np.float32))
    assert words is not None
    belief = Belief(np.eye(5, dtype=np.float32), UNSURE, words)
    group = Group(0)
    shares = []
    for row in range(4):
        group.add(row, [row], belief, np.zeros(5))
        assert group.shown is not None
        shares.append(float(group.shown[1]))  # of bees
    assert shares == sorted(shares) and shares[0] < 0.5 < 0.9 < shares[-1]


def test_groups_of_different_walkers_are_merged_where_the_judge_says_so(texts: WordLlamaEncoder) -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0], [9, 0], [0, 9]])  # the first two are of one kind, which no edge tells
    data = (centres[np.arange(90) % 3] + rng.normal(size=(90, 2))).astype(np.float32)
    judge = Remembers([(0, 0, 1)[i % 3] for i in range(90)])
    told = MethodContext("kind", (None,) * 90, np.zeros(90, np.float32), (), texts, judge=judge)
    best = walk(data, tie(ids(90), ()), told, None, plan=Plan(budget=None, workers=1)).soft.argmax(1)
    assert best[0] == best[1] != best[2]


@pytest.mark.parametrize("seed", [2, 7, 21, 26])
def test_a_split_is_that_with_the_least_squares_whatever_its_starts(seed: int) -> None:
    """Three pictures at each of seven corners, each a little farther out: the farthest corner is what to split off,
    and with these seeds five starts end at another."""
    ground = ground_of(np.repeat(np.eye(7) * (1 + 0.02 * np.arange(7)), 3, axis=0).tolist())
    halves = split_widest(groups_of(ground, range(21)), 2, ground, seed)
    assert min((sorted(half.rows) for half in halves), key=len) == [18, 19, 20]
