"""Means over the centre and the border of a layer."""

import numpy as np
import pytest

from tools.models.region_mean import CLEAR, centre, region_mean


@pytest.mark.parametrize("shape", [(9, 9), (4, 17)])
@pytest.mark.parametrize("region", ["all", "centre", "border"])
def test_the_mean_is_that_of_its_formula(
    shape: tuple[int, int], region: str, rng: np.random.Generator
) -> None:
    layer = rng.normal(size=(*shape, 5)).astype(np.float32)
    along, across = np.meshgrid(*[((np.arange(n) + 0.5) / n - 0.5) / 0.35 for n in shape], indexing="ij")
    bell = np.exp(-(along**2 + across**2))
    share = {"all": np.ones(shape), "centre": bell, "border": (1 - bell) ** CLEAR}[region]
    expected = (layer * share[..., None]).sum((0, 1)) / share.sum()
    found = region_mean(layer, region)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_the_two_regions_of_one_shape_are_not_mixed_up_when_asked_for_again() -> None:
    layer = np.zeros((8, 8, 1), np.float32)
    layer[3:5, 3:5] = 1
    first = [region_mean(layer, region)[0] for region in ("centre", "border", "centre", "border")]
    assert first[0] == first[2] > first[1] == first[3]
    assert centre((8, 8), 0.7)[0, 0] > centre((8, 8))[0, 0]
