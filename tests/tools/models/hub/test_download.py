"""Finding and fetching models: against a hub of this test's own, on this machine."""

import re
from pathlib import Path

import pytest

from tests.tools.models.hub.fake_hub import COMMIT, WEIGHTS, FakeHub
from tools.errors import Cancelled, RegroupError, UsageError
from tools.models.hub import catalogue
from tools.models.hub.catalogue import find, read_catalogue
from tools.models.hub.download import Hub, megabytes, needed_files


def at(served: FakeHub, tmp_path: Path, **more: bool) -> Hub:
    return Hub(tmp_path / "models", endpoint=served.address, **more)


@pytest.mark.parametrize("name", ["owner/tiny", f"owner/tiny@{COMMIT}"])
def test_fetch_brings_one_copy_of_the_weights(served: FakeHub, tmp_path: Path, name: str) -> None:
    hub, seen = at(served, tmp_path), []
    assert hub.path(name) is None
    assert hub.needs(name) == len(WEIGHTS) + 2
    assert served.got() == []
    folder = hub.fetch(name, lambda *step: seen.append(step))
    assert folder.name == COMMIT
    assert sorted(p.name for p in folder.iterdir()) == [
        "open_clip_config.json",
        "open_clip_model.safetensors",
    ]
    assert (folder / "open_clip_model.safetensors").read_bytes() == WEIGHTS
    assert {stage for stage, _, _ in seen} == {f"fetching {name}"}
    done = [done for _, done, _ in seen]
    assert done == sorted(done) and done[-1] == len(WEIGHTS) + 2
    asked = len(served.asked)
    assert hub.fetch(name) == hub.path(name) == hub.require(name) == folder
    assert hub.needs(name) == 0
    assert at(served, tmp_path, offline=True).fetch(name) == folder
    assert len(served.asked) == asked


def test_a_model_of_the_catalogue_comes_in_its_pinned_revision(
    served: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = ("open_clip_config.json", "open_clip_pytorch_model.bin")
    own = catalogue.Entry("tiny", "encoder", "owner/tiny", COMMIT, files, 1_024_002, "MIT", "tests")
    monkeypatch.setattr(catalogue, "read_catalogue", lambda path=None: {"tiny": own})
    hub = at(served, tmp_path)
    with pytest.raises(RegroupError, match=r"The model tiny \(1 MB\) is not here: regroup models fetch tiny"):
        hub.require("tiny")
    assert hub.needs("tiny") == 1_024_002 and served.asked == []
    folder = hub.fetch("tiny")
    assert sorted(p.name for p in folder.iterdir()) == sorted(files)
    assert all("main" not in path for _, path, _ in served.asked)


def test_a_broken_download_is_taken_up_again(served: FakeHub, tmp_path: Path) -> None:
    weights = WEIGHTS * 22  # the library writes ten megabytes at a time
    served.files["open_clip_model.safetensors"] = weights
    served.cut = 15_000_000
    folder = at(served, tmp_path).fetch("owner/tiny")
    assert (folder / "open_clip_model.safetensors").read_bytes() == weights
    begun = [
        asked
        for method, path, asked in served.asked
        if method == "GET" and path.endswith("model.safetensors")
    ]
    assert len(begun) == 2 and begun[0] is None and re.fullmatch(r"bytes=[1-9]\d{6,}-", str(begun[1]))


def test_stopping_leaves_nothing_half(served: FakeHub, tmp_path: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done:
            raise Cancelled("stopped")

    hub = at(served, tmp_path)
    with pytest.raises(Cancelled):
        hub.fetch("owner/tiny", stop)
    assert hub.path("owner/tiny") is None
    assert hub.fetch("owner/tiny").is_dir()


def test_what_the_hub_does_not_have(served: FakeHub, tmp_path: Path) -> None:
    hub = at(served, tmp_path)
    for name, told in (("owner/other", "no model owner/other"), ("owner/tiny@v9", "no revision v9")):
        with pytest.raises(RegroupError, match=told) as caught:
            hub.fetch(name)
        assert "\n" not in str(caught.value)
        assert hub.needs(name) is None
    served.files = {"README.md": b"nothing"}
    with pytest.raises(RegroupError, match="no weights"):
        hub.fetch("owner/tiny")


def test_the_hub_cannot_be_reached(tmp_path: Path) -> None:
    hub = Hub(tmp_path, endpoint="http://127.0.0.1:9", offline=False)
    for name in ("clip-small", "owner/tiny"):
        with pytest.raises(RegroupError, match="the model hub cannot be reached; ") as caught:
            hub.fetch(name)
        assert "\n" not in str(caught.value)
    assert hub.needs("owner/tiny") is None
    assert hub.needs("clip-small") == read_catalogue()["clip-small"].size


@pytest.mark.parametrize("variable", ["REGROUP_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_asks_nobody(
    served: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    hub = at(served, tmp_path)
    with pytest.raises(RegroupError, match="offline"):
        hub.fetch("owner/tiny")
    assert hub.needs("owner/tiny") is None
    assert served.asked == []


def test_a_path_is_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "owner" / "tiny").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    hub = Hub(tmp_path / "models", offline=True)
    assert hub.require("owner/tiny") == hub.fetch("owner/tiny") == tmp_path / "owner" / "tiny"
    assert hub.needs(str(tmp_path / "owner")) == 0


def test_a_folder_here_takes_no_name_of_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clip-small").mkdir()
    monkeypatch.chdir(tmp_path)
    hub = Hub(tmp_path / "models", offline=True)
    assert hub.path("clip-small") is None
    assert hub.path("./clip-small") == tmp_path / "clip-small"


@pytest.mark.parametrize("name", ["", "x" * 300, "~nobody-of-that-name/x"])
def test_what_cannot_be_a_path_is_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no model"):
        Hub(tmp_path, offline=True).path(name)


@pytest.mark.parametrize(
    "name", ["", "clip", "a/b/c", "../x", "owner/..", "https://a/b", "ViT-B-32:nothing", "-a/b"]
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(UsageError):
        find(name)


def test_open_clips_own_names() -> None:
    assert find("ViT-B-32:laion2b_s34b_b79k") is read_catalogue()["clip-small"]
    other = find("ViT-B-16-SigLIP2:webli")
    assert (other.kind, other.repository, other.revision) == ("encoder", "timm/ViT-B-16-SigLIP2", "main")


def test_the_catalogue_is_pinned() -> None:
    entries = read_catalogue()
    assert set(entries) == {"clip-small", "clip-good", "vlm-small", "vlm-good"}
    for entry in entries.values():
        assert re.fullmatch(r"[0-9a-f]{40}", entry.revision)
        assert entry.size and entry.licence and entry.purpose and entry.kind in ("encoder", "image-text")


def test_which_files_are_worth_fetching() -> None:
    shards = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    assert needed_files(["config.json", *shards, "pytorch_model.bin"]) == ["config.json", *shards]
    assert needed_files(["config.json", "pytorch_model.bin"]) == ["config.json", "pytorch_model.bin"]
    assert needed_files(["config.json", "model.safetensors", "model.fp16.safetensors"])[1:] == [
        "model.safetensors"
    ]
    assert needed_files(["config.json"]) == []


def test_sizes_for_people() -> None:
    assert [megabytes(n) for n in (1, 605_144_000, 4_430_000_000)] == ["1 MB", "605 MB", "4.4 GB"]
