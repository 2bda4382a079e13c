"""The findings cache gives back what was put, and what is damaged counts as not kept."""

import threading
import time
import types

import numpy as np
import pytest

from assistant.workspace import FindingsCache
from tools.errors import RegroupError
from tools.models.ports import Findings, Slot

A, B, C, D = "a" * 64, "b" * 64, "c" * 64, "d" * 64


@pytest.fixture
def cache(tmp_path):
    cache = FindingsCache(tmp_path)
    yield cache
    cache.close()


def found(*rows, name="embedding", slots=None):
    said = [[Slot("object", s, 0.5)] for s in slots] if slots else []
    return Findings({name: np.array(rows, np.float32)}, said)


def chunks(cache):
    return sorted(cache.folder.rglob("*.npy"), key=lambda path: path.stat().st_mtime_ns)


def test_what_was_put_comes_back_in_the_order_asked_for(cache):
    cache.put("object@3", [A, B], found([1, 2], [3, 4], slots=["cat", "dog"]))
    cache.put("object@3", [C], found([np.nan, np.nan], slots=["bird"]))
    view = cache.view("object@3", "embedding", [C, D, B, A, B])
    nan = [np.nan, np.nan]
    np.testing.assert_array_equal(view, np.array([nan, nan, [3, 4], [1, 2], [3, 4]], np.float32))
    assert view.dtype == np.float32
    cat, bird = Slot("object", "cat", 0.5), Slot("object", "bird", 0.5)
    assert cache.slots("object@3", [D, C, A]) == [[], [bird], [cat]]
    assert cache.missing("object@3", [D, A, C]) == [D]


def test_another_version_of_an_expert_is_another_expert(cache):
    cache.put("object@3", [A], found([1]))
    assert cache.missing("object@4", [A]) == [A]
    assert cache.slots("object@4", [A]) == [[]]
    assert np.isnan(cache.view("object@4", "embedding", [A])).all()


def test_a_view_that_a_chunk_lacks_is_nan(cache):
    cache.put("face@1", [A], found([1, 2], name="pose"))
    cache.put("face@1", [B], found([5, 6, 7], name="mouth"))
    np.testing.assert_array_equal(cache.view("face@1", "pose", [A, B]), [[1, 2], [np.nan, np.nan]])
    nothing = cache.view("face@1", "nose", [A, B])
    assert nothing.shape == (2, 1)
    assert np.isnan(nothing).all()
    assert cache.missing("face@1", [A, B]) == []


def test_an_expert_without_views_or_without_slots_is_kept(cache):
    cache.put("text@1", [A], Findings(slots=[[Slot("words", "EXIT \udce9", 1.0)]]))
    cache.put("clip/ViT-B@x:y", [A], found([1]))
    assert cache.missing("text@1", [A]) == cache.missing("clip/ViT-B@x:y", [A]) == []
    assert cache.slots("text@1", [A]) == [[Slot("words", "EXIT \udce9", 1.0)]]
    assert cache.slots("clip/ViT-B@x:y", [A]) == [[]]


def test_it_lasts(tmp_path, cache):
    cache.put("object@3", [A], found([1, 2], slots=["cat"]))
    cache.close()
    again = FindingsCache(tmp_path)
    assert again.view("object@3", "embedding", [A]).tolist() == [[1, 2]]


def test_the_last_put_counts(cache):
    cache.put("object@3", [A, B], found([1], [2], slots=["cat", "dog"]))
    cache.put("object@3", [A], found([9], slots=["lion"]))
    assert cache.view("object@3", "embedding", [A, B]).tolist() == [[9], [2]]
    assert [s[0].value for s in cache.slots("object@3", [A, B])] == ["lion", "dog"]


def test_findings_about_other_images_are_refused_and_nothing_is_kept(cache):
    with pytest.raises(ValueError, match="not about 2 images"):
        cache.put("object@3", [A, B], found([1]))
    with pytest.raises(ValueError, match="not about 1 images"):
        cache.put("object@3", [A], found([1], slots=["cat", "dog"]))
    assert cache.missing("object@3", [A, B]) == [A, B]
    assert chunks(cache) == []
    cache.put("object@3", [], Findings())


def test_a_put_that_fails_midway_keeps_nothing(cache):
    bad = Findings({"good": np.zeros((1, 2), np.float32), "bad": np.array([[object()]])})
    with pytest.raises(TypeError):
        cache.put("object@3", [A], bad)
    assert cache.missing("object@3", [A]) == [A]
    assert [path.name for path in cache.folder.rglob("*") if path.suffix in (".npy", ".tmp")] == []


