"""Adding to a folder that is there: its files stay byte for byte, and undo takes back only what was added."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.export.test_export import cluster, fill, snapshot
from tools.clustering.clustering import Clustering
from tools.errors import RegroupError, UsageError
from tools.export import carry_out as carrying
from tools.export.carry_out import carry_out
from tools.export.forms import plan_form
from tools.export.manifest import FORMS, read_manifest
from tools.export.plan import Form, Mode, Plan, plan
from tools.export.undo_export import take_back
from tools.scan.collection import Collection, Companion

MODES: tuple[Mode, ...] = ("copy", "link", "move")


@pytest.fixture
def photos(tmp_path: Path) -> Collection:
    filled = fill(
        tmp_path / "photos", {"a.jpg": b"one", "b.jpg": b"two", "c.jpg": b"three", "d.jpg": b"four"}
    )
    (filled.folder / "a.xmp").write_bytes(b"<x/>")
    return replace(filled, companions=(Companion(Path("a.xmp"), Path("a.jpg"), 4),))


@pytest.fixture
def kinds(photos: Collection) -> Clustering:
    return cluster(photos, [0, 1, 1, -1], ["cats", "dogs"])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder of the user's own, with a manifest of something else, a name that is taken, and an empty folder."""
    top = tmp_path / "tree"
    for name, content in {
        "cats/a.jpg": b"another cat", "cats/A.XMP": b"<other/>", "notes.txt": b"mine", "manifest.json": b"{}",
    }.items():  # fmt: skip
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(content)
    (top / "empty").mkdir()
    return top


def undo(done: Path, target: Path) -> None:
    reversal = take_back(read_manifest(done), target)
    assert reversal.kept == () and reversal.others == ()


@pytest.mark.parametrize("mode", MODES)
def test_it_goes_beside_what_is_there_and_undo_leaves_that(
    tmp_path: Path, photos: Collection, kinds: Clustering, tree: Path, mode: Mode
) -> None:
    before = snapshot(tmp_path)
    planned = plan(photos, kinds, tree, mode, add=True)
    assert planned.folders == (("cats", 2), ("dogs", 2)) and planned.into == ("cats",) and planned.adds
    placed = {str(e.destination): e.source.name for e in planned.entries}
    assert placed == {
        "cats/a (2).jpg": "a.jpg", "cats/a (2).xmp": "a.xmp", "dogs/b.jpg": "b.jpg", "dogs/c.jpg": "c.jpg",
    }  # fmt: skip
    assert (Path("d.jpg"), "in no group yet") in planned.left
    assert snapshot(tmp_path) == before
    done = carry_out(planned)
    assert done.name == "manifest (2).json" and (tree / "manifest (2).csv").is_file()
    assert (tree / "cats" / "a.jpg").read_bytes() == b"another cat"
    assert (tree / "cats" / "a (2).jpg").read_bytes() == b"one"
    assert (photos.folder / "a.jpg").exists() == (mode != "move")
    undo(done, tree)
    assert snapshot(tmp_path) == before


def test_a_folder_that_was_there_stays_although_it_was_empty(
    tmp_path: Path, photos: Collection, tree: Path
) -> None:
    before = snapshot(tmp_path)
    planned = plan(photos, cluster(photos, [0, 0, 0, 0], ["empty"]), tree, add=True)
    assert planned.into == ("empty",)
    undo(carry_out(planned), tree)
    assert snapshot(tmp_path) == before


def test_undo_takes_back_only_its_own_of_two_additions(
    tmp_path: Path, photos: Collection, kinds: Clustering, tree: Path
) -> None:
    first = carry_out(plan(photos, kinds, tree, only=["c0"], add=True))
    between = snapshot(tree)
    second = carry_out(plan(photos, kinds, tree, only=["c1"], add=True))
    assert second.name == "manifest (3).json"
    undo(second, tree)
    assert snapshot(tree) == between
    undo(first, tree)
    assert not (tree / "dogs").exists() and (tree / "empty").is_dir()


