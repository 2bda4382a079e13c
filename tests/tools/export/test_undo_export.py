"""Taking an export back: what is left alone, and why."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.export.test_export import cluster, fill, mood, photos, snapshot
from tests.tools.export.undoing import undo_export
from tools.clustering.clustering import Clustering
from tools.errors import UsageError
from tools.export import disk
from tools.export.carry_out import carry_out
from tools.export.disk import part_of
from tools.export.plan import Mode, plan
from tools.export.undo_export import Reversal
from tools.scan.collection import Collection

__all__ = ["mood", "photos"]


def test_a_copy_whose_original_is_gone_is_kept(tmp_path: Path, photos: Collection, mood: Clustering) -> None:
    manifest = carry_out(plan(photos, mood, tmp_path / "out"))
    photos.file(photos.ids[0]).unlink()
    photos.file(photos.ids[3]).write_bytes(b"edited")
    kept = {path.name: why for path, why in undo_export(manifest).kept}
    assert kept.keys() == {"x.jpg", "d.png"}
    assert kept["x.jpg"].endswith("is gone") and kept["d.png"].endswith("is another file now")
    assert (tmp_path / "out" / "happy_glad" / "x.jpg").read_bytes() == b"one"


def test_a_table_that_cannot_be_removed_is_named_and_tried_again(
    tmp_path: Path, photos: Collection, mood: Clustering, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = carry_out(plan(photos, mood, tmp_path / "out"))
    table, unlink = manifest.with_name("manifest.csv"), Path.unlink

    def broken(path: Path, missing_ok: bool = False) -> None:
        if path == table:
            raise OSError(5, "Input/output error", str(path))
        unlink(path, missing_ok)

    with monkeypatch.context() as disk:
        disk.setattr(Path, "unlink", broken)
        reversal = undo_export(manifest)
    assert reversal.kept == ((table, "Input/output error"),) and reversal.waiting == (table,)
    assert manifest.exists() and reversal.removed == reversal.back == 5
    assert undo_export(manifest).kept == () and not (tmp_path / "out").exists()


def test_a_manifest_of_a_hundred_thousand_brackets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(UsageError, match="not the manifest of an export"):
        undo_export(tmp_path)


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
        lambda data: data.update(mode="MOVE"),
        lambda data: data.update(mode=None),
        lambda data: data.update(state="finished"),
        lambda data: data.update(target=5),
        lambda data: data.update(made=[5]),
        lambda data: data.update(disks=[None]),
        lambda data: data.update(id={}),
        lambda data: data.update(entries={}),
        lambda data: data.update(left=[[1, 2]]),
        lambda data: data.update(target="/no\0where"),
        lambda data: data.update(above="\0"),
        lambda data: data["folders"].append("no\0folder"),
        lambda data: data["entries"][0].update(source="/no\0file"),
        lambda data: data["entries"][0].update(source="/half a pair \ud800"),
        lambda data: data["entries"][0].update(destination="sad/\0"),
        lambda data: data["entries"][0].update(link="\0"),
        lambda data: data.update(written=[{"path": "a\0b", "sha256": ""}]),
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


def test_a_folder_with_a_name_that_no_disk_takes_stops_nothing(
    tmp_path: Path, photos: Collection, mood: Clustering
) -> None:
    before = snapshot(photos.folder)
    manifest = carry_out(plan(photos, mood, tmp_path / "out", "move"))
    data = json.loads(manifest.read_text("ascii"))
    data["folders"].append("a" * 9000)
    manifest.write_text(json.dumps(data))
    assert undo_export(manifest).kept == () and snapshot(photos.folder) == before


def test_a_folder_that_became_a_link_is_left_alone(
    tmp_path: Path, photos: Collection, mood: Clustering
) -> None:
    manifest = carry_out(plan(photos, mood, tmp_path / "out"))
    (tmp_path / "out" / "sad").rename(tmp_path / "moved")
    (tmp_path / "out" / "sad").symlink_to(tmp_path / "moved")
    reversal = undo_export(manifest)
    assert (tmp_path / "moved" / "d.png").exists()
    assert (tmp_path / "out" / "sad" / "d.png", "its folder is a link now") in reversal.kept


@pytest.mark.parametrize(
    "place", ["happy_glad/renamed.jpg", "happy_glad/deeper/down/x.jpg", "sad/x.jpg", "x.jpg"]
)
def test_a_moved_file_is_found_by_its_bytes_wherever_it_is_in_the_target(
    tmp_path: Path, photos: Collection, mood: Clustering, place: str
) -> None:
    before = snapshot(photos.folder)
    manifest = carry_out(plan(photos, mood, tmp_path / "out", "move"))
    (tmp_path / "out" / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "out" / "happy_glad" / "x.jpg").rename(tmp_path / "out" / place)
    assert undo_export(manifest) == Reversal(0, 5, (), back=5)
    assert snapshot(photos.folder) == before and not (tmp_path / "out").exists()


def test_two_files_that_were_swapped_and_a_folder_that_was_renamed_come_back(
    tmp_path: Path, photos: Collection, mood: Clustering
) -> None:
    before = snapshot(photos.folder)
    manifest = carry_out(plan(photos, mood, tmp_path / "out", "move"))
    out = tmp_path / "out"
    (out / "sad" / "d.png").rename(out / "d")
    (out / "_unsorted" / "e.png").rename(out / "sad" / "d.png")
    (out / "d").rename(out / "_unsorted" / "e.png")
    (out / "happy_glad").rename(out / "joy")
    assert undo_export(manifest).kept == ()
    assert snapshot(photos.folder) == before and not out.exists()


def test_a_moved_file_that_is_nowhere_is_named_as_missing_and_found_by_the_next_undo(
    tmp_path: Path, photos: Collection, mood: Clustering
) -> None:
    before = snapshot(photos.folder)
    manifest = carry_out(plan(photos, mood, tmp_path / "out", "move"))
    (tmp_path / "out" / "sad" / "d.png").rename(tmp_path / "elsewhere.png")
    reversal = undo_export(manifest)
    assert (reversal.back, reversal.missing) == (4, (photos.file(photos.ids[3]),))
    assert manifest.exists()
    (tmp_path / "elsewhere.png").rename(tmp_path / "out" / "here again.png")
    assert undo_export(manifest).missing == ()
    assert snapshot(photos.folder) == before and not (tmp_path / "out").exists()


def test_a_killed_undo_left_a_stump_or_a_copy_without_its_time(
    tmp_path: Path, photos: Collection, mood: Clustering
) -> None:
    before = snapshot(photos.folder)
    manifest = carry_out(plan(photos, mood, tmp_path / "out", "move"))
    photos.file(photos.ids[0]).touch()
    photos.file(photos.ids[1]).write_bytes(b"tw")
    photos.file(photos.ids[2]).write_bytes(b"three")
    part_of(photos.file(photos.ids[3])).write_bytes(b"fo")
    os.link(tmp_path / "out" / "_unsorted" / "e.png", photos.file(photos.ids[4]))
    assert undo_export(manifest).kept == ()
    assert snapshot(photos.folder) == before and not (tmp_path / "out").exists()


def test_a_manifest_of_the_older_format_is_undone_with_its_times(
    tmp_path: Path, photos: Collection, mood: Clustering
) -> None:
    before = snapshot(photos.folder)
    manifest = carry_out(plan(photos, mood, tmp_path / "out", "move"))
    data = json.loads(manifest.read_text("ascii"))
    data["format"] = "regroup export 1"
    for name in ("id", "target", "above", "disks", "only"):
        del data[name]
    for item in data["entries"]:
        for name in ("size", "mtime_ns", "mode", "uid", "gid"):
            del item[name]
    manifest.write_text(json.dumps(data))
    photos.file(photos.ids[2]).write_bytes(b"three")  # a crash came before its time was set
    (tmp_path / "out" / "sad" / "d.png").rename(tmp_path / "out" / "renamed.png")
    assert undo_export(manifest).kept == ()
    assert snapshot(photos.folder) == before


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_what_an_original_leads_to_is_never_removed(
    tmp_path: Path, photos: Collection, mood: Clustering, mode: Mode
) -> None:
    manifest = carry_out(plan(photos, mood, tmp_path / "out", mode))
    out = tmp_path / "out"
    photos.file(photos.ids[3]).unlink(missing_ok=True)
    photos.file(photos.ids[3]).symlink_to(out / "sad" / "d.png")
    shutil.rmtree(photos.folder / "a")
    (photos.folder / "a").symlink_to(out / "happy_glad")
    reversal = undo_export(manifest)
    assert (out / "sad" / "d.png").read_bytes() == b"four"
    assert (out / "happy_glad" / "x.jpg").read_bytes() == b"one"
    assert {path.name for path, _ in reversal.kept} == {"x.jpg", "d.png"}


# Any name that a file can have here: any bytes but "/" and NUL.


@pytest.mark.parametrize(
    "part, is_one",
    [
        (b"", True),
        (b"abc\0def", True),
        (b"abc\0def\0ghi", True),
        (b"abc" + bytes(8), True),
        (bytes(11), True),
        (b"abd", False),
        (b"abc\0\0\0f", False),
        (bytes(6) + b"h", False),
        (b"abc\0def\0ghi\0", False),
    ],
)
@pytest.mark.parametrize("block", [3, 1 << 20])
def test_the_beginning_of_a_file_may_end_in_zeros(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: bytes, is_one: bool, block: int
) -> None:
    monkeypatch.setattr(disk, "_BLOCK", block)
    (tmp_path / "original").write_bytes(b"abc\0def\0ghi")
    (tmp_path / "part").write_bytes(part)
    assert disk.is_beginning(tmp_path / "part", tmp_path / "original") is is_one
