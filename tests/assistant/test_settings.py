"""Flags over environment over regroup.toml over defaults."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from assistant.settings import Settings, config_file


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Writes regroup.toml, where there is none."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def write(text: str) -> Path:
        config_file().parent.mkdir(parents=True, exist_ok=True)
        config_file().write_text(text, "utf-8")
        return config_file()

    return write


def test_defaults(toml: Callable[[str], Path]) -> None:
    settings = Settings()
    assert (settings.workspace, settings.model, settings.seed) == (None, None, 0)
    assert (settings.images, settings.offline) == (True, False)


def test_who_wins(toml: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = toml('seed = 1\noffline = true\nworkspace = "/from/the/file"\n')
    assert path.name == "regroup.toml" and path.parent.name == "regroup"
    assert (Settings().seed, Settings().offline) == (1, True)
    assert Settings().workspace == Path("/from/the/file")
    monkeypatch.setenv("REGROUP_SEED", "2")
    assert Settings().seed == 2
    assert Settings(seed=3).seed == 3
    assert Settings(seed=3).offline


def test_what_is_unknown_in_the_file_is_left_alone(toml: Callable[[str], Path]) -> None:
    toml("sede = 1\n[other]\nx = 1\n")
    assert Settings().seed == 0


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"seed": 2**31 + 1}, {"seed": "x"}, {"offline": "perhaps"}])
def test_what_is_set_wrongly_is_refused(wrong: dict[str, Any], toml: Callable[[str], Path]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)
