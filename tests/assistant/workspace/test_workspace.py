"""One directory for everything, never inside a collection, and one terminal for each collection."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from assistant.workspace import Event, Workspace
from tools.errors import RegroupError, UsageError

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from pathlib import Path
from assistant.workspace import Workspace
shelf = Workspace(Path(sys.argv[1])).open(Path(sys.argv[2]))
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "Fröhliche Bilder 2024"
    folder.mkdir()
    return folder


@pytest.fixture
def workspace(tmp_path):
    with Workspace(tmp_path / "workspace") as workspace:
        yield workspace


def test_a_collection_is_known_by_where_it_really_is(tmp_path, folder, workspace):
    link = tmp_path / "link"
    link.symlink_to(folder)
    with workspace.open(folder) as shelf:
        path = shelf.path
        shelf.note("current", "emotion")
    assert path.parent == workspace.root / "collections"
    assert path.name.startswith("frohliche-bilder-2024-")
    with workspace.open(link) as shelf:
        assert (shelf.path, shelf.folder, shelf.noted("current")) == (path, folder, "emotion")
    other = tmp_path / "elsewhere" / folder.name
    other.mkdir(parents=True)
    with workspace.open(other) as shelf:
        assert shelf.path != path
        assert shelf.noted("current") is None


def test_collections_are_listed_the_last_one_first(tmp_path, workspace):
    assert workspace.collections() == []
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    for folder, images in ((odd, 3), (tmp_path / "b", 5)):
        folder.mkdir()
        with workspace.open(folder) as shelf:
            shelf.seen(images)
    assert [(k.folder, k.images) for k in workspace.collections()] == [(tmp_path / "b", 5), (odd, 3)]
    workspace.open(odd).close()
    assert [(k.folder, k.images) for k in workspace.collections()] == [(odd, 3), (tmp_path / "b", 5)]
    next(workspace.root.glob("collections/b-*/collection.json")).write_text("{")
    assert [k.folder for k in workspace.collections()] == [odd]
    (tmp_path / "empty").mkdir()
    workspace.open(tmp_path / "empty").close()  # refused afterwards, as there is no image in it
    assert [k.folder for k in workspace.collections()] == [odd]


@pytest.mark.parametrize("inside", [".", "a", "a/b"])
def test_a_workspace_inside_the_collection_is_refused_before_anything_is_made(folder, inside):
    with pytest.raises(UsageError, match=r"lies inside the collection .*--workspace"):
        Workspace(folder / inside).open(folder)
    assert list(folder.iterdir()) == []


def test_a_workspace_that_is_linked_into_the_collection_is_refused(tmp_path, folder):
    (tmp_path / "way").symlink_to(folder)
    with pytest.raises(UsageError, match="lies inside the collection"):
        Workspace(tmp_path / "way" / "workspace").open(folder)
    assert list(folder.iterdir()) == []


def test_what_is_no_folder_is_refused(tmp_path, workspace):
    with pytest.raises(UsageError, match="There is no folder"):
        workspace.open(tmp_path / "missing")
    assert not workspace.root.exists()


def test_a_workspace_that_cannot_be_written_is_named(tmp_path, folder):
    (tmp_path / "file").write_text("in the way")
    workspace = Workspace(tmp_path / "file" / "workspace")
    for use in (lambda: workspace.open(folder), lambda: workspace.cache, lambda: workspace.thumbnails):
        with pytest.raises(RegroupError, match=r"cannot write the workspace .*file/workspace: .*--workspace"):
            use()


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_workspace_without_permission_is_named(tmp_path, folder):
    (tmp_path / "mine").mkdir(mode=0o500)
    with pytest.raises(RegroupError, match="cannot write the workspace"):
        Workspace(tmp_path / "mine").open(folder)


def test_it_is_private_and_by_default_where_the_platform_keeps_data(tmp_path, workspace, monkeypatch):
    assert workspace.thumbnails.folder.is_dir()
    assert workspace.root.stat().st_mode & 0o077 == 0
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    if sys.platform == "linux":
        assert Workspace().root == tmp_path / "data" / "regroup"


def test_it_is_private_where_a_link_leads_to_it(tmp_path, folder):
    (tmp_path / "there").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "there")
    (tmp_path / "groups").mkdir(mode=0o755)
    (tmp_path / "there" / "collections").symlink_to(tmp_path / "groups")
    Workspace(tmp_path / "link").open(folder).close()
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("there", "groups")] == [0o700, 0o700]


def test_the_cache_is_one_for_all_collections(workspace):
    assert workspace.cache is workspace.cache
    assert workspace.cache.missing("object@3", ["a"]) == ["a"]


def test_one_terminal_at_a_time(folder, workspace):
    shelf = workspace.open(folder)
    with pytest.raises(RegroupError, match="is open in another terminal; close it there first"):
        workspace.open(folder)
    workspace.open(folder, exclusive=False).close()
    with pytest.raises(RegroupError, match="is open in another terminal"):
        workspace.open(folder)
    # Closed by another thread than opened it, as a terminal's worker would.
    thread = threading.Thread(target=shelf.close)
    thread.start()
    thread.join()
    shelf.close()
    workspace.open(folder).close()


def test_another_process_keeps_it_until_it_is_killed(folder, workspace):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(workspace.root), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    ) as process:
        try:
            assert process.stdout.readline() == "open\n"
            with pytest.raises(RegroupError, match="is open in another terminal"):
                workspace.open(folder)
        finally:
            process.kill()
        process.wait(timeout=30)
    with workspace.open(folder) as shelf:
        shelf.record(Event("accept", "accepted emotion"))
