"""A renamed folder on the command line: told, asked about, and gone on with."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from tests.rewriting import tag

Run = Callable[..., Any]


@pytest.fixture
def renamed(album: Path, regroup: Run) -> Path:
    """A folder that was grouped under another name."""
    regroup("cluster", album, "--by", "colour")
    return album.rename(album.with_name("elsewhere"))


def test_a_script_is_told_how_to_go_on(renamed: Path, album: Path, regroup: Run) -> None:
    said = regroup("log", renamed)
    assert "nothing has been done yet" in said.out
    assert f'this looks like "{album}"' in said.err
    assert f'regroup moved "{album}" "{renamed}"' in said.err
    moved = regroup("moved", album, renamed)
    assert (moved.code, moved.err) == (0, "")
    assert moved.out == f"what was kept of {album} is now kept of {renamed}\n"
    said = regroup("log", renamed)
    assert "grouped by colour" in said.out and said.err == ""
    assert "nothing is kept of" in regroup("moved", album, renamed).complaint(2)


@pytest.mark.parametrize("yes", [True, False])
def test_at_a_terminal_it_is_asked(
    renamed: Path, album: Path, regroup: Run, yes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def confirm(question: str, **_: object) -> bool:
        asked.append(question)
        return yes

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(click, "confirm", confirm)
    said = regroup("log", renamed)
    assert ("grouped by colour" in said.out) == yes
    assert len(asked) == 1 and f'looks like "{album}"' in asked[0]
    regroup("log", renamed)
    assert len(asked) == 1


def test_what_happened_to_the_files_is_a_remark(album: Path, regroup: Run, tmp_path: Path) -> None:
    assert regroup("cluster", album, "--by", "colour").err == ""
    for i in range(8):
        tag(album / f"{i}.png")
    (album / "lost+found").mkdir()
    said = regroup("export", album, "colour", "--to", tmp_path / "out", "--plan")
    assert "8 files were rewritten; they are the same pictures." in said.err
    assert '"lost+found" (the file system)' in said.err and "--include-skipped" in said.err
    assert regroup("export", album, "colour", "--to", tmp_path / "out", "--plan").err == ""
