"""A folder that was renamed or mounted elsewhere is known again, and what is kept of it goes on."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.desk import Desk
from assistant.workspace import Workspace
from assistant.workspace.moved_folder import decline, relocate, resembling
from tests.rewriting import tag
from tools.errors import UsageError

Open = Callable[[], Desk]


@pytest.fixture
def workspace(desk: Desk, pictures: Path) -> Workspace:
    """The workspace in which `pictures` was grouped, with a name and an answer; nothing is open."""
    desk.grouping.group("colour")
    desk.editing.rename("red", "mine")
    desk.questions.answer(["#3"], "mine")
    desk.close()
    return Workspace(desk.settings.workspace)


def reopened(desk: Desk, folder: Path) -> Desk:
    return Desk.open(folder, desk.settings)


def test_a_renamed_folder_is_known_and_goes_on(desk: Desk, workspace: Workspace, pictures: Path) -> None:
    new = pictures.rename(pictures.with_name("summer of 2024"))
    likeness = resembling(workspace, new)
    assert likeness is not None and (likeness.known.folder, likeness.here, likeness.images) == (
        pictures,
        12,
        12,
    )
    assert f'This looks like "{pictures}"' in likeness.question and "Go on with" in likeness.question
    assert f'regroup moved "{pictures}" "{new}"' in likeness.remark
    relocate(workspace, pictures, new)
    assert resembling(workspace, new) is None
    with reopened(desk, new) as again:
        assert again.since_last.lines() == [] and again.clusterings.find_cluster("mine")
        assert "answer" in [event.kind for event in again.shelf.done()]
        again.history.undo()
    assert [known.folder for known in workspace.collections()] == [new]


def test_what_was_tagged_renamed_and_partly_lost_meanwhile_is_known(
    desk: Desk, workspace: Workspace, pictures: Path
) -> None:
    new = pictures.rename(pictures.with_name("elsewhere"))
    for i, file in enumerate(sorted(new.iterdir())):
        if i < 4:
            tag(file)
        elif i < 8:
            file.rename(new / f"renamed-{i}.png")
        elif i < 10:
            file.unlink()
    assert resembling(workspace, new) is not None
    relocate(workspace, pictures, new)
    with reopened(desk, new) as again:
        assert len(again.since_last.rewritten) == 4 and len(again.since_last.renamed) == 4
        assert len(again.since_last.gone) == 2 and len(again.collection) == 10


def test_other_pictures_a_copy_and_too_few_are_not_taken_for_it(
    desk: Desk, workspace: Workspace, pictures: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(pictures, tmp_path / "copy")
    assert resembling(workspace, copy) is None  # the known folder is still there
    pictures.rename(tmp_path / "away")
    for file in (tmp_path / "away").iterdir():
        file.write_bytes(b"x" * file.stat().st_size)  # the same names and sizes
    assert resembling(workspace, tmp_path / "away") is None
    assert resembling(workspace, copy) is not None
    for file in sorted(copy.iterdir())[:7]:
        file.unlink()
    assert resembling(workspace, copy) is None


def test_a_link_that_was_left_behind_is_no_folder_of_its_own(
    desk: Desk, workspace: Workspace, pictures: Path
) -> None:
    new = pictures.rename(pictures.with_name("real"))
    pictures.symlink_to(new)
    assert resembling(workspace, pictures) is not None
    relocate(workspace, pictures, new)
    with reopened(desk, pictures) as again:
        assert again.clusterings.find_cluster("mine")


def test_an_empty_mount_point_may_be_left(desk: Desk, workspace: Workspace, pictures: Path) -> None:
    new = pictures.rename(pictures.with_name("mounted"))
    pictures.mkdir()
    assert resembling(workspace, new) is not None


def test_a_no_is_remembered_and_work_is_never_lost(desk: Desk, workspace: Workspace, pictures: Path) -> None:
    new = pictures.rename(pictures.with_name("new"))
    likeness = resembling(workspace, new)
    assert likeness is not None
    decline(workspace, likeness)
    assert resembling(workspace, new) is None
    with reopened(desk, new) as other:
        assert not other.clusterings.all()
        other.grouping.group("colour")
    with pytest.raises(UsageError, match="has a history of its own"):
        relocate(workspace, pictures, new)
    with pytest.raises(UsageError, match="nothing is kept"):
        relocate(workspace, pictures.with_name("never"), new)


def test_opened_without_an_answer_it_can_still_go_on(
    desk: Desk, workspace: Workspace, pictures: Path
) -> None:
    new = pictures.rename(pictures.with_name("new"))
    reopened(desk, new).close()
    assert resembling(workspace, new) is not None
    relocate(workspace, pictures, new)
    with reopened(desk, new) as again:
        assert again.clusterings.find_cluster("mine")


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_an_export_is_undone_where_the_disk_is_now(
    desk: Desk, open_desk: Open, pictures: Path, tmp_path: Path, mode: str
) -> None:
    """Folder and export lie on one disk, which is mounted elsewhere."""
    disk = tmp_path / "disk"
    disk.mkdir()
    old = pictures.rename(disk / "pictures")
    desk.close()
    before = {file.name: file.read_bytes() for file in old.iterdir()}
    with reopened(desk, old) as first:
        first.grouping.group("colour")
        first.exports.carry_out(first.exports.plan(disk / "out", mode=mode, only=["red"]))  # type: ignore[arg-type]
    new = disk.rename(tmp_path / "other") / "pictures"
    with Workspace(desk.settings.workspace) as workspace:
        assert resembling(workspace, new) is not None
        relocate(workspace, old, new)
    with reopened(desk, new) as again:
        assert "4 " in again.history.undo()
    assert {file.name: file.read_bytes() for file in new.iterdir()} == before
    assert not (tmp_path / "other" / "out").exists() and not disk.exists()


def test_damaged_and_older_shelves_are_no_obstacle(desk: Desk, workspace: Workspace, pictures: Path) -> None:
    new = pictures.rename(pictures.with_name("new"))
    broken = workspace.root / "collections" / "broken"
    broken.mkdir()
    (broken / "collection.json").write_text('{"folder": "/gone", "images": 3, "opened": "2026"}')
    (broken / "shelf.sqlite").write_bytes(b"no database")
    with sqlite3.connect(workspace.shelf_folder(pictures) / "shelf.sqlite") as connection:
        connection.execute("DROP TABLE present")
    assert resembling(workspace, new) is not None


def test_the_folder_of_a_move_is_not_the_collection(
    desk: Desk, workspace: Workspace, pictures: Path, tmp_path: Path
) -> None:
    with reopened(desk, pictures) as first:
        first.exports.carry_out(first.exports.plan(tmp_path / "out", mode="move"))
    assert resembling(workspace, tmp_path / "out") is None
