"""What a shell completes, by the script that `regroup completion` prints."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ROOT = Path(__file__).parents[3]


def completed(script: str, words: str, tmp_path: Path) -> set[str]:
    """What bash offers for the last of some words."""
    program = tmp_path / "bin" / "regroup"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m regroup.command "$@"\n')
    program.chmod(0o755)
    asked = (
        f"{script}\nCOMP_WORDS=({words})\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n"
        "_regroup_completion regroup\nprintf '%s\\n' \"${COMPREPLY[@]}\""
    )
    own = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        ["bash", "-c", asked], env=os.environ | own, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize(
    ("words", "offered"),
    [("regroup mo", {"models", "moved"}), ("regroup models --lic", {"--licences"})],
)
def test_bash_completes(regroup: Run, tmp_path: Path, words: str, offered: set[str]) -> None:
    assert completed(regroup("completion", "bash").out, words, tmp_path) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script_of_its_own(regroup: Run, shell: str) -> None:
    said = regroup("completion", shell)
    assert said.code == 0 and f"_REGROUP_COMPLETE={shell}_complete" in said.out
    if found := shutil.which(shell):
        subprocess.run([found, "-n"], input=said.out, text=True, check=True)


def test_another_shell_is_refused(regroup: Run) -> None:
    said = regroup("completion", "tcsh")
    assert said.code == 2 and "'bash', 'zsh', 'fish'" in said.err
