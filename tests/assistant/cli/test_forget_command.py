"""What `regroup forget` removes, and who else can read what is kept."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_everything_of_a_folder_is_removed_and_the_pictures_stay(
    album: Path, regroup: Run, tmp_path: Path, tree: Callable[[Path], dict[str, bytes]]
) -> None:
    regroup("cluster", album, "--by", "colour")
    before = tree(album)
    assert "say --yes" in regroup("forget", album).complaint(2)
    assert len(list((tmp_path / "workspace" / "collections").iterdir())) == 1
    assert regroup("forget", album, "--yes").out == f"forgotten: {album}\n"
    assert tree(album) == before
    assert list((tmp_path / "workspace" / "collections").iterdir()) == []
    assert str(album).encode() not in b"".join(tree(tmp_path / "workspace").values())
    assert "nothing is kept" in regroup("forget", album, "--yes").complaint(2)


def test_it_is_said_that_exports_can_no_longer_be_undone(album: Path, regroup: Run, tmp_path: Path) -> None:
    regroup("cluster", album, "--by", "colour")
    regroup("export", album, "colour", "--to", tmp_path / "out", "--mode", "move", "--yes")
    album.rmdir()
    said = regroup("forget", album, "--yes")
    assert said.code == 0 and "1 export of it can no longer be undone" in said.err
    assert regroup("undo", "--manifest", tmp_path / "out" / "manifest.json").code == 0
    assert len(list(album.iterdir())) == 9


def test_what_is_kept_is_private_also_in_a_workspace_that_was_there(
    album: Path, regroup: Run, tmp_path: Path
) -> None:
    workspace = tmp_path / "workspace"
    regroup("cluster", album, "--by", "colour")
    for path in (workspace, *workspace.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    regroup("export", album, "colour", "--to", tmp_path / "out", "--yes")
    open_ones = [
        path for path in (workspace, *workspace.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_ones == []
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o777 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_workspace_in_a_folder_of_other_things_leaves_their_rights_alone(
    album: Path, regroup: Run, tmp_path: Path
) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir(mode=0o755)
    (workspace / "letters").mkdir(mode=0o755)
    (workspace / "letters" / "one.txt").write_text("dear")
    (workspace / "letters" / "one.txt").chmod(0o644)
    workspace.chmod(0o755)
    regroup("cluster", album, "--by", "colour")
    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (workspace, workspace / "letters", workspace / "letters" / "one.txt")
    ]
    assert modes == [0o755, 0o755, 0o644]
    assert stat.S_IMODE((workspace / "collections").stat().st_mode) == 0o700
