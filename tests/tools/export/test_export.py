"""Exports on real folders: what is planned, done, taken back, and what is never touched."""

import csv
import errno
import hashlib
import json
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tools.export.carry_out as carrying
from tests.tools.export.undoing import undo_export
from tools.clustering.clustering import Cluster, Clustering
from tools.errors import Cancelled, RegroupError, UsageError
from tools.export import disk
from tools.export.carry_out import carry_out
from tools.export.manifest import read_manifest
from tools.export.plan import Mode, plan
from tools.export.undo_export import take_back
from tools.names import path_key
from tools.scan.collection import Collection, Duplicate, ImageFile, Unreadable

MODES: list[Mode] = ["copy", "link", "move"]
Files = dict[str, bytes]


def fill(folder: Path, files: Files) -> Collection:
    """Write files with times of their own; any bytes are an "image" here: an export never looks inside."""
    images: dict[str, ImageFile] = {}
    duplicates = []
    for number, (name, content) in enumerate(files.items()):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, ns=(10**18, 10**18 + number * 1001))
        sha = hashlib.sha256(content).hexdigest()
        if sha in images:
            duplicates.append(Duplicate(Path(name), sha))
        else:
            images[sha] = ImageFile(sha, Path(name), len(content), 1, 1)
    return Collection(folder.resolve(), tuple(images.values()), tuple(duplicates))


def cluster(collection: Collection, labels: list[int], names: list[str]) -> Clustering:
    return Clustering(
        id="mood",
        criterion="mood",
        images=collection.ids,
        clusters=tuple(Cluster(f"c{i}", name) for i, name in enumerate(names)),
        labels=np.array(labels, np.int32),
        confidence=np.ones(len(labels), np.float32),
    )


def snapshot(folder: Path) -> dict[bytes, tuple[object, ...]]:
    """Everything under a folder: name, kind, content and time."""
    result: dict[bytes, tuple[object, ...]] = {}
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            path = Path(root, name)
            key = os.fsencode(path.relative_to(folder))
            if path.is_symlink():
                result[key] = ("link", str(path.readlink()))
            elif path.is_file():
                result[key] = ("file", path.read_bytes(), path.stat().st_mtime_ns)
            else:
                result[key] = ("folder",)
    return result


@pytest.fixture
def photos(tmp_path: Path) -> Collection:
    return fill(
        tmp_path / "photos",
        {"a/x.jpg": b"one", "b/X.JPG": b"two", "c/x (2).jpg": b"three", "d.png": b"four", "e.png": b"five"},
    )


@pytest.fixture
def mood(photos: Collection) -> Clustering:
    return cluster(photos, [0, 0, 0, 1, -1], ["happy/glad", "sad"])


@pytest.fixture
def other_disk() -> Iterator[Path]:
    """A folder on another disk than the tests' own: a file cannot be moved there by a link."""
    own = Path(tempfile.gettempdir()).stat().st_dev
    others = [Path(disk) for disk in ("/dev/shm", "/var/tmp") if os.access(disk, os.W_OK)]
    other = next((disk for disk in others if disk.stat().st_dev != own), None)
    if other is None:
        pytest.skip("there is no second disk")
    folder = Path(tempfile.mkdtemp(dir=other))
    yield folder
    shutil.rmtree(folder)


def test_plan(tmp_path: Path, photos: Collection, mood: Clustering) -> None:
    piles = Collection(
        photos.folder,
        photos.images,
        (Duplicate(Path("again.jpg"), photos.ids[0]),),
        (Unreadable(Path("bad.jpg"), "empty file"),),
        (Path("notes.txt"),),
    )
    p = plan(piles, mood, tmp_path / "out")
    assert p.folders == (("happy_glad", 3), ("sad", 1), ("_unsorted", 1))
    assert [e.destination.as_posix() for e in p.entries] == [
        "happy_glad/x.jpg",
        "happy_glad/X (3).JPG",
        "happy_glad/x (2).jpg",
        "sad/d.png",
        "_unsorted/e.png",
    ]
    assert p.renamed == 1 and p.bytes == 3 + 3 + 5 + 4 + 4
    assert [(path.name, why) for path, why in p.left] == [
        ("again.jpg", "a duplicate of a/x.jpg"),
        ("bad.jpg", "empty file"),
        ("notes.txt", "not an image"),
    ]
    assert plan(piles, mood, tmp_path / "out", "link").bytes == 0
    assert not (tmp_path / "out").exists()


