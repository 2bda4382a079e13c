"""A small drawn collection on a real desk: real files, real workspace, one real expert (colour)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from assistant.desk import Desk
from assistant.settings import Settings
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert

COLOURS = ((220, 30, 30), (30, 190, 40), (40, 60, 220))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Twelve pictures: four red, four green and four blue shapes, squares and discs."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(12):
        image = Image.new("RGB", (64, 64), (240, 240, 240))
        shape = ImageDraw.Draw(image)
        draw = shape.ellipse if i % 2 else shape.rectangle
        draw((8 + i, 8, 48 + i, 48), fill=COLOURS[i % 3])
        image.save(folder / f"img-{i:03}.png")
    return folder


@pytest.fixture
def open_desk(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Desk]]:
    """Opens a desk over `pictures`, as often as the test likes; the one before is closed."""
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    desks: list[Desk] = []

    def make() -> Desk:
        for desk in desks:
            desk.close()
        desks.append(Desk.open(pictures, Settings(workspace=tmp_path / "workspace", offline=True)))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(open_desk: Callable[[], Desk]) -> Desk:
    """One open desk."""
    return open_desk()
