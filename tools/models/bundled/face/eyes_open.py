"""Counts the faces of a picture and measures how far their eyes are open, to choose between shots of one moment."""

from dataclasses import dataclass

import numpy as np

from tools.errors import RegroupError
from tools.models.bundled.face.detector import Detector
from tools.models.bundled.face.face_expert import CLEAR, COUNTED
from tools.models.bundled.face.mesh import EYES, Mesh, Mesher
from tools.models.ports import Pixels
from tools.models.weight_store import WeightStore

LIDS = (((160, 144), (158, 153)), ((385, 380), (387, 373)))
"""Pairs of points on the upper and the lower lid of the left and of the right eye."""
_SMALLEST = 30.0
"""The size in pixels of a face below which its lids are not told apart."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Says what was seen of the faces of a picture.

    Attributes:
        count: How many there are; at most `COUNTED` are distinguished.
        openness: The opening of the eyes of that face whose eyes are open least, about .05 to .4 (`openness`); None
            where no face is large enough.
    """

    count: int
    openness: float | None


class FaceReader:
    """Reads the faces of single pictures. One instance is for one thread at a time.

    Args:
        store: Where the weights of the face expert are.
    """

    def __init__(self, store: WeightStore) -> None:
        self._store = store
        self._models: tuple[Detector, Mesher] | None = None

    def read(self, pixels: Pixels) -> Faces | None:
        """Return what is seen of the faces of an RGB picture; None where the weights are not here."""
        try:
            detector, mesher = self._load()
        except RegroupError:
            return None
        faces = [face for face in detector.find(pixels) if face.score >= CLEAR][:COUNTED]
        open_by = [openness(mesher.lay(pixels, face)) for face in faces if face.size >= _SMALLEST]
        return Faces(len(faces), min(open_by, default=None))

    def _load(self) -> tuple[Detector, Mesher]:
        if self._models is None:
            paths = self._store.ensure(self._store.names("face"))
            self._models = Detector(paths["face-detector"]), Mesher(paths["face-mesh"])
        return self._models


def openness(mesh: Mesh) -> float:
    """Return how far the eyes of a face are open: the distance of the lids by the width of the eye, of the wider eye.

    It is the eye aspect ratio (Soukupova and Cech 2016, equation 1). The eye on the far side of a turned head looks
    narrow, so the wider one counts. Between two shots of one person it tells more than by itself.
    """
    ratios = []
    for (inner, outer), pairs in zip(EYES, LIDS, strict=True):
        gap = np.mean([np.linalg.norm(mesh.points[a, :2] - mesh.points[b, :2]) for a, b in pairs])
        width = np.linalg.norm(mesh.points[inner] - mesh.points[outer])
        ratios.append(float(gap / max(float(width), 1e-6)))
    return max(ratios)
