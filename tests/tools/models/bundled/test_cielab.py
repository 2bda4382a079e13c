"""CIELAB against published values."""

import numpy as np
import pytest

from tools.models.bundled.cielab import to_lab

# Bruce Lindbloom's calculator, sRGB under D65.
KNOWN = {
    (255, 255, 255): (100.0, 0.0, 0.0),
    (0, 0, 0): (0.0, 0.0, 0.0),
    (255, 0, 0): (53.24, 80.09, 67.20),
    (0, 255, 0): (87.73, -86.18, 83.18),
    (0, 0, 255): (32.30, 79.19, -107.86),
    (119, 119, 119): (50.03, 0.0, 0.0),
}


@pytest.mark.parametrize(("rgb", "lab"), KNOWN.items())
def test_known_colours(rgb: tuple[int, int, int], lab: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(to_lab(np.array(rgb, np.uint8)), lab, atol=0.05)


def test_any_shape_stays() -> None:
    assert to_lab(np.zeros((2, 3, 4, 3), np.uint8)).shape == (2, 3, 4, 3)
    assert to_lab(np.zeros((0, 3), np.uint8)).shape == (0, 3)
    assert to_lab(np.zeros((1, 3), np.uint8)).dtype == np.float32


def test_greys_have_no_colour_and_get_lighter_with_their_value() -> None:
    lab = to_lab(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
    assert np.abs(lab[:, 1:]).max() < 0.02
    assert (np.diff(lab[:, 0]) > 0).all()
    assert lab[0, 0] >= 0 and lab[-1, 0] <= 100.001
