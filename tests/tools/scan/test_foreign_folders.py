"""What belongs to other programs and systems, and what git ignores, is no picture of the user's own."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.agent.approvals import ExportApproval
from assistant.cli.output import plan_lines
from assistant.plain.approval_lines import approval_lines
from assistant.tui.screens.export_screen import ExportFacts, export_text
from tools.clustering.clustering import Cluster, Clustering
from tools.errors import UsageError
from tools.export.plan import plan
from tools.scan.collection import Collection, scan
from tools.scan.foreign_folders import RULES, owner_above, owner_of, work_tree

FOLDERS = [
    "Photos Library.photoslibrary", "Old.PhotosLibrary", "catalog Previews.lrdata", "Thing.app", "node_modules",
    "@eaDir", "#recycle", "$RECYCLE.BIN", "lost+found", "Aperture.aplibrary", "System Volume Information",
    "CaptureOne", "@Recycle", "__pycache__", "Assets.xcassets",
]  # fmt: skip


def paint(file: Path, shade: int = 0) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (shade, 0, 0)).save(file)
    return file


def names(collection: Collection) -> list[str]:
    return [image.path.as_posix() for image in collection.images]


def skipped(collection: Collection) -> list[str]:
    return [item.path.as_posix() for item in collection.skipped]


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_of_others_are_skipped_and_can_be_included(name: str, tmp_path: Path) -> None:
    paint(tmp_path / "mine.png")
    paint(tmp_path / "deep" / name / "originals" / "0.png", 1)
    found = scan(tmp_path)
    assert names(found) == ["mine.png"]
    assert skipped(found) == [f"deep/{name}"] and found.skipped[0].owner and found.skipped[0].is_folder
    everything = scan(tmp_path, include_skipped=True)
    assert len(everything) == 2 and everything.skipped == ()
    assert len(scan(tmp_path / "deep" / name)) == 1  # the user has named it


@pytest.mark.parametrize(
    "name", ["holiday", "app", "my.application", "lrdata", "recycle", "bundles", "photoslibrary"]
)
def test_folders_of_the_user_are_not(name: str) -> None:
    assert owner_of(name) == ""


def test_every_rule_is_in_lower_case() -> None:
    assert all(pattern == pattern.lower() and owner for pattern, owner in RULES)


def test_only_skipped_pictures_are_an_error_that_says_how_to_include_them(tmp_path: Path) -> None:
    paint(tmp_path / "node_modules" / "a.png")
    with pytest.raises(
        UsageError, match=r"skipped \(node_modules: npm\); include that with: regroup --include-skipped"
    ):
        scan(tmp_path)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A work tree in which git itself can say what it ignores."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    top = tmp_path / "work"
    top.mkdir()
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    (top / ".gitignore").write_text(
        "build/\n*.tmp.png\n!keep.tmp.png\n/only-here.png\n# comment\ndocs/**/gen\n"
    )
    (top / "src").mkdir()
    (top / "src" / ".gitignore").write_text("*.png\n!good.png\n")
    (top / ".git" / "info" / "exclude").write_text("private\n")
    files = [
        "a.png", "b.tmp.png", "keep.tmp.png", "only-here.png", "sub/only-here.png", "build/x.png", "sub/build/y.png",
        "src/bad.png", "src/good.png", "src/deep/bad.png", "src/deep/good.png", "docs/a/b/gen/z.png", "private/p.png",
    ]  # fmt: skip
    for shade, name in enumerate(files):
        paint(top / name, shade)
    return top


def test_what_git_ignores_is_what_git_says(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(repository.parent / "config"))
    (repository.parent / "config" / "git").mkdir(parents=True)
    (repository.parent / "config" / "git" / "ignore").write_text("sub/deeper\n")
    paint(repository / "sub" / "deeper" / "q.png", 99)
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=repository,
        env=os.environ | {"XDG_CONFIG_HOME": str(repository.parent / "config")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    found = scan(repository)
    assert sorted(names(found)) == sorted(name for name in told if name.endswith(".png"))
    assert "build" in skipped(found) and "src/bad.png" in skipped(found)
    assert {item.owner for item in found.skipped} == {""}
    assert len(scan(repository, include_skipped=True)) == 14


def test_a_folder_inside_a_work_tree_knows_the_patterns_above(repository: Path) -> None:
    assert names(scan(repository / "src" / "deep")) == ["good.png"]
    assert names(scan(repository / "build")) == ["x.png"]  # ignored as a whole, and named by the user
    assert work_tree(repository / "src" / "deep") == repository and work_tree(repository.parent) is None


def test_a_work_tree_in_the_folder_is_found_and_another_one_in_it(repository: Path) -> None:
    paint(repository.parent / "b.tmp.png", 77)
    subprocess.run(["git", "init", "-q", str(repository / "sub")], check=True)
    paint(repository / "sub" / "b.tmp.png", 78)  # another repository has other patterns
    found = names(scan(repository.parent))
    assert "b.tmp.png" in found and "work/sub/b.tmp.png" in found and "work/b.tmp.png" not in found


def test_a_sidecar_that_git_ignores_still_belongs_to_its_picture(repository: Path) -> None:
    (repository / ".gitignore").write_text("*.xmp\n")
    (repository / "a.xmp").write_text("settings")
    (repository / "z.xmp").write_text("of nothing")
    found = scan(repository)
    assert [item.path.as_posix() for item in found.companions] == ["a.xmp"] and found.others == ()


def test_a_home_that_ignores_all_does_not_hide_the_pictures_in_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".gitignore").write_text("*\n")
    paint(tmp_path / "Pictures" / "a.png")
    assert names(scan(tmp_path / "Pictures")) == ["a.png"]


def test_hostile_patterns_take_no_time(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("x")
    (tmp_path / ".gitignore").write_bytes(
        b"*a" * 30 + b"b\n" + b"\xff\xfe[z-a]\n!\n[\n" + b"x" * 100_000 + b"\nno.png\n"
    )
    paint(tmp_path / ("a" * 200 + ".png"))
    paint(tmp_path / "no.png")
    begin = time.monotonic()
    assert len(scan(tmp_path)) == 1
    assert time.monotonic() - begin < 10


def test_a_move_plan_lists_its_folders_and_names_the_work_tree(repository: Path, tmp_path: Path) -> None:
    paint(tmp_path / "loose.png", 60)
    found = scan(tmp_path)
    n = len(found)
    everything = Clustering(
        "id", "criterion", found.ids, (Cluster("c", "all"),), np.zeros(n, np.int32), np.ones(n, np.float32)
    )
    moved = plan(found, everything, tmp_path.with_name(tmp_path.name + "-out"), "move")
    inside = f"the git work tree {repository}"
    assert {(source.folder, source.inside) for source in moved.sources} == {
        (tmp_path, ""),
        (repository, inside),
        (repository / "src", inside),
        (repository / "src" / "deep", inside),
        (repository / "sub", inside),
    }
    assert sum(source.files for source in moved.sources) == n
    assert f"out of {repository} (2 files, in the git work tree {repository})" in "\n".join(plan_lines(moved))
    assert str(repository) in "\n".join(approval_lines(ExportApproval.of(moved)))
    assert f"from  {repository}" in export_text(ExportFacts.from_plan(moved)).plain
    assert plan(found, everything, tmp_path.with_name(tmp_path.name + "-out"), "copy").sources == ()


def test_a_move_plan_names_the_library_of_another_program_that_the_folder_lies_in(tmp_path: Path) -> None:
    library = tmp_path / "My.photoslibrary"
    paint(library / "originals" / "0" / "a.png", 60)
    found = scan(library / "originals")
    everything = Clustering(
        "id", "criterion", found.ids, (Cluster("c", "all"),), np.zeros(1, np.int32), np.ones(1, np.float32)
    )
    moved = plan(found, everything, tmp_path / "out", "move")
    assert f"in {library}, which belongs to Apple Photos" in "\n".join(plan_lines(moved))
    assert "Apple Photos" in "\n".join(approval_lines(ExportApproval.of(moved)))
    assert owner_above(tmp_path / "own") is None
