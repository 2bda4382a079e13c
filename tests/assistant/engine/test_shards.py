"""Looking at a folder in shards, and merging them, for real."""

import json
import os
import shutil
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

from assistant.engine import look_at_files, merge_shards
from assistant.engine.batch import CannotRead
from assistant.engine.look_at_shard import PICTURES
from assistant.engine.shard import Shard
from assistant.engine.shard_manifest import BATCHES, FILE
from assistant.workspace import Workspace
from tests.conftest import REPOSITORY, Draw, Run
from tools.errors import RegroupError, UsageError
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.ports import Expert, Findings, Pixels


@pytest.fixture
def folder(tmp_path: Path, draw: Draw) -> Path:
    """Thirty pictures in folders, a copy, one that is damaged, one that shows nothing, and a text."""
    root = tmp_path / "pictures"
    for i in range(30):
        colour, shape = ("red", "green", "blue")[i % 3], ("circle", "square", "triangle")[i // 3 % 3]
        draw(root / str(i % 4) / f"{i}.png", colour, shape, variant=i)
    shutil.copy(root / "0" / "0.png", root / "copy.png")
    (root / "damaged.jpg").write_bytes((root / "0" / "0.png").read_bytes()[:60])
    (root / "notes.txt").write_text("no picture")
    Image.new("RGB", (64, 64), "white").save(root / "white.png")
    return root


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of pictures of each look of the colour expert."""
    counted: list[int] = []
    plain = ColourExpert.look

    def look(self: ColourExpert, batch: Sequence[Pixels]) -> Findings:
        counted.append(len(batch))
        return plain(self, batch)

    monkeypatch.setattr(ColourExpert, "look", look)
    return counted


def look_at_all(regroup: Run, folder: Path, to: Path, of: int) -> list[dict[str, object]]:
    return [
        regroup("look", folder, "--shard", f"{k}/{of}", "--to", to, "--json").document
        for k in range(1, of + 1)
    ]


def one_batch(shard: Path) -> Path:
    return next((shard / BATCHES).iterdir())


def header(batch: Path) -> dict[str, str]:
    data = batch.read_bytes()
    told = json.loads(data[8:][: int.from_bytes(data[:8], "little")])["__metadata__"]
    return {"about": told["about"]}


def change_manifest(shard: Path, **facts: object) -> None:
    manifest = json.loads((shard / FILE).read_text())
    (shard / FILE).write_text(json.dumps(manifest | facts))


def test_a_path_is_in_one_shard_whatever_the_machine() -> None:
    paths = [Path(f"a/{i}.jpg") for i in range(200)]
    parts = [[path for path in paths if Shard(k, 7).holds(path)] for k in range(1, 8)]
    assert sorted(path for part in parts for path in part) == sorted(paths)
    assert min(map(len, parts)) > 10
    # These are pinned: shards of different versions and machines have to fit together.
    pinned = {"a.jpg": 11, "x/b.png": 6, "ü/é": 6}
    assert {
        path: next(k for k in range(1, 17) if Shard(k, 16).holds(Path(path))) for path in pinned
    } == pinned


def test_what_belongs_together_is_in_one_shard() -> None:
    def shard(path: str) -> int:
        return next(k for k in range(1, 1001) if Shard(k, 1000).holds(Path(path)))

    assert shard("a/IMG_1.CR2") == shard("a/IMG_1.jpg") == shard("A/img_1.JPG")
    assert shard(unicodedata.normalize("NFC", "é.jpg")) == shard(unicodedata.normalize("NFD", "é.jpg"))
    assert shard(os.fsdecode(b"\xff.jpg")) > 0


@pytest.mark.parametrize("text", ["0/4", "5/4", "4", "a/b", "1/0", "1/999999", "-1/4", "1/4/2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no shard"):
        Shard.parse(text)


def test_four_shards_are_as_good_as_one_look(
    regroup: Run, folder: Path, tmp_path: Path, looks: list[int]
) -> None:
    plain = regroup("--workspace", tmp_path / "other", "cluster", folder, "--by", "colour", "--json")
    looks.clear()
    looked = look_at_all(regroup, folder, tmp_path / "out", 4)
    assert sum(looks) <= 31  # the copy may be in another shard than its picture
    lines = [json.loads(line) for file in (tmp_path / "out").glob(f"*/{PICTURES}") for line in file.open()]
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert sorted(line["path"] for line in lines) == files
    assert {line["path"] for line in lines if line["reason"]} == {"damaged.jpg", "white.png"}
    merged = regroup("merge", tmp_path / "out", "--json")
    assert (merged.code, merged.document["pictures"], merged.document["new"]) == (0, 30, 30)
    assert sum(int(str(document["files"])) for document in looked) == len(files)
    again = regroup("merge", *(tmp_path / "out").iterdir(), "--json")
    assert (again.code, again.document["new"]) == (0, 0)
    looks.clear()
    after = regroup("cluster", folder, "--by", "colour", "--json")
    assert looks == [] and after.document["model_calls"] == 0
    assert after.document["clusters"] == plain.document["clusters"]
    assert after.document["piles"] == plain.document["piles"]


def test_all_is_looked_at_now(regroup: Run, folder: Path, looks: list[int]) -> None:
    done = regroup("look", folder, "--json").document
    assert (done["images"], done["calls"], sum(looks)) == (30, 30, 30)
    assert [u["file"] for u in done["unreadable"]] == ["damaged.jpg", "white.png"]
    assert "regroup chat" in regroup("look", folder).out
    assert sum(looks) == 30
    assert regroup("cluster", folder, "--by", "colour", "--json").document["model_calls"] == 0


def test_what_is_done_is_not_done_again(
    regroup: Run, folder: Path, tmp_path: Path, looks: list[int], draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_at_files, "BATCH", 8)
    shard = tmp_path / "out" / "shard-1-of-1"
    assert regroup("look", folder, "--to", tmp_path / "out", "--json").document["new"] == 34
    looks.clear()
    assert regroup("look", folder, "--to", tmp_path / "out", "--json").document["new"] == 0
    draw(folder / "new.png", "blue", "square", variant=40)
    assert regroup("look", folder, "--to", tmp_path / "out", "--json").document["new"] == 1
    assert sum(looks) == 1
    batch = one_batch(shard)
    batch.write_bytes(batch.read_bytes()[:-7])
    assert regroup("look", folder, "--to", tmp_path / "out", "--json").document["new"] in (1, 2, 8)
    assert regroup("merge", shard, "--json").document["new"] == 31


def test_a_killed_process_loses_one_batch_at_most(
    regroup: Run, folder: Path, tmp_path: Path, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_at_files, "BATCH", 8)
    program = f"""
import os, signal
from assistant.engine import look_at_files
from assistant.cli import main
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

seen, plain = [], ColourExpert.look

def look(self, batch):
    seen.extend(batch)
    if len(seen) > 16:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(self, batch)

ColourExpert.look = look
tier.experts = lambda store: [ColourExpert()]
look_at_files.BATCH = 8
main(["look", {str(folder)!r}, "--to", {str(tmp_path / "out")!r}])
"""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, timeout=120, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    kept = sorted((tmp_path / "out" / "shard-1-of-1" / BATCHES).glob("*.safetensors"))
    assert len(kept) == 2
    partly = regroup("merge", tmp_path / "out", "--json")
    assert partly.code == 1 and "not finished: 1" in partly.err
    assert regroup("look", folder, "--to", tmp_path / "out", "--json").document["new"] == 34 - 16
    assert sum(looks) <= 31 - 15
    merged = regroup("merge", tmp_path / "out", "--json")
    assert (merged.code, merged.document["pictures"]) == (0, 30)


def test_missing_shards_are_told_by_number(regroup: Run, folder: Path, tmp_path: Path) -> None:
    for k in (1, 3):
        regroup("look", folder, "--shard", f"{k}/4", "--to", tmp_path / "out")
    merged = regroup("merge", tmp_path / "out", "--json")
    assert merged.code == 1 and "missing: 2, 4" in merged.err
    assert merged.document["missing"] == [2, 4] and merged.document["new"] == merged.document["pictures"] > 0


def test_shards_of_other_versions_are_refused(regroup: Run, folder: Path, tmp_path: Path) -> None:
    look_at_all(regroup, folder, tmp_path / "out", 2)
    second = tmp_path / "out" / "shard-2-of-2"
    manifest = json.loads((second / FILE).read_text())
    change_manifest(second, experts={"colour": "colour@1+1"})
    assert "colour@1+1" in regroup("merge", tmp_path / "out").complaint(1)
    change_manifest(second, experts=manifest["experts"], weights={"face-detector": "0" * 64})
    assert "other weights" in regroup("merge", tmp_path / "out").complaint(1)
    change_manifest(second, weights=manifest["weights"], format=2)
    assert "no manifest" in regroup("merge", tmp_path / "out").complaint(1)
    change_manifest(second, format=1, of=3)
    assert "one of 3 shards" in regroup("merge", tmp_path / "out").complaint(2)
    assert (
        regroup("cluster", folder, "--by", "colour", "--json").document["model_calls"] > 0
    )  # nothing was kept


def test_a_shard_begun_by_another_version_is_not_gone_on_with(
    regroup: Run, folder: Path, tmp_path: Path
) -> None:
    regroup("look", folder, "--to", tmp_path / "out")
    change_manifest(tmp_path / "out" / "shard-1-of-1", experts={"colour": "colour@1+1"})
    assert "other versions" in regroup("look", folder, "--to", tmp_path / "out").complaint(2)
    change_manifest(tmp_path / "out" / "shard-1-of-1", source="/elsewhere")
    assert "/elsewhere" in regroup("look", folder, "--to", tmp_path / "out").complaint(2)


def test_the_same_picture_in_two_shards_has_to_be_the_same(
    regroup: Run, folder: Path, tmp_path: Path
) -> None:
    for i in range(8):
        shutil.copy(folder / "0" / "0.png", folder / f"copy {i}.png")
    look_at_all(regroup, folder, tmp_path / "out", 2)
    assert regroup("merge", tmp_path / "out", "--json").document["pictures"] == 30
    shard = tmp_path / "out" / "shard-2-of-2"
    batch = one_batch(shard)
    tensors = load_file(batch)
    about = header(batch)
    save_file({name: rows * np.float32(1.0005) for name, rows in tensors.items()}, batch, about)
    change_manifest(shard, complete=False, batches={})
    assert "differs" not in regroup("merge", tmp_path / "out").err  # as another processor rounds
    save_file({name: rows + np.float32(3) for name, rows in tensors.items()}, batch, about)
    assert "differs in" in regroup("merge", tmp_path / "out").complaint(1)


@pytest.mark.parametrize(
    "damage",
    [
        "byte",
        "cut",
        "gone",
        "link",
        "words",
        "rows",
        "infinite",
        "large",
        "header",
        "pickle",
        "view",
        "views",
    ],
)
def test_a_batch_from_elsewhere_is_checked(
    regroup: Run, folder: Path, tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    regroup("look", folder, "--to", tmp_path / "out")
    shard = tmp_path / "out" / "shard-1-of-1"
    batch = one_batch(shard)
    data, about, tensors = batch.read_bytes(), header(batch), load_file(batch)
    if damage not in ("byte", "gone"):
        change_manifest(shard, complete=False, batches={})  # then no hash gives it away
    if damage == "byte":
        batch.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif damage == "cut":
        batch.write_bytes(data[:-1])
    elif damage == "gone":
        batch.unlink()
    elif damage == "link":
        batch.rename(tmp_path / "elsewhere")
        batch.symlink_to(tmp_path / "elsewhere")
    elif damage == "words":
        save_file(tensors, batch, {"about": about["about"].replace('"red"', '"\\u202ered"')})
    elif damage == "rows":
        save_file({name: rows[:-1].copy() for name, rows in tensors.items()}, batch, about)
    elif damage == "infinite":
        save_file({name: np.full_like(rows, np.inf) for name, rows in tensors.items()}, batch, about)
    elif damage == "large":
        monkeypatch.setattr("assistant.engine.batch.MOST_BYTES", 100)
        monkeypatch.setattr("assistant.engine.batch.read_bytes.__defaults__", (100,))
    elif damage == "header":
        monkeypatch.setattr("assistant.engine.batch.MOST_HEADER", 100)
    elif damage == "view":
        save_file(dict(list(tensors.items())[1:]), batch, about)
    elif damage == "views":
        save_file({}, batch, about)
    elif damage == "pickle":
        import pickle

        batch.write_bytes(pickle.dumps(print))
    complaint = regroup("merge", shard).complaint(1)
    assert batch.name in complaint
    assert regroup("cluster", folder, "--by", "colour", "--json").document["model_calls"] == 30


@pytest.mark.parametrize("other", ["width", "more views", "fewer views", "words"])
def test_findings_that_the_experts_here_do_not_make_are_refused(
    regroup: Run, folder: Path, tmp_path: Path, other: str
) -> None:
    """All batches agree with each other and with their manifests, but not with this version's experts."""
    for shard in (1, 2):
        regroup("look", folder, "--shard", f"{shard}/2", "--to", tmp_path / "out")
    for batch in (tmp_path / "out").rglob("*.safetensors"):
        about, tensors = header(batch), load_file(batch)
        if other == "width":
            tensors = {name: np.ascontiguousarray(rows[:, :-1]) for name, rows in tensors.items()}
        elif other == "more views":
            tensors |= {f"{name} too": rows for name, rows in tensors.items()}
        elif other == "fewer views":
            tensors = {name: rows for name, rows in tensors.items() if name != min(tensors)}
        else:
            about = {"about": about["about"].replace('["colour"', '["species"')}
        save_file(tensors, batch, about)
        change_manifest(batch.parent.parent, complete=False, batches={})  # then no hash gives it away
    complaint = regroup("merge", tmp_path / "out").complaint(1)
    assert ('"species"' if other == "words" else "other views of colour") in complaint
    assert "look at that shard again" in complaint
    assert regroup("cluster", folder, "--by", "colour", "--json").document["model_calls"] == 30


def test_an_expert_that_cannot_look_here_takes_what_others_saw(
    regroup: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at_all(regroup, folder, tmp_path / "out", 2)
    monkeypatch.setattr(ColourExpert, "missing", lambda self: "the weights are not here")
    assert regroup("merge", tmp_path / "out", "--json").document["new"] == 30
    batch = one_batch(tmp_path / "out" / "shard-2-of-2")
    narrow = {name: np.ascontiguousarray(rows[:, :-1]) for name, rows in load_file(batch).items()}
    save_file(narrow, batch, header(batch))
    change_manifest(tmp_path / "out" / "shard-2-of-2", complete=False, batches={})
    assert "other views of colour" in regroup("merge", tmp_path / "out").complaint(1)


@pytest.mark.parametrize("finished", [True, False])
def test_a_batch_is_read_once_to_be_checked_and_once_to_be_kept(
    regroup: Run, folder: Path, tmp_path: Path, finished: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    regroup("look", folder, "--to", tmp_path / "out")
    if not finished:
        change_manifest(tmp_path / "out" / "shard-1-of-1", complete=False, batches={})
    plain, opened = os.open, list[str]()

    def counted(path: str, *arguments: int, **more: int) -> int:
        opened.append(os.path.basename(path))  # noqa: PTH119 - whatever it is called with
        return plain(path, *arguments, **more)

    monkeypatch.setattr(os, "open", counted)
    regroup("merge", tmp_path / "out")
    for batch in (tmp_path / "out").rglob("*.safetensors"):
        assert opened.count(batch.name) == 2


def test_a_batch_that_changes_after_it_was_checked_is_not_kept(
    regroup: Run, folder: Path, tmp_path: Path
) -> None:
    regroup("look", folder, "--to", tmp_path / "out")
    change_manifest(tmp_path / "out" / "shard-1-of-1", complete=False, batches={})
    batch = one_batch(tmp_path / "out" / "shard-1-of-1")
    about, tensors = header(batch), load_file(batch)

    def changes(stage: str, done: int, total: int) -> None:
        if stage == "checking" and done == total:
            save_file({name: rows + np.float32(1) for name, rows in tensors.items()}, batch, about)

    with Workspace(tmp_path / "workspace") as workspace, pytest.raises(RegroupError, match="is damaged"):
        merge_shards.merge_shards([tmp_path / "out"], [ColourExpert()], workspace.cache, changes)


def test_experts_name_the_slots_of_all_that_they_say(folder: Path, experts: Sequence[Expert]) -> None:
    """A merge refuses words for any other slot."""
    pixels = [np.asarray(Image.open(folder / "0" / "0.png")), np.full((64, 64, 3), 128, np.uint8)]
    for expert in experts:
        said = {slot.name for row in expert.look(pixels).slots for slot in row}
        assert said <= {spec.name for spec in expert.specs}


def test_what_another_program_put_beside_a_batch_is_none(regroup: Run, folder: Path, tmp_path: Path) -> None:
    regroup("look", folder, "--to", tmp_path / "out")
    batch = one_batch(tmp_path / "out" / "shard-1-of-1")
    shutil.copy(batch, batch.with_name(f"copy of {batch.name}"))
    assert regroup("look", folder, "--to", tmp_path / "out").code == 0
    assert regroup("merge", tmp_path / "out", "--json").document["pictures"] == 30


def test_a_batch_that_cannot_be_read_now_is_kept(
    regroup: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    regroup("look", folder, "--to", tmp_path / "out")
    batch = one_batch(tmp_path / "out" / "shard-1-of-1")

    def fails(path: Path) -> None:
        raise CannotRead(f"cannot read {path}: Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr("assistant.engine.look_at_shard.read_about", fails)
        assert "Input/output error" in regroup("look", folder, "--to", tmp_path / "out").complaint(1)
    assert batch.exists()


def test_shards_of_two_folders_are_told(regroup: Run, folder: Path, tmp_path: Path, draw: Draw) -> None:
    draw(tmp_path / "others" / "one.png", "red", "circle")
    regroup("look", folder, "--shard", "1/2", "--to", tmp_path / "out")
    regroup("look", tmp_path / "others", "--shard", "2/2", "--to", tmp_path / "out")
    assert "name 2 folders" in regroup("merge", tmp_path / "out").err + regroup("merge", tmp_path / "out").out


@pytest.mark.parametrize("name", ["../../x.safetensors", "/etc/passwd", "a.pickle"])
def test_a_manifest_names_no_files_elsewhere(regroup: Run, folder: Path, tmp_path: Path, name: str) -> None:
    regroup("look", folder, "--to", tmp_path / "out")
    change_manifest(tmp_path / "out" / "shard-1-of-1", batches={name: "0" * 64})
    assert "no manifest" in regroup("merge", tmp_path / "out").complaint(1)


def test_what_cannot_be_done_is_refused(regroup: Run, folder: Path, tmp_path: Path) -> None:
    assert "among the pictures" in regroup("look", folder, "--to", folder / "out").complaint(2)
    assert "is no shard" in regroup("look", folder, "--shard", "5/4").complaint(2)
    assert "--engine ray" in regroup("look", folder, "--address", "auto").complaint(2)
    assert "no shard in" in regroup("merge", folder).complaint(2)
    assert "cannot read" in regroup("merge", tmp_path / "nowhere").complaint(2)
    assert not (tmp_path / "workspace" / "collections").exists()


def test_many_batches_lie_in_few_files(
    regroup: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_at_files, "BATCH", 4)
    monkeypatch.setattr(merge_shards, "TOGETHER", 12)
    regroup("look", folder, "--to", tmp_path / "out")
    regroup("merge", tmp_path / "out")
    batches = (tmp_path / "out" / "shard-1-of-1" / BATCHES).iterdir()
    views = max(len(load_file(batch)) for batch in batches)  # one of them is about no picture at all
    files = list((tmp_path / "workspace" / "cache").rglob("*.npy"))
    assert len(files) in (2 * views, 3 * views)
