"""Moving one file: what it is stays what it is, whatever stands between the two places."""

import os
from pathlib import Path

import pytest

from tests.tools.export.test_export import cluster, fill, mood, other_disk, photos, snapshot
from tests.tools.export.undoing import undo_export
from tools.clustering.clustering import Clustering
from tools.errors import RegroupError
from tools.export.carry_out import carry_out
from tools.export.disk import Attributes, file_sha256, part_of
from tools.export.move_file import put_back, second_name
from tools.export.plan import plan
from tools.scan.collection import Collection

__all__ = ["mood", "other_disk", "photos"]


def facts(file: Path) -> tuple[object, ...]:
    status = file.lstat()
    return status.st_ino, status.st_mtime_ns, status.st_uid, status.st_gid, status.st_mode, status.st_nlink


def test_on_one_disk_a_move_and_its_undo_keep_the_file_itself(
    tmp_path: Path, photos: Collection, mood: Clustering
) -> None:
    first = photos.file(photos.ids[0])
    first.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(first, 12345, 23456)
    elsewhere = tmp_path / "elsewhere.jpg"
    os.link(first, elsewhere)
    before = facts(first)
    manifest = carry_out(plan(photos, mood, tmp_path / "out", "move"))
    assert facts(tmp_path / "out" / "happy_glad" / "x.jpg") == before and not first.exists()
    assert undo_export(manifest).restored == 5
    assert facts(first) == before and first.samefile(elsewhere)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_to_another_disk_and_back_times_rights_and_owner_are_kept(
    tmp_path: Path, other_disk: Path, photos: Collection, mood: Clustering
) -> None:
    first = photos.file(photos.ids[0])
    first.chmod(0o640)
    os.chown(first, 12345, 23456)
    os.utime(first, ns=(10**18, 10**18 + 7))
    before = facts(first)[1:]
    manifest = carry_out(plan(photos, mood, other_disk / "out", "move"))
    assert facts(other_disk / "out" / "happy_glad" / "x.jpg")[1:] == before
    os.chown(other_disk / "out" / "happy_glad" / "x.jpg", 0, 0)  # as on a disk that knows no owners
    os.utime(other_disk / "out" / "happy_glad" / "x.jpg", ns=(0, 0))
    assert undo_export(manifest).restored == 5
    assert facts(first)[1:] == before


def test_hard_links_are_not_cut_off_by_a_move_to_another_disk(
    tmp_path: Path, other_disk: Path, photos: Collection, mood: Clustering
) -> None:
    os.link(photos.file(photos.ids[0]), tmp_path / "elsewhere.jpg")
    before = snapshot(photos.folder)
    with pytest.raises(RegroupError, match=r"has other names \(hard links\).*Everything was taken back"):
        carry_out(plan(photos, mood, other_disk / "out", "move"))
    assert snapshot(photos.folder) == before and not (other_disk / "out").exists()


@pytest.mark.parametrize("mode", ["copy", "move", "link"])
@pytest.mark.timeout(20)
def test_a_pipe_in_the_place_of_a_picture_is_not_waited_for(
    tmp_path: Path, photos: Collection, mood: Clustering, mode: str
) -> None:
    planned = plan(photos, mood, tmp_path / "out", mode)  # type: ignore[arg-type]
    photos.file(photos.ids[1]).unlink()
    os.mkfifo(photos.file(photos.ids[1]))
    with pytest.raises(RegroupError, match=r"X\.JPG is no longer a file.*Everything was taken back"):
        carry_out(planned)
    assert not (tmp_path / "out").exists() and photos.file(photos.ids[0]).read_bytes() == b"one"


@pytest.mark.timeout(20)
def test_a_pipe_in_the_place_of_what_was_moved_is_not_waited_for(
    tmp_path: Path, photos: Collection, mood: Clustering
) -> None:
    manifest = carry_out(plan(photos, mood, tmp_path / "out", "move"))
    moved = tmp_path / "out" / "sad" / "d.png"
    moved.unlink()
    os.mkfifo(moved)
    reversal = undo_export(manifest)
    assert reversal.back == 4 and [path for path, _ in reversal.kept] == [moved]


def test_no_name_is_overwritten(tmp_path: Path, other_disk: Path) -> None:
    for folder in (tmp_path, other_disk):
        (tmp_path / "a").write_bytes(b"moved")
        (folder / "b").write_bytes(b"theirs")
        with pytest.raises(FileExistsError):
            second_name(tmp_path / "a", folder / "b", file_sha256(tmp_path / "a"))
        with pytest.raises(FileExistsError):
            put_back(tmp_path / "a", folder / "b", file_sha256(tmp_path / "a"), None)
        assert (folder / "b").read_bytes() == b"theirs" and (tmp_path / "a").read_bytes() == b"moved"
        assert not part_of(folder / "b").exists()


def test_what_a_crash_left_of_a_copy_is_replaced(tmp_path: Path, other_disk: Path) -> None:
    (tmp_path / "a").write_bytes(b"moved")
    part_of(other_disk / "b").write_bytes(b"mov")
    second_name(tmp_path / "a", other_disk / "b", file_sha256(tmp_path / "a"))
    assert [path.name for path in other_disk.iterdir()] == ["b"]
    assert Attributes.of((other_disk / "b").stat()) == Attributes.of((tmp_path / "a").stat())


def test_the_same_picture_in_a_folder_of_pictures_is_moved_alone(tmp_path: Path) -> None:
    collection = fill(tmp_path / "photos", {"a.jpg": b"same", "b.jpg": b"same", "c.jpg": b"other"})
    before = snapshot(collection.folder)
    manifest = carry_out(plan(collection, cluster(collection, [0, 0], ["all"]), tmp_path / "out", "move"))
    assert [path.name for path in collection.folder.iterdir()] == ["b.jpg"]
    assert undo_export(manifest).back == 2 and snapshot(collection.folder) == before
