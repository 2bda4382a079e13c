"""The measuring of speed, with the real experts on drawn pictures. How fast they are is not tested here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from assistant.bench.speed import measure_speed
from assistant.settings import Settings
from tools.errors import UsageError

Run = Callable[..., Any]


def draw(folder: Path, count: int) -> Path:
    folder.mkdir()
    for i in range(count):
        Image.new("RGB", (64, 48), (i * 20, 90, 255 - i * 20)).save(folder / f"{i}.png")
    return folder


def test_both_ways_are_timed_on_the_same_pictures(tmp_path: Path) -> None:
    found = measure_speed(draw(tmp_path / "pictures", 9), Settings(offline=True))
    assert found["images"] == 9
    assert {"object", "colour"} <= set(found["experts"])  # type: ignore[call-overload]
    assert all(
        float(str(found[name])) > 0
        for name in ("images_per_second", "naive_per_second", "ratio", "network_per_second")
    )
    spent = found["milliseconds"]
    assert isinstance(spent, dict) and list(spent) == ["decoding", *found["experts"]]
    assert spent["object"] > spent["decoding"] >= 0


def test_a_handful_of_pictures_says_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least 8"):
        measure_speed(draw(tmp_path / "few", 3), Settings(offline=True))


def test_the_command_prints_a_table(tmp_path: Path, regroup: Run) -> None:
    folder = draw(tmp_path / "pictures", 8)
    result = regroup("bench", "--speed", str(folder))
    assert "images/s" in result.out and "pictures" in result.out