def test_reserved_folder_names_and_files_that_came_or_went(tmp_path: Path, photos: Collection) -> None:
    c = cluster(photos, [0, 1, 2, 3, -1], ["_unsorted", "manifest.json", "SAME", "same"])
    c = c.with_changes(images=(*c.images[:3], "0" * 64, c.images[4]))  # d.png is unknown to the clustering
    p = plan(photos, c, tmp_path / "out")
    assert [name for name, _ in p.folders] == ["_unsorted (2)", "manifest.json (2)", "SAME", "_unsorted"]
    assert p.left == ((Path("d.png"), "not part of this clustering"),)


def test_long_names_are_cut_before_the_extension(tmp_path: Path) -> None:
    name = "ä" * 125 + ".jpeg"
    photos = fill(tmp_path / "photos", {f"1/{name}": b"1", f"2/{name}": b"2"})
    p = plan(photos, cluster(photos, [0, 0], ["long"]), tmp_path / "out")
    assert [e.destination.name for e in p.entries] == [name, "ä" * 123 + " (2).jpeg"]
    carry_out(p)
    assert len(list((tmp_path / "out" / "long").iterdir())) == 2


def test_bad_targets(tmp_path: Path, photos: Collection, mood: Clustering) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "x").touch()
    (tmp_path / "inside").symlink_to(photos.folder / "a")
    cases = [
        (photos.folder, "is inside the collection"),
        (photos.folder / "new" / "deep", "is inside the collection"),
        (tmp_path / "inside", "is inside the collection"),
        (tmp_path, "holds the collection"),
        (full, "is not empty; give a new or an empty folder"),
        (full / "x", "is a file; give"),
        (full / "x" / "y", "cannot be made|cannot be used"),
        (Path("nul\0byte"), "cannot be used"),
    ]
    for target, message in cases:
        with pytest.raises(UsageError, match=message) as caught:
            plan(photos, mood, target)
        assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="no export mode"):
        plan(photos, mood, tmp_path / "out", "burn")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="has no images to export"):
        plan(photos, cluster(Collection(photos.folder, ()), [], []), tmp_path / "out")


def test_too_little_space(tmp_path: Path, photos: Collection, mood: Clustering) -> None:
    image = photos.images[0]
    huge = ImageFile(image.sha256, image.path, 1 << 60, 1, 1)
    c = Collection(photos.folder, (huge, *photos.images[1:]))
    with pytest.raises(RegroupError, match=r"Not enough space .* it needs 1,152,921,504,606\.8 MB") as caught:
        plan(c, mood, tmp_path / "out")
    assert caught.value.exit_code == 1
    assert plan(c, mood, tmp_path / "out", "link").bytes == 0


@pytest.mark.parametrize("mode", MODES)
def test_carry_out_and_manifest(tmp_path: Path, photos: Collection, mood: Clustering, mode: Mode) -> None:
    before = snapshot(photos.folder)
    target = tmp_path / "deep" / "er" / "out"
    stages: list[str] = []
    manifest = carry_out(plan(photos, mood, target, mode), lambda stage, done, total: stages.append(stage))
    assert manifest == target / "manifest.json"
    x = target / "happy_glad" / "x.jpg"
    assert x.read_bytes() == b"one" and x.stat().st_mtime_ns == 10**18
    if mode == "link":
        assert x.readlink() == photos.folder / "a" / "x.jpg"
    if mode == "move":
        assert not any(photos.file(sha).exists() for sha in photos.ids)
    else:
        assert snapshot(photos.folder) == before
    assert mode in stages
    record = json.loads(manifest.read_text("ascii"))
    assert (record["state"], record["mode"], len(record["entries"])) == ("done", mode, 5)
    with (target / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ["happy/glad", "happy_glad/x.jpg", str(photos.folder / "a" / "x.jpg"), photos.ids[0]]
    with pytest.raises(UsageError, match="is not empty"):
        carry_out(plan(photos, mood, tmp_path / "other", mode).__class__(**_fields(target, mode)))

    reversal = undo_export(manifest)
    assert reversal.kept == () and (reversal.restored if mode == "move" else reversal.removed) == 5
    assert snapshot(photos.folder) == before
    assert not (tmp_path / "deep").exists()
    assert undo_export(manifest).removed == 0


def _fields(target: Path, mode: Mode) -> dict[str, object]:
    nothing = dict.fromkeys(("entries", "folders", "left"), ())
    return {"target": target, "mode": mode, "clustering": "mood", "renamed": 0, "bytes": 0, **nothing}


def test_target_that_was_there_stays(tmp_path: Path, photos: Collection, mood: Clustering) -> None:
    (tmp_path / "out").mkdir()
    undo_export(carry_out(plan(photos, mood, tmp_path / "out")))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("error", [Cancelled("Stopped."), KeyboardInterrupt()])
@pytest.mark.parametrize("stop_at", [("first", 0), ("first", 3), ("move", 0), ("move", 3), ("move", 5)])
def test_stopped_anywhere(
    tmp_path: Path,
    photos: Collection,
    mood: Clustering,
    mode: Mode,
    error: BaseException,
    stop_at: tuple[str, int],
) -> None:
    before = snapshot(photos.folder)

    def stop(stage: str, done: int, total: int) -> None:
        if (stage if stage == "move" else "first", done) == stop_at:
            raise error

    p = plan(photos, mood, tmp_path / "new" / "out", mode)
    if stop_at[0] == "move" and mode != "move":
        carry_out(p, stop)
        return
    with pytest.raises(type(error)):
        carry_out(p, stop)
    assert snapshot(photos.folder) == before
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_disk_full(tmp_path: Path, other_disk: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode) -> None:
    photos = fill(tmp_path / "photos", {f"{i}.jpg": bytes([i]) * 50_000 * (i + 1) for i in range(5)})
    before = snapshot(photos.folder)
    out = other_disk / "out"
    p = plan(photos, cluster(photos, [0] * 5, ["all"]), out, mode)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (180_000, hard))  # the fourth file really fails half-way
    try:
        with pytest.raises(RegroupError, match=r"File too large.*Everything was taken back"):
            carry_out(p)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert snapshot(photos.folder) == before and not out.exists()

    real, calls = shutil.copyfileobj, [0]

    def full(reading: object, writing: object, length: int = 0) -> None:
        calls[0] += 1
        real(reading, writing, length)  # type: ignore[type-var, arg-type]
        if calls[0] == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(disk.shutil, "copyfileobj", full)
    with pytest.raises(RegroupError, match=r"^The disk is full: .*Everything was taken back\.$") as caught:
        carry_out(p)
    assert caught.value.exit_code == 1 and "\n" not in str(caught.value)
    assert snapshot(photos.folder) == before and not out.exists()


