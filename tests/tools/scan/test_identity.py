"""Which picture a file is: by its bytes, by its coded picture, by its path and its pixels."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.rewriting import tag
from tools.decode.decode import decode
from tools.scan.collection import Collection, scan
from tools.scan.identity import FileFacts, identify, look_of, nearly_equal


def facts(path: str, sha: str, coded: str = "", former: str = "") -> FileFacts:
    return FileFacts(Path(path), sha, coded, former)


def noise(seed: int, size: tuple[int, int] = (90, 60)) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 9, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def test_the_bytes_come_first_then_the_coded_picture() -> None:
    known = {"a": "A", "ca": "A", "A:ca": "A", "b": "b"}
    files = [facts("2", "a2", "ca"), facts("3", "b"), facts("4", "new", "cn")]
    ids, new = identify(files, known)
    assert ids == ["A", "b", "new"]
    assert new == {"a2": "A", "new": "new", "cn": "new", "new:cn": "new"}
    assert identify([facts("1", "a", "ca")], known)[0] == ["A"]


def test_two_files_that_differ_in_their_metadata_are_two_pictures_and_stay_two() -> None:
    files = [facts("1", "x", "c"), facts("2", "y", "c"), facts("3", "x", "c")]
    ids, known = identify(files, {})
    assert ids == ["x", "y", "x"]
    rewritten = [facts("1", "x2", "c", "x"), facts("2", "y2", "c", "y"), facts("3", "x", "c")]
    ids, new = identify(rewritten, known)
    assert ids == ["x", "y", "x"]
    assert identify([facts("4", "y3", "c"), facts("2", "y2", "c")], known | new)[0] == [
        "x",
        "y",
    ]  # 1 was renamed
    assert identify([*files, facts("4", "z", "c")], known)[0] == ["x", "y", "x", "z"]


def test_a_path_alone_says_nothing(tmp_path: Path) -> None:
    noise(0).save(tmp_path / "a.png")
    file = facts(str(tmp_path / "a.png"), "new", "", "old")
    assert identify([file], {"old": "OLD"})[0] == ["new"]
    assert identify([file], {"old": "OLD"}, lambda id: look_of(decode(tmp_path / "a.png")))[0] == ["OLD"]
    other = look_of(np.asarray(noise(1)))
    assert identify([file], {"old": "OLD"}, lambda id: other)[0] == ["new"]


def test_a_picture_that_is_still_there_is_not_its_edited_copy(tmp_path: Path) -> None:
    """The original was renamed and a retouched one saved under its name: both are there."""
    noise(0).save(tmp_path / "a.png")
    look = look_of(decode(tmp_path / "a.png"))
    files = [facts(str(tmp_path / "a.png"), "new", "cn", "old"), facts("kept.png", "old", "co")]
    assert identify(files, {"old": "old", "co": "old"}, lambda id: look)[0] == ["new", "old"]


@pytest.mark.parametrize("quality", [60, 75, 95])
def test_saved_again_is_nearly_equal_and_an_edit_is_not(quality: int, tmp_path: Path) -> None:
    picture = noise(3, (900, 600))
    picture.save(tmp_path / "a.jpg", quality=quality)
    first = look_of(np.asarray(picture))
    assert nearly_equal(first, look_of(decode(tmp_path / "a.jpg", side=640)))
    for edited in (
        picture.crop((90, 60, 810, 540)),
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        picture.convert("L").convert("RGB"),
        picture.resize((600, 600)),
        noise(4, (900, 600)),
    ):
        assert not nearly_equal(first, look_of(np.asarray(edited)))


class Pictures:
    """What `tools.scan.identity.KnownPictures` asks for, in memory, together with an index of files."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.looks: dict[str, bytes] = {}
        self.rows: dict[bytes, tuple[int, int, object]] = {}

    def ids(self) -> dict[str, str]:
        return self.known

    def keep(self, ids: dict[str, str]) -> None:
        self.known |= ids

    def former(self, path: bytes) -> str:
        return self.rows[path][2].sha256 if path in self.rows else ""  # type: ignore[attr-defined]

    def look(self, id: str) -> bytes | None:
        return self.looks.get(id)

    def get(self, path: bytes, size: int, mtime_ns: int) -> object:
        row = self.rows.get(path)
        return row[2] if row and row[:2] == (size, mtime_ns) else None

    def put(self, path: bytes, size: int, mtime_ns: int, scanned: object) -> None:
        self.rows[path] = size, mtime_ns, scanned


@pytest.mark.parametrize("end", ["jpg", "png", "webp", "tif", "gif"])
def test_a_scan_keeps_ids_when_metadata_is_written(end: str, tmp_path: Path) -> None:
    for i in range(4):
        noise(i).save(tmp_path / f"{i}.{end}")
    pictures = Pictures()

    def again() -> Collection:
        return scan(tmp_path, pictures, pictures=pictures)  # type: ignore[arg-type]

    first = again()
    for i in range(3):
        tag(tmp_path / f"{i}.{end}")
    (tmp_path / f"2.{end}").rename(tmp_path / f"renamed.{end}")  # rewritten and renamed
    second = again()
    assert set(second.ids) == set(first.ids) and len(second) == 4
    assert {i.path.name for i in second.images if i.content != i.sha256} == {
        f"0.{end}",
        f"1.{end}",
        f"renamed.{end}",
    }
    tag(tmp_path / f"0.{end}", b"once more")
    assert set(again().ids) == set(first.ids)
    noise(9).save(tmp_path / f"1.{end}")  # another picture under an old name
    assert len(set(again().ids) - set(first.ids)) == 1


def test_of_two_equal_files_one_may_be_tagged(tmp_path: Path) -> None:
    noise(0).save(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes())
    pictures = Pictures()
    first = scan(tmp_path, pictures, pictures=pictures)  # type: ignore[arg-type]
    tag(tmp_path / "a.jpg")
    second = scan(tmp_path, pictures, pictures=pictures)  # type: ignore[arg-type]
    assert second.ids == first.ids and [d.path.name for d in second.duplicates] == ["b.jpg"]


def test_a_file_that_was_written_with_its_size_and_time_kept_is_read_again(tmp_path: Path) -> None:
    """Padding and the option to leave times alone make both stay."""
    file = tmp_path / "a.jpg"
    noise(0).save(file)
    tag(file, b"rating 4")
    pictures = Pictures()
    first = scan(tmp_path, pictures, pictures=pictures)  # type: ignore[arg-type]
    before = file.stat()
    file.write_bytes(file.read_bytes().replace(b"rating 4", b"rating 5"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    second = scan(tmp_path, pictures, pictures=pictures)  # type: ignore[arg-type]
    assert second.ids == first.ids and second.images[0].content != first.images[0].content