def test_other_groups_are_not_said_to_be_of_no_group(
    photos: Collection, kinds: Clustering, tree: Path
) -> None:
    planned = plan(photos, kinds, tree, only=["c0"], add=True)
    assert planned.folders == (("cats", 2),) and planned.left == ((Path("d.jpg"), "in no group yet"),)


def test_adding_again_adds_nothing_and_says_why(photos: Collection, kinds: Clustering, tree: Path) -> None:
    carry_out(plan(photos, kinds, tree, add=True))
    with pytest.raises(UsageError, match="3 pictures already there, 1 picture in no group yet"):
        plan(photos, kinds, tree, add=True)


def test_what_lies_there_already_is_not_added_again(
    photos: Collection, kinds: Clustering, tree: Path
) -> None:
    shutil.copy(photos.folder / "b.jpg", tree / "cats" / "from the phone.jpg")
    planned = plan(photos, kinds, tree, add=True)
    assert (Path("b.jpg"), "already there, as cats/from the phone.jpg") in planned.left
    assert {entry.source.name for entry in planned.entries} == {"a.jpg", "a.xmp", "c.jpg"}


def test_it_adds_to_an_export_by_the_names_of_its_folders(
    tmp_path: Path, photos: Collection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    named = cluster(photos, [0, 1, 1, -1], ["what?", "a / b"])
    carry_out(plan(photos, named, tmp_path / "out", only=["c0"]))
    later = fill(tmp_path_factory.mktemp("later") / "photos", {"a.jpg": b"newer", "e.jpg": b"five"})
    before = snapshot(tmp_path / "out")
    planned = plan(later, cluster(later, [0, 0], ["what?"]), tmp_path / "out", add=True)
    assert planned.folders == (("what_", 2),) and planned.into == ("what_",)
    undo(carry_out(planned), tmp_path / "out")
    assert snapshot(tmp_path / "out") == before


def test_links_in_the_tree_are_never_followed_out_of_it(
    tmp_path: Path, photos: Collection, kinds: Clustering, tree: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tree / "dogs").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    planned = plan(photos, kinds, tree, add=True)
    assert planned.folders == (("cats", 2), ("dogs (2)", 2))
    undo(carry_out(planned), tree)
    assert not list((tmp_path / "elsewhere").iterdir()) and (tree / "dogs").is_symlink()


def test_a_folder_that_became_a_link_after_the_plan_is_refused(
    tmp_path: Path, photos: Collection, kinds: Clustering, tree: Path
) -> None:
    planned = plan(photos, kinds, tree, add=True)
    (tree / "cats").rename(tmp_path / "away")
    (tree / "cats").symlink_to(tmp_path / "away", target_is_directory=True)
    before = snapshot(tmp_path)
    with pytest.raises(UsageError, match="changed since the plan"):
        carry_out(planned)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("name", ["cats/a (2).jpg", "dogs", "manifest (2).json", "manifest (2).csv"])
def test_a_name_that_was_taken_after_the_plan_is_never_overwritten(
    tmp_path: Path, photos: Collection, kinds: Clustering, tree: Path, name: str
) -> None:
    planned = plan(photos, kinds, tree, add=True)
    (tree / name).write_bytes(b"mine as well")
    before = snapshot(tmp_path)
    with pytest.raises(UsageError, match="changed since the plan"):
        carry_out(planned)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("mode", MODES)
def test_a_failure_in_the_middle_takes_everything_back_and_nothing_else(
    tmp_path: Path,
    photos: Collection,
    kinds: Clustering,
    tree: Path,
    mode: Mode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, planned = snapshot(tmp_path), plan(photos, kinds, tree, mode, add=True)

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr(carrying, "sync_folder", full)
    with pytest.raises(RegroupError, match=r"disk is full.*Everything was taken back"):
        carry_out(planned)
    assert snapshot(tmp_path) == before


def test_a_moved_file_that_is_gone_is_not_replaced_by_the_users_own_twin(
    tmp_path: Path, photos: Collection, kinds: Clustering, tree: Path
) -> None:
    done = carry_out(plan(photos, kinds, tree, "move", add=True))
    (tree / "dogs" / "b.jpg").unlink()
    (tree / "empty" / "twin.jpg").write_bytes(b"two")
    reversal = take_back(read_manifest(done), tree)
    assert [path.name for path in reversal.missing] == ["b.jpg"]
    assert (tree / "empty" / "twin.jpg").read_bytes() == b"two" and not (photos.folder / "b.jpg").exists()


def test_what_was_changed_since_stays(photos: Collection, kinds: Clustering, tree: Path) -> None:
    done = carry_out(plan(photos, kinds, tree, add=True))
    (tree / "dogs" / "b.jpg").write_bytes(b"edited")
    reversal = take_back(read_manifest(done), tree)
    assert [path.name for path, _ in reversal.kept] == ["b.jpg"]
    assert (tree / "dogs" / "b.jpg").read_bytes() == b"edited" and done.exists()


def test_a_move_may_sort_into_folders_of_the_collection_and_nothing_else_may(tmp_path: Path) -> None:
    photos = fill(tmp_path / "photos", {"cats/a.jpg": b"one", "b.jpg": b"two", "c.jpg": b"three"})
    made = cluster(photos, [0, 0, 1], ["cats", "dogs"])
    before = snapshot(tmp_path)
    for mode in ("copy", "link"):
        with pytest.raises(UsageError, match="duplicates; move the files"):
            plan(photos, made, photos.folder, mode, add=True)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="inside the collection"):
        plan(photos, made, photos.folder, "move")
    planned = plan(photos, made, photos.folder, "move", add=True)
    moved = {entry.source.name: entry.destination.as_posix() for entry in planned.entries}
    assert len(moved) == 2 and "a.jpg" not in moved
    done = carry_out(planned)
    assert (photos.folder / moved["b.jpg"]).read_bytes() == b"two"
    undo(done, photos.folder)
    assert snapshot(tmp_path) == before


def test_a_tree_that_holds_the_collection_takes_nothing_into_it(tmp_path: Path) -> None:
    photos = fill(tmp_path / "tree" / "incoming", {"a.jpg": b"one", "b.jpg": b"two"})
    made = cluster(photos, [0, 1], ["incoming", "dogs"])
    planned = plan(photos, made, tmp_path / "tree", add=True)
    assert planned.folders == (("incoming (2)", 1), ("dogs", 1)) and not planned.into


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_tree_that_cannot_be_written_is_refused(photos: Collection, kinds: Clustering, tree: Path) -> None:
    tree.chmod(0o500)
    try:
        with pytest.raises(UsageError, match="no permission"):
            plan(photos, kinds, tree, add=True)
    finally:
        tree.chmod(0o700)


@pytest.mark.parametrize(
    "change",
    [
        {"manifest": "../x.json"}, {"manifest": "cats/manifest.json"}, {"manifest": "notes.txt"}, {"adds": 1},
        {"into": [".."]}, {"into": ["/etc"]}, {"into": [3]}, {"adds": False},
        {"form": "csv"}, {"also": ["season"]},
        {"written": [{"path": "/home/me/a.xmp", "sha256": "0" * 64}]}, {"written": [{"path": "x", "sha256": ""}]},
    ],
)  # fmt: skip
def test_a_manifest_that_says_what_none_says_is_refused(
    photos: Collection, kinds: Clustering, tree: Path, change: dict[str, object]
) -> None:
    import json

    done = carry_out(plan(photos, kinds, tree, add=True))
    done.write_text(json.dumps(json.loads(done.read_text()) | change))
    with pytest.raises(UsageError, match="not the manifest of an export"):
        read_manifest(done)


@pytest.mark.parametrize("form", [form for form in FORMS if form != "folders"])
def test_only_folders_are_added(
    tmp_path: Path, photos: Collection, kinds: Clustering, tree: Path, form: Form
) -> None:
    before = snapshot(tmp_path)
    with pytest.raises(UsageError, match=r"^Only folders can be added to what is there; [^\n]*$"):
        plan_form(form, photos, [kinds], tree, add=True)
    if form != "tags":  # which go beside the pictures
        with pytest.raises(UsageError, match=r"is not empty; give a new or an empty folder\.$"):
            plan_form(form, photos, [kinds], tree)
    assert snapshot(tmp_path) == before


def test_of_several_groupings_none_is_added(photos: Collection, kinds: Clustering, tree: Path) -> None:
    other = replace(kinds, id="other", criterion="other")
    with pytest.raises(UsageError, match=r"^Only the groups of one grouping are added"):
        plan_form("folders", photos, [kinds, other], tree, add=True)
    with pytest.raises(UsageError, match=r"is not empty; give a new or an empty folder\.$"):
        plan_form("folders", photos, [kinds, other], tree)


def test_an_export_of_several_groupings_and_its_record_can_be_added_to(
    tmp_path: Path, photos: Collection, kinds: Clustering
) -> None:
    other = replace(kinds, id="other", criterion="other")
    first = carry_out(plan_form("folders", photos, [kinds, other], tmp_path / "out"))
    between = snapshot(tmp_path / "out")
    later = fill(tmp_path / "later", {"e.jpg": b"five"})
    planned = plan(later, cluster(later, [0], ["birds"]), tmp_path / "out", add=True)
    second = carry_out(planned)
    assert second.name == "manifest (2).json" and read_manifest(first).also == ("other",)
    undo(second, tmp_path / "out")
    assert snapshot(tmp_path / "out") == between


@pytest.mark.parametrize("number", [1, 2, 3])
def test_manifests_of_every_format_are_read(
    photos: Collection, kinds: Clustering, tmp_path: Path, number: int
) -> None:
    import json

    done = carry_out(plan(photos, kinds, tmp_path / "out"))
    data = json.loads(done.read_text()) | {"format": f"regroup export {number}"}
    newer = ("adds", "into", "manifest", "form", "also", "written") if number < 3 else ()
    for name in newer:
        del data[name]
    done.write_text(json.dumps(data))
    assert read_manifest(done).form == "folders" and not read_manifest(done).adds
    undo(done, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_plan_without_adding_is_what_it_was(tmp_path: Path, photos: Collection, kinds: Clustering) -> None:
    planned: Plan = plan(photos, kinds, tmp_path / "out")
    assert not planned.adds and planned.manifest == "manifest.json" and planned.into == ()


ODD_NAMES = [
    "manifest.json", "manifest (2).json", "manifest.csv", "manifest (2).csv", ".manifest (2).json.part", "journal",
    "CON", "aux.txt", ".", "..", "~", "~/Pictures", "-rf", "a/b", "a\\b", "before", "metadata.jsonl", "_unsorted",
    "Cats", "NOTES.TXT", "e\u0301", "\u00e9", "con. ", "\u202egpj", "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("add", [True, False])
@pytest.mark.parametrize(
    "names", [*([name] for name in ODD_NAMES), ODD_NAMES], ids=lambda names: str(len(names))
)
def test_whatever_groups_are_called_nothing_is_lost(
    tmp_path: Path, tree: Path, names: list[str], add: bool
) -> None:
    photos = fill(tmp_path / "photos", {f"{n}.jpg": f"picture {n}".encode() for n in range(len(names))})
    made = cluster(photos, list(range(len(names))), names)
    before = snapshot(tmp_path)
    target = tree if add else tmp_path / "new"
    planned = plan(photos, made, target, "move", add=add)
    done = carry_out(planned)
    there = snapshot(tmp_path)
    assert all(there.get(path) == what for path, what in before.items() if not path.startswith(b"photos/"))
    for entry in planned.entries:
        assert (target / entry.destination).resolve().is_relative_to(target.resolve())
        assert (target / entry.destination).is_file() and len(entry.destination.parts) == 2
    undo(done, target)
    assert snapshot(tmp_path) == before