def test_no_symbolic_links_here(
    tmp_path: Path, photos: Collection, mood: Clustering, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, to: object, target_is_directory: bool = False) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", str(self))

    monkeypatch.setattr(Path, "symlink_to", refuse)
    with pytest.raises(RegroupError, match="does not support symbolic links; export copies instead"):
        carry_out(plan(photos, mood, tmp_path / "out", "link"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_originals_that_changed_or_went(
    tmp_path: Path, photos: Collection, mood: Clustering, mode: Mode
) -> None:
    p = plan(photos, mood, tmp_path / "out", mode)
    photos.file(photos.ids[3]).write_bytes(b"edited")
    with pytest.raises(RegroupError, match=r"d\.png has changed; open the folder again\. Everything"):
        carry_out(p)
    photos.file(photos.ids[3]).unlink()
    before = snapshot(photos.folder)
    with pytest.raises(RegroupError, match=r"d\.png is no longer there; open the folder again\.$"):
        carry_out(p)
    assert snapshot(photos.folder) == before and not (tmp_path / "out").exists()


@pytest.mark.parametrize("on_another_disk", [False, True])
def test_original_changed_during_a_move(
    tmp_path: Path, other_disk: Path, photos: Collection, mood: Clustering, on_another_disk: bool
) -> None:
    out = other_disk / "out" if on_another_disk else tmp_path / "out"
    p = plan(photos, mood, out, "move")

    def edit(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("move", 2):
            photos.file(photos.ids[3]).write_bytes(b"edited")

    with pytest.raises(RegroupError, match="was changed during the export"):
        carry_out(p, edit)
    assert photos.file(photos.ids[3]).read_bytes() == b"edited"
    assert all(photos.file(sha).exists() for sha in photos.ids)
    # On the same disk there is one file with two names. A copy of what was there before the edit is not thrown away.
    assert [path.read_bytes() for path in out.rglob("*.png")] == [b"four"] * on_another_disk


class Crash(BaseException):
    """The power goes: nothing is cleaned up."""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("step", range(0, 11, 2))
def test_reversed_after_a_crash(
    tmp_path: Path,
    photos: Collection,
    mood: Clustering,
    mode: Mode,
    step: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = snapshot(photos.folder)
    steps = [0]

    def crash(stage: str, done: int, total: int) -> None:
        steps[0] += 1
        if steps[0] > step:
            raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(carrying, "take_back", lambda record, target, progress: _raise(Crash()))
        try:
            manifest = carry_out(plan(photos, mood, tmp_path / "out", mode), crash)
        except Crash:
            manifest = tmp_path / "out" / "manifest.json"
            record = json.loads(manifest.read_text("ascii"))
            assert record["state"] == "running"
            cut = tmp_path / "out" / record["entries"][-1]["destination"]
            if mode != "link" and not cut.exists():
                cut.write_bytes(b"fi")  # a copy that was just being written
    assert undo_export(manifest).kept == ()
    assert snapshot(photos.folder) == before
    assert not (tmp_path / "out").exists()


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("mode", MODES)
def test_what_the_user_changed_is_kept_and_named(
    tmp_path: Path, photos: Collection, mood: Clustering, mode: Mode
) -> None:
    target = tmp_path / "out"
    manifest = carry_out(plan(photos, mood, target, mode))
    edited, mine = target / "happy_glad" / "x.jpg", target / "sad" / "mine.txt"
    edited.unlink()
    edited.write_bytes(b"painted over")
    mine.write_text("mine")
    reversal = undo_export(manifest)
    assert reversal.kept == ((edited, "was changed since the export"),)
    assert reversal.waiting == ()  # however often it is tried, the picture that was moved is not there
    assert reversal.others == ((mine, "was not put there by the export"),)
    assert edited.read_bytes() == b"painted over" and mine.read_text() == "mine"
    assert reversal.restored + reversal.removed == 4
    assert not (target / "_unsorted").exists()
    again = undo_export(manifest)
    assert (again.removed, again.restored, again.kept, again.others) == (
        0, 0, reversal.kept, reversal.others
    )  # fmt: skip


NAMES = (
    st.binary(min_size=1, max_size=30).map(lambda b: b.replace(b"/", b"_").replace(b"\0", b"_"))
    | st.sampled_from([b"x.jpg", b"X.jpg", b"x (2).jpg", b"new\nline.jpg", b"\xff\xfe.png", b"n" * 255])
).filter(lambda name: name not in (b".", b".."))


@st.composite
def exports(draw: st.DrawFn) -> tuple[Files, list[int], list[str], Mode]:
    folders = st.sampled_from([b"", b"one/", b"two/", b"two/three/"])
    paths = draw(st.lists(st.tuples(folders, NAMES), min_size=1, max_size=8, unique=True))
    paths = [
        (folder, b"_" + name[1:] if name in (b"one", b"two", b"three") else name) for folder, name in paths
    ]
    files = {os.fsdecode(folder + name): draw(st.binary(max_size=40)) for folder, name in paths}
    n = len(set(files.values()))
    names = draw(st.lists(st.text(st.characters(codec=None), max_size=20), min_size=1, max_size=3))
    labels = draw(st.lists(st.integers(-1, len(names) - 1), min_size=n, max_size=n))
    return files, labels, names, draw(st.sampled_from(MODES))


@settings(deadline=None, max_examples=120)
@given(exports(), st.booleans(), st.data())
def test_reverse_leaves_everything_as_it_was(
    case: tuple[Files, list[int], list[str], Mode], change: bool, data: st.DataObject
) -> None:
    files, labels, names, mode = case
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        photos = fill(root / "photos", files)
        before = snapshot(photos.folder)
        p = plan(photos, cluster(photos, labels, names), root / "out", mode)
        destinations = [path_key(str(entry.destination)) for entry in p.entries]
        assert len(set(destinations)) == len(destinations) == len(photos)
        manifest = carry_out(p)
        for entry in p.entries:
            assert hashlib.sha256((p.target / entry.destination).read_bytes()).hexdigest() == entry.image
        if not change:
            assert undo_export(manifest).kept == ()
            assert snapshot(photos.folder) == before and not p.target.exists()
            return
        changed = data.draw(st.lists(st.sampled_from(p.entries), min_size=1, max_size=3, unique=True))
        for entry in changed:
            (p.target / entry.destination).unlink()
            (p.target / entry.destination).write_bytes(b"changed by the user, longer than any original ....")
        assert {path for path, _ in undo_export(manifest).kept} == {p.target / e.destination for e in changed}
        for entry in changed:
            assert (p.target / entry.destination).read_bytes().startswith(b"changed by the user")
        missing = {os.fsencode(e.source.relative_to(photos.folder)) for e in changed if mode == "move"}
        assert snapshot(photos.folder) == {k: v for k, v in before.items() if k not in missing}


@pytest.mark.parametrize("name", ["manifest.json", "manifest.csv"])
def test_a_folder_in_place_of_a_record_stays_and_all_else_goes_back(
    tmp_path: Path, photos: Collection, mood: Clustering, name: str
) -> None:
    target = tmp_path / "out"
    record = read_manifest(carry_out(plan(photos, mood, target, "move")))
    (target / name).unlink()
    (target / name).mkdir()
    reversal = take_back(record, target)
    assert (reversal.kept, reversal.waiting, reversal.restored) == ((), (), 5)
    assert [path.name for path in target.iterdir()] == [name]
