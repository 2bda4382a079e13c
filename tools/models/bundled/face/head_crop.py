"""Cuts out the head, upright and at a standard size, on which glasses and hair are measured."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.cielab import to_lab
from tools.models.bundled.face.mesh import Mesh
from tools.models.bundled.face.patch import patch
from tools.models.ports import Pixels

UNIT = 32
"""The distance of the eyes in a head crop, in pixels."""
WIDTH, HEIGHT = 4 * UNIT, 5 * UNIT
"""The size of a head crop in pixels."""
MIDDLE = (2 * UNIT, 2.75 * UNIT)
"""The middle between the eyes in a head crop, x and y in pixels."""

SKIN = (50, 280, 205, 425, 101, 330, 36, 266, 4, 5, 195, 197, 151, 9, 108, 337, 118, 347)
"""The points of the mesh that lie on bare skin."""


@dataclass(frozen=True, slots=True)
class HeadCrop:
    """Holds a head, upright and at a standard size.

    Attributes:
        lab: (HEIGHT, WIDTH, 3) float32 CIELAB.
        inside: (HEIGHT, WIDTH) bool, False beyond the edge of the picture.
        points: (468, 2) the mesh in pixels of the crop.
        skin: (3,) CIELAB of the lit skin.
        eyes: (2, 2) the middles of the left and the right eye.
        near: (2,) how much of the left and of the right eye is visible; sums to 1.
    """

    lab: NDArray[np.float32]
    inside: NDArray[np.bool_]
    points: NDArray[np.float32]
    skin: NDArray[np.float32]
    eyes: NDArray[np.float32]
    near: NDArray[np.float32]

    def at(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return (n, 3) CIELAB at n points, (n, 2), which are clipped to the crop."""
        columns, rows = self._cells(points)
        return np.asarray(self.lab[rows, columns])

    def within(self, points: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return (n,) bool: whether these points, (n, 2), lie inside the picture."""
        columns, rows = self._cells(points)
        same = (np.abs(points - np.stack([columns, rows], 1)) < 1).all(1)
        return np.asarray(same & self.inside[rows, columns])

    def _cells(self, points: NDArray[np.floating]) -> NDArray[np.int64]:
        return np.asarray(np.clip(np.rint(points), 0, (WIDTH - 1, HEIGHT - 1)).T, np.int64)


def crop_head(pixels: Pixels, mesh: Mesh) -> HeadCrop:
    """Return the crop of one head of an RGB picture."""
    middle, right, down = mesh.frame()
    # MIDDLE says where the middle between the eyes is; the centre of the crop follows from it.
    centre = middle + down * ((HEIGHT / 2 - MIDDLE[1]) / UNIT)
    size = (WIDTH, HEIGHT)
    reach = (right * (WIDTH / 2 / UNIT), down * (HEIGHT / 2 / UNIT))
    inside = patch(np.full(pixels.shape[:2], 255, np.uint8), centre, *reach, size) > 127
    axes = np.stack([right, down], axis=1)
    inverse = np.linalg.inv(axes).T * UNIT

    def into(flat: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.asarray((flat - middle) @ inverse + MIDDLE)

    points = into(mesh.points[:, :2])
    lab = to_lab(patch(pixels, centre, *reach, size))
    left = 1 / (1 + np.exp(-10 * float(mesh.angles()[0])))
    columns, rows = np.clip(np.rint(points[list(SKIN)]), 0, (WIDTH - 1, HEIGHT - 1)).astype(np.int64).T
    sampled = lab[rows, columns]
    # Only the lighter half counts: shadow, beard and rims are darker than skin.
    lighter = sampled[np.argsort(sampled[:, 0], kind="stable")[len(sampled) // 2 :]]
    return HeadCrop(
        lab=lab,
        inside=inside,
        points=points.astype(np.float32),
        skin=np.median(lighter, axis=0).astype(np.float32),
        eyes=into(mesh.eyes()).astype(np.float32),
        near=np.array([left, 1 - left], np.float32),
    )
