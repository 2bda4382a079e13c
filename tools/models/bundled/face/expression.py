"""How a face feels: a small expression network (FER, LiteRT) and five measures of the mesh."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.models.bundled.face.mesh import Mesh
from tools.models.bundled.face.patch import patch
from tools.models.bundled.litert import Network

SIDE = 64  # the network's input
CROPS = (0.5, 0.6, 0.7)  # half the side of what it sees, in sizes of the detected box
NAMES = ("angry", "disgusted", "afraid", "happy", "sad", "surprised", "neutral")  # in the network's order

# The five measures of a calm face seen from the front, and how far they move when it shows something; in
# distances of the eyes. They only bring the measures to one scale: a view has no zero.
CALM = np.array([0.045, 0.79, 0.024, 0.395, 0.48], np.float32)
SPREAD = np.array([0.15, 0.1, 0.05, 0.06, 0.03], np.float32)

BROWS = ((70, 63, 105, 66, 107), (300, 293, 334, 296, 336))  # outer to inner end, left and right
LIPS = (13, 14, 0, 17)  # middle of the inner upper, inner lower, outer upper and outer lower lip


class Expressions:
    """The expression network. Args: weights: emotion_model_quantized.tflite."""

    def __init__(self, weights: Path) -> None:
        self._network = Network(weights)

    def score(self, image: Image.Image, mesh: Mesh) -> NDArray[np.float32]:
        """(7,) log probabilities in the order of NAMES for one face of an RGB picture, mean of six crops.

        The network was trained on tight and loose crops alike and answers each a little differently.
        """
        across = np.array([np.cos(mesh.roll), np.sin(mesh.roll)], np.float32) * mesh.face.size
        along = np.array([-across[1], across[0]], np.float32)
        said = []
        for half in CROPS:
            seen = patch(image, mesh.face.middle, across * half, along * half, (SIDE, SIDE)).convert("L")
            pixels = np.asarray(seen, np.float32)[..., None] / 127.5 - 1
            said += [
                self._network.run(pixels)[0].reshape(-1),
                self._network.run(pixels[:, ::-1])[0].reshape(-1),
            ]
        return np.asarray(np.log(np.stack(said) + 0.01).mean(0), np.float32)


def measure(mesh: Mesh) -> NDArray[np.float32]:
    """(5,) mouth opening, mouth width, corner lift, brow height, distance of the brows; see CALM and SPREAD."""
    middle, right, down = mesh.frame()
    points = (mesh.points[:, :2] - middle) @ np.linalg.inv(np.stack([right, down], axis=1)).T
    inner_top, inner_bottom, top, bottom = points[list(LIPS)]
    corners = points[[61, 291]]
    brows = [points[list(brow)] for brow in BROWS]
    height = np.mean([-brow[:, 1].mean() for brow in brows])
    found = [
        inner_bottom[1] - inner_top[1],
        np.ptp(corners[:, 0]),
        (top[1] + bottom[1]) / 2 - corners[:, 1].mean(),
        height,
        brows[1][-1, 0] - brows[0][-1, 0],
    ]
    return np.asarray((np.array(found, np.float32) - CALM) / SPREAD, np.float32)


def judge(scores: NDArray[np.float32], measures: NDArray[np.float32]) -> NDArray[np.float32]:
    """(7,) probabilities in the order of NAMES, from `Expressions.score` and `measure`.

    The network is sure of smiles and little else; the shape of mouth and brows tells the others apart.
    """
    opening, width, lift, height, distance = np.clip(measures, -3, 3)
    shape = np.array(
        [
            -1.5 * height - 0.5 * distance,
            -1.0,
            -1.0,
            0.9 * lift + 0.6 * width - 1.0,
            -1.5 * lift - 0.3 * width + 0.2 * height - 0.2,
            # Nobody is surprised with closed lips; glasses make the network think so.
            2.0 * opening + 0.7 * height - 0.4 * width - 0.8 + 6 * min(opening - 0.3, 0.0),
            0.6 - 0.5 * np.abs(measures).mean(),
        ]
    )
    logits = 0.7 * (scores + shape)
    chances = np.exp(logits - logits.max())
    return np.asarray(chances / chances.sum(), np.float32)
