"""Whatever happens to shelf.sqlite, the last good state comes back, and it is said."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from assistant.workspace import Event, Shelf
from assistant.workspace.database import Database
from tools.clustering.clustering import Cluster, Clustering
from tools.errors import RegroupError

Damage = Callable[[Path], None]


def clustering(id: str, name: str) -> Clustering:
    """A clustering of many pictures, so that the database has several pages."""
    n = 400
    return Clustering(
        id=id,
        criterion=id,
        images=tuple(f"{i:064x}" for i in range(n)),
        clusters=(Cluster("c", name),),
        labels=np.zeros(n, np.int32),
        confidence=np.random.default_rng(int(name) if name.isdecimal() else 9).random(n, np.float32),
        next_number=2,
    )


def used(folder: Path) -> None:
    """A shelf in which four things were done, in two sessions."""
    for session in range(2):
        with Shelf(folder, folder) as shelf:
            for step in range(2):
                name = f"{session}{step}"
                shelf.record(Event("group", f"grouped {name}", "c1", after=clustering("c1", name)))
            shelf.note("current", "c1")
            shelf.mark_unreadable("a" * 64, "truncated")
            shelf.seen(12)


def at(offset: int, data: bytes) -> Damage:
    def damage(path: Path) -> None:
        whole = bytearray(path.read_bytes())
        whole[offset : offset + len(data)] = data
        path.write_bytes(whole)

    return damage


def replaced(old: bytes, new: bytes) -> Damage:
    return lambda path: path.write_bytes(path.read_bytes().replace(old, new)) and None


def cut(length: int) -> Damage:
    return lambda path: path.write_bytes(path.read_bytes()[:length])


def sql(*statements: str) -> Damage:
    def damage(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    return damage


def flipped_blob(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for name, data in connection.execute("SELECT hash, data FROM blobs").fetchall():
            connection.execute("UPDATE blobs SET data = ? WHERE hash = ?", (data[:-1] + b"\x01", name))
        connection.commit()


def other_database(path: Path) -> None:
    path.unlink()
    sql("CREATE TABLE songs (name)")(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


WAYS: dict[str, Damage] = {
    "empty": cut(0),
    "gone": Path.unlink,
    "one byte": cut(1),
    "half a header": cut(50),
    "the header alone": cut(100),
    "one page": cut(4096),
    "cut in a page": cut(9000),
    "a text": lambda path: path.write_text("nothing of the kind\n" * 500) and None,
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)) and None,
    "random": lambda path: path.write_bytes(np.random.default_rng(0).bytes(path.stat().st_size)) and None,
    "magic": at(0, b"SQLite format 9\0"),
    "page size": at(16, b"\x02\x00"),
    "write version": at(18, b"\x07"),
    "read version": at(19, b"\x07"),
    "reserved space": at(20, b"\x77"),
    "number of pages": at(28, b"\xff\xff\xff\xff"),
    "schema format": at(44, b"\x00\x00\x00\x63"),
    "encoding": at(56, b"\x00\x00\x00\x03"),
    "version to come": at(60, b"\x00\x00\x01\x01"),
    "version none": at(60, b"\x00\x00\x00\x00"),
    "first page": at(100, b"\xff" * 200),
    "schema text": replaced(b"CREATE TABLE events", b"CREATE TABLE evxnts"),
    "schema that is no text": replaced(b"CREATE TABLE events", b"CREATE TABLE ev\x94nts"),
    "name that is no text": replaced(b"eventsevents", b"eventsev\x94nts"),
    **{f"page {n}": at(4096 * n, b"\xa5" * 4096) for n in range(1, 12)},
    "other database": other_database,
    "a folder": a_folder,
    "a link": a_link,
    "no events": sql("DROP TABLE events"),
    "no blobs": sql("DROP TABLE blobs"),
    "no notes": sql("DROP TABLE notes"),
    "a column": sql("ALTER TABLE events DROP COLUMN target"),
    "last events": sql("DELETE FROM events WHERE number > 2"),
    "all events": sql("DELETE FROM events"),
    "versions": sql("DELETE FROM versions"),
    "a version's text": sql("UPDATE versions SET about = substr(about, 3)"),
    "an event's text": sql("UPDATE events SET about = substr(about, 1, 9)"),
    "a note's text": sql("UPDATE notes SET value = '{'"),
    "a reason's text": sql("UPDATE unreadable SET reason = 'oops'"),
    "an event's kind": sql("UPDATE events SET kind = x'ff' WHERE number = 4"),
    "blobs": flipped_blob,
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_the_last_good_state_comes_back(tmp_path: Path, way: str) -> None:
    used(tmp_path)
    with Shelf(tmp_path, tmp_path) as shelf:
        before = [event.text for event in shelf.log()]
        assert not shelf.notices and len(before) == 4
    path = tmp_path / "shelf.sqlite"
    if way.startswith("page ") and path.stat().st_size <= 4096 * int(way[5:] if way[5:].isdecimal() else 0):
        pytest.skip("the file has fewer pages")
    WAYS[way](path)
    with Shelf(tmp_path, tmp_path, exclusive=False) as reader:
        assert [event.text for event in reader.log()] == before
        assert reader.noted("current") == "c1"
    with Shelf(tmp_path, tmp_path) as again:
        (notice,) = again.notices
        assert "shelf.sqlite: it" in notice and "this is the last good state, of 20" in notice
        assert [event.text for event in again.log()] == before
        assert again.clustering("c1").clusters[0].name == "11"
        undone = again.undo()
        assert undone is not None and undone.text == "grouped 11"
        assert again.clustering("c1").clusters[0].name == "10"
        assert again.unreadable() == {"a" * 64: "truncated"}
    with Shelf(tmp_path, tmp_path) as third:
        assert not third.notices and len(third.log()) == 5


def test_a_log_that_was_lost_is_noticed(tmp_path: Path) -> None:
    """A process is killed, and what SQLite had not yet put into the file is deleted beside it."""
    used(tmp_path)
    shelf = Shelf(tmp_path, tmp_path)
    shelf.record(Event("rename", "renamed", "c1", after=clustering("c1", "late")))
    killed = tmp_path / "killed"
    killed.mkdir()
    shutil.copytree(tmp_path / "backups", killed / "backups")
    shutil.copy(tmp_path / "shelf.sqlite", killed)  # without its log
    shelf.close()
    shutil.copytree(tmp_path / "backups", killed / "backups", dirs_exist_ok=True)
    with Shelf(killed, killed) as again:
        assert "last 1 steps are missing" in again.notices[0]
        assert [event.text for event in again.log()][-1] == "renamed"


def test_damaged_backups_are_passed_over(tmp_path: Path) -> None:
    used(tmp_path)
    backups = sorted((tmp_path / "backups").iterdir())
    assert len(backups) == 2
    backups[-1].write_bytes(b"x" * 5000)
    (tmp_path / "shelf.sqlite").write_bytes(b"")
    with Shelf(tmp_path, tmp_path) as shelf:
        assert [event.text for event in shelf.log()] == ["grouped 00", "grouped 01"]


def test_backups_are_few_and_private(tmp_path: Path) -> None:
    for _ in range(3):
        used(tmp_path)
    backups = sorted((tmp_path / "backups").iterdir())
    assert [backup.name for backup in backups] == [f"shelf-{n:06}.sqlite" for n in (4, 5, 6)]
    assert all(backup.stat().st_mode & 0o077 == 0 for backup in backups)
    with Shelf(tmp_path, tmp_path):
        pass
    assert sorted((tmp_path / "backups").iterdir()) == backups  # nothing was done


def test_a_newer_version_is_no_damage(tmp_path: Path) -> None:
    used(tmp_path)
    for path in (tmp_path / "shelf.sqlite", *(tmp_path / "backups").iterdir()):
        sql("PRAGMA user_version = 7")(path)
    with pytest.raises(RegroupError, match="newer version of Regroup"):
        Shelf(tmp_path, tmp_path)
    assert not list(tmp_path.glob("*damaged*"))


def test_a_new_shelf_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "shelf.sqlite").touch()  # as a process leaves it that is killed at its first step
    with Shelf(tmp_path, tmp_path) as shelf:
        assert not shelf.notices


def test_a_full_disk_keeps_no_backup_and_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Database, path: Path) -> None:
        path.write_bytes(b"half")
        raise RegroupError("no room")

    monkeypatch.setattr(Database, "copy_to", full)
    used(tmp_path)
    assert not list((tmp_path / "backups").iterdir())
