"""Makes fewer or more groups with the least change: two become one, or one becomes two."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tools.clustering import refine
from tools.clustering.clustering import UNSORTED, Clustering
from tools.clustering.constraints import CannotLink, Constraint, Label, Ties, tie
from tools.errors import UsageError
from tools.names import combined_name, name_key


def resize(
    clustering: Clustering,
    points: NDArray[np.float32],
    k: int,
    constraints: Sequence[Constraint] = (),
    seed: int = 0,
) -> Clustering:
    """Return the clustering with k clusters, or as near to k as the constraints and the locked clusters allow.

    For fewer clusters, the two whose merge adds least to the sum of squared distances to the centres become one (Ward
    1963); for more, the one with the largest such sum is cut in two by k-means. A cluster that the user named keeps its
    name; a merge of two others gets both names ("sad or angry").

    Args:
        clustering: A clustering of n images.
        points: (n, d) float32, with rows of NaN where nothing was measured.
        k: The wanted number of clusters, at least 1.
        constraints: The user's constraints, which hold in the clustering and in the result.
        seed: The seed of k-means.

    Raises:
        UsageError: Not a single step is possible.
    """
    result = clustering
    while len(result.clusters) > k and (nearer := _joined(result, points, constraints)) is not None:
        result = nearer
    while len(result.clusters) < k and (finer := _cut(result, points, constraints, seed)) is not None:
        result = finer
    if result is clustering and len(clustering.clusters) != k:
        obstacle = "no two groups can be merged" if k < len(clustering.clusters) else "no group can be split"
        if constraints or any(cluster.locked for cluster in clustering.clusters):
            raise UsageError(
                f"{obstacle} because of your answers or locked groups; undo an answer or unlock a group"
            )
        raise UsageError(
            f"{obstacle}: nothing that was seen tells the pictures of any of them apart; group by something else"
        )
    return result


def _joined(
    clustering: Clustering, points: NDArray[np.float32], constraints: Sequence[Constraint]
) -> Clustering | None:
    names = {c.name for c in constraints if isinstance(c, Label)}
    label_of = dict(zip(clustering.images, clustering.labels.tolist(), strict=True))
    apart = {
        frozenset((label_of.get(c.a, UNSORTED), label_of.get(c.b, UNSORTED)))
        for c in constraints
        if isinstance(c, CannotLink)
    }
    best: tuple[float, int, int] | None = None
    centres, sizes = _centres(clustering, points)
    for i, j in combinations(range(len(clustering.clusters)), 2):
        first, second = clustering.clusters[i], clustering.clusters[j]
        if first.locked or second.locked or frozenset((i, j)) in apart or {first.name, second.name} <= names:
            continue
        added = (
            sizes[i]
            * sizes[j]
            / max(sizes[i] + sizes[j], 1.0)
            * float(((centres[i] - centres[j]) ** 2).sum())
        )
        if best is None or added < best[0]:
            best = added, i, j
    if best is None:
        return None
    pair = [clustering.clusters[i] for i in best[1:]]
    pair.sort(key=lambda cluster: -clustering.size(cluster.id))
    name = next((cluster.name for cluster in pair if cluster.name in names), None)
    if name is None:
        name = combined_name([cluster.name for cluster in pair])
        others = [cluster for cluster in clustering.clusters if cluster not in pair]
        if any(name_key(second.name) == name_key(name) for second in others):
            name = refine.numbered(name, others)
    return refine.merge(clustering, [cluster.id for cluster in pair], name)


def _cut(
    clustering: Clustering, points: NDArray[np.float32], constraints: Sequence[Constraint], seed: int
) -> Clustering | None:
    centres, _ = _centres(clustering, points)
    loose = [
        (-float(np.nansum((points[clustering.labels == i] - centres[i]) ** 2)), i)
        for i, cluster in enumerate(clustering.clusters)
        if not cluster.locked
    ]
    for _, i in sorted(loose):
        cluster = clustering.clusters[i]
        members = clustering.members(cluster.id)
        row = {image: r for r, image in enumerate(clustering.images)}
        parts = _halves(points[[row[image] for image in members]], tie(members, constraints), seed)
        if parts is None:
            continue
        named = any(isinstance(c, Label) and c.name == cluster.name for c in constraints)
        other = refine.numbered(cluster.name, clustering.clusters)
        # The images that the user called by this name are in part 0, which keeps it.
        first = 0 if named or np.bincount(parts)[0] >= np.bincount(parts)[1] else 1
        names = [cluster.name, other] if first == 0 else [other, cluster.name]
        return refine.split(clustering, cluster.id, parts, names)
    return None


def _halves(points: NDArray[np.float32], ties: Ties, seed: int) -> NDArray[np.int32] | None:
    """Return the part labels 0 and 1 of m images; None where the images cannot be separated.

    Images with a name are in part 0, and tied images are in one part.
    """
    from sklearn.cluster import KMeans

    seen = np.asarray(~np.isnan(points).any(axis=1))
    blocks = [np.array(rows, np.intp) for rows in ties.blocks]
    visible = [b for b, rows in enumerate(blocks) if seen[rows].any()]
    centres = np.array([points[blocks[b][seen[blocks[b]]]].mean(0) for b in visible])
    if len(visible) < 2 or len(np.unique(centres, axis=0)) < 2:
        return None
    halves = KMeans(2, n_init=4, random_state=seed).fit_predict(
        centres, sample_weight=[len(blocks[b]) for b in visible]
    )
    if any(b in ties.names and half for b, half in zip(visible, halves.tolist(), strict=True)):
        halves = 1 - halves
    parts = np.zeros(len(points), np.int32)
    for b, half in zip(visible, halves.tolist(), strict=True):
        parts[blocks[b]] = half
    return parts


def _centres(
    clustering: Clustering, points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the centre of each cluster, (k, d), zeros where nothing was measured; and the images behind it, (k,)."""
    seen = np.asarray(~np.isnan(points).any(axis=1))
    rows = [np.flatnonzero(seen & (clustering.labels == i)) for i in range(len(clustering.clusters))]
    centres = [points[r].mean(0) if len(r) else np.zeros(points.shape[1], np.float32) for r in rows]
    return np.array(centres, np.float32), np.array([len(r) for r in rows], np.float32)
