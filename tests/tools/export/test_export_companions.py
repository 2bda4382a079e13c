"""What belongs to a picture goes where it goes, is numbered with it, and comes back with it."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.tools.export.undoing import undo_export
from tools.clustering.clustering import Cluster, Clustering
from tools.errors import RegroupError
from tools.export.carry_out import carry_out
from tools.export.manifest import read_manifest
from tools.export.plan import Mode, plan
from tools.scan.collection import Collection, scan

Draw = Callable[..., Path]
Tree = Callable[[Path], dict[str, bytes]]


@pytest.fixture
def folder(tmp_path: Path, draw: Draw) -> Path:
    """Three pictures, two of which have one name and files beside them with the same bytes."""
    pictures = tmp_path / "pictures"
    for i, (place, colour) in enumerate(
        (("a/IMG_1.jpg", "red"), ("b/IMG_1.jpg", "green"), ("a/x.png", "blue"))
    ):
        draw(pictures / place, colour, variant=i)
    for place in ("a", "b"):
        (pictures / place / "IMG_1.AAE").write_bytes(b"the same edit")
        (pictures / place / "IMG_1.MOV").write_bytes(b"a film of " + place.encode())
        (pictures / place / "IMG_1.jpg.xmp").write_bytes(b"")
    (pictures / "b" / "IMG_1.CR2").write_bytes(b"raw")
    (pictures / "b" / "notes.txt").write_bytes(b"notes")
    return pictures


def clustered(collection: Collection, groups: int = 1) -> Clustering:
    n = len(collection)
    labels = np.arange(n, dtype=np.int32) % groups
    clusters = tuple(Cluster(f"c{i}", f"group {i}") for i in range(groups))
    return Clustering("id", "criterion", collection.ids, clusters, labels, np.ones(n, np.float32))


@pytest.mark.parametrize("mode", ["copy", "link", "move"])
def test_they_travel_are_counted_and_come_back(folder: Path, tmp_path: Path, tree: Tree, mode: Mode) -> None:
    before, times = tree(folder), {p: p.stat().st_mtime_ns for p in folder.rglob("*.*")}
    collection = scan(folder)
    assert len(collection) == 3 and len(collection.companions) == 7 and len(collection.others) == 1
    made = plan(collection, clustered(collection), tmp_path / "out", mode)
    assert (made.pictures, made.companions, len(made.entries), made.folders) == (3, 7, 10, (("group 0", 10),))
    assert made.bytes == (
        0 if mode == "link" else sum(len(b) for n, b in before.items() if n != "b/notes.txt")
    )
    assert [(p.as_posix(), why) for p, why in made.left] == [("b/notes.txt", "not an image")]
    manifest = carry_out(made)
    assert set(tree(tmp_path / "out")) - {"manifest.json", "manifest.csv"} == {
        f"group 0/{name}"
        for name in (
            "IMG_1.jpg", "IMG_1.AAE", "IMG_1.MOV", "IMG_1.jpg.xmp", "x.png",
            "IMG_1 (2).jpg", "IMG_1 (2).AAE", "IMG_1 (2).MOV", "IMG_1 (2).jpg.xmp", "IMG_1 (2).CR2",
        )
    }  # fmt: skip
    assert (tmp_path / "out" / "group 0" / "IMG_1 (2).MOV").read_bytes() == b"a film of b"
    if mode == "move":
        assert set(tree(folder)) == {"b/notes.txt"}
    assert read_manifest(manifest).companions == 7
    assert b"IMG_1 (2).CR2" in manifest.with_name("manifest.csv").read_bytes()
    again = scan(tmp_path / "out") if mode != "link" else None
    assert again is None or (len(again), len(again.companions)) == (3, 7)  # they still belong together
    outcome = undo_export(manifest)
    assert outcome.kept == () and outcome.removed + outcome.restored == 10
    assert tree(folder) == before and not (tmp_path / "out").exists()
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*.*")} == times


def test_equal_companions_are_not_taken_for_each_other(folder: Path, tmp_path: Path, tree: Tree) -> None:
    before, collection = tree(folder), scan(folder)
    manifest = carry_out(plan(collection, clustered(collection), tmp_path / "out", "move"))
    (tmp_path / "out" / "group 0" / "IMG_1.AAE").unlink()
    outcome = undo_export(manifest)
    assert [path.name for path in outcome.missing] == ["IMG_1.AAE"] and outcome.missing[0].parent.name == "a"
    del before["a/IMG_1.AAE"]
    assert tree(folder) == before


def test_equal_companions_that_were_renamed_come_back_with_their_own_times(
    folder: Path, tmp_path: Path
) -> None:
    for i, place in enumerate(("b", "a")):
        os.utime(folder / place / "IMG_1.AAE", ns=(10**18, 10**18 + i))
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*.*")}
    collection = scan(folder)
    manifest = carry_out(plan(collection, clustered(collection), tmp_path / "out", "move"))
    group = tmp_path / "out" / "group 0"
    for old, new in (("IMG_1.AAE", "z.AAE"), ("IMG_1 (2).AAE", "y.AAE")):
        (group / old).rename(group / new)
    assert undo_export(manifest).kept == ()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.*")} == times


def test_a_sidecar_that_was_edited_since_goes_back_with_its_picture(folder: Path, tmp_path: Path) -> None:
    collection = scan(folder)
    manifest = carry_out(plan(collection, clustered(collection), tmp_path / "out", "move"))
    (tmp_path / "out" / "group 0" / "IMG_1.AAE").write_bytes(b"another edit")
    assert undo_export(manifest).kept == ()
    assert (folder / "a" / "IMG_1.AAE").read_bytes() == b"another edit"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("how", ["the picture stays", "its place is taken", "the picture is gone"])
def test_a_sidecar_that_was_edited_since_stays_where(folder: Path, tmp_path: Path, how: str) -> None:
    collection = scan(folder)
    manifest = carry_out(plan(collection, clustered(collection), tmp_path / "out", "move"))
    sidecar = tmp_path / "out" / "group 0" / "IMG_1.AAE"
    sidecar.write_bytes(b"another edit")
    if how == "the picture is gone":
        (tmp_path / "out" / "group 0" / "IMG_1.jpg").unlink()
    taken = folder / "a" / ("IMG_1.AAE" if how == "its place is taken" else "IMG_1.jpg")
    taken.write_bytes(b"of somebody else")
    kept = dict(undo_export(manifest).kept)
    assert kept[sidecar] == "was changed since the export"
    assert sidecar.read_bytes() == b"another edit" and taken.read_bytes() == b"of somebody else"


def test_a_sidecar_that_was_edited_since_stays_where_its_picture_was_deleted(
    folder: Path, tmp_path: Path
) -> None:
    collection = scan(folder)
    manifest = carry_out(plan(collection, clustered(collection), tmp_path / "out", "move"))
    sidecar = tmp_path / "out" / "group 0" / "IMG_1.AAE"
    sidecar.write_bytes(b"another edit")
    sidecar.with_name("IMG_1.jpg").unlink()
    assert dict(undo_export(manifest).kept)[sidecar] == "was changed since the export"
    assert sidecar.read_bytes() == b"another edit" and not (folder / "a" / "IMG_1.AAE").exists()


def test_a_name_that_a_companion_takes_is_taken(tmp_path: Path, draw: Draw) -> None:
    for place, end in (("a", "jpg"), ("b", "png")):
        draw(tmp_path / "p" / place / f"1.{end}", "red", variant=ord(place))
        (tmp_path / "p" / place / "1.xmp").write_text(place)
    collection = scan(tmp_path / "p")
    made = plan(collection, clustered(collection), tmp_path / "out")
    assert [e.destination.name for e in made.entries] == ["1.jpg", "1.xmp", "1 (2).png", "1 (2).xmp"]
    assert made.renamed == 2


def test_a_companion_that_changed_after_the_export_began_stops_it(
    folder: Path, tmp_path: Path, tree: Tree
) -> None:
    collection = scan(folder)
    made = plan(collection, clustered(collection), tmp_path / "out", "move")

    def change(stage: str, done: int, total: int) -> None:
        if done == 1:
            (folder / "a" / "IMG_1.MOV").write_bytes(b"another film")

    with pytest.raises(RegroupError, match="has changed"):
        carry_out(made, change)
    assert not (tmp_path / "out").exists() and len(tree(folder)) == 11


def test_what_belongs_to_a_picture_that_stays_stays(folder: Path, tmp_path: Path) -> None:
    (folder / "a" / "again.jpg").write_bytes((folder / "a" / "IMG_1.jpg").read_bytes())
    (folder / "a" / "again.xmp").write_bytes(b"its own")
    collection = scan(folder)
    made = plan(collection, clustered(collection, 3), tmp_path / "out", only=["c0"])
    assert made.companions == 3
    left = {
        path.as_posix(): why for path, why in plan(collection, clustered(collection), tmp_path / "o").left
    }
    assert left["a/again.xmp"] == "belongs to a/again.jpg" and left["a/again.jpg"].startswith("a duplicate")


def test_companions_that_differ_in_case_alone_get_names_that_every_disk_tells_apart(
    tmp_path: Path, draw: Draw
) -> None:
    draw(tmp_path / "p" / "a.jpg")
    for name in ("a.xmp", "A.XMP", "a.Xmp"):
        (tmp_path / "p" / name).write_text(name)
    if len(list((tmp_path / "p").iterdir())) < 4:
        pytest.skip("this disk does not tell them apart")
    collection = scan(tmp_path / "p")
    made = plan(collection, clustered(collection), tmp_path / "out", "move")
    names = [entry.destination.name for entry in made.entries]
    assert len({name.lower() for name in names}) == 4 and made.companions == 3
    manifest = carry_out(made)
    assert undo_export(manifest).restored == 4
