"""The version is that of the newest part of CHANGELOG.md, and says whether that is released."""

import re
import tomllib

from packaging.version import Version

from tests.packaging.lock import ROOT


def test_the_version_is_the_newest_of_the_changes() -> None:
    version = Version(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])
    newest = re.search(r"^## (\S+) \((.+)\)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None and version.base_version == newest[1]
    assert version.is_devrelease == (newest[2] == "unreleased")
