"""Takes the mean of a layer of a network over a region: what is before the camera, or what surrounds it."""

import numpy as np

from tools.models.ports import Vectors

CENTRE = 0.35
"""The width of the centre as a share of the side of the picture, as `tools.models.bundled.segment` takes it."""


def region_mean(layer: Vectors, region: str) -> Vectors:
    """Return the mean of a layer over "all" of the picture, its "centre" or its "border", (channels,) float32.

    The centre is a bell about the middle and the border the rest, so that what is before the camera and what surrounds
    it are told apart without a mask: what is at the border is hardly ever the subject, in any kind of picture.

    Args:
        layer: (height, width, channels).
        region: "all", "centre" or "border".
    """
    if region == "all":
        return np.asarray(layer.mean((0, 1)), np.float32)
    along, across = (((np.arange(size) + 0.5) / size - 0.5) / CENTRE for size in layer.shape[:2])
    share = np.exp(-(along[:, None] ** 2 + across**2))
    if region == "border":
        share = 1 - share
    return np.asarray(np.tensordot(share / share.sum(), layer, 2), np.float32)
