"""Lays 468 points on a face with MediaPipe's face mesh (Kartynnik et al. 2019) on LiteRT, and measures the head pose.

Points have the numbers of the mesh. "Left" and "right" are those of the picture, not of the person.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.models.bundled.face.detector import Face
from tools.models.bundled.face.patch import patch
from tools.models.bundled.litert import Network
from tools.models.ports import Pixels

SIDE = 192
"""The side in pixels of the network's input."""
MARGIN = 1.5
"""The side of the crop that the network is shown, in sizes of the detector's box."""
TILTED = 0.25
"""The roll in radians above which the crop is turned upright and looked at again."""

EYES = ((33, 133), (362, 263))
"""The corner points of the eye on the left and of the eye on the right."""

# The detector measures a head turned to the side or up more reliably than the mesh, by where the nose is between the
# ears.
YAW_PER_SIZE = 1.25
"""The yaw in radians for each box size that the nose is to the right of the middle of the ears."""
PITCH_PER_SIZE = -2.0
"""The pitch in radians for each box size that the nose is lower than `NOSE_STRAIGHT`."""
NOSE_STRAIGHT = 0.14
"""The distance of the nose below the ears, in box sizes, on a head that looks straight ahead."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """Holds the points of a face.

    Attributes:
        points: (468, 3) x and y in pixels of the picture, and depth on the same scale, away from the viewer.
        face: The detection on which the mesh was laid.
        presence: The network's logit that it was shown a face, about -10 to 40.
    """

    points: NDArray[np.float32]
    face: Face
    presence: float

    @property
    def roll(self) -> float:
        """Return the clockwise tilt of the head, in radians."""
        across = self.points[454] - self.points[234]
        return float(np.arctan2(across[1], across[0]))

    def angles(self) -> NDArray[np.float32]:
        """Return (3,) float32: yaw to the picture's right, pitch upwards and roll clockwise, in radians.

        Yaw and pitch are the mean of two estimates: by the mesh's depths and by the detector's six points.
        """
        across, along = self.points[454] - self.points[234], self.points[152] - self.points[10]
        yaw = np.arctan2(across[2], np.hypot(across[0], across[1]))
        pitch = np.arctan2(-along[2], np.hypot(along[0], along[1]))
        roll = self.roll
        upright = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]], np.float32)
        nose = upright @ (self.face.points[2] - self.face.points[4:].mean(0)) / max(self.face.size, 1e-6)
        yaw = (yaw + YAW_PER_SIZE * nose[0]) / 2
        pitch = (pitch + PITCH_PER_SIZE * (nose[1] - NOSE_STRAIGHT)) / 2
        return np.array([yaw, pitch, roll], np.float32)

    def eyes(self) -> NDArray[np.float32]:
        """Return (2, 2) float32, the middles of the left and the right eye.

        On a face from the front they are those of the mesh. On one in profile the mesh does not turn far enough and
        puts the eyes on the temple: there both are the visible eye, half a distance of the eyes behind the nose.
        """
        yaw = float(self.angles()[0])
        mesh = np.stack([self.points[list(pair), :2].mean(0) for pair in EYES])
        _, right, down = self.frame()
        axes = np.stack([right, down], axis=1)
        seen = (self.face.points[:3] - self.face.points[2]) @ np.linalg.inv(axes).T  # from the nose
        behind = -0.5 * np.sign(yaw)
        height = seen[np.abs(seen[:2, 0] - behind).argmin(), 1]
        visible = self.face.points[2] + axes @ np.array([behind, height])
        turned = np.clip((abs(yaw) - 0.25) / 0.3, 0, 1)
        return np.asarray((1 - turned) * mesh + turned * visible, np.float32)

    def frame(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Return the middle between the eyes, and the steps right and down by one distance of the eyes; (2,) float32
        each.

        The distance is measured in depth as well, so that it does not shrink on a turned head.
        """
        ends = [self.points[list(pair)].mean(0) for pair in EYES]
        across = ends[1] - ends[0]
        flat = across[:2] / max(float(np.hypot(across[0], across[1])), 1e-6)
        right = np.asarray(flat * max(float(np.linalg.norm(across)), 1.0), np.float32)
        return (ends[0] + ends[1])[:2] / 2, right, np.array([-right[1], right[0]], np.float32)


class Mesher:
    """Lays the mesh on a detected face.

    Args:
        weights: The file face_landmark.tflite.
    """

    def __init__(self, weights: Path) -> None:
        self._network = Network(weights)

    def lay(self, pixels: Pixels, face: Face) -> Mesh:
        """Return the mesh of one face of an RGB picture.

        The first crop is upright, as most heads are; the eyes of a face in profile would give no angle.
        """
        mesh = self._lay(pixels, face, 0.0)
        return self._lay(pixels, face, mesh.roll) if abs(mesh.roll) > TILTED else mesh

    def _lay(self, pixels: Pixels, face: Face, roll: float) -> Mesh:
        turn: NDArray[np.float32] = np.array(
            [[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]], np.float32
        )
        side = face.size * MARGIN
        seen = patch(pixels, face.middle, turn[:, 0] * (side / 2), turn[:, 1] * (side / 2), (SIDE, SIDE))
        points, presence = self._network.run(np.asarray(seen, np.float32) / 255)
        points = points.reshape(468, 3) * (side / SIDE)
        flat = (points[:, :2] - side / 2) @ turn.T + face.middle
        return Mesh(
            np.column_stack([flat, points[:, 2]]).astype(np.float32), face, float(presence.reshape(-1)[0])
        )
