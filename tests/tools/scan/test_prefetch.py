"""Decoding ahead in worker processes."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from tools.decode.decode_pool import Task, shared_pool
from tools.scan.collection import Collection, scan
from tools.scan.prefetch import decoded


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    for i in range(30):
        Image.new("RGB", (40 + i, 20), (i, 0, 0)).save(tmp_path / f"{i}.png")
    return scan(tmp_path)


def test_keeps_the_order_and_names_what_is_broken(collection: Collection) -> None:
    broken = collection.file(collection.ids[7])
    broken.write_bytes(broken.read_bytes()[:60])
    ids = collection.ids[::-1]
    results = list(decoded(collection, ids, side=20, ahead=4))
    assert [sha for sha, _, _ in results] == list(ids)
    for sha, pixels, reason in results:
        if sha == collection.ids[7]:
            assert pixels is None and reason
        else:
            assert pixels is not None and reason == ""
            assert max(pixels.shape) == 20 and pixels[0, 0, 0] == collection.number(sha) - 1


def test_looks_ahead_only_so_far(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, begun, dropped = shared_pool(), [], []
    submit, abandon = pool.submit, pool.abandon

    def counted(path: Path, side: int | None, first: bool = False) -> Task:
        begun.append(submit(path, side, first))
        return begun[-1]

    def abandoned(tasks: Sequence[Task]) -> None:
        dropped.extend(tasks)
        abandon(tasks)

    monkeypatch.setattr(pool, "submit", counted)
    monkeypatch.setattr(pool, "abandon", abandoned)
    results = decoded(collection, collection.ids, ahead=5)
    for taken in range(1, 4):
        next(results)
        assert len(begun) <= taken + 5
    results.close()
    assert len(begun) <= 8 and dropped == begun[3:]


def test_waits_with_few_where_they_are_large(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, begun = shared_pool(), []
    submit = pool.submit

    def counted(path: Path, side: int | None, first: bool = False) -> Task:
        begun.append(path)
        return submit(path, side, first)

    monkeypatch.setattr(pool, "submit", counted)
    results = decoded(collection, collection.ids, side=4000)
    next(results)
    assert len(begun) == 1
    results.close()


def test_nothing_and_unknown_ids(collection: Collection) -> None:
    assert list(decoded(collection, [])) == []
    with pytest.raises(KeyError):
        next(decoded(collection, ["unknown"]))
