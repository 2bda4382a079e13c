"""Runs one walker, which traverses one component of the graph and makes groups of it."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Ties
from tools.fuse.walk.belief import Belief, Group
from tools.fuse.walk.decisions import Decider, Decision

TAGS = 5
"""The most tags of a group that a judge is told."""


@dataclass(frozen=True, slots=True, eq=False)
class WalkContext:
    """Holds the data that all walkers share and none of them changes.

    Attributes:
        belief: The belief about the n images.
        ties: The user's ties: blocks of images that belong together, and which blocks are apart.
        blocks: The rows of each block.
        stands: The row that represents each block.
        degree: (n,) float64, the sum of the weights at each image.
        values: The different values that are said of images, in the order of `Words.share`.
    """

    belief: Belief
    ties: Ties
    blocks: Sequence[Sequence[int]]
    stands: Sequence[int]
    degree: NDArray[np.float64]
    values: Sequence[str]

    def begin(self, block: int) -> Group:
        """Begin a group with one block."""
        group = Group(self.stands[block])
        self.add(group, block)
        return group

    def add(self, group: Group, block: int) -> None:
        """Add a block to a group."""
        group.add(block, self.blocks[block], self.belief, self.degree)

    def tags(self, group: Group) -> tuple[str, ...]:
        """Return the tags of a group: names that the user gave, then its values, the most frequent first."""
        names = [self.ties.names[block] for block in group.blocks if block in self.ties.names]
        if group.gain is not None:
            order = np.argsort(-group.gain, kind="stable")[:TAGS]
            names += [self.values[i] for i in order if group.gain[i] > 0]
        return tuple(dict.fromkeys(names))[:TAGS]

    def shown(self, group: Group) -> tuple[Sequence[int], Sequence[str]]:
        """Return what a judge is shown of a group: its exemplars and its tags."""
        return tuple(group.exemplars), self.tags(group)

    def apart(self, blocks_a: Sequence[int], blocks_b: Sequence[int]) -> bool:
        """Return whether the user keeps any blocks of two groups apart."""
        if not self.ties.apart:
            return False
        closed = frozenset[int]().union(*(self.ties.apart.get(block, frozenset()) for block in blocks_a))
        return not closed.isdisjoint(blocks_b)


def walk_component(nodes: NDArray[np.intp], graph: Any, ground: WalkContext, decider: Decider) -> list[Group]:
    """Walk one component and return its groups.

    The walk starts at the block of the largest weighted degree and keeps a frontier ordered by edge weight. The
    candidate with the strongest edge to the group is added or rejected; when the frontier is empty, the next group
    starts among the blocks that were rejected.

    Args:
        nodes: The numbers of the blocks of the component.
        graph: The NetworkX graph of blocks (`tools.relational_graph.component_graph`).
        ground: The data that all walkers share.
        decider: Decides whether a block belongs to a group.

    Raises:
        tools.errors.Cancelled: The user stopped it.
    """
    around = graph.adj
    degree = {node: sum(edge["weight"] for edge in around[node].values()) for node in nodes.tolist()}
    unassigned = dict.fromkeys(sorted(degree, key=lambda node: (-round(degree[node], 9), node)))
    groups: list[Group] = []
    while unassigned:
        start = next(iter(unassigned))
        del unassigned[start]
        group = ground.begin(start)
        groups.append(group)
        visited, frontier = {start}, _reached(start, around)
        while frontier:
            _, node = heapq.heappop(frontier)
            if node in visited or node not in unassigned:
                continue
            visited.add(node)
            if _belongs(node, group, ground, decider):
                ground.add(group, node)
                del unassigned[node]
                for edge in _reached(node, around):
                    heapq.heappush(frontier, edge)
    return groups


def _reached(node: int, around: Any) -> list[tuple[float, int]]:
    """Return the neighbours of a block as a heap, the strongest edge first."""
    return sorted((-edge["weight"], other) for other, edge in around[node].items())


def _belongs(node: int, group: Group, ground: WalkContext, decider: Decider) -> bool:
    row = ground.stands[node]
    cosine, odds = group.odds(row, ground.belief)
    if ground.apart([node], group.blocks):
        decider.log.append(Decision(row, group.start, cosine, "user", 0.0))
        return False
    return decider.decide(row, group.start, cosine, odds, ground.shown(group))
