"""The locks pin what pyproject.toml asks for, each with its hashes."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.lock import LOCKS, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def pins(name: str) -> dict[str, list[str]]:
    """The versions of each package in a lock; several where systems or Pythons differ."""
    found: dict[str, list[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)==([^\s;]+)", text(name), flags=re.MULTILINE):
        found.setdefault(canonicalize_name(package), []).append(version)
    return found


def text(name: str) -> str:
    return (ROOT / "locks" / name).read_text("utf-8")


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_asked_for_is_pinned_as_it_is_asked_for(name: str) -> None:
    pinned = pins(name)
    asked = [*PROJECT["dependencies"]]
    for extra in LOCKS[name]:
        asked += PROJECT["optional-dependencies"][extra]
    for line in asked:
        requirement = Requirement(line)
        versions = pinned.get(canonicalize_name(requirement.name), [])
        assert versions, f"{line}: not in locks/{name}; run: python -m tests.packaging.lock"
        wrong = [version for version in versions if not requirement.specifier.contains(version)]
        assert not wrong, f"{line}: locks/{name} has {wrong}; run: python -m tests.packaging.lock"


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_its_hashes(name: str) -> None:
    for block in re.split(r"\n(?=\S)", text(name)):
        assert block.startswith("#") or "--hash=sha256:" in block, block


def test_what_is_locked_comes_from_the_registry_alone() -> None:
    for name in LOCKS:
        assert not re.search(r"https?://|file:|--find-links|--index", text(name))


def test_ci_installs_what_is_locked() -> None:
    run = (Path(ROOT) / ".ci" / "run").read_text("utf-8")
    assert "--require-hashes -r locks/dev.txt" in run
