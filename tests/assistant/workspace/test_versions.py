"""Clusterings are kept whole, every attribute of them, in little space and time."""

import time
from dataclasses import fields

import numpy as np

from assistant.workspace import Event, Shelf
from tools.clustering import refine
from tools.clustering.clustering import UNSORTED, Cluster, Clustering


def test_every_attribute_comes_back(tmp_path):
    whole = Clustering(
        id="how-they-feel",
        criterion="how they feel \U0001f600 \udce9",
        images=("b", "a"),
        clusters=(Cluster("c2", "fröhlich"), Cluster("c7", "sad")),
        labels=np.array([1, UNSORTED], np.int32),
        confidence=np.array([0.25, 1.0], np.float32),
        method="mfavbs",
        tier="hub",
        sources=("face: expression", "colour"),
        sure=False,
        next_number=8,
        notes=("one <b>", "two"),
        why=("", "the model was asked and gave 90%"),
    )
    with Shelf(tmp_path, tmp_path) as shelf:
        shelf.record(Event("group", "grouped", after=whole))
    with Shelf(tmp_path, tmp_path) as shelf:
        back = shelf.clustering("how-they-feel")
    for field in fields(Clustering):
        was, now = getattr(whole, field.name), getattr(back, field.name)
        if isinstance(was, np.ndarray):
            np.testing.assert_array_equal(now, was)
            assert now.dtype == was.dtype
            assert not now.flags.writeable
        else:
            assert (now, type(now)) == (was, type(was)), field.name


def test_an_empty_clustering_comes_back(tmp_path):
    empty = Clustering("x", "x", (), (), np.zeros(0, np.int32), np.zeros(0, np.float32))
    with Shelf(tmp_path, tmp_path) as shelf:
        shelf.record(Event("group", "grouped", after=empty))
        assert shelf.clustering("x").images == ()


def test_three_hundred_edits_of_a_large_collection_are_small_and_fast(tmp_path):
    n = 8154
    random = np.random.default_rng(0)
    labels, confidence = random.integers(0, 8, n).astype(np.int32), random.random(n, dtype=np.float32)
    images = tuple(f"{i:064x}" for i in range(n))
    now = Clustering(
        "emotion",
        "emotion",
        images,
        tuple(Cluster(f"c{i + 1}", f"name {i}") for i in range(8)),
        labels,
        confidence,
    )
    with Shelf(tmp_path, tmp_path) as shelf:
        shelf.record(Event("group", "grouped", after=now))
        took = []
        for i in range(300):
            start = time.perf_counter()
            now = shelf.clustering("emotion")
            after = refine.move(now, [images[i]], now.clusters[i % 8].id)
            shelf.record(Event("move", "moved", after=after))
            took.append(time.perf_counter() - start)
        assert np.median(took) < 0.05
        assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 40e6
        for _ in range(300):
            shelf.undo()
        first = shelf.clustering("emotion")
    np.testing.assert_array_equal(first.labels, labels)
    np.testing.assert_array_equal(first.confidence, confidence)
