"""Exports that are no folders: keywords in sidecars, tables, JSON, a dataset, and folders of two groupings."""

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tools.export.carry_out as carrying
from tests.tools.export.undoing import undo_export
from tools.clustering.clustering import Cluster, Clustering
from tools.errors import RegroupError, UsageError
from tools.export import write_file
from tools.export.carry_out import carry_out
from tools.export.disk import part_of
from tools.export.forms import plan_form
from tools.export.manifest import read_manifest
from tools.export.plan import Form, Plan
from tools.metadata.read_metadata import read_metadata
from tools.scan.collection import Collection, scan

Draw = Callable[..., Path]
XMP = (
    b"<?xml version='1.0'?><!-- mine --><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
    b"xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' "
    b"xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='4'/></rdf:RDF></x:xmpmeta>\n"
)
NAMES = ["spring", 'hot & "dry" <season>|=2+3\x1b[2J\u202e']


@pytest.fixture
def folder(tmp_path: Path, draw: Draw) -> Path:
    """Pictures with odd names; one with a sidecar, one with a raw file and their common sidecar, two of one name."""
    pictures = tmp_path / "pictures"
    places = ["a.jpg", "raw.jpg", "two.jpg", "two.png", "sub/=1+1 'ü\n.png", "none.png"]
    for i, place in enumerate(places):
        draw(pictures / place, ["red", "green", "blue", "yellow", "black", "pink"][i], variant=i)
    (pictures / "a.jpg.xmp").write_bytes(XMP)
    (pictures / "raw.CR2").write_bytes(b"raw")
    (pictures / "raw.xmp").write_bytes(XMP.replace(b"4", b"2"))
    for i, path in enumerate(sorted(pictures.rglob("*.*"))):
        os.utime(path, ns=(10**18, 10**18 + i))
    (pictures / "a.jpg.xmp").chmod(0o640)
    return pictures


def seasons(collection: Collection, names: Sequence[str] = NAMES, criterion: str = "season") -> Clustering:
    labels = np.arange(len(collection), dtype=np.int32) % len(names)
    for i, image in enumerate(collection.images):
        if image.path.name == "none.png":
            labels[i] = -1
    clusters = tuple(Cluster(f"c{i}", name) for i, name in enumerate(names))
    return Clustering(
        criterion, criterion, collection.ids, clusters, labels, np.full(len(labels), 0.75, np.float32)
    )


def state(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        os.fspath(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode)
        for path in folder.rglob("*")
        if path.is_file()
    }


def tagged(folder: Path, target: Path, naming: str = "img.jpg.xmp") -> Plan:
    collection = scan(folder)
    return plan_form("tags", collection, [seasons(collection)], target, naming=naming)  # type: ignore[arg-type]


def keywords(folder: Path) -> dict[str, tuple[str, ...]]:
    """What Regroup reads of each picture afterwards."""
    again = scan(folder)
    return {
        image.path.as_posix(): read_metadata(
            folder / image.path, [folder / c.path for c in again.companions_of(image.sha256)]
        ).keywords
        for image in again.images
    }


@pytest.mark.parametrize("naming", ["img.jpg.xmp", "img.xmp"])
def test_tags_are_read_again_and_undone_byte_for_byte(folder: Path, tmp_path: Path, naming: str) -> None:
    before = state(folder)
    made = tagged(folder, tmp_path / "kept", naming)
    new = {text.path.name for text in made.texts if not text.before}
    longer = {"two.jpg.xmp", "two.png.xmp"}  # two pictures of one name never share a sidecar
    assert new == longer | ({"=1+1 'ü\n.png.xmp"} if naming == "img.jpg.xmp" else {"=1+1 'ü\n.xmp"})
    assert {text.path.name for text in made.texts if text.before} == {"a.jpg.xmp", "raw.xmp"}
    assert ("none.png", "in no group") in [(str(path), why) for path, why in made.left]
    manifest = carry_out(made)
    shown = ["spring", 'hot & "dry" <season>|=2+3 [2J']
    read = keywords(folder)
    assert sorted({word for words in read.values() for word in words}) == sorted(shown)
    assert read["none.png"] == () and all(
        len(words) == 1 for name, words in read.items() if name != "none.png"
    )
    assert read_metadata(folder / "a.jpg", [folder / "a.jpg.xmp"]).rating == 4
    assert (folder / "a.jpg.xmp").stat().st_mode & 0o777 == 0o640
    for path in folder.rglob("*.[!x]*"):  # pictures are never written
        assert (
            path.name.endswith(".xmp")
            or state(folder)[os.fspath(path.relative_to(folder))]
            == before[os.fspath(path.relative_to(folder))]
        )
    after = state(folder)
    assert undo_export(manifest).kept == ()
    assert state(folder) == before and not (tmp_path / "kept").exists()
    carry_out(tagged(folder, tmp_path / "kept", naming))  # and once more, the same
    assert {name: facts[0] for name, facts in state(folder).items()} == {n: f[0] for n, f in after.items()}


