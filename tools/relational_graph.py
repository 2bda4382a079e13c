"""Builds the relational graph of a collection: its edges, the scale that turns cosines into odds, and its
components."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import RegroupError
from tools.extras import how_to_add

if TYPE_CHECKING:
    from pathlib import Path

REACH = 15
"""The number of neighbours of an image."""
EXACT = 20_000
"""The most images among which neighbours are searched exactly; with more, faiss searches."""
_NUMBERS = 16_000_000
"""The most similarities that are held at once: 64 MB."""
_DIGITS = 5
"""The decimal places of a cosine that count; those beyond depend on how many threads multiply."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Sets the scale on which P(same group | cosine s) = sigmoid(beta s + bias), and an edge weighs sigmoid(beta s).

    With tau = sigmoid(-bias), a weight is at least tau exactly where P is at least 1/2.

    Attributes:
        beta: The sharpness, >= 0.
        bias: The log-odds at cosine 0.
    """

    beta: float
    bias: float

    @property
    def tau(self) -> float:
        """Return the least weight of an edge that is kept, in (0, 1)."""
        return float(sigmoid(np.float64(-self.bias)))

    def odds(self, cosine: Any) -> Any:
        """Return the log-odds that two images are of one group, float64 in the shape of `cosine`."""
        return self.beta * cosine + self.bias

    def weight(self, cosine: Any) -> Any:
        """Return the weights of edges, sigmoid(beta s), in (0, 1) and in the shape of `cosine`."""
        return sigmoid(self.beta * cosine)


def sigmoid(odds: Any) -> Any:
    """Return 1 / (1 + exp(-odds)) without overflow, float64 in the shape of `odds`."""
    return 0.5 * (1 + np.tanh(np.asarray(odds, np.float64) / 2))


def logit(probability: Any) -> Any:
    """Return the log-odds of probabilities clipped to [1e-4, 1 - 1e-4], float64 in the shape of `probability`."""
    clipped = np.clip(np.asarray(probability, np.float64), 1e-4, 1 - 1e-4)
    return np.log(clipped) - np.log1p(-clipped)


def lift(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lift rows to the unit sphere, (n, d + 1) float32, where cosines tell directions and distances from the centre.

    Rows are centred, scaled to a mean squared norm of 1 and mapped by the inverse stereographic projection, (2x, |x|^2
    - 1) / (|x|^2 + 1). So a view of one column, whose plain cosines are all 1 or -1, keeps its order.

    Args:
        rows: (n, d) float32; a row with NaN becomes a row of NaN.
    """
    lifted = np.full((len(rows), rows.shape[1] + 1), np.nan, np.float32)
    seen = ~np.isnan(rows).any(axis=1)
    if not seen.any():
        return lifted
    x = rows[seen].astype(np.float64)
    x = x - x.mean(0)
    size = float(np.sqrt((x**2).sum(1).mean()))
    x = x / size if size > 1e-9 else x * 0
    square = (x**2).sum(1, keepdims=True)
    lifted[seen] = np.concatenate([2 * x, square - 1], axis=1) / (square + 1)
    return lifted


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Lists the m edges between neighbours, each once.

    Attributes:
        a: (m,) rows of the one end, always less than those of the other.
        b: (m,) rows of the other end.
        cosine: (m,) float32 in [-1, 1], the cosine of the two ends.
    """

    a: NDArray[np.intp]
    b: NDArray[np.intp]
    cosine: NDArray[np.float32]


def neighbours(vectors: NDArray[np.float32], reach: int = REACH, seed: int = 0) -> Edges:
    """Return the edges from each image to its nearest by cosine, exact up to `EXACT` images.

    With more images an inverted file of faiss is searched (Johnson, Douze and Jegou 2019), since a graph that several
    threads build (HNSW) would differ from run to run.

    Args:
        vectors: (n, d) float32 of length 1; rows of NaN have no edges.
        reach: The number of neighbours of each image.
        seed: The seed of the choice among images that are equally near.

    Raises:
        tools.errors.RegroupError: There are more than `EXACT` images, and faiss is not installed.
    """
    seen = np.flatnonzero(~np.isnan(vectors).any(axis=1))
    near = min(reach, len(seen) - 1)
    if near < 1:
        empty = np.empty(0, np.intp)
        return Edges(empty, empty, np.empty(0, np.float32))
        # Of equally near images the first in the folder would be everybody's neighbours; a shuffled order prevents
        # that.
    order = seen[np.random.default_rng(seed).permutation(len(seen))]
    points = np.ascontiguousarray(vectors[order])
    nearest = _exact(points, near) if len(points) <= EXACT else _inverted(points, near)
    a, b = np.repeat(np.arange(len(points)), nearest.shape[1]), nearest.ravel()
    valid = (b >= 0) & (a != b)
    a, b = order[a[valid]], order[b[valid]]
    pairs = np.unique(np.stack([np.minimum(a, b), np.maximum(a, b)], axis=1), axis=0)
    a, b = pairs[:, 0], pairs[:, 1]
    return Edges(a, b, cosines(vectors, a, b))


def cosines(vectors: NDArray[np.float32], a: NDArray[np.intp], b: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the cosines of m pairs of unit rows, (m,) float32 in [-1, 1], rounded so that threads do not matter."""
    blocks = [
        np.einsum("ij,ij->i", vectors[a[i : i + 65536]], vectors[b[i : i + 65536]])
        for i in range(0, len(a), 65536)
    ]
    values = np.concatenate(blocks) if blocks else np.empty(0)
    return np.clip(values.round(_DIGITS), -1, 1).astype(np.float32)


