"""The face expert: how people feel, where they look, glasses, hair, mouths, and how many they are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.errors import RegroupError
from tools.models.bundled.face import expression, glasses, hair
from tools.models.bundled.face.detect import Detector, Face
from tools.models.bundled.face.expression import Expressions
from tools.models.bundled.face.mesh import Mesh, Mesher
from tools.models.bundled.face.portrait import portray
from tools.models.ports import Findings, Pixels, Slot, SlotSpec
from tools.models.store import Store

Views = dict[str, NDArray[np.float32]]

WIDTHS = {
    "face.pose": 2,
    "face.expression": 12,
    "face.eyes": 4,
    "face.hair": 5,
    "face.mouth": 3,
    "face.count": 3,
}
"""View name to its number of columns."""

CLEAR = 0.8  # a detection of this score is a face
TRUE = 0.53  # of the others those are, of which this much is said by looking again and by the mesh
COUNTED = 4  # more faces are not told apart

SCORES = 4.0  # the log scores are divided by it, so that they and the measures spread about alike


class FaceExpert:
    """Looks at the largest face of each picture. One instance is for one thread at a time.

    Views, all float32; rows of NaN where there is no face, except in face.count:
        face.expression: 7 log scores of the expression network and 5 measures of mouth and brows.
        face.pose: yaw (to the picture's right) and pitch (up), in radians.
        face.eyes: how dark the eye sockets are and the edges around them; see `glasses.measure`.
        face.hair: CIELAB of the hair; see `hair.measure`.
        face.mouth: opening, width and corner lift.
        face.count: how many faces (at most 4), and the shares of the picture's shorter side that the largest
            and the second largest fill.
    """

    name = "face"
    version = "2"
    specs = (
        SlotSpec(
            "expression",
            (
                "how they feel",
                "emotion",
                "mood",
                "facial expression",
                "happy or sad",
                "feeling",
                "smile",
                "angry",
            ),
            ("face.expression",),
            "emotion",
            apart_from=(("head pose", None), ("individual", None)),
        ),
        SlotSpec(
            "head pose",
            (
                "which way they look",
                "head pose",
                "direction of the face",
                "where the head is turned",
                "looking left or right",
                "looking up or straight ahead",
                "orientation of the head",
            ),
            ("face.pose",),
            "head pose",
        ),
        SlotSpec(
            "glasses",
            (
                "glasses",
                "sunglasses",
                "people wearing shades on their eyes",
                "who wears spectacles",
                "eyewear",
                "with or without glasses",
                "are the eyes covered",
            ),
            ("face.eyes",),
            "glasses",
        ),
        SlotSpec(
            "hair colour",
            (
                "hair colour",
                "hair color",
                "blond or brunette",
                "redheads",
                "colour of their hair",
                "dark or fair hair",
            ),
            ("face.hair",),
            "hair colour",
        ),
        SlotSpec(
            "mouth",
            (
                "mouth open or closed",
                "open mouth",
                "lips",
                "are they talking or shouting",
                "showing teeth",
                "mouth",
            ),
            ("face.mouth",),
            "mouth",
        ),
        SlotSpec(
            "people",
            (
                "number of people",
                "how many people",
                "how many persons are in the picture",
                "how many faces",
                "alone or in a group",
                "portraits and group photos",
                "with or without people",
                "couples",
            ),
            ("face.count",),
            "number of people",
        ),
    )

    def __init__(self, store: Store | None = None) -> None:
        self._store = store or Store()
        self._models: tuple[Detector, Mesher, Expressions] | None = None

    def missing(self) -> str | None:
        """None if the weights are here or could be fetched (under 3 MB); else the line that says what to do."""
        try:
            self._store.ensure(self._store.names("face"))
        except RegroupError:
            return "face weights are not here: run `regroup models fetch face`"
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """What is seen in b pictures. Raises RegroupError if the weights are not here."""
        found = [self._one(Image.fromarray(pixels)) for pixels in batch]
        views = {
            name: np.stack([row.get(name, np.full(width, np.nan)) for row, _ in found]).astype(np.float32)
            if found
            else np.empty((0, width), np.float32)
            for name, width in WIDTHS.items()
        }
        return Findings(views, [slots for _, slots in found])

    def _load(self) -> tuple[Detector, Mesher, Expressions]:
        if self._models is None:
            paths = self._store.ensure(self._store.names("face"))
            self._models = (
                Detector(paths["face-detector"]),
                Mesher(paths["face-mesh"]),
                Expressions(paths["face-expression"]),
            )
        return self._models

    def _one(self, image: Image.Image) -> tuple[Views, list[Slot]]:
        detector, mesher, expressions = self._load()
        meshes = [mesher.lay(image, face) for face in detector.find(image)[:COUNTED]]
        meshes = [
            mesh for mesh in meshes if mesh.face.score >= CLEAR or _belief(detector, image, mesh) >= TRUE
        ]
        faces = [mesh.face for mesh in meshes]
        views: Views = {"face.count": _count(faces, min(image.size))}
        slots = [_people(faces)]
        if not faces:
            return views, slots
        mesh = meshes[0]
        angles, scores, shape = mesh.angles(), expressions.score(image, mesh), expression.measure(mesh)
        # A turned face bends mouth and brows by itself: the more it is turned, the less its shape tells.
        front = float(1 / (1 + ((angles[:2] / 0.35) ** 2).sum()))
        portrait = portray(image, mesh)
        eyes = glasses.measure(portrait)
        locks, share = hair.measure(portrait, hair.background(image))
        views |= {
            "face.pose": angles[:2],
            "face.expression": np.concatenate([scores / SCORES, shape * front]),
            "face.eyes": eyes,
            "face.hair": locks,
            "face.mouth": shape[:3],
        }
        slots += [_pose(mesh), _expression(scores, shape, front), glasses.name(eyes), _mouth(shape)]
        coloured = hair.name(locks, share, portrait.skin)
        return views, [*slots, coloured] if coloured else slots


def _belief(detector: Detector, image: Image.Image, mesh: Mesh) -> float:
    """How much speaks for a face: about 0 to 1. The mesh alone is unsure of heads that are turned."""
    return detector.agreement(image, mesh.face) + 0.01 * float(np.clip(mesh.presence, -10, 10))


def _count(faces: list[Face], side: int) -> NDArray[np.float32]:
    sizes = [face.size / side for face in faces[:2]] + [0.0, 0.0]
    return np.array([len(faces), sizes[0], sizes[1]], np.float32)


def _people(faces: list[Face]) -> Slot:
    word = ("nobody", "one", "two")[len(faces)] if len(faces) < 3 else "several"
    # That there is no face is what a small detector is least sure of.
    return Slot("people", word, min(face.score for face in faces) if faces else 0.6)


def _pose(mesh: Mesh) -> Slot:
    yaw, pitch, _ = mesh.angles() / (0.35, 0.28, 1)  # radians from which a head is called turned
    if max(abs(yaw), abs(pitch)) < 1:
        return Slot("head pose", "straight", _sure(1 - max(abs(yaw), abs(pitch))))
    if abs(yaw) >= abs(pitch):
        return Slot("head pose", "right" if yaw > 0 else "left", _sure(abs(yaw) - 1))
    return Slot("head pose", "up" if pitch > 0 else "down", _sure(abs(pitch) - 1))


def _expression(scores: NDArray[np.float32], shape: NDArray[np.float32], front: float) -> Slot:
    chances = expression.judge(scores, shape * front)
    best = int(chances.argmax())
    return Slot("expression", expression.NAMES[best], float(chances[best]) * (0.5 + 0.5 * front))


def _mouth(shape: NDArray[np.float32]) -> Slot:
    opening = float(shape[0]) * float(expression.SPREAD[0]) + float(expression.CALM[0])
    edge = (opening - 0.1) / 0.1  # a gap of a tenth of the eyes' distance shows teeth
    return Slot("mouth", "open" if edge > 0 else "closed", _sure(abs(edge)))


def _sure(distance: float) -> float:
    """Confidence at a distance from the boundary: a half on it, near one from one unit on."""
    return float(1 / (1 + np.exp(-3 * distance)))
