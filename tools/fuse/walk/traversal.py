"""Makes one walk over a collection, which builds the graph, walks each component and merges the groups."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Ties
from tools.fuse.method_context import MethodContext
from tools.fuse.walk.agglomerate import Agglomeration, soft_assignment, split_widest
from tools.fuse.walk.belief import Belief, Group, Words, words_of
from tools.fuse.walk.calibrate_scale import PROBES, bears_witness, calibrate_scale, calibrate_words
from tools.fuse.walk.decisions import By, Decider, Decision
from tools.fuse.walk.walker import WalkContext, walk_component
from tools.progress import Progress, silent
from tools.relational_graph import (
    REACH,
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
"""The log-odds from which a pair is sure without a judge."""
SMALL = 2
"""The size up to which groups, if not up to a hundredth of all images, join a likely one in the end."""
WAVE = 8
"""The number of components that are walked at a time, fixed so that the effect of a judge's failures on the next wave
does not depend on the number of workers."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Holds the settings of a walk.

    Attributes:
        budget: The number of calls of the judge per image; None for no limit.
        tau: The weight below which edges are dropped, in (0, 1); None to calibrate it. The belief about pairs is
            calibrated either way.
        neighbours: The number of neighbours of an image, of which edges are made.
        merge: Whether groups of different walkers are merged where they are one.
        settle: Whether groups of a given number are settled on the pictures where nobody can be asked
            (`tools.fuse.walk.settle_groups`).
        workers: The number of threads, which does not change the result.
    """

    budget: float | None = 0.3
    tau: float | None = None
    neighbours: int = REACH
    merge: bool = True
    settle: bool = True
    workers: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class WalkResult:
    """Holds the result of a walk.

    Attributes:
        soft: (n, k) float32; rows sum to 1, or to 0 for images that were not measured.
        log: Every decision, for explanations.
        calls: The number of calls of the judge.
        scale: The calibrated scale, whose `tau` is the threshold.
        graph: The symmetric (n, n) scipy CSR matrix of the weights that are at least tau.
        components: The number of connected components of the graph that were walked, or are one image alone.
        met: The number of groups that the walkers came back with, before any were merged.
    """

    soft: NDArray[np.float32]
    log: tuple[Decision, ...]
    calls: int
    scale: Scale
    graph: Any
    components: int
    met: int


def walk(
    rows: NDArray[np.float32],
    ties: Ties,
    context: MethodContext | None = None,
    k: int | None = None,
    seed: int = 0,
    plan: Plan | None = None,
    progress: Progress = silent,
) -> WalkResult:
    """Group n images by walking the relational graph, as in agent-centric clustering (arXiv 2503.22241).

    Args:
        rows: (n, d) float32; rows of NaN have no neighbours.
        ties: The user's ties between the n images, which are obeyed, with more than k groups if they require it.
        context: The words and the judge.
        k: The number of groups, 1 <= k <= n, or None to find it.
        seed: The seed of every random choice.
        plan: The settings of the walk.
        progress: Called after each call of the judge, from threads.

    Raises:
        tools.errors.Cancelled: `progress` or the judge raised it.
        tools.errors.RegroupError: See `tools.relational_graph.neighbours`.
    """
    return _Walk(rows, ties, context, k, seed, plan or Plan(), progress).done()


def unwalked(
    rows: NDArray[np.float32],
    ties: Ties,
    context: MethodContext | None = None,
    seed: int = 0,
    plan: Plan | None = None,
    progress: Progress = silent,
) -> tuple[Any, Scale, int]:
    """Return the graph that would be walked: a symmetric (n, n) scipy CSR matrix, its scale, and the judge's calls.

    The arguments and errors are those of `walk`.
    """
    run = _Walk(rows, ties, context, None, seed, plan or Plan(), progress)
    return run.graph, run.belief.scale, run.calls


class _Walk:
    """Makes one run: it builds the graph, walks its components and merges their groups."""

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
        self.prior: By = "words"
        vectors = lift(rows)
        self.edges = neighbours(vectors, plan.neighbours, seed)
        values = sorted({value for value in context.values if value}) if context else []
        if words is not None:
            words = self._borne_out(words, values, vectors)
        self.prior = "graph" if words is None else "words"
        probe = self._probe()
        scale = calibrate_scale(vectors, self.edges, ties, words, probe, seed)
        self._back(probe)
        self.belief = Belief(np.nan_to_num(vectors), scale, words)
        self.odds = self.belief.pairs(self.edges.a, self.edges.b)
        # Words shift an edge's odds; its weight is the sigmoid(beta s) that would give the shifted odds.
        weight = sigmoid(self.odds + logit(scale.tau))
        self.weight = np.where(weight >= plan.tau if plan.tau else self.odds >= 0, weight, 0.0)
        self.graph = adjacency_matrix(self.edges, self.weight, self.n)
        self.walkers = 0
        self.ground, self.visible_blocks = self._ground(
            ties, values, np.asarray(~np.isnan(vectors).any(axis=1))
        )

    def done(self) -> WalkResult:
        """Walk and return the result."""
        groups = self._walked() if len(self.visible_blocks) else []
        met = len(groups)
        groups = self._gathered(groups) if groups else []
        soft = soft_assignment(groups, self.ground, self.n)
        wide = max(self.k or 1, len(groups))
        soft = np.pad(soft, ((0, 0), (0, wide - len(groups))))
        self._note(len(groups))
        best = np.where(soft.any(axis=1), soft.argmax(1), -1)
        log = tuple(replace(decision, cluster=int(best[decision.cluster])) for decision in self.log)
        return WalkResult(soft, log, self.calls, self.belief.scale, self.graph, self.walkers, met)

    def _ground(
        self, ties: Ties, values: list[str], seen: NDArray[np.bool_]
    ) -> tuple[WalkContext, list[int]]:
        """Return the context of the walkers, and the blocks of which at least one image was measured."""
        degree = np.asarray(self.graph.sum(axis=1)).ravel().round(9)
        blocks = ties.blocks
        stands = [min(rows, key=lambda row: (not seen[row], -degree[row], row)) for rows in blocks]
        visible_blocks = [number for number, row in enumerate(stands) if seen[row]]
        return WalkContext(self.belief, ties, blocks, stands, degree, values), visible_blocks

    def _probe(self) -> Decider:
        """Return a decider for questions before the walk, which leave at least half of the calls that are left."""
        return self._decider(PROBES if self.calls_left is None else min(PROBES, self.calls_left // 2))

    def _borne_out(self, words: Words, values: Sequence[str], vectors: NDArray[np.float32]) -> Words | None:
        """Return the words as far as the judge bears them out: None where it does not, and is to be believed."""
        probe = self._probe()
        calibrated = calibrate_words(words, values, probe, self.seed)
        self._back(probe)
        if calibrated is not None:
            return calibrated
        probe = self._probe()
        against = bears_witness(vectors, self.edges, probe, self.seed)
        self._back(probe)
        return None if against else words

    def _walked(self) -> list[Group]:
        """Walk all components and return their groups, in the order of the components."""
        graph, shown = between_blocks(self.edges, self.weight, self.ground), set(self.visible_blocks)
        parts = [part for part in components(graph) if int(part[0]) in shown]
        self.walkers = len(parts)
        walked = [part for part in parts if len(part) > 1]
        budgets = self._split(walked)
        groups: list[Group] = []
        for start in range(0, len(walked), WAVE):
            deciders = [self._decider(budget) for budget in budgets[start : start + WAVE]]
            wave = [
                (part, component_graph(graph, part), decider)
                for part, decider in zip(walked[start : start + WAVE], deciders, strict=True)
            ]
            for component_groups in self._together(wave):
                groups += component_groups
            for decider in deciders:
                self._back(decider)
        return groups + [self.ground.begin(int(part[0])) for part in parts if len(part) == 1]

    def _together(self, wave: Sequence[tuple[NDArray[np.intp], Any, Decider]]) -> list[list[Group]]:
        """Walk some components at the same time; where one fails, the others stop and its error is raised."""
        errors: list[BaseException] = []

        def walk_one(part: NDArray[np.intp], graph: Any, decider: Decider) -> list[Group]:
            try:
                return walk_component(part, graph, self.ground, decider)
            except BaseException as error:
                with self.lock:
                    errors.append(error)
                self.stop.set()
                return []

        with ThreadPoolExecutor(self.plan.workers or min(WAVE, os.cpu_count() or 1)) as pool:
            results = list(pool.map(walk_one, *zip(*wave, strict=True)))
        if errors:
            raise errors[0]
        return results

    def _gathered(self, groups: list[Group]) -> list[Group]:
        """Merge the groups that are one, and reach the number that was asked for; the largest group comes first."""
        if self.plan.merge or self.k is not None:
            gathering = Agglomeration(groups, self.ground)
            if self.plan.merge:
                self.bound = BOUND
                decider = self._decider(self.calls_left)
                gathering.merge(decider, self.k)
                self._back(decider)
                if self.k is None:
                    gathering.absorb_small(max(SMALL, self.n // 100))
            if self.k is not None:
                gathering.reach(self.k)
            groups = gathering.groups + gathering.apart_groups
        if self.k is not None:
            groups = split_widest(groups, self.k, self.ground, self.seed)
        return sorted(groups, key=lambda group: (-len(group.rows), min(group.rows)))

    def _split(self, parts: Sequence[NDArray[np.intp]]) -> list[int | None]:
        """Return the walkers' budgets by the size of their components; half of the calls is kept for the merge.

        The bound of what is sure is lowered until the unsure edges of the maximum spanning forest fit the budget.
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
        """Take back a decider's log and the calls that it has left."""
        self.log += decider.log
        self.lost = self.lost or decider.lost
        if self.calls_left is not None:
            self.calls_left -= decider.calls

    def _note(self, groups: int) -> None:
        if self.context is None:
            return
        if self.lost:
            self.context.notes.append("the judge stopped answering; the rest was decided without it")
        if self.k is not None and groups > self.k:
            self.context.notes.append(
                f"your answers keep apart more than {self.k} groups, so there are {groups}"
            )


def between_blocks(edges: Edges, weight: NDArray[np.float64], ground: WalkContext) -> Any:
    """Return the graph of blocks, a (b, b) CSR matrix, in which the strongest edge between two blocks' images
    counts."""
    of = np.array(ground.ties.block, np.intp)
    a, b = of[edges.a], of[edges.b]
    low, high = np.minimum(a, b), np.maximum(a, b)
    positive = np.flatnonzero((weight > 0) & (low != high))
    order = positive[np.lexsort((-weight[positive], high[positive], low[positive]))]
    low, high = low[order], high[order]
    first = np.ones(len(order), bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    strongest = Edges(low[first], high[first], edges.cosine[order[first]])
    return adjacency_matrix(strongest, weight[order[first]], len(ground.blocks))
