"""What lasts about one collection besides its journal."""

import os

import pytest
from PIL import Image

from assistant.workspace import Event, Shelf
from tools.errors import RegroupError
from tools.scan.collection import ScannedFile, scan


@pytest.fixture
def shelf(tmp_path):
    with Shelf(tmp_path, tmp_path) as shelf:
        yield shelf


def test_notes_last_and_are_replaced(tmp_path, shelf):
    assert shelf.noted("current") is None
    assert shelf.noted("criteria", []) == []
    shelf.note("current", "emotion")
    shelf.note("current", {"id": "colour", "by": ["me"]})
    shelf.close()
    with Shelf(tmp_path, tmp_path) as again:
        assert again.noted("current") == {"id": "colour", "by": ["me"]}
        with pytest.raises(TypeError):
            again.note("current", object())


def test_unreadable_images_are_remembered_until_they_get_another_chance(tmp_path, shelf):
    shelf.mark_unreadable("b" * 64, "truncated")
    shelf.mark_unreadable("a" * 64, "no name \udce9")
    shelf.mark_unreadable("b" * 64, "truncated file")
    shelf.index.put(b"x.heic", 1, 2, ScannedFile("", 0, 0, None))
    shelf.index.put(b"y.jpg", 1, 2, ScannedFile("", 0, 0, "empty file"))
    shelf.index.put(b"z.jpg", 1, 2, ScannedFile("c" * 64, 8, 8, None))
    shelf.close()
    with Shelf(tmp_path, tmp_path) as again:
        assert again.unreadable() == {"a" * 64: "no name \udce9", "b" * 64: "truncated file"}
        again.forget_unreadable()
        assert again.unreadable() == {}
        assert again.index.get(b"x.heic", 1, 2) is None
        assert again.index.get(b"y.jpg", 1, 2) is None
        assert again.index.get(b"z.jpg", 1, 2) is not None


def test_the_index_knows_a_file_by_path_size_and_time(shelf):
    known = ScannedFile("a" * 64, 30, 20, None)
    shelf.index.put(b"caf\xe9.jpg", 10, 1_700_000_000_123_456_789, known)
    assert shelf.index.get(b"caf\xe9.jpg", 10, 1_700_000_000_123_456_789) == known
    assert shelf.index.get(b"caf\xe9.jpg", 11, 1_700_000_000_123_456_789) is None
    assert shelf.index.get(b"caf\xe9.jpg", 10, 1_700_000_000_123_456_788) is None
    assert shelf.index.get(b"cafe.jpg", 10, 1_700_000_000_123_456_789) is None
    shelf.index.put(b"caf\xe9.jpg", 12, 5, ScannedFile("", 0, 0, "truncated"))
    assert shelf.index.get(b"caf\xe9.jpg", 12, 5) == ScannedFile("", 0, 0, "truncated")


@pytest.mark.parametrize("at", [15_032_385_535 * 10**9, -(2**63) - 1, 2**63])
def test_the_index_knows_times_that_no_clock_shows(shelf, at):
    known = ScannedFile("a" * 64, 30, 20, None)
    shelf.index.put(b"a.jpg", 10, at, known)
    assert shelf.index.get(b"a.jpg", 10, at) == known
    assert shelf.index.get(b"a.jpg", 10, at + 1) is None


def test_a_second_scan_finds_the_same_through_the_index(tmp_path, shelf):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    Image.new("RGB", (30, 20)).save(pictures / "a.png")
    Image.new("RGB", (30, 21)).save(os.fsencode(pictures) + b"/caf\xe9.png", "PNG")
    first = scan(pictures, shelf.index)
    assert len(first) == 2
    times = {p: p.stat().st_mtime_ns for p in pictures.iterdir()}
    for path, ns in times.items():
        # Other bytes of the same length and time: only the index can still say what they were.
        path.write_bytes(b"x" * path.stat().st_size)
        os.utime(path, ns=(ns, ns))
    assert scan(pictures, shelf.index) == first


def test_a_shelf_for_reading_refuses_what_the_user_did(tmp_path, shelf):
    shelf.note("current", "emotion")
    with Shelf(tmp_path, tmp_path, exclusive=False) as reader:
        assert reader.noted("current") == "emotion"
        for change in (
            lambda: reader.record(Event("accept", "accepted")),
            reader.undo,
            reader.redo,
            lambda: reader.note("current", "colour"),
        ):
            with pytest.raises(RegroupError, match="for reading only; nothing was changed"):
                change()
    assert shelf.log() == []


def test_a_damaged_shelf_without_a_backup_is_said_and_begun_anew(tmp_path):
    (tmp_path / "shelf.sqlite").write_bytes(b"garbage" * 1000)
    with Shelf(tmp_path, tmp_path) as shelf:
        (notice,) = shelf.notices
        assert "shelf.sqlite: it was damaged (file is not a database), and there is no backup of it" in notice
        assert shelf.log() == []
    (kept,) = tmp_path.glob("shelf.sqlite.damaged-*")
    assert kept.read_bytes() == b"garbage" * 1000 and str(kept) in notice
    with Shelf(tmp_path, tmp_path) as again:
        assert not again.notices
