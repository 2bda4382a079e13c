"""What other programs, disks and clocks do between an export and its undo: no file is lost, none overwritten."""

import errno
import os
import shutil
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from assistant.desk import Desk
from assistant.desk.undone_export import PartlyUndone, undone_by_manifest
from assistant.settings import Settings
from tools.errors import RegroupError, UsageError
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

Tree = Callable[[Path], dict[str, bytes]]


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return bytes and time of every file under a folder."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def moved(desk: Desk, out: Path) -> Desk:
    """A desk all of whose pictures were moved to `out`."""
    desk.grouping.group("colour", k=3)
    desk.exports.carry_out(desk.exports.plan(out, mode="move"))
    return desk


@pytest.fixture
def before(pictures: Path) -> dict[str, tuple[bytes, int]]:
    for number, file in enumerate(sorted(pictures.iterdir())):
        os.utime(file, ns=(10**18, 10**18 + number * 1_000_003))
    return state(pictures)


@pytest.fixture(autouse=True)
def first(before: dict[str, tuple[bytes, int]]) -> None:
    """Set the times before the folder is opened."""


def everything(*folders: Path) -> list[bytes]:
    return sorted(
        path.read_bytes()
        for f in folders
        for path in f.rglob("*.png")
        if path.is_file() and not path.is_symlink()
    )


def test_a_group_folder_that_went_elsewhere_and_left_a_link(
    moved: Desk, pictures: Path, out: Path, tmp_path: Path, before: Any
) -> None:
    (out / "red").rename(tmp_path / "elsewhere")
    (out / "red").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PartlyUndone, match="its folder is a link now"):
        moved.history.undo()
    assert len(state(pictures)) == 8 and len(list((tmp_path / "elsewhere").iterdir())) == 4
    (out / "red").unlink()
    (tmp_path / "elsewhere").rename(out / "red")
    moved.history.undo()
    assert state(pictures) == before and not out.exists()


def test_the_whole_target_went_elsewhere_and_left_a_link(
    moved: Desk, pictures: Path, out: Path, tmp_path: Path, before: Any
) -> None:
    out.rename(tmp_path / "elsewhere")
    out.symlink_to(tmp_path / "elsewhere")
    moved.history.undo()
    assert state(pictures) == before


def test_names_that_other_programs_gave_the_files_stay(
    moved: Desk, pictures: Path, out: Path, tmp_path: Path, before: Any
) -> None:
    files = sorted(out.rglob("*.png"))
    for number, file in enumerate(files):
        os.link(file, tmp_path / f"linked {number}.png")
        shutil.copy2(file, file.with_name(f"copy of {file.name}"))
    moved.history.undo()
    assert state(pictures) == before
    assert len(list(out.rglob("copy of *"))) == 12
    assert len(list(tmp_path.glob("linked *"))) == 12


def test_a_copy_in_the_place_of_a_file_that_was_renamed(
    moved: Desk, pictures: Path, out: Path, before: Any
) -> None:
    for file in sorted(out.rglob("*.png")):
        shutil.copy(file, file.with_name("z " + file.name))  # with a new time
        file.unlink()
    moved.history.undo()
    assert {name: data for name, (data, _) in state(pictures).items()} == {
        n: d for n, (d, _) in before.items()
    }


def test_something_else_lies_under_every_original_name(
    moved: Desk, pictures: Path, out: Path, before: Any
) -> None:
    for name in before:
        (pictures / name).write_bytes(b"new " + name.encode())
    all_of_them = everything(out)
    with pytest.raises(RegroupError):
        moved.history.undo()
    assert all((pictures / name).read_bytes() == b"new " + name.encode() for name in before)
    assert everything(out) == all_of_them
    for name in before:
        (pictures / name).unlink()
    moved.history.undo()
    assert state(pictures) == before


@pytest.mark.parametrize("what", ["file", "link", "loop"])
def test_the_source_folder_is_something_else_now(
    moved: Desk, pictures: Path, out: Path, tmp_path: Path, before: Any, what: str
) -> None:
    pictures.rmdir()
    if what == "file":
        pictures.write_bytes(b"mine")
    else:
        (tmp_path / "other").mkdir()
        pictures.symlink_to(tmp_path / "other" if what == "link" else pictures)
    held = everything(out)
    try:
        moved.history.undo()
    except RegroupError:
        assert everything(out) == held
        pictures.unlink()
        moved.history.undo()
    if pictures.is_symlink():
        assert state(tmp_path / "other") == before
    else:
        assert state(pictures) == before


