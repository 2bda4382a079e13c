"""Finds non-redundant clusterings by orthogonalisation (Cui, Fern and Dy, ICDM 2007).

The dominant structure is clustered and subtracted, so that the next one appears; of the remainders the one that agrees
best with the words is clustered. On faces the sequence is identity, pose, then sunglasses, found without any words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint
from tools.embed.subtract_groupings import CROWD, residual
from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.constrained import constrained_kmeans
from tools.fuse.method_context import MethodContext
from tools.number_of_groups import check_k
from tools.progress import Progress, silent
from tools.views import View

WIDE = 32
"""The fewest columns of a view of a network, in which many things show; a narrower view measures one thing."""
ROUNDS = 3
"""The most structures that are found in sequence."""
REPEATABLE = 0.7
"""The least adjusted Rand between two halves of a structure; below it the sequence ends."""
NUMBERS = (2, 3, 4, 6, 8, 12, 16, 20, 24)
"""The numbers of groups that are tried for a structure."""
SAMPLE = 1000
"""The most points on which a structure is judged."""
_SEEN = 0.5
"""The least share of the images that a view must measure to count, and that words must describe to decide."""


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """Holds a clustering that stands out in a view by itself.

    Attributes:
        view: The index of the view.
        k: The number of groups.
        labels: (n,) group numbers from 0.
        score: Repeatability x silhouette, at most 1.
    """

    view: int
    k: int
    labels: NDArray[np.intp]
    score: float


class Orthogonalise(Method):
    """Runs k-means on the views with other structures subtracted, and lets words choose among them.

    Structures are found in sequence, once with the number of groups open and once with it given. Candidates are the
    views with all structures subtracted, and with all but one, since that one may be what was asked for. The candidate
    that agrees best with the words is clustered (AMI); without words it is the one that stands out most.
    """

    name = "orthogonalise"
    about = "k-means on what is left when other structures are taken out"
    aliases = ("orthogonalize",)
    uses_all_views = True

    def missing_requirements(self, views: Sequence[View], context: MethodContext | None = None) -> str | None:
        """Return None where a view of a network measures most images; otherwise one line."""
        return None if _wide(views) else f"{self.name} needs image features of most pictures; there are none"

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        context: MethodContext | None = None,
    ) -> NDArray[np.float32]:
        """See `tools.fuse.base.Method.fit`. With k None it is that of the first structure."""
        n = len(images)
        check_k(k, n)
        if missing := self.missing_requirements(views, context):
            raise UsageError(missing)
        views_data = [view.data for view in _wide(views)]
        seen = np.flatnonzero(np.isfinite(np.concatenate(views_data, axis=1)).all(axis=1))
        wide = [view[seen] for view in views_data]
        accepted = [labels[seen] for labels in context.accepted] if context else []
        progress("looking for structures", 0, 2)
        chains = [structures(wide, accepted, seed)]
        progress("looking for structures", 1, 2)
        if k is None:
            k = chains[0][0].k if chains[0] else 1
        chains.append(structures(wide, accepted, seed, (k,)))
        progress("looking for structures", 2, 2)
        words = [context.values[i] for i in seen.tolist()] if context else []
        best = _best(list(_candidates(wide, accepted, chains)), k, words, seed)
        rows = np.full((n, best.shape[1]), np.nan, np.float32)
        rows[seen] = best
        return constrained_kmeans(rows, images, constraints, k, seed, context)


def _wide(views: Sequence[View]) -> list[View]:
    return [
        view
        for view in views
        if view.kind == "image"
        and view.data.shape[1] >= WIDE
        and np.isfinite(view.data).all(axis=1).mean() > _SEEN
    ]


def _candidates(
    wide: Sequence[NDArray[np.float32]],
    accepted: Sequence[NDArray[np.intp]],
    chains: Sequence[Sequence[Structure]],
) -> Iterator[NDArray[np.float32]]:
    """Yield each view as it is, then with all structures of a chain subtracted, and with all but one."""
    taken: list[list[NDArray[np.intp]]] = [list(accepted)]
    for chain in chains:
        for missing in range(len(chain) + 1):
            others = [structure.labels for i, structure in enumerate(chain) if i != missing]
            if others:
                taken.append([*accepted, *others])
    for groupings in taken:
        for view in wide:
            yield residual(view, groupings)


def _best(
    candidates: Sequence[NDArray[np.float32]], k: int, words: Sequence[str | None], seed: int
) -> NDArray[np.float32]:
    from sklearn.metrics import adjusted_mutual_info_score

    worded = [i for i, word in enumerate(words) if word]
    if not worded or len(worded) < _SEEN * len(words) or len(set(words)) < 2:
        return max(candidates, key=lambda points: worth(points, k, seed)[0])
    sample = np.random.default_rng(seed).permutation(worded)[:SAMPLE]  # to choose, a sample is enough
    truth = [words[i] for i in sample.tolist()]

    def agreement(points: NDArray[np.float32]) -> float:
        return float(
            adjusted_mutual_info_score(truth, kmeans_labels(points[sample], min(k, len(sample)), seed))
        )

    return max(candidates, key=agreement)


def structures(
    views: Sequence[NDArray[np.float32]],
    accepted: Sequence[NDArray[np.intp]] = (),
    seed: int = 0,
    numbers: Sequence[int] = NUMBERS,
) -> list[Structure]:
    """Find structures in the order in which they stand out, each with the accepted and the earlier ones subtracted.

    The sequence ends where none is repeatable; each is then found once more with all the others subtracted.

    Args:
        views: (n, d) float32 each, prepared, without NaN.
        accepted: The groupings that the user keeps under other criteria, which are subtracted from the start.
        seed: The seed of k-means and of the halves.
        numbers: The numbers of groups that are tried.
    """
    chain: list[Structure] = []
    for _ in range(ROUNDS):
        taken = [*accepted, *(structure.labels for structure in chain)]
        best = strongest([residual(view, taken) for view in views], seed, numbers)
        if best is None:
            break
        chain.append(best)
    if len(chain) < 2:
        return chain
    return [_refound(views, accepted, chain, i, seed) for i in range(len(chain))]


def strongest(
    views: Sequence[NDArray[np.float32]], seed: int = 0, numbers: Sequence[int] = NUMBERS
) -> Structure | None:
    """Return the structure with the largest repeatability x silhouette over views, each (n, d), and numbers of groups;
    None where none repeats."""
    best: Structure | None = None
    for i, view in enumerate(views):
        for k in numbers:
            if CROWD * k > len(view):
                continue
            score, repeatability = worth(view, k, seed)
            if repeatability >= REPEATABLE and (best is None or score > best.score):
                best = Structure(i, k, kmeans_labels(view, k, seed), score)
    return best


def worth(points: NDArray[np.float32], k: int, seed: int = 0) -> tuple[float, float]:
    """Return (repeatability x silhouette, repeatability) of k-means with k groups, on a sample of at most 1000
    points."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, silhouette_score
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(seed)
    sample = points[rng.permutation(len(points))[:SAMPLE]]
    if len(sample) < 2 * k:
        return 0.0, 0.0
    with threadpool_limits(1, "openmp"):
        labels = KMeans(k, n_init=2, random_state=seed).fit_predict(sample)
        if not 2 <= len(set(labels.tolist())) < len(sample):
            return 0.0, 0.0
        agreement = []
        for i in range(2):
            halves = np.array_split(rng.permutation(len(sample)), 2)
            labels_a, labels_b = (
                KMeans(k, n_init=2, random_state=seed + i).fit(sample[half]).predict(sample)
                for half in halves
            )
            agreement.append(adjusted_rand_score(labels_a, labels_b))
    repeatability = float(np.mean(agreement))
    return repeatability * max(0.0, float(silhouette_score(sample, labels))), repeatability


def kmeans_labels(points: NDArray[np.float32], k: int, seed: int = 0) -> NDArray[np.intp]:
    """Return the labels of k-means, the best of ten starts: (n,) from 0."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "openmp"):
        return np.asarray(KMeans(k, n_init=10, random_state=seed).fit_predict(points), np.intp)


def _refound(
    views: Sequence[NDArray[np.float32]],
    accepted: Sequence[NDArray[np.intp]],
    chain: Sequence[Structure],
    i: int,
    seed: int,
) -> Structure:
    """Find the i-th structure once more, with all the others subtracted; it stays as it was where it is not found."""
    others = [*accepted, *(structure.labels for j, structure in enumerate(chain) if j != i)]
    best = strongest([residual(view, others) for view in views], seed, (chain[i].k,))
    return best or chain[i]
