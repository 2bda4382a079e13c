"""The doctor tries everything for real and never dies of what it finds."""

from pathlib import Path

import pytest

from assistant.cli import doctor
from assistant.settings import Settings
from tests.tools.models.hosted.conftest import Server, server
from tests.tools.models.hub.conftest import clip_folder, models, vlm_folder
from tools.models.bundled import tier
from tools.models.weight_store import WeightStore

__all__ = ["clip_folder", "models", "server", "vlm_folder"]


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    rows = doctor.examine(Settings(workspace=tmp_path_factory.mktemp("workspace"), offline=True))
    return {str(row["name"]): row for row in rows}


def test_every_check_has_its_row(checks: dict[str, dict[str, object]]) -> None:
    every = [*tier.experts(WeightStore(offline=True)), *tier.slow_experts()]
    experts = [f"expert: {expert.name}" for expert in every]
    assert {"expert: object", "expert: colour", "expert: face", "expert: writing"} <= set(experts)
    assert list(checks) == [
        "workspace", "torch and torchvision", "text encoder", *experts, "pictures: HEIC", "pictures: AVIF",
        "pictures: camera raw", "pictures: SVG", "pictures: films", "pictures: JPEG XL",
        "hub: describer", "hub: encoder", "hosted: describer", "brain",
    ]  # fmt: skip
    for row in checks.values():
        assert set(row) == {"name", "ok", "optional", "seconds", "text"}
        assert isinstance(row["seconds"], float) and row["seconds"] >= 0
        assert row["text"] and "\n" not in str(row["text"])
    needed = {name for name, row in checks.items() if not row["optional"]}
    assert {"workspace", "expert: object", "expert: colour", "brain"} < needed
    assert not needed & {
        "expert: face",
        "expert: writing",
        "hub: describer",
        "hub: encoder",
        "hosted: describer",
    }


def test_what_must_work_works_here(checks: dict[str, dict[str, object]]) -> None:
    failed = {name: row["text"] for name, row in checks.items() if not row["ok"] and not row["optional"]}
    assert failed == {}
    assert "images/s" in str(checks["expert: object"]["text"])
    assert "emotion is nearer to a feeling" in str(checks["text encoder"]["text"])


def test_the_face_works_or_the_way_to_it_is_said(checks: dict[str, dict[str, object]]) -> None:
    row = checks["expert: face"]
    assert "images/s" in str(row["text"]) if row["ok"] else "regroup models fetch face" in str(row["text"])


def test_reading_works_or_the_way_to_it_is_said(checks: dict[str, dict[str, object]]) -> None:
    row = checks["expert: writing"]
    assert "images/s" in str(row["text"]) if row["ok"] else "rapidocr" in str(row["text"])


def test_a_workspace_that_cannot_be_written_is_a_failed_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    row = doctor.run_check(
        "workspace", False, lambda: doctor.try_workspace(Settings(workspace=tmp_path / "file" / "x"))
    )
    assert not row["ok"]
    assert "cannot write the workspace" in row["text"]


def test_whatever_a_library_raises_is_a_line() -> None:
    def broken() -> str:
        raise ImportError("no\nsuch thing")

    assert doctor.run_check("x", True, broken)["text"] == "ImportError: no such thing"


def test_what_is_not_here_says_how_to_get_it(checks: dict[str, dict[str, object]]) -> None:
    describer, encoder = checks["hub: describer"], checks["hub: encoder"]
    assert describer["ok"] or "regroup models fetch vlm-small" in str(describer["text"])
    assert encoder["ok"] or "regroup models fetch clip-small" in str(encoder["text"])
    assert "not set up" in str(checks["hosted: describer"]["text"])


def test_a_server_on_this_machine_is_asked_about_one_drawn_picture(server: Server) -> None:
    server.reply = lambda call: call.say('{"hair colour": {"value": "brown", "confidence": 0.9}}')
    settings = Settings(describer="openai:tiny", base_url=server.url)
    assert "its answer for a drawn portrait: hair colour brown" in doctor.try_hosted_describer(settings)
    assert server.requests == 1 and server.keys == {"Bearer none"}


def test_a_host_elsewhere_is_not_asked() -> None:
    settings = Settings(describer="openai:tiny", base_url="http://198.51.100.7:9/v1")
    row = doctor.run_check("hosted", True, lambda: doctor.try_hosted_describer(settings))
    assert not row["ok"] and "was not asked" in row["text"] and "--send-to 198.51.100.7:9" in row["text"]


@pytest.mark.timeout(1200)  # it may have to train the models
def test_the_models_of_a_folder_are_tried(clip_folder: Path, vlm_folder: Path) -> None:
    settings = Settings(describer=str(vlm_folder), encoder=str(clip_folder), offline=True)
    assert "s an image; its answer for a drawn portrait" in doctor.try_hub_describer(settings)
    assert "images/s" in doctor.try_hub_encoder(settings)
