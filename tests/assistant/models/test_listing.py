"""`regroup models`: listing, fetching, verifying and removing, against a hub of this machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.models.gguf_files import OFFICIAL_NAME
from tests.assistant.models.test_gguf_metadata import header
from tests.tools.models.hub.conftest import served
from tests.tools.models.hub.fake_hub import WEIGHTS, FakeHub

__all__ = ["served"]

Run = Callable[..., Any]
NAME = "owner/tiny"


@pytest.fixture
def hub(served: FakeHub, regroup: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """The command talks to this hub, and keeps models in a folder of the test's own."""
    monkeypatch.setenv("HF_ENDPOINT", served.address)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("REGROUP_OFFLINE", "0")
    return served


def test_fetch_says_how_large_it_is_and_brings_it(hub: FakeHub, regroup: Run, tmp_path: Path) -> None:
    said = regroup("models", "fetch", NAME)
    assert said.code == 0, said.err
    line = f"fetching {NAME}: 1 MB (its licence is on its page) from huggingface.co/{NAME}\n"
    assert said.err.startswith(line)
    assert said.out.startswith(f"{NAME} is here: {tmp_path / 'hub'}")
    asked = len(hub.asked)
    again = regroup("models", "fetch", NAME, "--json")
    assert again.document["here"] and again.err == "" and len(hub.asked) == asked


def test_a_download_that_was_cut_goes_on(hub: FakeHub, regroup: Run) -> None:
    hub.files["open_clip_model.safetensors"] = WEIGHTS * 22  # the library writes ten megabytes at a time
    hub.cut = 15_000_000
    assert regroup("models", "fetch", NAME).code == 0
    assert regroup("models", "verify", NAME).code == 0
    (begun,) = [begin for method, _, begin in hub.asked if method == "GET" and begin]
    assert 0 < int(begun.removeprefix("bytes=").rstrip("-")) <= 15_000_000


def test_verify_finds_what_was_damaged_and_remove_deletes_it(hub: FakeHub, regroup: Run) -> None:
    place = Path(regroup("models", "fetch", NAME, "--json").document["path"])
    (row,) = regroup("models", "verify", NAME, "--json").document["models"]
    assert (row["ok"], row["text"]) == (True, "2 files with the correct hash")
    weights = (place / "open_clip_model.safetensors").resolve()
    weights.write_bytes(b"x" + WEIGHTS[1:])
    bad = regroup("models", "verify", NAME)
    assert bad.code == 1 and "damaged: open_clip_model.safetensors" in bad.out and bad.out.startswith("FAIL")
    gone = regroup("models", "remove", NAME, "--json").document
    assert gone["bytes"] >= len(WEIGHTS) and not weights.exists()
    assert regroup("models", "remove", NAME).out == f"{NAME} was not here\n"
    assert f"The model {NAME} is not here" in regroup("models", "verify", NAME).complaint(1)


