"""One walk over a collection: it lays the ground, sends a walker through each component, and gathers their groups."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Ties
from tools.fuse.method_context import MethodContext
from tools.fuse.walk.agglomerate import Agglomeration, soft_assignment, split_widest
from tools.fuse.walk.belief import Belief, Group, words_of
from tools.fuse.walk.calibrate_scale import PROBES, calibrate_scale, calibrate_words
from tools.fuse.walk.decisions import By, Decider, Decision
from tools.fuse.walk.walker import WalkContext, walk_component
from tools.progress import Progress, silent
from tools.relate import (
    Edges,
    Scale,
    adjacency_matrix,
    component_graph,
    components,
    lift,
    logit,
    maximum_spanning_forest,
    neighbours,
    sigmoid,
)

BOUND = float(logit(0.95))
"""Log-odds that are sure without a judge."""
SMALL = 2
"""Groups of at most this many images, or a hundredth of all, join a likely one in the end."""
WAVE = 8
"""The number of components that are walked at a time. It is fixed, so that what a judge's failures in one wave mean for
the next never depends on how many workers there are."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to walk.

    Attributes:
        budget: Calls of the judge for each image; None for no limit.
        tau: Weight under which edges are dropped, in (0, 1); None to calibrate it. What is believed of a pair stays as
            calibrated.
        merge: Whether groups of different walkers are merged where they are the same.
        workers: Threads; the result does not depend on it.
    """

    budget: float | None = 0.3
    tau: float | None = None
    merge: bool = True
    workers: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class WalkResult:
    """What a walk found.

    Attributes:
        soft: (n, k) float32, rows that sum to 1, or to 0 for images about which nothing is known.
        log: Every decision, for `explain`.
        calls: How often the judge was asked.
        scale: The calibrated one; its `tau` is the threshold.
        graph: (n, n) symmetric scipy CSR matrix of the weights that are at least tau.
    """

    soft: NDArray[np.float32]
    log: tuple[Decision, ...]
    calls: int
    scale: Scale
    graph: Any


def walk(
    rows: NDArray[np.float32],
    ties: Ties,
    context: MethodContext | None = None,
    k: int | None = None,
    seed: int = 0,
    plan: Plan | None = None,
    progress: Progress = silent,
) -> WalkResult:
    """Return groups of n images by walking the relational graph, as agent-centric clustering does (arXiv 2503.22241).

    Args:
        rows: (n, d) float32; rows of NaN are nothing's neighbours.
        ties: What the user said of the n images: obeyed, in more than k groups if it must be.
        context: The words and the judge.
        k: Number of groups, 1 <= k <= n, or None to find it.
        seed: Of every random choice.
        plan: How to walk.
        progress: Called after each call of the judge, from threads.

    Raises:
        tools.errors.Cancelled: `progress` or the judge raised it.
        tools.errors.RegroupError: See `tools.relate.neighbours`.
    """
    return _Walk(rows, ties, context, k, seed, plan or Plan(), progress).done()


class _Walk:
    """One run: it lays the ground, sends the walkers, gathers their groups."""

    def __init__(
        self,
        rows: NDArray[np.float32],
        ties: Ties,
        context: MethodContext | None,
        k: int | None,
        seed: int,
        plan: Plan,
        progress: Progress,
    ) -> None:
        self.n, self.k, self.seed, self.plan, self.progress, self.context = (
            len(rows),
            k,
            seed,
            plan,
            progress,
            context,
        )
        self.judge = context.judge if context else None
        self.calls_left = None if plan.budget is None else int(plan.budget * self.n)
        self.most = self.calls_left or 0
        self.stop, self.lock = threading.Event(), threading.Lock()
        self.calls, self.lost, self.bound = 0, False, BOUND
        self.log: list[Decision] = []
        words = words_of(context.values, context.confidence) if context else None
        self.prior: By = "graph" if words is None else "words"
        vectors = lift(rows)
        self.edges = neighbours(vectors, seed=seed)
        probe = self._decider(PROBES if self.calls_left is None else min(PROBES, self.calls_left // 2))
        values = sorted({value for value in context.values if value}) if context else []
        if words is not None:
            words = calibrate_words(words, values, probe, seed)
        found = calibrate_scale(vectors, self.edges, ties, words, probe, seed)
        self._back(probe)
        self.belief = Belief(np.nan_to_num(vectors), found, words)
        self.odds = self.belief.pairs(self.edges.a, self.edges.b)
        # Words move an edge's odds; it gets the weight at which sigmoid(beta s) would have these.
        weight = sigmoid(self.odds + logit(found.tau))
        self.weight = np.where(weight >= plan.tau if plan.tau else self.odds >= 0, weight, 0.0)
        self.graph = adjacency_matrix(self.edges, self.weight, self.n)
        self.ground, self.there = self._ground(ties, values, np.asarray(~np.isnan(vectors).any(axis=1)))

    def done(self) -> WalkResult:
        """Walk."""
        groups = self._walked() if len(self.there) else []
        groups = self._gathered(groups) if groups else []
        found = soft_assignment(groups, self.ground, self.n)
        wide = max(self.k or 1, len(groups))
        found = np.pad(found, ((0, 0), (0, wide - len(groups))))
        self._note(len(groups))
        best = np.where(found.any(axis=1), found.argmax(1), -1)
        log = tuple(replace(one, cluster=int(best[one.cluster])) for one in self.log)
        return WalkResult(found, log, self.calls, self.belief.scale, self.graph)

    def _ground(
        self, ties: Ties, values: list[str], seen: NDArray[np.bool_]
    ) -> tuple[WalkContext, list[int]]:
        """Return the ground, and the blocks that show something."""
        degree = np.asarray(self.graph.sum(axis=1)).ravel().round(9)
        blocks = ties.blocks
        stands = [min(rows, key=lambda row: (not seen[row], -degree[row], row)) for rows in blocks]
        there = [number for number, row in enumerate(stands) if seen[row]]
        return WalkContext(self.belief, ties, blocks, stands, degree, values), there

    def _walked(self) -> list[Group]:
        """Return the groups of all components, in the order of these."""
        graph, there = between_blocks(self.edges, self.weight, self.ground), set(self.there)
        parts = [part for part in components(graph) if int(part[0]) in there]
        walked = [part for part in parts if len(part) > 1]
        budgets = self._split(walked)
        groups: list[Group] = []
        for start in range(0, len(walked), WAVE):
            deciders = [self._decider(budget) for budget in budgets[start : start + WAVE]]
            wave = [
                (part, component_graph(graph, part), decider)
                for part, decider in zip(walked[start : start + WAVE], deciders, strict=True)
            ]
            for found in self._together(wave):
                groups += found
            for decider in deciders:
                self._back(decider)
        return groups + [self.ground.begin(int(part[0])) for part in parts if len(part) == 1]

    def _together(self, wave: Sequence[tuple[NDArray[np.intp], Any, Decider]]) -> list[list[Group]]:
        """Walk some components at the same time; where one fails, the others stop and its error is raised."""
        errors: list[BaseException] = []

        def one(part: NDArray[np.intp], graph: Any, decider: Decider) -> list[Group]:
            try:
                return walk_component(part, graph, self.ground, decider)
            except BaseException as error:
                with self.lock:
                    errors.append(error)
                self.stop.set()
                return []

        with ThreadPoolExecutor(self.plan.workers or min(WAVE, os.cpu_count() or 1)) as pool:
            found = list(pool.map(one, *zip(*wave, strict=True)))
        if errors:
            raise errors[0]
        return found

    def _gathered(self, groups: list[Group]) -> list[Group]:
        """Return groups that are the same as one, and as many as were asked for."""
        if self.plan.merge or self.k is not None:
            gathering = Agglomeration(groups, self.ground)
            if self.plan.merge:
                self.bound = BOUND
                decider = self._decider(self.calls_left)
                gathering.merge(decider, self.k)
                self._back(decider)
                if self.k is None:
                    gathering.house(max(SMALL, self.n // 100))
            if self.k is not None:
                gathering.reach(self.k)
            groups = gathering.groups + gathering.out
        if self.k is not None:
            groups = split_widest(groups, self.k, self.ground, self.seed)
        return sorted(groups, key=lambda group: (-len(group.rows), min(group.rows)))

    def _split(self, parts: Sequence[NDArray[np.intp]]) -> list[int | None]:
        """Return the walkers' budgets, by the size of their components; half of the calls is kept for the merge.

        What is sure is narrowed until the uncertain edges of the widest forest fit the budget.
        """
        if self.calls_left is None or self.judge is None:
            return [None if self.judge else 0] * len(parts)
        share = self.calls_left // 2
        tree = maximum_spanning_forest(self.graph)
        near = np.sort(np.abs(self.belief.pairs(tree[:, 0], tree[:, 1])))
        if len(near) > share:
            self.bound = min(BOUND, float(near[share]))
        total = sum(len(part) for part in parts)
        return [share * len(part) // total for part in parts]

    def _decider(self, budget: int | None) -> Decider:
        def tell() -> None:
            with self.lock:
                self.calls += 1
                done = self.calls
            self.progress("asking the judge", done, max(done, self.most))

        criterion = self.context.criterion if self.context else ""
        return Decider(self.judge, criterion, budget, self.bound, self.prior, self.stop, tell, lost=self.lost)

    def _back(self, decider: Decider) -> None:
        """Take back what an asker has left, and what it decided."""
        self.log += decider.log
        self.lost = self.lost or decider.lost
        if self.calls_left is not None:
            self.calls_left -= decider.calls

    def _note(self, groups: int) -> None:
        if self.context is None:
            return
        if self.lost:
            self.context.notes.append("the judge stopped answering; what was left was decided without it")
        if self.k is not None and groups > self.k:
            self.context.notes.append(
                f"what you told apart needs more than {self.k} groups: there are {groups}"
            )


def between_blocks(edges: Edges, weight: NDArray[np.float64], ground: WalkContext) -> Any:
    """Return the graph of blocks, (b, b) CSR: between two of them the strongest edge of their images counts."""
    of = np.array(ground.ties.block, np.intp)
    a, b = of[edges.a], of[edges.b]
    low, high = np.minimum(a, b), np.maximum(a, b)
    kept = np.flatnonzero((weight > 0) & (low != high))
    order = kept[np.lexsort((-weight[kept], high[kept], low[kept]))]
    low, high = low[order], high[order]
    first = np.ones(len(order), bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    strongest = Edges(low[first], high[first], edges.cosine[order[first]])
    return adjacency_matrix(strongest, weight[order[first]], len(ground.blocks))
