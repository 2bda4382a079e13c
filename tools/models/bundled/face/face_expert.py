"""Reads emotion, head pose, glasses, hair colour and mouth off a face, and counts the people."""

from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from tools.errors import RegroupError
from tools.models.bundled.face import emotion, glasses, hair
from tools.models.bundled.face.detector import Detector, Face
from tools.models.bundled.face.emotion import EmotionNetwork
from tools.models.bundled.face.head_crop import crop_head
from tools.models.bundled.face.mesh import Mesh, Mesher
from tools.models.ports import EXACT, HABIT, NO_FACE, Findings, Pixels, Slot, SlotSpec
from tools.models.weight_store import WeightStore

Views = dict[str, NDArray[np.float32]]

WIDTHS = {
    "face.pose": 2,
    "face.expression": 12,
    "face.eyes": 4,
    "face.hair": 5,
    "face.mouth": 3,
    "face.count": 3,
}
"""Maps the name of a view to its number of columns."""

CLEAR = 0.8
"""The score of a detection from which it is a face without further checks."""
TRUE = 0.53
"""The plausibility from which a detection of a lower score is a face as well: how sure the detector is when it looks
again, and a hundredth of the mesh's presence."""
COUNTED = 4
"""The most faces that are looked at in one picture; further ones are not distinguished."""

SCORE_SCALE = 4.0
"""The divisor of the log scores in the view, so that they spread about as much as the measures beside them."""


class FaceExpert:
    """Looks at the largest face of each picture.

    Views, all float32; rows of NaN where there is no face, except in face.count:
        face.expression: 7 log scores of the expression network and 5 measures of mouth and brows.
        face.pose: yaw (to the picture's right) and pitch (up), in radians.
        face.eyes: how dark the eye sockets are, and edges around them; see `glasses.measure`.
        face.hair: CIELAB of the hair; see `hair.measure`.
        face.mouth: opening, width and corner lift.
        face.count: the number of faces (at most 4), and the sizes of the largest and the second largest as shares
            of the picture's shorter side.
    """

    name = "face"
    version = "4"
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
            requires="faces",
            usual=(6, HABIT),
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
            requires="faces",
            usual=(4, HABIT),
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
            requires="faces",
            usual=(2, EXACT),
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
            requires="faces",
            usual=(4, HABIT),
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
            requires="faces",
            usual=(2, EXACT),
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
            requires="people",
            usual=(3, HABIT),
        ),
    )

    def __init__(self, store: WeightStore | None = None) -> None:
        self._store = store or WeightStore()
        self._models: tuple[Detector, Mesher, EmotionNetwork] | None = None
        self._loading = Lock()

    def missing(self) -> str | None:
        """Return None where the weights are here or can be fetched (under 3 MB), otherwise a line that says what to
        do."""
        try:
            self._store.ensure(self._store.names("face"))
        except RegroupError:
            return "face weights are not here: run `regroup models fetch face`"
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Return the views and slots of b pictures of any sizes. Raise RegroupError where the weights are not here."""
        rows = [self._look_at(pixels) for pixels in batch]
        views = {
            name: np.stack([row.get(name, np.full(width, np.nan)) for row, _ in rows]).astype(np.float32)
            if rows
            else np.empty((0, width), np.float32)
            for name, width in WIDTHS.items()
        }
        return Findings(views, [slots for _, slots in rows])

    def _load(self) -> tuple[Detector, Mesher, EmotionNetwork]:
        with self._loading:
            if self._models is None:
                paths = self._store.ensure(self._store.names("face"))
                self._models = (
                    Detector(paths["face-detector"]),
                    Mesher(paths["face-mesh"]),
                    EmotionNetwork(paths["face-expression"]),
                )
            return self._models

    def _look_at(self, pixels: Pixels) -> tuple[Views, list[Slot]]:
        detector, mesher, emotions = self._load()
        faces: list[Face] = []
        largest: Mesh | None = None
        for face in detector.find(pixels)[:COUNTED]:
            clear = face.score >= CLEAR
            mesh = mesher.lay(pixels, face) if largest is None or not clear else None
            if clear or (mesh and _is_plausible(detector, pixels, mesh)):
                faces.append(face)
                largest = largest or mesh
        views: Views = {"face.count": _count(faces, min(pixels.shape[:2]))}
        slots = [_people(faces)]
        if largest is None:
            return views, slots
        mesh = largest
        angles, scores, shape = mesh.angles(), emotions.score(pixels, mesh), emotion.measure(mesh)
        # Turning alone bends mouth and brows: the more a face is turned, the less its shape tells.
        front = float(1 / (1 + ((angles[:2] / 0.35) ** 2).sum()))
        head = crop_head(pixels, mesh)
        eyes = glasses.measure(head)
        locks, share = hair.measure(head, hair.background(pixels))
        views |= {
            "face.pose": angles[:2],
            "face.expression": np.concatenate([scores / SCORE_SCALE, shape * front]),
            "face.eyes": eyes,
            "face.hair": locks,
            "face.mouth": shape[:3],
        }
        slots += [_pose(mesh), _emotion(scores, shape, front), glasses.name(eyes), _mouth(shape)]
        coloured = hair.name(locks, share, head.skin)
        return views, [*slots, coloured] if coloured else slots


def _is_plausible(detector: Detector, pixels: Pixels, mesh: Mesh) -> bool:
    """Return whether enough speaks for a face: looking again and the mesh, which alone is unsure of turned heads."""
    return detector.agrees(pixels, mesh.face, TRUE - 0.01 * float(np.clip(mesh.presence, -10, 10)))


def _count(faces: list[Face], side: int) -> NDArray[np.float32]:
    sizes = [face.size / side for face in faces[:2]] + [0.0, 0.0]
    return np.array([len(faces), sizes[0], sizes[1]], np.float32)


def _people(faces: list[Face]) -> Slot:
    word = (NO_FACE, "one", "two")[len(faces)] if len(faces) < 3 else "several"
    # A small detector is least reliable where it finds no face.
    return Slot("people", word, min(face.score for face in faces) if faces else 0.6)


def _pose(mesh: Mesh) -> Slot:
    yaw, pitch, _ = mesh.angles() / (0.35, 0.28, 1)  # radians from which a head counts as turned
    if max(abs(yaw), abs(pitch)) < 1:
        return Slot("head pose", "straight", _sure(1 - max(abs(yaw), abs(pitch))))
    if abs(yaw) >= abs(pitch):
        return Slot("head pose", "right" if yaw > 0 else "left", _sure(abs(yaw) - 1))
    return Slot("head pose", "up" if pitch > 0 else "down", _sure(abs(pitch) - 1))


def _emotion(scores: NDArray[np.float32], shape: NDArray[np.float32], front: float) -> Slot:
    probabilities = emotion.probabilities_of(scores, shape * front)
    best = int(probabilities.argmax())
    return Slot("expression", emotion.NAMES[best], float(probabilities[best]) * (0.5 + 0.5 * front))


def _mouth(shape: NDArray[np.float32]) -> Slot:
    opening = float(shape[0]) * float(emotion.SPREAD[0]) + float(emotion.CALM[0])
    edge = (opening - 0.1) / 0.1  # a gap of a tenth of the eyes' distance shows teeth
    return Slot("mouth", "open" if edge > 0 else "closed", _sure(abs(edge)))


def _sure(distance: float) -> float:
    """Return the confidence by the distance from a boundary: 0.5 on it, close to 1 from one unit on."""
    return float(1 / (1 + np.exp(-3 * distance)))
