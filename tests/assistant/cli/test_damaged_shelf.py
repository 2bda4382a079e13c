"""A damaged shelf.sqlite costs no step: an export is undone as before, also where there is no backup."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run

Tree = Callable[[Path], dict[str, bytes]]


@pytest.mark.parametrize("backups", [True, False])
@pytest.mark.parametrize("damage", ["empty", "gone", "garbage"])
def test_a_move_is_undone(
    regroup: Run, album: Path, tmp_path: Path, tree: Tree, backups: bool, damage: str
) -> None:
    before = tree(album)
    assert regroup("cluster", album, "--by", "colour", "--groups", "3").code == 0
    assert regroup("export", album, "colour", "--to", tmp_path / "out", "--mode", "move", "--yes").code == 0
    assert tree(album) != before
    (shelf,) = (tmp_path / "workspace" / "collections").iterdir()
    if damage == "gone":
        (shelf / "shelf.sqlite").unlink()
    else:
        (shelf / "shelf.sqlite").write_bytes(b"" if damage == "empty" else b"garbage" * 999)
    if not backups:
        shutil.rmtree(shelf / "backups")
    ran = regroup("undo", album)
    assert ran.code == 0 and "9 put back" in ran.out
    assert "shelf.sqlite: it was " in ran.err
    assert ("this is the last good state" in ran.err) is backups
    assert tree(album) == before
    log = regroup("log", album)
    assert not log.err and ("grouped" in log.out or not backups)