def test_what_has_its_keywords_already_is_not_written_again(folder: Path, tmp_path: Path) -> None:
    carry_out(tagged(folder, tmp_path / "kept"))
    with pytest.raises(UsageError, match=r"no picture to tag: a\.jpg\.xmp has these keywords already"):
        tagged(folder, tmp_path / "again")


def test_a_sidecar_that_another_program_changed_since_stays_and_is_named(
    folder: Path, tmp_path: Path
) -> None:
    before = state(folder)
    manifest = carry_out(tagged(folder, tmp_path / "kept"))
    (folder / "a.jpg.xmp").write_bytes(b"<edited/>")
    outcome = undo_export(manifest)
    ((path, why),) = outcome.kept
    assert path == folder / "a.jpg.xmp" and why.startswith(
        "was changed since the export; as it was before, it is "
    )
    assert outcome.waiting == () and (folder / "a.jpg.xmp").read_bytes() == b"<edited/>"
    assert Path(why.rsplit(" it is ", 1)[1]).read_bytes() == XMP
    assert {n: f for n, f in state(folder).items() if n != "a.jpg.xmp"} == {
        n: f for n, f in before.items() if n != "a.jpg.xmp"
    }


def test_a_sidecar_that_was_removed_since_comes_back(folder: Path, tmp_path: Path) -> None:
    before = state(folder)
    manifest = carry_out(tagged(folder, tmp_path / "kept"))
    (folder / "a.jpg.xmp").unlink()
    (folder / "two.png.xmp").unlink()
    assert undo_export(manifest).kept == () and state(folder) == before


@pytest.mark.parametrize("how", ["changed", "new", "link"])
def test_a_sidecar_that_changed_since_the_plan_stops_it(folder: Path, tmp_path: Path, how: str) -> None:
    made = tagged(folder, tmp_path / "kept")
    if how == "changed":
        (folder / "a.jpg.xmp").write_bytes(XMP + b" ")
    elif how == "new":
        (folder / "two.png.xmp").write_bytes(XMP)
    else:
        (folder / "a.jpg.xmp").rename(tmp_path / "elsewhere.xmp")
        (folder / "a.jpg.xmp").symlink_to(tmp_path / "elsewhere.xmp")
    before = state(folder)
    with pytest.raises(RegroupError, match=r"changed|exists|link now"):
        carry_out(made)
    assert state(folder) == before and not (tmp_path / "kept").exists()


def test_a_sidecar_that_changes_right_before_its_turn_is_never_written_over(
    folder: Path, tmp_path: Path
) -> None:
    def edit(stage: str, done: int, total: int) -> None:
        if stage == "write":
            (folder / "a.jpg.xmp").write_bytes(b"<edited/>")

    with pytest.raises(RegroupError, match=r"a\.jpg\.xmp was changed by another program"):
        carry_out(tagged(folder, tmp_path / "kept"), edit)
    assert (folder / "a.jpg.xmp").read_bytes() == b"<edited/>" and len(list(folder.rglob("*.xmp"))) == 2


