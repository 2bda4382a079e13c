"""The demo without a terminal: the pictures are drawn all the same, and it is said how to go on."""

from pathlib import Path
from typing import Any

from PIL import Image

from assistant.demo import play


def test_without_a_terminal_the_pictures_are_drawn(regroup: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def draw(folder: Path, **options: Any) -> list[Any]:
        folder.mkdir()
        Image.new("RGB", (8, 8)).save(folder / "a.png")
        return []

    monkeypatch.setattr(play, "draw_demo", draw)
    done = regroup("demo", "--to", tmp_path / "demo")
    assert done.code == 0 and (tmp_path / "demo" / "pictures" / "a.png").exists()
    assert (
        f"regroup chat {tmp_path / 'demo' / 'pictures'}" in done.out and "regroup demo --script" in done.out
    )
