"""What is installed is what is in the repository: the wheel and the source distribution, built and unpacked."""

import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("regroup", "assistant", "tools", "prompts")
BUILD = "import sys; from setuptools import build_meta; print(getattr(build_meta, sys.argv[1])(sys.argv[2]))"


def tracked(*folders: str) -> set[str]:
    """The files of the repository, as git lists them."""
    listed = subprocess.run(["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no work tree of git")
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is tracked: building leaves folders behind."""
    copy = tmp_path_factory.mktemp("source")
    for name in tracked():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    return copy


def built(source: Path, hook: str, to: Path) -> Path:
    pytest.importorskip("setuptools", minversion="77")
    ran = subprocess.run(
        [sys.executable, "-c", BUILD, hook, str(to)], cwd=source, capture_output=True, text=True, timeout=200
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return to / ran.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(built(source, "build_wheel", tmp_path_factory.mktemp("wheel")))


def test_the_wheel_has_every_file_of_the_packages_and_no_other(wheel: zipfile.ZipFile) -> None:
    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert inside == tracked(*PACKAGES)


def test_the_wheel_has_what_runs_and_what_types_need(wheel: zipfile.ZipFile) -> None:
    kinds = {PurePosixPath(name).suffix for name in wheel.namelist()}
    assert {".md", ".tcss", ".yaml", ".toml", ".safetensors", ".j2", ".css", ".js"} <= kinds
    assert "regroup/py.typed" in wheel.namelist()


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    (information,) = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name}

    def read(name: str) -> str:
        return wheel.read(f"{information}/{name}").decode()

    about = message_from_string(read("METADATA"))
    assert (about["Name"], about["License-Expression"]) == ("regroup", "MIT")
    assert "Regroup is a chat in the terminal" in about.get_payload()
    assert read("licenses/LICENSE") == (ROOT / "LICENSE").read_text("utf-8")
    assert "regroup = regroup.command:main" in read("entry_points.txt")


def test_the_source_distribution_can_be_tested_and_read(source: Path, tmp_path: Path) -> None:
    with tarfile.open(built(source, "build_sdist", tmp_path)) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert tracked() - inside == set()
