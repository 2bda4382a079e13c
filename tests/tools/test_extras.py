"""What an extra adds is named by its packages, in the way of the environment."""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools import extras
from tools.extras import how_to_add

DECLARED = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
FILLED = {name: listed for name, listed in DECLARED["optional-dependencies"].items() if listed}


@pytest.mark.parametrize("extra", FILLED)
def test_all_packages_of_an_extra_are_named_and_no_other(extra: str) -> None:
    command = how_to_add(extra)
    assert command.startswith("pip install ") and "regroup" not in command
    named = [Requirement(part) for part in command.removeprefix("pip install ").strip('"').split('" "')]
    assert named == [Requirement(line) for line in FILLED[extra]]


@pytest.mark.parametrize(
    ("mark", "begins"),
    [("pipx_metadata.json", 'pipx inject regroup "'), ("uv-receipt.toml", "uv pip install --python ")],
)
def test_an_isolated_environment_is_added_to_in_its_own_way(
    mark: str, begins: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / mark).touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert how_to_add("watch").startswith(begins) and '"watchfiles' in how_to_add("watch")


def test_what_was_not_installed_is_added_from_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> list[str]:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(extras, "requires", unknown)
    assert how_to_add("raw") == 'pip install -e ".[raw]"'
