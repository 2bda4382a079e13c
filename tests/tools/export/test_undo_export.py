"""Taking an export back: what is left alone, and why."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.export.test_export import cluster, fill, mood, photos, snapshot
from tools.clustering import Clustering
from tools.collection import Collection
from tools.errors import UsageError
from tools.export.carry_out import carry_out
from tools.export.plan import plan
from tools.export.undo_export import undo_export

__all__ = ["mood", "photos"]


def test_a_copy_whose_original_is_gone_is_kept(tmp_path: Path, photos: Collection, mood: Clustering) -> None:
    manifest = carry_out(plan(photos, mood, tmp_path / "out"))
    photos.file(photos.ids[0]).unlink()
    photos.file(photos.ids[3]).write_bytes(b"edited")
    kept = {path.name: why for path, why in undo_export(manifest).kept}
    assert kept.keys() == {"x.jpg", "d.png"}
    assert kept["x.jpg"].endswith("is gone") and kept["d.png"].endswith("is another file now")
    assert (tmp_path / "out" / "happy_glad" / "x.jpg").read_bytes() == b"one"


def test_a_moved_file_never_overwrites_what_took_its_place(
    tmp_path: Path, photos: Collection, mood: Clustering
) -> None:
    manifest = carry_out(plan(photos, mood, tmp_path / "out", "move"))
    photos.file(photos.ids[0]).write_bytes(b"new")
    shutil.rmtree(photos.folder / "c")
    (tmp_path / "out" / "sad" / "d.png").rename(tmp_path / "elsewhere.png")
    reversal = undo_export(manifest)
    assert photos.file(photos.ids[0]).read_bytes() == b"new"
    assert photos.file(photos.ids[2]).read_bytes() == b"three"
    why = {path.name: why for path, why in reversal.kept}
    assert "another file now" in why["x.jpg"] and "is no longer there" in why["d.png"]
    assert [path.name for path in reversal.waiting] == ["x.jpg"]  # what is gone is not waited for
    photos.file(photos.ids[0]).unlink()
    again = undo_export(manifest)
    assert (again.restored, again.waiting) == (1, ())
    assert photos.file(photos.ids[0]).read_bytes() == b"one"


def test_moved_links_come_back_as_links(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "real.jpg").write_bytes(b"real")
    photos = fill(tmp_path / "photos", {"a.jpg": b"a", "b.jpg": b"real"})
    (photos.folder / "b.jpg").unlink()
    (photos.folder / "b.jpg").symlink_to("../store/real.jpg")
    before = snapshot(tmp_path)
    manifest = carry_out(plan(photos, cluster(photos, [0, 0], ["all"]), tmp_path / "out", "move"))
    assert not (photos.folder / "b.jpg").is_symlink()
    assert (tmp_path / "out" / "all" / "b.jpg").read_bytes() == b"real"
    assert undo_export(manifest).kept == ()
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data["entries"][0].update(destination="../photos/d.png"),
        lambda data: data["entries"][0].update(destination="/etc/passwd"),
        lambda data: data["entries"][0].update(source="relative"),
        lambda data: data.update(folders=["..", "happy_glad", "sad", "_unsorted"]),
        lambda data: data.update(format="something else"),
        lambda data: data.pop("entries"),
    ],
)
def test_only_a_manifest_is_reversed(
    tmp_path: Path, photos: Collection, mood: Clustering, spoil: Callable[[dict[str, object]], None]
) -> None:
    manifest = carry_out(plan(photos, mood, tmp_path / "out"))
    data = json.loads(manifest.read_text("ascii"))
    spoil(data)
    manifest.write_text(json.dumps(data))
    before = snapshot(tmp_path)
    with pytest.raises(UsageError, match="is not the manifest of an export"):
        undo_export(manifest)
    manifest.write_text("[1, 2")
    with pytest.raises(UsageError, match="is not the manifest of an export"):
        undo_export(manifest)
    manifest.write_text(json.dumps(data))
    os.utime(manifest, ns=(0, before[b"out/manifest.json"][2]))  # type: ignore[arg-type]
    assert snapshot(tmp_path) == before


def test_a_folder_that_became_a_link_is_left_alone(
    tmp_path: Path, photos: Collection, mood: Clustering
) -> None:
    manifest = carry_out(plan(photos, mood, tmp_path / "out"))
    (tmp_path / "out" / "sad").rename(tmp_path / "moved")
    (tmp_path / "out" / "sad").symlink_to(tmp_path / "moved")
    reversal = undo_export(manifest)
    assert (tmp_path / "moved" / "d.png").exists()
    assert (tmp_path / "out" / "sad" / "d.png", "its folder is a link now") in reversal.kept


# Any name that a file can have here: any bytes but "/" and NUL.
