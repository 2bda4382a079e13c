"""The relational graph: neighbours, scales, components, and the file of it."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from tools import relational_graph
from tools.errors import RegroupError
from tools.relational_graph import (
    Edges,
    Scale,
    adjacency_matrix,
    components,
    fit_scale,
    lift,
    maximum_spanning_forest,
    neighbours,
    otsu_scale,
)


def points(sizes: list[int], seed: int = 0, d: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = [rng.normal(size=d) * 8 + rng.normal(size=(size, d)) for size in sizes]
    return np.concatenate(rows).astype(np.float32)


def test_one_column_keeps_its_order_on_the_sphere() -> None:
    h = lift(np.array([[0], [1], [5], [np.nan], [20]], np.float32))
    np.testing.assert_allclose(np.linalg.norm(h[[0, 1, 2, 4]], axis=1), 1, atol=1e-6)
    assert np.isnan(h[3]).all()
    assert h[0] @ h[1] > h[0] @ h[2] > h[0] @ h[4]


def test_neighbours_are_those_of_a_plain_search_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    h = lift(points([40, 30, 20]))
    h[7] = np.nan
    like = h @ h.T
    np.fill_diagonal(like, -2)
    like[:, 7] = -2
    expected = {
        (min(i, j), max(i, j)) for i in range(90) if i != 7 for j in np.argsort(-like[i])[:6].tolist()
    }
    edges = neighbours(h, 6)
    assert set(zip(edges.a.tolist(), edges.b.tolist(), strict=True)) == expected
    np.testing.assert_allclose(edges.cosine, like[edges.a, edges.b], atol=1e-4)
    monkeypatch.setattr(relational_graph, "_NUMBERS", 90 * 7)
    small = neighbours(h, 6)
    np.testing.assert_array_equal(small.a, edges.a)
    np.testing.assert_array_equal(small.cosine, edges.cosine)


def test_equal_images_hang_together_and_none_is_everybodys_neighbour() -> None:
    edges = neighbours(lift(np.ones((60, 2), np.float32)), 5)
    graph = adjacency_matrix(edges, np.full(len(edges.a), 0.5), 60)
    assert len(components(graph)) == 1
    assert np.diff(graph.indptr).max() <= 20


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_images(n: int) -> None:
    edges = neighbours(lift(np.arange(n, dtype=np.float32)[:, None]))
    assert len(edges.a) == max(0, n - 1)
    assert neighbours(lift(np.full((3, 2), np.nan, np.float32))).a.size == 0


def test_many_images_are_searched_by_faiss_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss")
    h = lift(points([200, 200, 200]))
    exact = neighbours(h, 8)
    monkeypatch.setattr(relational_graph, "EXACT", 100)
    found, again = neighbours(h, 8), neighbours(h, 8)
    np.testing.assert_array_equal(found.a, again.a)
    np.testing.assert_array_equal(found.cosine, again.cosine)
    pairs = [set(zip(e.a.tolist(), e.b.tolist(), strict=True)) for e in (exact, found)]
    assert len(pairs[0] & pairs[1]) > 0.9 * len(pairs[0])


def test_without_faiss_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relational_graph, "EXACT", 3)
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(RegroupError, match=r"4 images are too many .* pip install .faiss-cpu>="):
        neighbours(lift(points([4])))


def test_a_scale_is_found_again_and_its_threshold_is_where_p_is_a_half() -> None:
    rng = np.random.default_rng(0)
    cosine = rng.uniform(-1, 1, 4000).astype(np.float32)
    true = Scale(6.0, -2.0)
    same = (rng.random(4000) < relational_graph.sigmoid(true.odds(cosine))).astype(float)
    found = fit_scale(cosine, same)
    assert found is not None
    assert found.beta == pytest.approx(6, rel=0.15) and found.bias == pytest.approx(-2, rel=0.2)
    for s in np.linspace(-1, 1, 41):
        assert (found.weight(s) >= found.tau) == (found.odds(s) >= -1e-12)
        assert found.odds(s) == pytest.approx(
            float(relational_graph.logit(found.weight(s)) - relational_graph.logit(found.tau)), abs=1e-6
        )


def test_pairs_that_tell_nothing_give_no_scale() -> None:
    spread, flat = np.linspace(-1, 1, 20, dtype=np.float32), np.zeros(20, np.float32)
    assert fit_scale(spread, np.ones(20)) is None
    assert fit_scale(spread, np.zeros(20)) is None
    assert fit_scale(flat, np.tile([0.0, 1.0], 10)) is None
    backwards = fit_scale(spread, (spread < 0).astype(float))
    assert backwards is not None and backwards.beta == 0


def test_without_a_word_edges_are_parted_into_near_and_far() -> None:
    cosine = np.array([-0.3, -0.2, -0.1, 0.7, 0.8, 0.9], np.float32)
    scale = otsu_scale(cosine)
    p = relational_graph.sigmoid(scale.odds(cosine))
    assert (p[:3] < 0.15).all() and (p[3:] > 0.85).all()
    assert otsu_scale(np.full(5, 0.4, np.float32)).tau == 0.5 == otsu_scale(np.empty(0, np.float32)).tau


def test_components_and_the_widest_forest() -> None:
    edges = Edges(np.array([0, 0, 1, 3]), np.array([1, 2, 2, 4]), np.ones(4, np.float32))
    graph = adjacency_matrix(edges, np.array([0.9, 0.8, 0.3, 0.7]), 6)
    assert [part.tolist() for part in components(graph)] == [[0, 1, 2], [3, 4], [5]]
    assert {tuple(sorted(pair)) for pair in maximum_spanning_forest(graph).tolist()} == {
        (0, 1),
        (0, 2),
        (3, 4),
    }
    walked = relational_graph.component_graph(graph, np.array([0, 1, 2]))
    assert walked.edges[0, 2]["weight"] == 0.8 and set(walked) == {0, 1, 2}


def test_names_that_xml_cannot_hold_are_written_without_harm(tmp_path: Path) -> None:
    edges = Edges(np.array([0]), np.array([1]), np.ones(1, np.float32))
    names = ['</data><node id="x"/>&amp;', "a\x00b\x1b[31m\ud800\ufffe" + "é"]
    path = tmp_path / "graph.graphml"
    relational_graph.graphml(adjacency_matrix(edges, np.array([0.5]), 2), names, path, ["<one>", "two\x08"])
    space = "{http://graphml.graphdrawing.org/xmlns}"
    root = ElementTree.parse(path).getroot()
    nodes = root.findall(f".//{space}node")
    assert [[data.text for data in node] for node in nodes] == [[names[0], "<one>"], ["ab[31mé", "two"]]
    assert len(root.findall(f".//{space}edge")) == 1
    with pytest.raises(RegroupError, match="cannot write"):
        relational_graph.graphml(
            adjacency_matrix(edges, np.array([0.5]), 2), names, tmp_path / "no" / "x", None
        )