def test_files_that_may_not_be_removed_are_named_and_tried_again(
    moved: Desk, pictures: Path, out: Path, before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.unlink

    def refused(path: Path, *more: Any, **options: Any) -> None:
        if path.suffix == ".png" and path.is_relative_to(out):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        real(path, *more, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refused)
        with pytest.raises(RegroupError, match="Permission denied"):
            moved.history.undo()
    moved.history.undo()
    assert state(pictures) == before and not out.exists()


def test_on_a_disk_without_links_rights_owners_and_fine_times(
    desk: Desk, pictures: Path, out: Path, before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As FAT is: no hard and no symbolic links, no permissions, times of two seconds."""
    link, utime, chmod = os.link, os.utime, Path.chmod

    def on(path: Any) -> bool:
        return str(path).startswith(str(out))

    def no_link(a: Any, b: Any, **options: Any) -> None:
        if on(a) or on(b):
            raise PermissionError(errno.EPERM, "Operation not permitted", str(a))
        link(a, b, **options)

    def coarse(path: Any, times: Any = None, *, ns: Any = None, **options: Any) -> None:
        if on(path) and ns is not None:
            ns = tuple(at // 2_000_000_000 * 2_000_000_000 for at in ns)
        utime(path, times, ns=ns, **options) if ns is not None else utime(path, times, **options)

    def no_rights(path: Path, mode: int, **options: Any) -> None:
        if on(path):
            raise PermissionError(errno.EPERM, "Operation not permitted", str(path))
        chmod(path, mode, **options)

    def no_symlink(path: Path, to: Any, *more: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", str(path))

    monkeypatch.setattr(os, "link", no_link)
    monkeypatch.setattr(os, "utime", coarse)
    monkeypatch.setattr(Path, "chmod", no_rights)
    monkeypatch.setattr(Path, "symlink_to", no_symlink)
    desk.grouping.group("colour", k=3)
    with pytest.raises(RegroupError, match="does not support symbolic links"):
        desk.exports.carry_out(desk.exports.plan(out, mode="link"))
    for mode in ("copy", "move"):
        desk.exports.carry_out(desk.exports.plan(out, mode=mode))  # type: ignore[arg-type]
        assert len(list(out.rglob("*.png"))) == 12
        desk.history.undo()
        assert state(pictures) == before and not out.exists()


def test_names_in_two_normal_forms_are_two_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: Path
) -> None:
    folder = tmp_path / "forms"
    folder.mkdir()
    names = [unicodedata.normalize(form, "é.png") for form in ("NFC", "NFD")] + ["A.png", "a.PNG", "a.png"]
    for n, name in enumerate(names):
        Image.new("RGB", (40, 40 + n), "red").save(folder / name, "PNG")
    if len(list(folder.iterdir())) < len(names):
        pytest.skip("this file system takes them for one")
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    with Desk.open(folder, Settings(workspace=tmp_path / "ws2", offline=True)) as desk:
        was = state(folder)
        desk.grouping.group("colour", k=1)
        plan = desk.exports.plan(out, mode="move")
        keys = {unicodedata.normalize("NFC", e.destination.as_posix()).casefold() for e in plan.entries}
        assert len(keys) == len(names), "a disk that takes them for one holds all of them"
        desk.exports.carry_out(plan)
        desk.history.undo()
        assert state(folder) == was


@pytest.mark.parametrize(
    "where",
    ["sorted", "./deep/er", "../pictures", "../pictures/new", "link/new", "../PICTURES/../pictures/x"],
)
@pytest.mark.parametrize("mode", ["copy", "move", "link"])
def test_a_target_inside_the_collection_is_refused(
    desk: Desk, pictures: Path, tmp_path: Path, before: Any, where: str, mode: str
) -> None:
    (tmp_path / "link").symlink_to(pictures)
    desk.grouping.group("colour", k=3)
    target = tmp_path / where if where.startswith("link") else pictures / where
    with pytest.raises(UsageError):
        desk.exports.plan(target, mode=mode)  # type: ignore[arg-type]
    assert state(pictures) == before


@pytest.mark.parametrize("place", ["pictures/ws", "link", "pictures/../pictures/deep/ws"])
def test_a_workspace_inside_the_collection_is_refused(
    pictures: Path, tmp_path: Path, before: Any, place: str
) -> None:
    (tmp_path / "link").symlink_to(pictures / "ws")
    with pytest.raises(UsageError, match="lies inside the collection"):
        Desk.open(pictures, Settings(workspace=tmp_path / place, offline=True))
    assert state(pictures) == before


def test_two_exports_are_undone_in_another_order(
    desk: Desk, pictures: Path, tmp_path: Path, before: Any
) -> None:
    desk.grouping.group("colour", k=3)
    a, b, c = (tmp_path / name for name in "abc")
    first = desk.exports.carry_out(desk.exports.plan(a))
    second = desk.exports.carry_out(desk.exports.plan(b, mode="link"))
    third = desk.exports.carry_out(desk.exports.plan(c, mode="move"))
    refused = 0
    for manifest in (first, second, third):
        try:
            undone_by_manifest(manifest)
        except RegroupError:
            refused += 1
        assert len(set(everything(pictures, a, b, c))) == 12, "every picture is somewhere"
    desk.history.undo()
    desk.history.undo()
    desk.history.undo()
    assert state(pictures) == before and len(state(a)) in (0, 14)
    for manifest in (first, second):
        if manifest.exists():
            undone_by_manifest(manifest)
    assert state(pictures) == before and not b.exists() and not c.exists()


def test_the_clock_goes_backwards(
    open_desk: Callable[[], Desk], pictures: Path, out: Path, before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(time, "time_ns", lambda: int(now * 1e9))
    desk = open_desk()
    desk.grouping.group("colour", k=3)
    now -= 10 * 365 * 86400
    desk.exports.carry_out(desk.exports.plan(out, mode="move"))
    now -= 86400
    desk = open_desk()
    assert [event.kind for event in desk.shelf.done()][-1] == "export"
    desk.history.undo()
    assert state(pictures) == before
    now -= 86400
    desk = open_desk()
    assert desk.history.redo() and len(list(out.rglob("*.png"))) == 12


def test_the_newest_backup_is_the_last_one_whatever_the_clock_says(
    open_desk: Callable[[], Desk], pictures: Path, out: Path, before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk()
    desk.grouping.group("colour", k=3)
    desk = open_desk()  # a backup was made when it was closed
    kept = desk.shelf.path
    desk.exports.carry_out(desk.exports.plan(out, mode="move"))
    desk.close()
    for backup in (kept / "backups").glob("*.sqlite") if (kept / "backups").exists() else ():
        os.utime(backup, (1, 1))
    (kept / "shelf.sqlite").write_bytes(b"")
    desk = open_desk()
    desk.history.undo()
    assert state(pictures) == before