def test_a_folder_that_cannot_be_written_is_one_clear_line(cache):
    (cache.folder / "object-3").write_text("a file where a folder should be")
    with pytest.raises(RegroupError, match=r"cannot write .*--workspace"):
        cache.put("object@3", [A], found([1]))
    assert cache.missing("object@3", [A]) == [A]


@pytest.mark.parametrize("damage", ["gone", "cut off", "empty"])
def test_a_file_that_is_gone_or_cut_off_is_not_kept(cache, damage):
    cache.put("object@3", [A, B], found([1, 2], [3, 4], slots=["cat", "dog"]))
    cache.put("object@3", [C], found([5, 6], slots=["bird"]))
    path = chunks(cache)[0]
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-3] if damage == "cut off" else b"")
    assert cache.missing("object@3", [A, B, C]) == [A, B]
    assert cache.slots("object@3", [A, B]) == [[], []]
    cache.put("object@3", [A, B], found([1, 2], [3, 4], slots=["cat", "dog"]))
    assert cache.view("object@3", "embedding", [A, B, C]).tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize("damage", ["gone", "cut off", "garbled"])
def test_damage_that_is_met_while_reading_is_nan_and_then_missing(cache, damage):
    cache.put("object@3", [A], found([1, 2]))
    cache.put("object@3", [B], found([5, 6]))
    path = chunks(cache)[0]
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-3] if damage == "cut off" else b"\0" * path.stat().st_size)
    view = cache.view("object@3", "embedding", [A, B])
    np.testing.assert_array_equal(view, [[np.nan, np.nan], [5, 6]])
    assert cache.missing("object@3", [A, B]) == [A]


def test_a_database_that_is_none_any_more_is_put_aside(tmp_path, cache):
    cache.put("object@3", [A], found([1, 2]))
    cache.close()
    (tmp_path / "findings.sqlite").write_bytes(b"garbage" * 1000)
    again = FindingsCache(tmp_path)
    assert again.missing("object@3", [A]) == [A]
    again.put("object@3", [A], found([1, 2]))
    assert again.view("object@3", "embedding", [A]).tolist() == [[1, 2]]
    assert (tmp_path / "findings.damaged").exists()


def test_a_database_that_is_damaged_inside_is_put_aside(tmp_path, cache):
    for i in range(100):
        cache.put("object@3", [f"{i:064x}"], found([i], slots=["cat" * 50]))
    cache.close()
    path = tmp_path / "findings.sqlite"
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    again = FindingsCache(tmp_path)
    assert again.missing("object@3", [f"{5:064x}", A]) == [f"{5:064x}", A]
    again.put("object@3", [A], found([1, 2]))
    assert again.view("object@3", "embedding", [A]).tolist() == [[1, 2]]


def test_threads_put_and_read_at_once(cache):
    images = [f"{i:064x}" for i in range(60)]

    def work(start):
        for i in range(start, 60, 4):
            cache.put("object@3", [images[i]], found([i, i], slots=[str(i)]))
            cache.view("object@3", "embedding", images)
            cache.missing("object@3", images)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.view("object@3", "embedding", images)[:, 0].tolist() == list(range(60))


def test_a_large_collection_is_read_many_times_faster_than_image_by_image(cache):
    images = [f"{i:064x}" for i in range(8154)]
    for start in range(0, len(images), 64):
        batch = images[start : start + 64]
        rows = np.repeat(np.arange(start, start + len(batch), dtype=np.float32)[:, None], 512, axis=1)
        cache.put("object@3", batch, Findings({"embedding": rows}))

    def whole() -> None:
        cache.view("object@3", "embedding", images)
        assert cache.missing("object@3", images) == []

    def one_by_one() -> None:
        for image in images[:1000]:
            cache.view("object@3", "embedding", [image])
            cache.missing("object@3", [image])

    assert _least(whole) < _least(one_by_one) * len(images) / 1000 / 3
    view = cache.view("object@3", "embedding", images)
    np.testing.assert_array_equal(view[:, 0], np.arange(8154))


def _least(work):
    """Seconds of this thread's own time, the least of three times: what else runs on the machine does not count."""
    took = []
    for _ in range(3):
        begun = time.thread_time()
        work()
        took.append(time.thread_time() - begun)
    return min(took)


def test_it_fulfils_the_protocol_of_describe(cache):
    from tools.models.ports import FindingsStore

    kept: FindingsStore = cache
    methods = [name for name, value in vars(FindingsStore).items() if isinstance(value, types.FunctionType)]
    assert all(hasattr(kept, name) for name in methods if not name.startswith("_"))
