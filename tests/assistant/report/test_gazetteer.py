"""The towns around the places of pictures: known offline, in the region, and named without covering each other."""

import numpy as np
import pytest

from assistant.report.gazetteer import Town, apart, mercator, towns_around, towns_of

LISBON, PORTO = (38.72, -9.14), (41.15, -8.61)


def test_towns_of_the_region_the_largest_first() -> None:
    pytest.importorskip("reverse_geocode")
    towns = towns_around([LISBON, PORTO])
    names = [town.name for town in towns]
    assert "Lisbon" in names and "Porto" in names and names.index("Lisbon") < names.index("Porto")
    assert all(36 < town.place[0] < 44 and -14 < town.place[1] < -4 for town in towns)
    assert [town.name for town in towns_of([LISBON, PORTO, PORTO])] == ["Porto", "Lisbon"]
    assert len(towns_around([LISBON])) > 1  # one place alone has a region, too
    assert towns_around([(89.9, 179.9), (-89.9, -179.9)]) is not None


def test_names_do_not_cover_each_other() -> None:
    towns = [Town("a", (0, 0)), Town("b", (0, 0.1)), Town("c", (0, 50)), Town("d", (40, 0))]
    assert [town.name for town in apart(towns, 9)] == ["a", "c", "d"]
    assert [town.name for town in apart(towns, 2)] == ["a", "c"]
    assert apart([], 3) == []


def test_the_projection_is_that_of_web_maps() -> None:
    x, y = mercator([(0, 0), (0, 180), (85.05112878, 0), (90, 0)])
    assert np.allclose(x, [0, 20037508.34, 0, 0], atol=1) and np.allclose(
        y[:3], [0, 0, 20037508.34], atol=1e5
    )
    assert np.isfinite(y).all()