def _exact(points: NDArray[np.float32], near: int) -> NDArray[np.intp]:
    """Return (n, near) rows of the nearest other points, computed in blocks of bounded memory."""
    n = len(points)
    step = max(1, _NUMBERS // n)
    nearest = np.empty((n, near), np.intp)
    turn = np.arange(n)
    for start in range(0, n, step):
        cosine = (points[start : start + step] @ points.T).round(_DIGITS)
        rows = np.arange(start, min(start + step, n))
        cosine[rows - start, rows] = -2
        # Equally near images are taken in turn from the image's own row on, or a few would be the neighbours of
        # all.
        for row, i in zip(cosine, rows, strict=True):
            edge = np.partition(row, n - near)[n - near]
            above, equal = np.flatnonzero(row > edge), np.flatnonzero(row == edge)
            late = np.argsort((turn[equal] - i) % n, kind="stable")[: near - len(above)]
            nearest[i] = np.concatenate([above, equal[late]])
    return nearest


def _inverted(points: NDArray[np.float32], near: int) -> NDArray[np.intp]:
    try:
        import faiss
    except ImportError as error:
        raise RegroupError(
            f"{len(points)} images are too many to compare with each other; install faiss: {how_to_add('scale')}"
        ) from error
    cells = int(4 * len(points) ** 0.5)
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(points.shape[1]), points.shape[1], cells, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.seed, index.nprobe = 0, 16
    index.train(points)
    index.add(points)
    return np.asarray(index.search(points, near + 1)[1], np.intp)  # one more: the image itself is found, too


def fit_scale(
    cosine: NDArray[np.float32],
    same: NDArray[np.float64],
    weight: NDArray[np.float64] | None = None,
    prior: Scale | None = None,
) -> Scale | None:
    """Fit the scale to m pairs by logistic regression of `same` on the cosine, with a Gaussian prior.

    Args:
        cosine: (m,) float32, the cosines of the pairs.
        same: (m,) float64 in [0, 1], the probability that each pair is of one group.
        weight: (m,) float64 >= 0, how much each pair counts; by default 1.
        prior: The scale that is assumed without the pairs, which counts the more the fewer they are. By default a flat
            one with the pairs' mean.

    Returns:
        The scale; None where the pairs tell nothing, being all the same, all different, or without spread.
    """
    from scipy.optimize import minimize

    weight = np.ones(len(cosine)) if weight is None else weight
    if len(cosine) < 4 or weight.sum() <= 0:
        return None
    share, spread, middle = (
        float(x) for x in (np.average(same, weights=weight), cosine.std(), cosine.mean(dtype=np.float64))
    )
    if not 0.02 < share < 0.98 or spread < 1e-6:
        return None
    s = (cosine - middle) / spread
    expected = np.array([0.0, float(logit(share))])
    if prior is not None:
        expected = np.array([prior.beta * spread, prior.bias + prior.beta * middle])

    def loss(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = x[0] * s + x[1]
        wrong = weight * (sigmoid(odds) - same)
        total = float((weight * (np.logaddexp(0, odds) - same * odds)).sum())
        return total + 0.5 * float(((x - expected) ** 2).sum()), np.array(
            [wrong @ s, wrong.sum()]
        ) + x - expected

    solution = minimize(loss, expected, jac=True, bounds=[(0, None), (None, None)]).x
    beta = float(solution[0]) / spread
    return Scale(beta, float(solution[1]) - beta * middle)


def otsu_scale(cosine: NDArray[np.float32]) -> Scale:
    """Return the scale that splits edges into near and far by their cosines alone (Otsu 1979).

    P is 1/2 at Otsu's threshold, and .1 and .9 half the distance of the two sides' means below and above it.

    Args:
        cosine: (m,) float32, the cosines of the edges.
    """
    values = np.sort(cosine.astype(np.float64))
    if len(values) < 2 or values[-1] - values[0] < 1e-6:
        return Scale(1.0, 0.0)  # no spread: tau is 1/2
    count = np.arange(1, len(values))
    total = np.cumsum(values)
    low, high = total[:-1] / count, (total[-1] - total[:-1]) / (len(values) - count)
    between = count * (len(values) - count) * (high - low) ** 2
    best = int(between.argmax())
    threshold = (values[best] + values[best + 1]) / 2
    beta = 2 * float(logit(0.9)) / max(float(high[best] - low[best]), 1e-6)
    return Scale(beta, -beta * float(threshold))


def adjacency_matrix(edges: Edges, weight: NDArray[np.float64], n: int) -> Any:
    """Return the graph as a symmetric (n, n) scipy CSR matrix of float64.

    Args:
        edges: The m edges.
        weight: (m,) float64 >= 0; edges of weight 0 are left out.
        n: The number of images.
    """
    from scipy.sparse import coo_array

    positive = weight > 0
    a, b, w = edges.a[positive], edges.b[positive], weight[positive]
    rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
    return coo_array((np.concatenate([w, w]), (rows, columns)), shape=(n, n)).tocsr()


def components(graph: Any) -> list[NDArray[np.intp]]:
    """Return the rows of each connected component of a symmetric sparse matrix, (n, n), the largest first,
    then by row."""
    from scipy.sparse.csgraph import connected_components

    number, of = connected_components(graph, directed=False)
    rows = np.split(np.argsort(of, kind="stable"), np.cumsum(np.bincount(of, minlength=number))[:-1])
    return sorted(
        (np.asarray(part, np.intp) for part in rows if len(part)), key=lambda part: (-len(part), part[0])
    )


def maximum_spanning_forest(graph: Any) -> NDArray[np.intp]:
    """Return the edges of the maximum spanning forest, (m, 2) rows, of a symmetric matrix of weights in (0, 1)."""
    from scipy.sparse.csgraph import minimum_spanning_tree

    turned = graph.copy()
    turned.data = 2 - turned.data
    tree = minimum_spanning_tree(turned).tocoo()
    return np.stack([tree.row, tree.col], axis=1).astype(np.intp)


def component_graph(graph: Any, rows: NDArray[np.intp]) -> Any:
    """Return one component of a symmetric sparse matrix as a NetworkX graph: its nodes are rows, its edges have a
    `weight`."""
    import networkx as nx

    part = graph[rows][:, rows].tocoo()
    nodes_and_edges = nx.Graph()
    nodes_and_edges.add_nodes_from(rows.tolist())
    nodes_and_edges.add_weighted_edges_from(
        (int(rows[i]), int(rows[j]), float(w))
        for i, j, w in zip(part.row, part.col, part.data, strict=True)
        if i < j
    )
    return nodes_and_edges


def graphml(graph: Any, names: list[str], path: "Path", groups: list[str] | None = None) -> None:
    """Write the graph as GraphML, for programs that draw graphs.

    Args:
        graph: The (n, n) matrix of `adjacency_matrix`.
        names: The n names of the images; characters that XML cannot hold are left out.
        path: The file to write.
        groups: The n names of the groups that the images are in, if they are grouped.

    Raises:
        tools.errors.RegroupError: The file cannot be written.
    """
    import networkx as nx

    network = component_graph(graph, np.arange(graph.shape[0]))
    for row, name in enumerate(names):
        network.nodes[row]["name"] = printable(name)
        if groups is not None:
            network.nodes[row]["group"] = printable(groups[row])
    try:
        nx.write_graphml_xml(network, path)
    except OSError as error:
        raise RegroupError(f"cannot write {path}: {error.strerror}; choose another path") from error


def printable(text: str) -> str:
    """Return a text without the characters that XML 1.0 cannot hold; the writer escapes the rest."""
    return "".join(
        c
        for c in text
        if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
    )
