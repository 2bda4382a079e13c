"""Merges the groups of all components: those that are one become one, down to the number that was asked for."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.fuse.walk.belief import EVIDENCE, Group
from tools.fuse.walk.decisions import Decider
from tools.fuse.walk.walker import WalkContext
from tools.relational_graph import sigmoid

MOST = 600
"""The most groups that are compared with each other; smaller ones are first joined to the likeliest of these."""

SPLITS = 20
"""The starts of a split, of which that with the least squares counts. The nine varieties of fruit360_crossed have
nearly as good a split that cuts a species in two: five starts ended there with 3 of 12 seeds, ten with 1, twenty with
none."""

Matrix = NDArray[np.float64]


class Agglomeration:
    """Return the groups with their Ward distances and the log-odds that two are one.

    Args:
        groups: The groups that the walkers made, of which at most `MOST` are compared.
        ground: The context that they walked in.
    """

    def __init__(self, groups: Sequence[Group], ground: WalkContext) -> None:
        self.ground = ground
        # Groups of one size come in random order, because neighbours in the folder are often of one kind.
        lot = np.random.default_rng(0).permutation(len(groups))
        order = sorted(range(len(groups)), key=lambda i: (-len(groups[i].rows), lot[i]))
        self.groups = [groups[i] for i in order[:MOST]]
        self.size = np.array([len(group.rows) for group in self.groups], np.float64)
        vectors = ground.belief.vectors
        self.centre = np.stack([vectors[group.rows].mean(0, dtype=np.float64) for group in self.groups])
        self.likely = np.stack([self._odds(i) for i in range(len(self.groups))])
        self.likely = (self.likely + self.likely.T) / 2  # the same but for the last digit
        self.ward = np.stack([self._ward(i) for i in range(len(self.groups))])
        self.closed = np.zeros(self.ward.shape, bool)
        for i, group in enumerate(self.groups):
            if ground.ties.apart:
                for j in range(i):
                    self.closed[i, j] = self.closed[j, i] = ground.apart(group.blocks, self.groups[j].blocks)
        np.fill_diagonal(self.closed, True)
        self.apart_groups: list[Group] = []
        for i in order[MOST:]:
            self._attach(groups[i])

    def merge(self, decider: Decider, k: int | None) -> None:
        """Merge the groups that are one, asked about in the order of Ward's minimum spanning tree.

        The nearest two groups are always next (Kruskal's order). A pair that was rejected is infinitely far from then
        on, also when the larger of the two grows.

        Args:
            decider: Decides whether two groups are one.
            k: The number of groups at which the merge ends; None to go on while any two are one.

        Raises:
            tools.errors.Cancelled: The user stopped it.
        """
        far = np.where(self.closed, np.inf, self.ward)
        surely = decider.bound if decider.able else 0.0
        while len(self.groups) > (k or 1):
            far[self.likely <= -surely - 1e-12] = np.inf  # what is sure needs no turn
            i, j = np.unravel_index(int(far.argmin()), far.shape)
            if not np.isfinite(far[i, j]):
                return
            large, small = sorted((int(i), int(j)), key=lambda g: (-self.size[g], g))
            if self._are_one(large, small, decider):
                rejected = np.isinf(far[large])
                self.join(large, small)
                far = np.delete(np.delete(far, small, 0), small, 1)
                large -= small < large
                distances = np.where(
                    np.delete(rejected, small) | self.closed[large], np.inf, self.ward[large]
                )
                far[large], far[:, large] = distances, distances
            else:
                far[large, small] = far[small, large] = np.inf
            if not decider.able and surely:
                surely = 0.0

    def reach(self, k: int) -> None:
        """Merge down to k groups without asking, each time the pair with the least Ward distance x -log P."""
        while len(self.groups) > k:
            cost = self.ward * np.logaddexp(0, -self.likely)
            cost[self.closed] = np.inf
            i, j = np.unravel_index(int(cost.argmin()), cost.shape)
            if not np.isfinite(cost[i, j]):
                return
            large, small = sorted((int(i), int(j)), key=lambda g: (-self.size[g], g))
            self.join(large, small)

    def absorb_small(self, small: int) -> None:
        """Join groups of at most `small` images to the likeliest other group, where that is likelier than not.

        A judge that hesitates leaves single images behind that it put in no group.
        """
        while len(self.groups) > 1:
            likely = np.where(self.closed | (self.size > small)[:, None], -np.inf, self.likely)
            i, j = (int(x) for x in np.unravel_index(int(likely.argmax()), likely.shape))
            if likely[i, j] < 0:
                return
            large, other = sorted((i, j), key=lambda g: (-self.size[g], g))
            self.join(large, other)

    def join(self, large: int, small: int) -> None:
        """Join the group of index `small` to that of index `large`."""
        larger, smaller = self.groups[large], self.groups[small]
        for block in smaller.blocks:
            self.ground.add(larger, block)
        self.centre[large] = self.ground.belief.vectors[larger.rows].mean(0, dtype=np.float64)
        closed = self.closed[large] | self.closed[small]
        self.closed[large], self.closed[:, large] = closed, closed
        del self.groups[small]
        self.size = np.delete(self.size, small)
        self.size[large - (small < large)] = len(larger.rows)
        self.centre = np.delete(self.centre, small, 0)
        self.likely, self.ward, self.closed = (
            np.delete(np.delete(table, small, 0), small, 1) for table in (self.likely, self.ward, self.closed)
        )
        large -= small < large
        self.closed[large, large] = True
        self.likely[large] = self.likely[:, large] = self._odds(large)
        self.ward[large] = self.ward[:, large] = self._ward(large)

    def _are_one(self, large: int, small: int, decider: Decider) -> bool:
        larger, smaller = self.groups[large], self.groups[small]
        row = smaller.exemplars[0]
        shown = self.ground.shown(larger)
        return decider.decide(
            row, larger.start, larger.cosine(self._vector(row)), float(self.likely[large, small]), shown
        )

    def _vector(self, row: int) -> NDArray[np.float32]:
        return np.asarray(self.ground.belief.vectors[row])

    def _ward(self, i: int) -> Matrix:
        """Return the Ward distances n_a n_b / (n_a + n_b) |c_a - c_b|^2 of a group to all groups, (g,)."""
        square = ((self.centre - self.centre[i]) ** 2).sum(1)
        return np.asarray((self.size * self.size[i] / (self.size + self.size[i]) * square).round(9))

    def _odds(self, i: int) -> Matrix:
        return self._odds_with(self.groups[i])

    def _odds_with(self, group: Group) -> Matrix:
        """Return the log-odds that a group is one with each group, (g,).

        They follow from the mean of the five largest cosines between exemplars, and from the words.
        """
        belief = self.ground.belief
        exemplars = belief.vectors[group.exemplars]
        rows = np.array([[*g.exemplars, *[-1] * (EVIDENCE - len(g.exemplars))] for g in self.groups])
        like = np.where(rows[..., None] >= 0, (belief.vectors[rows] @ exemplars.T).round(5), -2.0)
        top = -np.sort(-like.reshape(len(rows), -1), axis=1)[:, :EVIDENCE]
        valid = top > -1.5
        cosine = np.where(valid, top, 0.0).sum(1, dtype=np.float64) / valid.sum(1)
        odds = np.asarray(belief.scale.odds(cosine))
        if belief.words is not None and group.count and group.shown is not None:
            shown = np.stack([belief.words.share if g.shown is None else g.shown for g in self.groups])
            worded = np.array([g.count > 0 for g in self.groups])
            odds = odds + np.where(worded, belief.words.odds(shown @ group.shown), 0.0)
        return odds

    def _attach(self, group: Group) -> None:
        """Join a small group to the likeliest of the compared groups that it may be in."""
        likely = self._odds_with(group)
        for head in np.argsort(-likely, kind="stable").tolist():
            if not self.ground.apart(group.blocks, self.groups[head].blocks):
                for block in group.blocks:
                    self.ground.add(self.groups[head], block)
                self.size[head] = len(self.groups[head].rows)
                return
        self.apart_groups.append(group)


def split_widest(groups: Sequence[Group], k: int, ground: WalkContext, seed: int) -> list[Group]:
    """Split the widest group in two, whole blocks at a time, until there are k groups or no different images left.

    Args:
        groups: The groups so far.
        k: The wanted number of groups.
        ground: The context that they were found in.
        seed: The seed of the splits.
    """
    done = list(groups)
    wide = [_width(group, ground) for group in done]
    while len(done) < k and max(wide, default=0.0) > 1e-9:
        widest = int(np.argmax(wide))
        halves = _halves(done[widest], ground, seed)
        done[widest : widest + 1] = halves
        wide[widest : widest + 1] = [_width(half, ground) for half in halves]
    return done


def _width(group: Group, ground: WalkContext) -> float:
    """Return the sum of squared distances of a group's blocks from its centre, weighted by their images."""
    points, weight = _points(group, ground)
    middle = np.average(points, axis=0, weights=weight)
    return float((weight * ((points - middle) ** 2).sum(1)).sum().round(6))


def _points(group: Group, ground: WalkContext) -> tuple[Matrix, Matrix]:
    vectors = ground.belief.vectors
    means = [vectors[list(ground.blocks[block])].mean(0, dtype=np.float64) for block in group.blocks]
    return np.stack(means), np.array([len(ground.blocks[block]) for block in group.blocks], np.float64)


def _halves(group: Group, ground: WalkContext, seed: int) -> list[Group]:
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    points, weight = _points(group, ground)
    with threadpool_limits(1, "openmp"):
        side = KMeans(2, n_init=SPLITS, random_state=seed).fit_predict(points, sample_weight=weight)
    if len(set(side.tolist())) < 2:  # so near each other that it takes them for one
        side = np.arange(len(points)) == len(points) - 1
    parts = []
    for half in (side == side[0], side != side[0]):
        chosen = [block for block, inside in zip(group.blocks, half, strict=True) if inside]
        part = ground.begin(chosen[0])
        for block in chosen[1:]:
            ground.add(part, block)
        parts.append(part)
    return parts


def soft_assignment(groups: Sequence[Group], ground: WalkContext, n: int) -> NDArray[np.float32]:
    """Return the soft assignment, (n, g) float32; rows sum to 1, or to 0 for images in no group.

    Images that the user tied to others are certain; for all others the group that they are in is the surest.
    """
    odds_of = np.zeros((n, len(groups)), np.float64)
    belief = ground.belief
    for column, group in enumerate(groups):
        like = belief.vectors @ belief.vectors[group.exemplars].T
        odds = np.asarray(belief.scale.odds(like.mean(1, dtype=np.float64).round(5)))
        words = belief.words
        if words is not None and group.count and group.shown is not None:
            c = words.sure
            same = (1 - c) * float(group.shown @ words.share) + c * group.shown[words.value]
            odds = odds + np.where(words.value >= 0, words.odds(same), 0.0)
        odds_of[:, column] = sigmoid(odds)
    placed = np.zeros(n, bool)
    for column, group in enumerate(groups):
        rows = np.array(group.rows, np.intp)
        placed[rows] = True
        odds_of[rows, column] = np.maximum(odds_of[rows].max(1), 1e-6) * 1.001
        sure = [row for block in group.blocks if _tied(block, ground) for row in ground.blocks[block]]
        odds_of[sure] = 0.0
        odds_of[sure, column] = 1.0
    odds_of[~placed] = 0.0
    total = odds_of.sum(1, keepdims=True)
    return np.asarray(odds_of / np.where(total > 0, total, 1.0), np.float32)


def _tied(block: int, ground: WalkContext) -> bool:
    return len(ground.blocks[block]) > 1 or block in ground.ties.names
