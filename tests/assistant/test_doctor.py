"""The doctor tries everything for real and never dies of what it finds."""

from pathlib import Path

import pytest

from assistant import doctor
from assistant.settings import Settings


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    rows = doctor.examine(Settings(workspace=tmp_path_factory.mktemp("workspace"), offline=True))
    return {str(row["name"]): row for row in rows}


def test_every_check_has_its_row(checks: dict[str, dict[str, object]]) -> None:
    assert list(checks) == [
        "workspace", "torch and torchvision", "text encoder", "expert: object", "expert: colour", "expert: face",
        "brain",
    ]  # fmt: skip
    for row in checks.values():
        assert set(row) == {"name", "ok", "optional", "seconds", "text"}
        assert isinstance(row["seconds"], float) and row["seconds"] >= 0
        assert row["text"] and "\n" not in str(row["text"])
    assert [name for name, row in checks.items() if row["optional"]] == ["expert: face"]


def test_what_must_work_works_here(checks: dict[str, dict[str, object]]) -> None:
    failed = {name: row["text"] for name, row in checks.items() if not row["ok"] and not row["optional"]}
    assert failed == {}
    assert "images/s" in str(checks["expert: object"]["text"])
    assert "emotion is nearer to a feeling" in str(checks["text encoder"]["text"])


def test_the_face_works_or_the_way_to_it_is_said(checks: dict[str, dict[str, object]]) -> None:
    row = checks["expert: face"]
    assert "images/s" in str(row["text"]) if row["ok"] else "regroup models fetch face" in str(row["text"])


def test_a_workspace_that_cannot_be_written_is_a_failed_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    row = doctor._tried(
        "workspace", False, lambda: doctor._workspace(Settings(workspace=tmp_path / "file" / "x"))
    )
    assert not row["ok"]
    assert "cannot write the workspace" in row["text"]


def test_whatever_a_library_raises_is_a_line() -> None:
    def broken() -> str:
        raise ImportError("no\nsuch thing")

    assert doctor._tried("x", True, broken)["text"] == "ImportError: no such thing"
