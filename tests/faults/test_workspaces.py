"""Workspaces that are old, shared, read-only, or of a machine whose clock goes backwards."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest

from assistant.chat.session import Session
from assistant.desk import Desk
from assistant.settings import Settings
from tests.faults.collection import draw, files
from tests.faults.scenario import opened, pictures, target
from tools.errors import UsageError
from tools.models.bundled import tier

REPOSITORY = Path(__file__).parents[2]
OLD = Path("/tmp/regroup-of-0.1.0")
"""Where the kept workspace was made: its paths are absolute."""
READ_ONLY = (
    "unshare", "-rm", "sh", "-c",
    'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"',
)  # fmt: skip
"""What a command is run under that sees a folder, named first, as if its disk could only be read."""


@pytest.fixture(autouse=True)
def experts() -> Iterator[None]:
    before = tier.experts
    yield
    tier.experts = before


@pytest.fixture
def old() -> Iterator[Path]:
    """What version 0.1.0 left: six pictures grouped, edited, taught about, copied, then moved."""
    shutil.rmtree(OLD, ignore_errors=True)
    with tarfile.open(Path(__file__).with_name("workspace-0.1.0.tar.xz")) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(OLD.parent, filter="data")
        else:  # Python before 3.11.4
            archive.extractall(OLD.parent)
    yield OLD
    shutil.rmtree(OLD, ignore_errors=True)


def whole_seconds(folder: Path) -> dict[str, tuple[str, int]]:
    """Return the files as `files` does; Python's archives keep no nanoseconds."""
    return {name: (sha, time // 10**9) for name, (sha, time) in files(folder).items()}


@pytest.mark.skipif(sys.platform == "win32", reason="its paths are those of Unix")
async def test_a_workspace_of_the_first_version_is_taken_over_and_undone(old: Path, tmp_path: Path) -> None:
    draw(tmp_path / "first")
    settings = Settings(workspace=old / "workspace", offline=True)
    with Desk.open(pictures(old), settings) as desk:
        assert [event.kind for event in desk.shelf.done()] == [
            "group", "rename", "move", "lock", "answer", "answer", "export", "export",
        ]  # fmt: skip
        assert [cluster.name for cluster in desk.clusterings.get().clusters] == ["crimson", "green", "blue"]
        async with Session.open(desk) as session:
            assert "rename 1 to crimson" in [turn.text for turn in await session.history()]
    with Desk.open(pictures(old), settings) as desk:
        assert "6 put back" in desk.history.undo()
        assert "6 files removed" in desk.history.undo()
        assert whole_seconds(pictures(old)) == whole_seconds(tmp_path / "first")
        assert not (old / "sorted").exists() and not (old / "copies").exists()
        for _ in range(6):
            desk.history.undo()
        assert desk.shelf.next_undo() is None
        for _ in range(6):
            desk.history.redo()
        assert [cluster.name for cluster in desk.clusterings.get().clusters] == ["crimson", "green", "blue"]
        with pytest.raises(UsageError, match="changed since that export"):
            desk.history.redo()  # the sidecar would come along now, which nobody approved
        assert whole_seconds(pictures(old)) == whole_seconds(tmp_path / "first")


def regroup(workspace: Path, *arguments: object, locked: Path | None = None) -> "subprocess.Popen[str]":
    """Start the command in a process of its own, which cannot write below a locked folder."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "REGROUP_OFFLINE": "1"}
    command = [sys.executable, "-m", "assistant", "--workspace", workspace, *arguments]
    if locked is not None:
        command = [*READ_ONLY, locked, *command]
    return subprocess.Popen(
        [str(part) for part in command],
        env=environment,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the exit code and all that was said; nobody may see a traceback."""
    said, complaint = process.communicate(timeout=240)
    assert "Traceback" not in complaint, complaint
    return process.returncode, said + complaint


def test_two_processes_share_a_workspace(tmp_path: Path) -> None:
    for name in ("one", "two"):
        draw(tmp_path / name)
    folders = [tmp_path / "one", tmp_path / "two", tmp_path / "one"]
    running = [regroup(tmp_path / "workspace", "cluster", folder, "--by", "colour") for folder in folders]
    outcomes = [ended(process) for process in running]
    assert outcomes[1][0] == 0, outcomes
    refused = [said for code, said in (outcomes[0], outcomes[2]) if code]
    assert len(refused) <= 1 and all("is open in another terminal" in said for said in refused), outcomes
    for name in ("one", "two"):
        code, said = ended(regroup(tmp_path / "workspace", "log", tmp_path / name))
        assert code == 0 and "grouped by colour" in said and "damaged" not in said


class Backwards(datetime):
    """A clock that goes back by ten days whenever somebody looks at it."""

    looked: ClassVar[int] = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Backwards":
        cls.looked += 1
        return cls.fromtimestamp((datetime.now(tz) - timedelta(days=10 * cls.looked)).timestamp(), tz)


def test_a_clock_that_goes_backwards_changes_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("assistant.workspace.shelf", "assistant.workspace.recovery"):
        monkeypatch.setattr(f"{module}.datetime", Backwards)
    draw(pictures(tmp_path))
    (tmp_path / "disk").mkdir()
    before = files(pictures(tmp_path))
    with opened(tmp_path) as desk:
        desk.grouping.group("colour", 3)
    with opened(tmp_path) as desk:
        desk.editing.rename("red", "crimson")
        desk.exports.carry_out(desk.exports.plan(target(tmp_path), mode="move"))
    for path in target(tmp_path).rglob("*.png"):  # another program writes a time that has not come yet
        os.utime(path, ns=(2**62, 2**62))
    with opened(tmp_path) as desk:
        assert [event.kind for event in desk.shelf.done()] == ["group", "rename", "export"]
        assert "put back" in desk.history.undo()
        assert {name: sha for name, (sha, _) in files(pictures(tmp_path)).items()} == {
            name: sha for name, (sha, _) in before.items()
        }
        desk.history.undo()
        assert desk.clusterings.get().clusters[0].name == "red"
    (shelf,) = (tmp_path / "workspace").glob("**/shelf.sqlite")
    shelf.write_bytes(b"")
    with opened(tmp_path) as desk:  # the newest backup is that of the highest number, not of the latest time
        assert [event.kind for event in desk.shelf.done()] == ["group"]
        assert desk.shelf.next_redo() is not None
    assert Backwards.looked > 3 and datetime.now(UTC).year > 2000


@cache
def can_lock() -> bool:
    """Return whether this user may have a disk of their own that can only be read."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*READ_ONLY, folder, "touch", f"{folder}/x"]
        return bool(
            shutil.which("unshare")
            and b"ead-only" in subprocess.run(command, capture_output=True, check=False).stderr
        )


needs_lock = pytest.mark.skipif(not can_lock(), reason="no folder can be mounted to be read only here")


@needs_lock
def test_a_read_only_workspace_is_one_line_and_stays_as_it_is(tmp_path: Path) -> None:
    draw(tmp_path / "pictures")
    folder, workspace = tmp_path / "pictures", tmp_path / "workspace"
    assert ended(regroup(workspace, "cluster", folder, "--by", "colour"))[0] == 0
    before = files(workspace)
    for arguments in (("cluster", folder, "--by", "shape"), ("undo", folder)):
        code, said = ended(regroup(workspace, *arguments, locked=workspace))
        assert code in (1, 2) and str(workspace) in said, said
        assert len([line for line in said.splitlines() if "scan" not in line]) == 1, said
    assert files(workspace) == before


@needs_lock
def test_a_read_only_folder_is_grouped_and_copied_but_nothing_is_moved(tmp_path: Path) -> None:
    draw(tmp_path / "pictures")
    folder, workspace = tmp_path / "pictures", tmp_path / "workspace"
    before = files(folder)
    code, said = ended(
        regroup(workspace, "cluster", folder, "--by", "colour", "--groups", "3", locked=folder)
    )
    assert code == 0 and "colour: 3 groups" in said, said
    export = ("export", folder, "colour", "--yes", "--to")
    code, said = ended(regroup(workspace, *export, tmp_path / "moved", "--mode", "move", locked=folder))
    assert code == 1 and "Everything was taken back" in said, said
    assert files(folder) == before and not (tmp_path / "moved").exists()
    code, said = ended(regroup(workspace, *export, tmp_path / "copied", locked=folder))
    assert code == 0 and len(list((tmp_path / "copied").rglob("*.png"))) == 6, said
    assert files(folder) == before
