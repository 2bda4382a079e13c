"""Two criteria at once, and what that is on the disk."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from tests.tools.export.undoing import undo_export
from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.clustering.cross_clusterings import cross, overlaps
from tools.errors import UsageError
from tools.export.carry_out import carry_out
from tools.export.plan import Mode, plan
from tools.scan.collection import Collection, ImageFile

IMAGES = tuple(hashlib.sha256(bytes([i])).hexdigest() for i in range(6))


def made(criterion: str, labels: list[int], names: list[str]) -> Clustering:
    return Clustering(
        id=criterion,
        criterion=criterion,
        images=IMAGES,
        clusters=tuple(Cluster(f"c{i + 1}", name) for i, name in enumerate(names)),
        labels=np.array(labels, np.int32),
        confidence=np.linspace(0.5, 1, len(labels), dtype=np.float32),
        next_number=len(names) + 1,
    )


MOOD = made("mood", [0, 0, 1, 1, 1, UNSORTED], ["happy", "sad"])
COLOUR = made("colour", [0, 1, 0, 0, UNSORTED, 0], ["red", "../blue"])


def test_a_cluster_for_each_pair_that_has_images() -> None:
    both = cross(MOOD, COLOUR)
    assert (both.id, both.criterion) == ("mood-x-colour", "mood x colour")
    assert {c.name: both.members(c.id) for c in both.clusters} == {
        "happy / red": IMAGES[:1],
        "happy / ../blue": IMAGES[1:2],
        "sad / red": (IMAGES[3], IMAGES[2]),
    }
    assert set(both.unsorted()) == {IMAGES[4], IMAGES[5]}
    assert [c.parts for c in both.clusters] == [("happy", "red"), ("happy", "../blue"), ("sad", "red")]
    with pytest.raises(UsageError, match="cannot be crossed with itself"):
        cross(MOOD, MOOD)


def test_names_that_would_be_the_same_are_numbered() -> None:
    both = cross(made("a", [0, 1, 0, 1, 0, 1], ["x / y", "x"]), made("b", [0, 1, 0, 1, 0, 1], ["z", "y / z"]))
    assert [c.name for c in both.clusters] == ["x / y / z", "x / y / z 2"]


def test_a_crossed_one_can_be_crossed_again() -> None:
    thrice = cross(cross(MOOD, COLOUR), made("size", [0] * 6, ["big"]))
    assert next(c.parts for c in thrice.clusters) == ("happy", "red", "big")


def test_overlaps_count_every_image_once() -> None:
    table = overlaps(MOOD, COLOUR)
    assert table.tolist() == [[1, 1, 0], [2, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize("mode", ["copy", "link", "move"])
def test_folders_in_folders_and_back(tmp_path: Path, mode: Mode) -> None:
    files = []
    (tmp_path / "in").mkdir()
    for i, sha in enumerate(IMAGES):
        (tmp_path / "in" / f"{i}.png").write_bytes(bytes([i]))
        files.append(ImageFile(sha, Path(f"{i}.png"), 1, 1, 1))
    collection = Collection((tmp_path / "in").resolve(), tuple(files))
    planned = plan(collection, cross(MOOD, COLOUR), tmp_path / "out", mode)
    assert planned.folders == (("happy/red", 1), ("happy/_blue", 1), ("sad/red", 2), ("_unsorted", 2))
    carry_out(planned)
    found = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.png")}
    assert found == {
        "happy/red/0.png", "happy/_blue/1.png", "sad/red/2.png", "sad/red/3.png", "_unsorted/4.png",
        "_unsorted/5.png",
    }  # fmt: skip
    undone = undo_export(tmp_path / "out")
    assert (undone.kept, undone.others) == ((), ())
    assert not (tmp_path / "out").exists()
    assert len(list((tmp_path / "in").iterdir())) == 6


def test_a_folder_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for i in range(6):
        (tmp_path / "in" / f"{i}.png").write_bytes(bytes([i]))
    files = tuple(ImageFile(sha, Path(f"{i}.png"), 1, 1, 1) for i, sha in enumerate(IMAGES))
    target = tmp_path / "out"
    carry_out(plan(Collection((tmp_path / "in").resolve(), files), cross(MOOD, COLOUR), target))
    (target / "happy").rename(tmp_path / "elsewhere")
    (target / "happy").symlink_to(tmp_path / "elsewhere")
    undone = undo_export(target)
    assert {path.name for path, _ in undone.kept} == {"0.png", "1.png"}
    assert (tmp_path / "elsewhere" / "red" / "0.png").read_bytes() == b"\x00"
