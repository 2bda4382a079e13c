"""COBRAS (van Craenendonck, Dumancic, van Wolputte and Blockeel, IDA 2018): clustering by yes/no answers about pairs.

Written from the paper. Super-instances are sets of pictures around a representative; a cluster is a set of
super-instances. Each round splits the largest super-instance, into as many parts as pairwise answers show to be needed
(section 3.2), and merges clusters whose nearest representatives must link (section 3.3).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
DEEPEST = 12
"""The most pairs that are asked about to tell into how many parts a super-instance is split."""


class _Spent(Exception):
    """No more questions are allowed."""


@dataclass(eq=False)
class _Super:
    rows: Rows
    representative: int


@dataclass(eq=False)
class Cobras:
    """One run.

    Attributes:
        points: (n, d) features.
        same: Answers whether two rows are of one group.
        budget: The most answers.
        seed: The seed of k-means.
        asked: The pairs that were asked about, each with its answer; what follows from them is not asked.
        allowed: The rows that can be asked about; None for all.
        snapshots: After each answer the labels, (n,), of the newest clustering whose merges are complete.
    """

    points: NDArray[np.float32]
    same: Callable[[int, int], bool]
    budget: int
    seed: int = 0
    allowed: Rows | None = None
    asked: list[tuple[int, int, bool]] = field(default_factory=list)
    snapshots: list[Rows] = field(default_factory=list)
    _clusters: list[list[_Super]] = field(default_factory=list)
    _complete: Rows = field(default_factory=lambda: np.zeros(0, np.intp))

    def run(self) -> None:
        """Ask until the budget is spent or nothing is left to split."""
        whole = np.arange(len(self.points))
        self._clusters = [[_Super(whole, self._representative(whole))]]
        self._complete = self.labels()
        try:
            while splittable := [s for s in self._supers() if len(self._may(s.rows)) > 1]:
                self._split(max(splittable, key=lambda s: len(s.rows)))
                self._merge()
                self._complete = self.labels()
        except _Spent:
            pass

    def _split(self, chosen: _Super) -> None:
        origin = next(cluster for cluster in self._clusters if chosen in cluster)
        parts = self._parts(chosen.rows, min(self._level(chosen.rows), len(self._may(chosen.rows))))
        origin.remove(chosen)
        if not origin:
            self._clusters.remove(origin)
        self._clusters += [[part] for part in parts]

    def _level(self, rows: Rows) -> int:
        """Into how many parts a set is split: pairs from ever smaller halves are asked about until one must link."""
        depth = 0
        while depth < DEEPEST and len(self._may(rows)) > 1:
            a, b = self._parts(rows, 2)
            if self._ask(a.representative, b.representative):
                break
            depth += 1
            rows = max((a, b), key=lambda part: len(part.rows)).rows
        return int(2 ** max(1, depth))

    def _merge(self) -> None:
        """Merge clusters while the nearest of them, not known to be apart, must link."""
        merged = True
        while merged:
            merged = False
            for _, i, j in sorted(self._distances()):
                a, b = self._clusters[i], self._clusters[j]
                left, right = self._nearest(a, b)
                known = self._known(a, b)
                if known is False:
                    continue
                if known or self._ask(left, right):
                    a.extend(b)
                    self._clusters.remove(b)
                    merged = True
                    break

    def _distances(self) -> Iterator[tuple[float, int, int]]:
        for i, a in enumerate(self._clusters):
            for j in range(i + 1, len(self._clusters)):
                left, right = self._nearest(a, self._clusters[j])
                yield float(((self.points[left] - self.points[right]) ** 2).sum()), i, j

    def _nearest(self, a: list[_Super], b: list[_Super]) -> tuple[int, int]:
        pairs = ((s.representative, t.representative) for s in a for t in b)
        return min(pairs, key=lambda pair: float(((self.points[pair[0]] - self.points[pair[1]]) ** 2).sum()))

    def _known(self, a: list[_Super], b: list[_Super]) -> bool | None:
        """What earlier answers say about two clusters; None where nothing."""
        left, right = {s.representative for s in a}, {s.representative for s in b}
        for x, y, said in self.asked:
            if (x in left and y in right) or (y in left and x in right):
                return said
        return None

    def _ask(self, a: int, b: int) -> bool:
        for x, y, said in self.asked:
            if {x, y} == {a, b}:
                return said
        if len(self.asked) >= self.budget:
            raise _Spent
        said = self.same(a, b)
        self.asked.append((a, b, said))
        self.snapshots.append(self._complete)
        return said

    def labels(self) -> Rows:
        """The cluster of each picture now, (n,)."""
        labels = np.zeros(len(self.points), np.intp)
        for number, cluster in enumerate(self._clusters):
            for part in cluster:
                labels[part.rows] = number
        return labels

    def _supers(self) -> Iterator[_Super]:
        return (part for cluster in self._clusters for part in cluster)

    def _may(self, rows: Rows) -> Rows:
        return rows if self.allowed is None else rows[np.isin(rows, self.allowed)]

    def _representative(self, rows: Rows) -> int:
        """The row nearest to the mean, of those that can be asked about."""
        may = self._may(rows)
        middle = self.points[rows].mean(0)
        return int(may[((self.points[may] - middle) ** 2).sum(1).argmin()])

    def _parts(self, rows: Rows, k: int) -> list[_Super]:
        """Split a set by k-means into parts that have somebody to ask about; the others join the nearest part."""
        from sklearn.cluster import KMeans

        of = KMeans(k, n_init=3, random_state=self.seed).fit_predict(self.points[rows].astype(np.float64))
        groups = [rows[of == c] for c in range(k) if len(self._may(rows[of == c]))]
        lost = np.setdiff1d(rows, np.concatenate(groups))
        middles = np.stack([self.points[g].mean(0) for g in groups])
        for row in lost.tolist():
            c = int(((middles - self.points[row]) ** 2).sum(1).argmin())
            groups[c] = np.append(groups[c], row)
        return [_Super(g, self._representative(g)) for g in groups]
