"""The page about Python and its notebook: every block runs, one after another."""

from pathlib import Path

import pytest

from assistant.demo import draw_demo
from tests.docs.notebook import NOTEBOOK, blocks, notebook


def test_the_notebook_is_made_from_the_page() -> None:
    assert NOTEBOOK.read_text("utf-8") == notebook(), "run: python -m tests.docs.notebook"


def test_every_block_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    draw_demo(tmp_path / "portraits", seed=11, count=40)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REGROUP_WORKSPACE", str(tmp_path / "workspace"))
    names: dict[str, object] = {}
    for block in blocks():
        exec(compile(block, "docs/PYTHON.md", "exec"), names)
    said = capsys.readouterr().out
    assert "<Collection" in said and "<Grouping by 'emotion'" in said and "cheerful" in said
    assert "<Export of" in said and not (tmp_path / "sorted").exists()
    assert "(60, 3)" in said and len(blocks()) >= 7