def test_a_hub_that_cannot_be_reached_is_one_line(
    hub: FakeHub, regroup: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    said = regroup("models", "fetch", NAME)
    assert said.code == 1 and said.out == ""
    assert "the model hub cannot be reached" in said.err.splitlines()[-1]
    assert said.err.splitlines()[-1].endswith("until it is here, the next tier is used")


def test_offline_nothing_is_fetched(hub: FakeHub, regroup: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGROUP_OFFLINE", "1")
    assert "fetching is switched off (offline)" in regroup("models", "fetch", NAME).complaint(1)
    assert hub.asked == []


@pytest.mark.parametrize("command", ["fetch", "remove", "verify"])
def test_a_name_that_nothing_has(hub: FakeHub, regroup: Run, command: str) -> None:
    told = regroup("models", command, "nonsense").complaint(2)
    assert "face" in told and "clip-small" in told and "owner/name" in told


def test_a_folder_of_ones_own_is_left_alone(hub: FakeHub, regroup: Run, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "model.safetensors").touch()
    assert "delete it yourself" in regroup("models", "remove", tmp_path / "own").complaint(2)
    assert "no hashes are known" in regroup("models", "verify", tmp_path / "own").complaint(2)
    assert (tmp_path / "own" / "model.safetensors").exists()


def test_the_listing_has_everything(hub: FakeHub, regroup: Run) -> None:
    bundled, of_hub, hosted = regroup("models", "--json").document["tiers"]
    assert (bundled["tier"], of_hub["tier"], hosted["tier"]) == ("bundled", "hub", "hosted")
    assert bundled["ready"] and not of_hub["ready"] and not hosted["ready"]
    writing = bundled["experts"][-1]
    assert writing["name"] == "writing" and writing["slow"] and "written words" in writing["sees"]
    assert "asked for" in writing["text"] if writing["ready"] else "rapidocr" in writing["text"]
    for model in (*bundled["models"], *of_hub["models"]):
        assert (
            model["size"] > 0 and model["licence"] and model["source"] and model["fetch"] and model["purpose"]
        )
    regroup("models", "fetch", NAME)
    named = regroup("models", "--encoder", NAME, "--json").document["tiers"][1]
    assert named["ready"] and named["models"][-1]["name"] == NAME and named["models"][-1]["here"]
    assert hub.asked and "not here: regroup models fetch clip-small" in regroup("models").out


def test_the_listing_has_the_brains_of_this_machine(
    hub: FakeHub, regroup: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "workspace" / "models"
    (official,) = regroup("models", "--json").document["brains"]["models"]
    assert official["licence"] == "Apache-2.0" and official["size"] > 1e9 and not official["here"]
    folder.mkdir(parents=True)
    (folder / "small.gguf").write_bytes(header(name="Small", license="mit"))
    (folder / "large.gguf").write_bytes(header(name="Large") + bytes(900))
    brains = regroup("models", "--json").document["brains"]
    assert str(folder) in brains["text"] and 'model = "local"' in brains["text"]
    rows = {row["name"]: row for row in brains["models"]}
    assert [name for name, row in rows.items() if row["taken"]] == ["large.gguf"]
    assert (rows["small.gguf"]["licence"], rows["small.gguf"]["size"]) == (
        "mit",
        len(header(name="Small", license="mit")),
    )
    monkeypatch.setenv("REGROUP_GGUF", str(folder / "small.gguf"))
    said = regroup("models", "--all").out
    assert f"{folder / 'small.gguf'} (in use)" in said and "a licence not named in the file" in said
    monkeypatch.setenv("REGROUP_GGUF", str(folder / "none.gguf"))
    wrong = regroup("models", "--json").document["brains"]
    assert "none.gguf does not exist" in wrong["text"] and not wrong["ready"]


def test_the_brain_that_regroup_was_tried_with_can_be_verified(
    hub: FakeHub, regroup: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "workspace" / "models"
    folder.mkdir(parents=True)
    for name in (OFFICIAL_NAME, "other.gguf"):
        (folder / name).write_bytes(header(name="not what its name says"))
    bad = regroup("models", "verify")
    assert bad.code == 1 and f"FAIL {OFFICIAL_NAME}" in bad.out and "other.gguf" not in bad.out
    (row,) = regroup("models", "verify", "other.gguf", "--json").document["models"]
    assert row["ok"] is None and "no hash is known" in row["text"]


def test_everything_that_is_here_can_be_verified(hub: FakeHub, regroup: Run) -> None:
    rows = regroup("models", "verify", "--json").document["models"]
    faces = {"face-detector", "face-mesh", "face-expression"}
    ours = {"object-network", "text-vectors", "text-tokens"}
    assert {row["name"] for row in rows} == faces | ours
    assert all(row["ok"] is True if row["name"] in ours else row["ok"] in (True, None) for row in rows)
    assert [row["name"] for row in regroup("models", "verify", "object", "--json").document["models"]] == [
        "object-network"
    ]


def test_a_model_that_is_not_here_is_said_and_the_next_tier_is_used(
    hub: FakeHub, regroup: Run, album: Path
) -> None:
    said = regroup("cluster", album, "--by", "colour", "--tier", "hub", "--json")
    assert said.code == 0 and said.document["tier"] == "bundled"
    assert "regroup models fetch vlm-small" in said.err
    named = regroup("cluster", album, "--by", "colour", "--tier", "hub", "--describer", NAME)
    assert f"The model {NAME} is not here: regroup models fetch {NAME}" in named.err and hub.asked == []


def test_one_that_came_in_part_hides_no_other(hub: FakeHub, regroup: Run, tmp_path: Path) -> None:
    from tools.models.hub.catalogue import read_catalogue

    entry = read_catalogue()["clip-small"]
    (tmp_path / "hub" / f"models--{entry.repository.replace('/', '--')}").mkdir(parents=True)
    rows = {row["name"]: row for row in regroup("models", "verify", "--json").document["models"]}
    assert rows["clip-small"]["ok"] is None and "is not here" in rows["clip-small"]["text"]
    assert rows["object-network"]["ok"] is True


def test_a_setting_that_names_nothing_hides_no_listing(hub: FakeHub, regroup: Run) -> None:
    of_hub = regroup("models", "--encoder", "nonsense", "--json").document["tiers"][1]
    assert 'no model "nonsense"' in of_hub["text"] and len(of_hub["models"]) == 4


def test_every_model_and_what_came_along_has_its_licence(hub: FakeHub, regroup: Run) -> None:
    said = regroup("models", "--licences", "--json")
    rows = {row["name"]: row for row in said.document["licences"]}
    listed = regroup("models", "--json").document
    models = [model["name"] for tier in listed["tiers"] for model in tier["models"]]
    assert set(models) | {"card-network", "names of places"} <= set(rows)
    assert all(row["licence"] for row in rows.values())
    assert not any("GPL" in row["licence"] for row in rows.values())
    lines = regroup("models", "--licences").out.splitlines()
    assert len(lines) == len(rows)
    wanted = ["clip-small", "MIT", "huggingface.co/laion/CLIP-ViT-B-32-laion2B-s34B-b79K;", "not", "here"]
    assert wanted in [line.split() for line in lines]
