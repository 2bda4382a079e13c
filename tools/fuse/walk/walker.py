"""One walker: it goes through one component of the graph and makes groups of it."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Ties
from tools.fuse.walk.belief import Belief, Group
from tools.fuse.walk.decisions import Decider, Decision

TAGS = 5
"""The most tags of a group that a judge is told."""


@dataclass(frozen=True, slots=True, eq=False)
class WalkContext:
    """What all walkers walk on; none of them changes it.

    Attributes:
        belief: Of the n images.
        ties: What the user said: blocks of images that belong together, and which of them are apart.
        blocks: Rows of each block.
        stands: For each block the row that stands for it.
        degree: (n,) float64, the sum of the weights at each image.
        values: What is said of images, in the order of `Words.share`.
    """

    belief: Belief
    ties: Ties
    blocks: Sequence[Sequence[int]]
    stands: Sequence[int]
    degree: NDArray[np.float64]
    values: Sequence[str]

    def begin(self, block: int) -> Group:
        """Return a group of one block."""
        group = Group(self.stands[block])
        self.add(group, block)
        return group

    def add(self, group: Group, block: int) -> None:
        """Take a block into a group."""
        group.add(block, self.blocks[block], self.belief, self.degree)

    def tags(self, group: Group) -> tuple[str, ...]:
        """Return what is said of the group, the most frequent first: a name that the user gave goes before."""
        names = [self.ties.names[block] for block in group.blocks if block in self.ties.names]
        if group.gain is not None:
            order = np.argsort(-group.gain, kind="stable")[:TAGS]
            names += [self.values[i] for i in order if group.gain[i] > 0]
        return tuple(dict.fromkeys(names))[:TAGS]

    def shown(self, group: Group) -> tuple[Sequence[int], Sequence[str]]:
        """Return what a judge is shown of a group."""
        return tuple(group.exemplars), self.tags(group)

    def apart(self, one: Sequence[int], other: Sequence[int]) -> bool:
        """Return whether the user told blocks of two groups apart."""
        if not self.ties.apart:
            return False
        closed = frozenset[int]().union(*(self.ties.apart.get(block, frozenset()) for block in one))
        return not closed.isdisjoint(other)


def walk_component(nodes: NDArray[np.intp], graph: Any, ground: WalkContext, decider: Decider) -> list[Group]:
    """Return the groups of one component.

    It starts at the block of the largest weighted degree and keeps a frontier ordered by edge weight. The candidate
    that is tied to the group most strongly is taken in or left; when the frontier is empty the next group starts
    among those that were left.

    Args:
        nodes: Numbers of the blocks of the component.
        graph: NetworkX graph of blocks (`tools.relate.walkable`).
        ground: What it walks on.
        decider: Decides.

    Raises:
        tools.errors.Cancelled: The user stopped it.
    """
    around = graph.adj
    degree = {node: sum(edge["weight"] for edge in around[node].values()) for node in nodes.tolist()}
    left = dict.fromkeys(sorted(degree, key=lambda node: (-round(degree[node], 9), node)))
    groups: list[Group] = []
    while left:
        start = next(iter(left))
        del left[start]
        group = ground.begin(start)
        groups.append(group)
        seen, frontier = {start}, _reached(start, around)
        while frontier:
            _, node = heapq.heappop(frontier)
            if node in seen or node not in left:
                continue
            seen.add(node)
            if _belongs(node, group, ground, decider):
                ground.add(group, node)
                del left[node]
                for edge in _reached(node, around):
                    heapq.heappush(frontier, edge)
    return groups


def _reached(node: int, around: Any) -> list[tuple[float, int]]:
    """Return a heap of the neighbours, the strongest edge first."""
    return sorted((-edge["weight"], other) for other, edge in around[node].items())


def _belongs(node: int, group: Group, ground: WalkContext, decider: Decider) -> bool:
    row = ground.stands[node]
    cosine, odds = group.odds(row, ground.belief)
    if ground.apart([node], group.blocks):
        decider.log.append(Decision(row, group.start, cosine, "user", 0.0))
        return False
    return decider.decide(row, group.start, cosine, odds, ground.shown(group))
