"""The order of the pictures of a group, and the best of each, on a real desk."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from assistant.desk import Desk
from assistant.settings import Settings
from tests.camera_roll import exif
from tools.clustering.cross_clusterings import PICKED
from tools.errors import UsageError
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Red, then blue discs; one of each is out of focus, and one red one is nearly orange."""
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    folder = tmp_path / "discs"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for n in range(24):
        colour = ((200, 20 + n, 30), (20, 30, 200 + n))[n % 2]
        if n == 6:
            colour = (225, 100, 20)
        grain = Image.fromarray(rng.integers(200, 230, (120, 120, 3), np.uint8))
        ImageDraw.Draw(grain).ellipse((15, 15, 105, 105), fill=colour)
        if n in (4, 5):
            grain = grain.filter(ImageFilter.GaussianBlur(4))
        block = exif(datetime(2024, 5, 12, 10, 59 - n, 0), camera="Canon EOS R6")
        grain.save(folder / f"d{n:02}.jpg", quality=95, exif=block)
    with Desk.open(folder, Settings(workspace=tmp_path / "ws", offline=True)) as opened:
        yield opened


def names(desk: Desk, ids: tuple[str, ...]) -> list[str]:
    return [desk.collection.by_id(id).path.stem for id in ids]


def test_the_orders_of_a_group(desk: Desk) -> None:
    made = desk.grouping.group("colour", 2)
    red = next(c for c in made.clusters if "d00" in names(desk, made.members(c.id)))
    members = made.members(red.id)
    typical = names(desk, desk.arranging.order(members))
    assert typical[-1] == "d06", "the orange one is the least typical"
    alike = names(desk, desk.arranging.order(members, "alike"))
    assert sorted(alike) == sorted(typical) and alike[-1] == "d06"
    assert names(desk, desk.arranging.order(members, "time")) == sorted(typical, reverse=True)
    assert names(desk, desk.arranging.order(members, "name")) == sorted(typical)


def test_without_a_look_nothing_is_looked_at(desk: Desk) -> None:
    made = desk.grouping.group("camera")
    members = made.members(made.clusters[0].id)
    assert desk.arranging.order(members) == members
    assert names(desk, desk.arranging.order(members, "alike"))[0] == "d23"  # by time
    assert not desk.experts.looked


def test_the_best_of_each_are_typical_or_sharp(desk: Desk) -> None:
    made = desk.grouping.group("colour", 2)
    best = desk.arranging.best(3)
    assert {len(images) for images in best.values()} == {3}
    assert "d06" not in [name for images in best.values() for name in names(desk, images)]
    sharp = desk.arranging.best(11, "sharpest")
    left = set(desk.collection.ids) - {image for images in sharp.values() for image in images}
    assert sorted(names(desk, tuple(left))) == ["d04", "d05"]
    assert desk.clusterings.get().id == made.id


def test_picks_become_a_grouping_that_undo_takes_back(desk: Desk) -> None:
    made = desk.grouping.group("colour", 2)
    picked = desk.arranging.group_best(2)
    assert picked.criterion == "best of each colour" and picked.method == PICKED
    assert [c.name for c in picked.clusters] == [c.name for c in made.clusters]
    assert [picked.size(c.id) for c in picked.clusters] == [2, 2] and len(picked.unsorted()) == 20
    assert desk.clusterings.get().id == picked.id
    with pytest.raises(UsageError, match="best already"):
        desk.arranging.group_best(1)
    with pytest.raises(UsageError, match="picked from another"):
        desk.grouping.more()
    moved = desk.editing.move([picked.unsorted()[0]], picked.clusters[0].name)
    assert desk.clusterings.get().size(picked.clusters[0].id) == 3 and moved is not None
    desk.history.undo()
    desk.history.undo()
    assert desk.clusterings.get().id == made.id
