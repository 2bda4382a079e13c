"""Region experts look at one part of each picture: what is small in the whole picture fills a part of it."""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from tools.errors import RegroupError
from tools.models.bundled.efficientnet import EfficientNet, network_input
from tools.models.bundled.foreground_cache import ForegroundCache
from tools.models.bundled.object_expert import BLOCKS, views_of
from tools.models.ports import Findings, Pixels, SlotSpec, Vectors
from tools.models.weight_store import WeightStore

SIDE = 128
"""The side in pixels at which the network sees a part: a quarter of the work for a whole picture."""
WIDTHS = {"object.fine": 176, "object.part": 240, "object.piece": 416, "object.top": 1280}
"""The views of the object expert that are computed for a part, with their numbers of columns."""
_MARGIN = 0.04
"""The width by which a cell of the grid reaches into its neighbours, as a share of the picture's sides."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the picture's sides."""


def _cells() -> dict[str, Box]:
    """Return a grid of nine cells, the four quarters, and the four corners, by what people call them."""
    rows = (("top", 0), ("", 1), ("bottom", 2))
    columns = (("left", 0), ("", 1), ("right", 2))
    cells: dict[str, Box] = {}
    for row, i in rows:
        for column, j in columns:
            name = " ".join(word for word in (row, column) if word) or "middle"
            left, top = j / 3 - _MARGIN, i / 3 - _MARGIN
            cells[f"the {name}"] = (left, top, left + 1 / 3 + 2 * _MARGIN, top + 1 / 3 + 2 * _MARGIN)
    for row, y in (("upper", 0.0), ("lower", 0.5)):
        for column, x in (("left", 0.0), ("right", 0.5)):
            cells[f"the {row} {column} quarter"] = (x, y, x + 0.5, y + 0.5)
    for row, y in (("top", 0.0), ("bottom", 0.8)):
        for column, x in (("left", 0.0), ("right", 0.8)):
            cells[f"the {row} {column} corner"] = (x, y, x + 0.2, y + 0.2)
    return cells


CELLS = _cells()
"""The parts that every picture has, by name."""
FACE, SUBJECT, HEAD = "the face", "what stands out", "the upper end of what stands out"
REGIONS = (FACE, HEAD, SUBJECT, *CELLS)
"""The names of all parts that can be looked at, in the words that people use."""


class Regions:
    """Holds what the region experts share: one network, the face detector, the subjects.

    Args:
        store: The store that holds the weights of the face detector.
    """

    def __init__(self, store: WeightStore | None = None) -> None:
        self._store = store or WeightStore()
        self._network: EfficientNet | None = None
        self._lock = Lock()
        self._foregrounds = ForegroundCache()
        self._faces: Callable[[Pixels], Box | None] | None = None

    def experts(self) -> list["RegionExpert"]:
        """Return one expert for each part of `REGIONS`."""
        return [RegionExpert(region, self) for region in REGIONS]

    def box(self, pixels: Pixels, region: str) -> Box | None:
        """Return where a part is in a picture; None where the picture does not have it."""
        if region in CELLS:
            return CELLS[region]
        if region == FACE:
            return self._face(pixels)
        subject = self._subject(pixels)
        if subject is None or region == SUBJECT:
            return subject
        return self._head(pixels, subject)

    def layers(self, part: Pixels) -> list[Vectors]:
        """Return the network's layers for one part, as `EfficientNet.layers` gives them."""
        with self._lock:
            if self._network is None:
                self._network = EfficientNet(BLOCKS)
        return self._network.layers(network_input(part, SIDE))

    def _subject(self, pixels: Pixels) -> Box | None:
        mask = self._foregrounds.of(pixels).parts.subject > 0.5
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows) < 2 or len(columns) < 2:
            return None
        h, w = mask.shape
        return columns[0] / w, rows[0] / h, (columns[-1] + 1) / w, (rows[-1] + 1) / h

    def _head(self, pixels: Pixels, subject: Box) -> Box:
        """Return a square at the upper end of the subject, three tenths of its height wide."""
        mask = self._foregrounds.of(pixels).parts.subject > 0.5
        h, w = mask.shape
        height = subject[3] - subject[1]
        first, last = int(subject[1] * h), int((subject[1] + height / 4) * h) + 1
        middle = (float(np.median(np.nonzero(mask[first:last])[1])) + 0.5) / w
        side = 0.3 * height * pixels.shape[0]
        half = side / 2 / pixels.shape[1]
        return middle - half, subject[1], middle + half, subject[1] + side / pixels.shape[0]

    def _face(self, pixels: Pixels) -> Box | None:
        with self._lock:
            if self._faces is None:
                self._faces = _finder(self._store)
        return self._faces(pixels)


class RegionExpert:
    """Looks at one part of each picture. It fills no slots.

    Its views are those of `WIDTHS`, with a row of NaN where a picture does not have the part.

    Args:
        region: One of `REGIONS`.
        shared: The network and what finds the parts, shared by all region experts.
    """

    version = "2"
    specs: tuple[SlotSpec, ...] = ()

    def __init__(self, region: str, shared: Regions) -> None:
        self.region = region
        self.name = f"region {region}"
        self._shared = shared

    @property
    def views(self) -> tuple[str, ...]:
        """Return the names of its views."""
        return tuple(f"{self.region}: {layer.split('.')[1]}" for layer in WIDTHS)

    def missing(self) -> str | None:
        """Return None always: where the face detector's weights are missing, no face is found."""
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Look at the part in b pictures of any sizes."""
        seen: list[dict[str, Vectors] | None] = []
        for pixels in batch:
            box = self._shared.box(pixels, self.region)
            part = None if box is None else cut(pixels, box)
            seen.append(None if part is None else views_of(self._shared.layers(part)))
        views = {}
        for name, (layer, width) in zip(self.views, WIDTHS.items(), strict=True):
            rows = [
                layers_here[layer] if layers_here else np.full(width, np.nan, np.float32)
                for layers_here in seen
            ]
            views[name] = np.stack(rows).astype(np.float32)
        return Findings(views, [[] for _ in batch])


def cut(pixels: Pixels, box: Box) -> Pixels | None:
    """Return a part of a picture, its edge repeated outside. None where fewer than 4 rows or columns lie inside."""
    height, width = pixels.shape[:2]
    left, right = round(box[0] * width), round(box[2] * width)
    top, bottom = round(box[1] * height), round(box[3] * height)
    if min(right, width) - max(left, 0) < 4 or min(bottom, height) - max(top, 0) < 4:
        return None
    rows = np.clip(np.arange(top, bottom), 0, height - 1)
    columns = np.clip(np.arange(left, right), 0, width - 1)
    return np.asarray(pixels[np.ix_(rows, columns)], np.uint8)


def _finder(store: WeightStore) -> Callable[[Pixels], Box | None]:
    """Return a function that finds the largest face with a little around it; it finds none where the weights are
    missing."""
    from tools.models.bundled.face.detector import Detector

    try:
        detector = Detector(store.require("face-detector"))
    except RegroupError:
        return lambda pixels: None

    def find(pixels: Pixels) -> Box | None:
        faces = detector.find(pixels)
        if not faces:
            return None
        height, width = pixels.shape[:2]
        half = 0.7 * faces[0].size
        x, y = (float(v) for v in faces[0].middle)
        return (x - half) / width, (y - half) / height, (x + half) / width, (y + half) / height

    return find