def test_a_sidecar_that_changes_while_it_is_taken_back_stays(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = carry_out(tagged(folder, tmp_path / "kept"))
    real = write_file.verified_copy

    def slow(source: Path, destination: Path, *more: Any, **options: Any) -> os.stat_result:
        (folder / "a.jpg.xmp").write_bytes(b"<edited/>")
        return real(source, destination, *more, **options)

    monkeypatch.setattr(write_file, "verified_copy", slow)
    assert [path.name for path, _ in undo_export(manifest).kept] == ["a.jpg.xmp"]
    assert (folder / "a.jpg.xmp").read_bytes() == b"<edited/>" and not list(folder.glob(".regroup*"))


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the superuser gives files away"
)
def test_the_owner_of_a_sidecar_stays(folder: Path, tmp_path: Path) -> None:
    os.chown(folder / "a.jpg.xmp", 1234, 4321)
    manifest = carry_out(tagged(folder, tmp_path / "kept"))
    assert ((status := (folder / "a.jpg.xmp").stat()).st_uid, status.st_gid) == (1234, 4321)
    undo_export(manifest)
    assert ((status := (folder / "a.jpg.xmp").stat()).st_uid, status.st_gid) == (1234, 4321)


class Crash(BaseException):
    """The power goes: nothing is cleaned up."""


