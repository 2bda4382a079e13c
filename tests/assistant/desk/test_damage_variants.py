"""A workspace whose files are something else by now: it is said in one line, or healed, and a move can be undone."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.desk.undone_export import undone_by_manifest
from tools.errors import RegroupError

Tree = Callable[[Path], dict[str, bytes]]


def a_folder(kept: Path) -> None:
    (kept / "shelf.sqlite").unlink()
    (kept / "shelf.sqlite").mkdir()


def a_link_to_nothing(kept: Path) -> None:
    (kept / "shelf.sqlite").unlink()
    (kept / "shelf.sqlite").symlink_to(kept / "nowhere" / "x")


def a_pipe(kept: Path) -> None:
    (kept / "shelf.sqlite").unlink()
    os.mkfifo(kept / "shelf.sqlite")


def a_log_of_noise(kept: Path) -> None:
    (kept / "shelf.sqlite-wal").write_bytes(b"\x37\x7f\x06\x82" + os.urandom(5000))


def an_index_of_noise(kept: Path) -> None:
    (kept / "shelf.sqlite-shm").write_bytes(os.urandom(32768))


def half(kept: Path) -> None:
    data = (kept / "shelf.sqlite").read_bytes()
    (kept / "shelf.sqlite").write_bytes(data[: len(data) // 2])


def zeros_in_the_middle(kept: Path) -> None:
    data = bytearray((kept / "shelf.sqlite").read_bytes())
    data[4096:12288] = bytes(8192)
    (kept / "shelf.sqlite").write_bytes(data)


def another_database(kept: Path) -> None:
    import sqlite3

    (kept / "shelf.sqlite").unlink()
    with sqlite3.connect(kept / "shelf.sqlite") as other:
        other.execute("CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT)")


def numbers_of_text(kept: Path) -> None:
    import sqlite3

    with sqlite3.connect(kept / "shelf.sqlite") as other:
        other.execute("UPDATE numbers SET number = 'twelve'")


def numbers_all_the_same(kept: Path) -> None:
    import sqlite3

    with sqlite3.connect(kept / "shelf.sqlite") as other:
        other.execute("UPDATE numbers SET number = 1")


def gone(kept: Path) -> None:
    for file in kept.glob("shelf*"):
        file.unlink()


@pytest.mark.parametrize(
    "damage",
    [
        a_folder, a_link_to_nothing, a_pipe, a_log_of_noise, an_index_of_noise, half, zeros_in_the_middle,
        another_database, numbers_of_text, numbers_all_the_same, gone,
    ],
)  # fmt: skip
def test_a_move_comes_back_whatever_became_of_the_database(
    open_desk: Callable[[], Desk], pictures: Path, tmp_path: Path, tree: Tree, damage: Callable[[Path], None]
) -> None:
    before, out = tree(pictures), tmp_path / "out"
    desk = open_desk()
    desk.grouping.group("colour", k=3)
    desk.exports.carry_out(desk.exports.plan(out, mode="move"))
    kept = desk.shelf.path
    desk.close()
    damage(kept)
    try:
        again = open_desk()
        again.history.undo()
        assert len({again.collection.number(id) for id in again.collection.ids}) == 12
    except RegroupError as error:
        assert "\n" not in str(error)
        undone_by_manifest(out)
    assert tree(pictures) == before and not out.exists()
