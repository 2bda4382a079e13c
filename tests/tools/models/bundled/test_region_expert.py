"""Parts of pictures and what is seen in them."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.models.bundled.region_expert import CELLS, FACE, HEAD, REGIONS, SUBJECT, RegionExpert, Regions, cut
from tools.models.ports import Pixels
from tools.models.weight_store import WeightStore


@pytest.fixture(scope="module")
def shared() -> Regions:
    return Regions(WeightStore(offline=True))


@pytest.fixture(scope="module")
def figure() -> Pixels:
    """A tall figure on the right half of a white picture."""
    picture = Image.new("RGB", (200, 160), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((130, 40, 170, 150), fill="navy")
    pen.ellipse((140, 10, 160, 40), fill="navy")
    return np.asarray(picture)


def test_every_part_of_the_picture_is_in_a_cell() -> None:
    covered = np.zeros((100, 100), bool)
    for name in CELLS:
        left, top, right, bottom = CELLS[name]
        assert left < right and top < bottom
        covered[max(0, int(top * 100)) : int(bottom * 100), max(0, int(left * 100)) : int(right * 100)] = True
    assert covered.all()
    assert len(set(REGIONS)) == len(REGIONS)


def test_what_stands_out_and_its_upper_end(shared: Regions, figure: Pixels) -> None:
    subject, head = shared.box(figure, SUBJECT), shared.box(figure, HEAD)
    assert subject is not None and head is not None
    np.testing.assert_allclose(subject, (130 / 200, 10 / 160, 171 / 200, 151 / 160), atol=0.03)
    assert head[1] == subject[1] and head[3] < subject[1] + 0.4 * (subject[3] - subject[1])
    assert abs((head[0] + head[2]) / 2 - 150 / 200) < 0.03


def test_a_picture_without_a_face_has_no_such_part(shared: Regions, figure: Pixels) -> None:
    assert shared.box(figure, FACE) is None
    found = RegionExpert(FACE, shared).look([figure])
    assert all(np.isnan(view).all() for view in found.views.values())


def test_views_are_of_the_part_alone(shared: Regions, figure: Pixels) -> None:
    expert = RegionExpert("the top left corner", shared)
    other = figure.copy()
    other[100:] = 0
    found = expert.look([figure, other])
    assert set(found.views) == set(expert.views) and found.slots == [[], []]
    for view in found.views.values():
        assert view.dtype == np.float32 and np.isfinite(view).all()
        np.testing.assert_array_equal(view[0], view[1])


def test_what_lies_beyond_the_edge_is_the_edge(figure: Pixels) -> None:
    part = cut(figure, (-0.1, -0.1, 0.5, 0.5))
    assert part is not None and part.shape == (96, 120, 3)
    assert (part == 255).all()
    assert cut(figure, (-0.5, 0, 0.01, 1)) is None
