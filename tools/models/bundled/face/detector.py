"""Finds faces with BlazeFace (Bazarevsky et al. 2019), short range, on LiteRT."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.face.patch import patch
from tools.models.bundled.litert import Network
from tools.models.ports import Pixels

SIDE = 128
"""The side in pixels of the network's input."""
SURE = 0.6
"""The score from which a detection in the whole picture is a face."""
LIKELY = 0.5
"""The score from which a detection in one of the closer crops is a face."""
OVERLAP = 0.3
"""The intersection over union above which two boxes are one face."""

# The network expects a face to fill an eighth to a half of its input.
CLOSER = ((0.8, 0.5, 0.45), (0.65, 0.5, 0.4), (0.65, 0.3, 0.4), (0.65, 0.7, 0.4), (1.5, 0.5, 0.5))
"""The squares that are looked at where the whole picture shows no face: the side as a share of the picture's shorter
side, then the horizontal and the vertical centre as shares of the picture."""
AGAIN = ((3.4, False), (2.4, True), (2.4, False), (1.7, False))
"""The squares about a face in which it is looked for again: the side in sizes of the face, and whether mirrored. Those
come first that least often show what is no face."""
SURER = 0.35
"""The most by which further looks at a face are on average surer than the looks so far. Of 474 faces of drawings and
photographs that all looks agree on, this misses none; of other things it ends the looks after 2 or 3 of 4."""


@dataclass(frozen=True, slots=True)
class Face:
    """Holds a detected face, in pixels of the picture.

    Attributes:
        box: (4,) left, top, right, bottom.
        points: (6, 2) x, y of the right eye, left eye (the person's), nose, mouth, right and left ear.
        score: The network's confidence in [0, 1].
    """

    box: NDArray[np.float32]
    points: NDArray[np.float32]
    score: float

    @property
    def size(self) -> float:
        """Return the longer side of the box in pixels."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))

    @property
    def middle(self) -> NDArray[np.float32]:
        """Return the centre of the box, (2,) float32."""
        return np.asarray((self.box[:2] + self.box[2:]) / 2, np.float32)


class Detector:
    """Finds the faces of a picture.

    Args:
        weights: The file face_detection_short_range.tflite.
    """

    def __init__(self, weights: Path) -> None:
        self._network = Network(weights)
        self._anchors = _anchors()

    def find(self, pixels: Pixels) -> list[Face]:
        """Return the faces of one RGB picture, the largest first."""
        height, width = pixels.shape[:2]
        side = float(max(width, height))
        faces = [*self._look(pixels, ((width - side) / 2, (height - side) / 2, side), SURE)]
        if not faces:
            crops = [(share * min(width, height), x * width, y * height) for share, x, y in CLOSER]
            detections = [[*self._look(pixels, (x - s / 2, y - s / 2, s), LIKELY)] for s, x, y in crops]
            faces = max(detections, key=lambda seen: max((face.score for face in seen), default=0.0))
        return sorted(faces, key=lambda face: -face.size)

    def agrees(self, pixels: Pixels, face: Face, least: float) -> bool:
        """Return whether the network is on average at least this sure of one face when it sees it closer, from further
        away and mirrored; each time it is sure in [0, 1].

        A fruit that looks like a face at one scale does not look like one at every scale. It does not look again where
        that could hardly change the answer (`SURER`).
        """
        total, needed = 0.0, least * len(AGAIN)
        for looks, (reach, mirrored) in enumerate(AGAIN, 1):
            total += self._again(pixels, face, reach, mirrored)
            if total >= needed:
                return True
            if total + (len(AGAIN) - looks) * min(total / looks + SURER, 1.0) < needed:
                return False
        return False

    def _again(self, pixels: Pixels, face: Face, reach: float, mirrored: bool) -> float:
        """Return how sure the network is of a face in the middle of a square."""
        side = face.size * reach
        left, top = (float(v) for v in face.middle - side / 2)
        for other in self._look(pixels, (left, top, side), 0.05, mirrored):
            if _overlaps(face.box[None], other.box[None])[0, 0] > OVERLAP:
                return other.score
        return 0.0

    def _look(
        self, pixels: Pixels, square: tuple[float, float, float], least: float, mirrored: bool = False
    ) -> Iterator[Face]:
        """Yield the faces of a score of at least `least` in a square: left, top, side; the surest first. Where it is
        mirrored, they are where they are seen in the mirrored square."""
        left, top, side = square
        half = np.array([side / 2, 0], np.float32)
        middle = np.array([left + side / 2, top + side / 2], np.float32)
        seen = patch(pixels, middle, half, half[::-1], (SIDE, SIDE))
        if mirrored:
            seen = seen[:, ::-1]
        rows, scores = self._network.run(np.asarray(seen, np.float32) / 127.5 - 1)
        chance = (1 / (1 + np.exp(-np.clip(scores.reshape(-1), -60, 60)))).astype(np.float32)
        above = np.flatnonzero(chance >= least)
        if not len(above):
            return
        rows = np.asarray(rows.reshape(-1, 8, 2)[above] / SIDE, np.float32)
        rows[:, [0, 2, 3, 4, 5, 6, 7]] += self._anchors[above, None]  # row 1 is the width and height
        rows *= side
        rows[:, [0, 2, 3, 4, 5, 6, 7]] += (left, top)
        yield from _merged(rows, chance[above])


def _anchors() -> NDArray[np.float32]:
    """Return (896, 2) float32, the centres of the anchors: 16 x 16 cells with two each, then 8 x 8 cells with six
    each."""
    rows = [
        ((x + 0.5) / cells, (y + 0.5) / cells)
        for cells, each in ((16, 2), (8, 6))
        for y in range(cells)
        for x in range(cells)
        for _ in range(each)
    ]
    return np.array(rows, np.float32)


def _merged(rows: NDArray[np.float32], scores: NDArray[np.float32]) -> Iterator[Face]:
    """Merge overlapping detections, each group into one face: their mean, weighted by score. The surest comes first.

    Args:
        rows: (n, 8, 2): centre, width and height, and six points.
        scores: (n,) in [0, 1].
    """
    boxes = np.concatenate([rows[:, 0] - rows[:, 1] / 2, rows[:, 0] + rows[:, 1] / 2], axis=1)
    left = np.argsort(-scores, kind="stable")
    while len(left):
        same = _overlaps(boxes[left[:1]], boxes[left])[0] > OVERLAP
        same[0] = True
        weights = scores[left[same]] / scores[left[same]].sum()
        box = (weights[:, None] * boxes[left[same]]).sum(0)
        points = (weights[:, None, None] * rows[left[same], 2:]).sum(0)
        yield Face(box.astype(np.float32), points.astype(np.float32), float(scores[left[0]]))
        left = left[~same]


def _overlaps(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (m, n) intersections over unions of m boxes, (m, 4), with n others, (n, 4)."""
    wide, high = (
        np.minimum.outer(some[:, i + 2], others[:, i + 2]) - np.maximum.outer(some[:, i], others[:, i])
        for i in (0, 1)
    )
    common = np.maximum(wide, 0) * np.maximum(high, 0)
    areas = _area(some)[:, None] + _area(others)[None]
    return np.asarray(common / np.maximum(areas - common, 1e-6), np.float32)


def _area(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), np.float32)
