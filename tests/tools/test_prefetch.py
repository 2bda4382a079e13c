"""Decoding ahead in threads."""

import threading
from pathlib import Path

import pytest
from PIL import Image

from tools import prefetch
from tools.collection import Collection, scan
from tools.models.ports import Pixels
from tools.prefetch import decoded


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    for i in range(30):
        Image.new("RGB", (40 + i, 20), (i, 0, 0)).save(tmp_path / f"{i}.png")
    return scan(tmp_path)


def test_keeps_the_order_and_names_what_is_broken(collection: Collection) -> None:
    broken = collection.file(collection.ids[7])
    broken.write_bytes(broken.read_bytes()[:60])
    ids = collection.ids[::-1]
    results = list(decoded(collection, ids, side=20, workers=3, ahead=4))
    assert [sha for sha, _, _ in results] == list(ids)
    for sha, pixels, reason in results:
        if sha == collection.ids[7]:
            assert pixels is None and reason
        else:
            assert pixels is not None and reason == ""
            assert max(pixels.shape) == 20 and pixels[0, 0, 0] == collection.number(sha) - 1


def test_looks_ahead_only_so_far(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Path] = []
    real = prefetch.decode

    def counted(path: Path, side: int | None = None) -> Pixels:
        begun.append(path)
        return real(path, side)

    monkeypatch.setattr(prefetch, "decode", counted)
    results = decoded(collection, collection.ids, workers=2, ahead=5)
    for taken in range(1, 4):
        next(results)
        assert len(begun) <= taken + 5
    before = threading.active_count()
    results.close()
    assert len(begun) <= 8 and threading.active_count() < before


def test_nothing_and_unknown_ids(collection: Collection) -> None:
    assert list(decoded(collection, [])) == []
    with pytest.raises(KeyError):
        next(decoded(collection, ["unknown"]))