@pytest.mark.parametrize("stop", range(8))
def test_undone_after_a_crash(
    folder: Path, tmp_path: Path, stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, steps = state(folder), [0]

    def crash(stage: str, done: int, total: int) -> None:
        steps[0] += 1
        if steps[0] > stop:
            raise Crash

    def leave(*_: object) -> None:
        raise Crash

    made = tagged(folder, tmp_path / "kept")
    with monkeypatch.context() as patched:
        patched.setattr(carrying, "take_back", leave)
        with pytest.raises(Crash):
            carry_out(made, crash)
    part_of(folder / "a.jpg.xmp").write_bytes(b"half")  # what was just being written
    part_of(part_of(folder / "a.jpg.xmp")).write_bytes(b"half")  # and by an undo
    if not (table := tmp_path / "kept" / "manifest.csv").exists():
        table.write_bytes(b"\0" * 100)  # a power cut kept its length alone
    part_of(tmp_path / "kept" / "before" / "000001.xmp").write_bytes(b"half")  # a copy of what was there
    assert undo_export(tmp_path / "kept").kept == ()
    assert state(folder) == before and not (tmp_path / "kept").exists()


def test_what_cannot_be_written_is_left_and_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.jpg.xmp").write_bytes(b"<a>")
    os.link(folder / "raw.xmp", tmp_path / "other.xmp")
    (folder / "two.png.xmp").symlink_to(tmp_path / "other.xmp")
    (folder / "two.jpg.xmp").mkdir()
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "sub" and real(path, mode))
    with pytest.raises(UsageError, match="There is no picture to tag"):
        tagged(folder, tmp_path / "kept")
    draw = scan(folder)
    monkeypatch.undo()
    left = dict(plan_form("tags", draw, [seasons(draw)], tmp_path / "kept").left)
    assert "damaged" in left[Path("a.jpg")] and "hard links" in left[Path("raw.jpg")]
    assert "is a link" in left[Path("two.png")] and "is a link, or no file" in left[Path("two.jpg")]


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_reads_the_tags_beside_the_pictures(folder: Path, tmp_path: Path) -> None:
    carry_out(tagged(folder, tmp_path / "kept"))
    told = subprocess.run(
        ["exiftool", "-j", "-r", "-ext", "xmp", "-XMP-dc:Subject", "-XMP-lr:all", "-XMP-xmp:Rating", str(folder)],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    found = {Path(each["SourceFile"]).name: each for each in json.loads(told)}
    assert len(found) == 5 and found["a.jpg.xmp"]["Rating"] == 4
    for each in found.values():
        spring = each["Subject"] == "spring"
        assert each["HierarchicalSubject"] == (
            "season|spring" if spring else 'season|hot & "dry" <season>/=2+3 [2J'
        )


FORMS: list[Form] = ["csv", "jsonl", "coco", "imagefolder"]


@pytest.mark.parametrize("form", FORMS)
def test_other_files_say_the_same_and_are_undone(folder: Path, tmp_path: Path, form: Form) -> None:
    before, collection = state(folder), scan(folder)
    light = seasons(collection, ["dark"], "light")
    made = plan_form(form, collection, [seasons(collection), light], tmp_path / "out")
    manifest = carry_out(made)
    (text,) = made.texts
    written = (tmp_path / "out" / text.path).read_bytes()
    assert hashlib.sha256(written).hexdigest() == read_manifest(manifest).written[0].sha256
    groups = {image.path.as_posix(): i % 2 for i, image in enumerate(collection.images)}
    truth = {name: None if name == "none.png" else NAMES[i] for name, i in groups.items()}
    if form == "csv":
        table = list(csv.DictReader(io.StringIO(written.decode(), newline="")))
        assert {row["file"].removeprefix("'"): row["season"] or None for row in table} == truth
        assert {row["light"] for row in table} == {"dark", ""} and table[0]["season: confidence"] == "0.75"
    elif form == "jsonl":
        lines = [json.loads(line) for line in written.splitlines()]
        assert {line["file"]: line["groups"]["season"] for line in lines} == truth
    elif form == "coco":
        coco = json.loads(written)
        names = {each["id"]: (each["supercategory"], each["name"]) for each in coco["categories"]}
        files = {each["id"]: each["file_name"] for each in coco["images"]}
        told = [(files[a["image_id"]], names[a["category_id"]]) for a in coco["annotations"]]
        assert {file: name for file, (kind, name) in told if kind == "season"} == {
            file: name for file, name in truth.items() if name
        }
    else:
        lines = [json.loads(line) for line in written.splitlines()]
        sources = {entry.destination.as_posix(): entry.source for entry in made.entries}
        assert {
            sources[line["file_name"]].relative_to(folder).as_posix(): line["label"] for line in lines
        } == truth
        assert all((tmp_path / "out" / line["file_name"]).is_file() for line in lines)
        assert not list(
            (tmp_path / "out").rglob("*.CR2")
        )  # what belongs to pictures is no picture of a dataset
    assert undo_export(manifest).kept == ()
    assert state(folder) == before and not (tmp_path / "out").exists()


def test_a_table_that_was_changed_stays(folder: Path, tmp_path: Path) -> None:
    collection = scan(folder)
    made = plan_form("csv", collection, [seasons(collection)], tmp_path / "mine.csv")
    manifest = carry_out(made)
    assert manifest.parent == tmp_path / "mine" and (tmp_path / "mine" / "groups.csv").exists()
    (tmp_path / "mine" / "groups.csv").write_text("edited")
    ((path, why),) = undo_export(manifest).kept
    assert (
        path.name == "groups.csv" and why == "was changed since the export" and path.read_text() == "edited"
    )


def test_links_into_the_folders_of_two_groupings(folder: Path, tmp_path: Path) -> None:
    collection = scan(folder)
    both = [seasons(collection), seasons(collection, ["dark/er"], "light")]
    manifest = carry_out(plan_form("folders", collection, both, tmp_path / "out", "link"))
    first = collection.images[0].path.name
    for place in ("season/spring", "light/dark_er"):
        assert (tmp_path / "out" / place / first).readlink() == folder / first
    assert undo_export(manifest).kept == () and not (tmp_path / "out").exists()
    for mode, match in (("move", "two groupings"), ("copy", "Single groups")):
        with pytest.raises(UsageError, match=match):
            plan_form("folders", collection, both, tmp_path / "out", mode, ["c0"] if mode == "copy" else [])  # type: ignore[arg-type]


def test_a_manifest_may_name_no_other_file_as_its_own(folder: Path, tmp_path: Path) -> None:
    manifest = carry_out(tagged(folder, tmp_path / "kept"))
    data = json.loads(manifest.read_text())
    for path in ("/etc/passwd", "../x.xmp", "a/b.xmp", "manifest.json", "/x/../y.xmp", ""):
        data["written"][0] |= {"path": path, "before": "", "kept": ""}
        manifest.write_text(json.dumps(data))
        with pytest.raises(UsageError, match="not the manifest of an export"):
            read_manifest(manifest)
