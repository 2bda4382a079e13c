"""Reads the emotion of a face, by a small expression network (FER, on LiteRT) and five measures of the mesh."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.models.bundled.face.mesh import Mesh
from tools.models.bundled.face.patch import patch
from tools.models.bundled.litert import Network
from tools.models.ports import Pixels

SIDE = 64
"""The side in pixels of the network's input."""
CROPS = (0.5, 0.6, 0.7)
"""The half sides of the crops that the network is shown, in sizes of the detected box."""
NAMES = ("angry", "disgusted", "afraid", "happy", "sad", "surprised", "neutral")
"""The emotions, in the order of the network's outputs."""

CALM = np.array([0.045, 0.79, 0.024, 0.395, 0.48], np.float32)
"""The five measures of a calm face seen from the front, in distances of the eyes."""
SPREAD = np.array([0.15, 0.1, 0.05, 0.06, 0.03], np.float32)
"""The move of the measures when a face shows an emotion, in distances of the eyes: it brings them to one scale."""

BROWS = ((70, 63, 105, 66, 107), (300, 293, 334, 296, 336))
"""The points of the left and the right brow, from the outer to the inner end."""
LIPS = (13, 14, 0, 17)
"""The middle points of the inner upper, inner lower, outer upper and outer lower lip."""


class EmotionNetwork:
    """Runs the expression network.

    Args:
        weights: The file emotion_model_quantized.tflite.
    """

    def __init__(self, weights: Path) -> None:
        self._network = Network(weights)

    def score(self, pixels: Pixels, mesh: Mesh) -> NDArray[np.float32]:
        """Return (7,) float32 log probabilities in the order of `NAMES` for one face of an RGB picture.

        They are the mean over six crops: the network was trained on tight and loose ones and answers each a little
        differently.
        """
        across = np.array([np.cos(mesh.roll), np.sin(mesh.roll)], np.float32) * mesh.face.size
        along = np.array([-across[1], across[0]], np.float32)
        probabilities = []
        for half in CROPS:
            seen = patch(pixels, mesh.face.middle, across * half, along * half, (SIDE, SIDE))
            grey = np.asarray(Image.fromarray(seen).convert("L"), np.float32)[..., None] / 127.5 - 1
            probabilities += [
                self._network.run(grey)[0].reshape(-1),
                self._network.run(grey[:, ::-1])[0].reshape(-1),
            ]
        return np.asarray(np.log(np.stack(probabilities) + 0.01).mean(0), np.float32)


def measure(mesh: Mesh) -> NDArray[np.float32]:
    """Return (5,) float32: mouth opening, mouth width, corner lift, brow height and distance of the brows.

    Each is measured from `CALM` in units of `SPREAD`.
    """
    middle, right, down = mesh.frame()
    points = (mesh.points[:, :2] - middle) @ np.linalg.inv(np.stack([right, down], axis=1)).T
    inner_top, inner_bottom, top, bottom = points[list(LIPS)]
    corners = points[[61, 291]]
    brows = [points[list(brow)] for brow in BROWS]
    height = np.mean([-brow[:, 1].mean() for brow in brows])
    measured = [
        inner_bottom[1] - inner_top[1],
        np.ptp(corners[:, 0]),
        (top[1] + bottom[1]) / 2 - corners[:, 1].mean(),
        height,
        brows[1][-1, 0] - brows[0][-1, 0],
    ]
    return np.asarray((np.array(measured, np.float32) - CALM) / SPREAD, np.float32)


def probabilities_of(scores: NDArray[np.float32], measures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (7,) float32 probabilities in the order of `NAMES`, from `EmotionNetwork.score` and `measure`.

    The network is sure of smiles and little else; the shape of mouth and brows distinguishes the other emotions.
    """
    opening, width, lift, height, distance = np.clip(measures, -3, 3)
    shape = np.array(
        [
            -1.5 * height - 0.5 * distance,
            -1.0,
            -1.0,
            0.9 * lift + 0.6 * width - 1.0,
            -1.5 * lift - 0.3 * width + 0.2 * height - 0.2,
            # Nobody is surprised with closed lips, although glasses make the network think so.
            2.0 * opening + 0.7 * height - 0.4 * width - 0.8 + 6 * min(opening - 0.3, 0.0),
            0.6 - 0.5 * np.abs(measures).mean(),
        ]
    )
    logits = 0.7 * (scores + shape)
    odds = np.exp(logits - logits.max())
    return np.asarray(odds / odds.sum(), np.float32)
