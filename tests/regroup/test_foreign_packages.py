"""Another distribution's package of the same name: one line, before anything of it is run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages, as an installation has them."""
    site = tmp_path_factory.mktemp("site")
    for name in ("regroup", "assistant", "tools", "prompts"):
        shutil.copytree(ROOT / name, site / name, ignore=shutil.ignore_patterns("__pycache__"))
    return site


def run(*code: str, path: list[Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    own = {"PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *code], cwd=cwd, env=os.environ | own, capture_output=True, text=True, timeout=60
    )


def foreign(folder: Path, name: str) -> Path:
    """A package that leaves a trace when it is loaded, with the metadata of its distribution."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "__init__.py").write_text("open('it-was-run', 'w')\n")
    (folder / "helpers-1.0.dist-info").mkdir()
    (folder / "helpers-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: helpers\n")
    (folder / "helpers-1.0.dist-info" / "RECORD").write_text(f"{name}/__init__.py,,\n")
    return folder


@pytest.mark.parametrize("name", ["assistant", "tools", "prompts"])
def test_a_package_that_stands_before_ours_is_named(installed: Path, tmp_path: Path, name: str) -> None:
    other = foreign(tmp_path / "other", name)
    ran = run("-m", "regroup.command", "--version", path=[other, installed], cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (1, "")
    where = str(other / name / "__init__.py")
    assert ran.stderr == (
        f'regroup: the package "{name}" of Regroup is another one here ({where!r}, of helpers); '
        "install Regroup by itself, in a new virtual environment, with pipx or with uv tool\n"
    )
    assert not (tmp_path / "it-was-run").exists()


def test_a_package_that_was_written_over_ours_is_named(installed: Path, tmp_path: Path) -> None:
    ours = installed / "tools" / "__init__.py"
    before = ours.read_text("utf-8")
    ours.write_text("# of another distribution\n")
    try:
        ran = run("-m", "regroup.command", "--version", path=[installed], cwd=tmp_path)
    finally:
        ours.write_text(before, "utf-8")
    assert ran.returncode == 1
    assert ran.stderr.startswith('regroup: the package "tools" of Regroup is another one here (')
    assert len(ran.stderr.splitlines()) == 1


def test_a_missing_package_is_named(installed: Path, tmp_path: Path) -> None:
    ours = installed / "prompts" / "__init__.py"
    ours.rename(ours.with_suffix(".away"))
    try:
        ran = run("-m", "regroup.command", "--version", path=[installed], cwd=tmp_path)
    finally:
        ours.with_suffix(".away").rename(ours)
    assert (ran.returncode, len(ran.stderr.splitlines())) == (1, 1)


def test_python_is_told_when_it_asks_for_something(installed: Path, tmp_path: Path) -> None:
    other = foreign(tmp_path / "other", "tools")
    code = "import regroup\ntry: regroup.open\nexcept ImportError as error: print(error)"
    ran = run("-c", code, path=[other, installed], cwd=tmp_path)
    assert ran.stdout.startswith('the package "tools" of Regroup is another one here'), ran.stderr
    assert not (tmp_path / "it-was-run").exists()


def test_a_module_that_is_loaded_already_is_noticed(installed: Path, tmp_path: Path) -> None:
    code = "import sys, types; sys.modules['tools'] = types.ModuleType('tools'); import regroup; regroup.open"
    ran = run("-c", code, path=[installed], cwd=tmp_path)
    assert 'ImportError: the package "tools" of Regroup' in ran.stderr


def test_by_itself_it_runs(installed: Path, tmp_path: Path) -> None:
    ran = run("-m", "regroup.command", "--help", path=[installed], cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "") and "Commands:" in ran.stdout
