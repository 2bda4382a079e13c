"""The head, upright and at a standard size: what glasses and hair are measured on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.models.bundled.face.mesh import Mesh
from tools.models.bundled.face.patch import patch
from tools.models.bundled.lab import to_lab

UNIT = 32  # pixels of a portrait between the eyes
WIDTH, HEIGHT = 4 * UNIT, 5 * UNIT
MIDDLE = (2 * UNIT, 2.75 * UNIT)  # where the middle between the eyes comes to lie: x, y

SKIN = (50, 280, 205, 425, 101, 330, 36, 266, 4, 5, 195, 197, 151, 9, 108, 337, 118, 347)


@dataclass(frozen=True, slots=True)
class Portrait:
    """A head.

    Attributes:
        lab: (HEIGHT, WIDTH, 3) CIELAB.
        inside: (HEIGHT, WIDTH) False where the picture ended.
        points: (468, 2) the mesh in pixels of the portrait.
        skin: (3,) CIELAB of the lit skin.
        eyes: (2, 2) the middles of the left and of the right eye.
        near: (2,) how much of the left and of the right eye is seen; sums to 1.
    """

    lab: NDArray[np.float32]
    inside: NDArray[np.bool_]
    points: NDArray[np.float32]
    skin: NDArray[np.float32]
    eyes: NDArray[np.float32]
    near: NDArray[np.float32]

    def at(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """CIELAB (n, 3) at n points (n, 2) of the portrait, clipped to it."""
        columns, rows = self._cells(points)
        return np.asarray(self.lab[rows, columns])

    def within(self, points: NDArray[np.floating]) -> NDArray[np.bool_]:
        """(n,) whether the picture has something at these points (n, 2)."""
        columns, rows = self._cells(points)
        same = (np.abs(points - np.stack([columns, rows], 1)) < 1).all(1)
        return np.asarray(same & self.inside[rows, columns])

    def _cells(self, points: NDArray[np.floating]) -> NDArray[np.int64]:
        return np.asarray(np.clip(np.rint(points), 0, (WIDTH - 1, HEIGHT - 1)).T, np.int64)


def portray(image: Image.Image, mesh: Mesh) -> Portrait:
    """Cut one head out of an RGB picture."""
    middle, right, down = mesh.frame()
    # The piece's own centre lies where MIDDLE says, seen from the middle between the eyes.
    centre = middle + down * ((HEIGHT / 2 - MIDDLE[1]) / UNIT)
    size = (WIDTH, HEIGHT)
    reach = (right * (WIDTH / 2 / UNIT), down * (HEIGHT / 2 / UNIT))
    pixels = np.asarray(patch(image, centre, *reach, size))
    inside = np.asarray(patch(Image.new("L", image.size, 255), centre, *reach, size)) > 127
    axes = np.stack([right, down], axis=1)
    inverse = np.linalg.inv(axes).T * UNIT

    def into(flat: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.asarray((flat - middle) @ inverse + MIDDLE)

    points = into(mesh.points[:, :2])
    lab = to_lab(pixels)
    left = 1 / (1 + np.exp(-10 * float(mesh.angles()[0])))
    columns, rows = np.clip(np.rint(points[list(SKIN)]), 0, (WIDTH - 1, HEIGHT - 1)).astype(np.int64).T
    found = lab[rows, columns]
    # The lighter half: shadow, beard and rims are darker than skin.
    lighter = found[np.argsort(found[:, 0], kind="stable")[len(found) // 2 :]]
    return Portrait(
        lab=lab,
        inside=inside,
        points=points.astype(np.float32),
        skin=np.median(lighter, axis=0).astype(np.float32),
        eyes=into(mesh.eyes()).astype(np.float32),
        near=np.array([left, 1 - left], np.float32),
    )
