"""Parts of a picture, looked at one by one: what is small in the whole fills a part of it."""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from tools.errors import RegroupError
from tools.models.bundled.efficientnet import EfficientNet
from tools.models.bundled.glance import Glances
from tools.models.bundled.object import _BLOCKS, _input, views_of
from tools.models.ports import Findings, Pixels, SlotSpec, Vectors
from tools.models.store import Store

SIDE = 128
"""Pixels of a part as the network sees it: a quarter of the work of a whole picture."""
_TAPS = ("object.fine", "object.part", "object.piece", "object.top")
_MARGIN = 0.04

Box = tuple[float, float, float, float]
"""left, top, right, bottom, as shares of the picture's sides."""


def _cells() -> dict[str, Box]:
    """A grid of nine, the four quarters, and the four corners."""
    thirds = (("top", 0), ("", 1), ("bottom", 2))
    across = (("left", 0), ("", 1), ("right", 2))
    found: dict[str, Box] = {}
    for row, i in thirds:
        for column, j in across:
            name = " ".join(word for word in (row, column) if word) or "middle"
            left, top = j / 3 - _MARGIN, i / 3 - _MARGIN
            found[f"the {name}"] = (left, top, left + 1 / 3 + 2 * _MARGIN, top + 1 / 3 + 2 * _MARGIN)
    for row, y in (("upper", 0.0), ("lower", 0.5)):
        for column, x in (("left", 0.0), ("right", 0.5)):
            found[f"the {row} {column} quarter"] = (x, y, x + 0.5, y + 0.5)
    for row, y in (("top", 0.0), ("bottom", 0.8)):
        for column, x in (("left", 0.0), ("right", 0.8)):
            found[f"the {row} {column} corner"] = (x, y, x + 0.2, y + 0.2)
    return found


CELLS = _cells()
FACE, SUBJECT, HEAD = "the face", "what stands out", "the upper end of what stands out"
REGIONS = (FACE, HEAD, SUBJECT, *CELLS)
"""What can be looked at, as people say it."""


class Regions:
    """What the parts share: one network, the faces, the subjects. For several threads, one at a time.

    Args:
        store: Where the face detector's weights are.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store or Store()
        self._network: EfficientNet | None = None
        self._lock = Lock()
        self._glances = Glances()
        self._faces: Callable[[Pixels], Box | None] | None = None

    def experts(self) -> list["RegionExpert"]:
        """One for each part of `REGIONS`."""
        return [RegionExpert(region, self) for region in REGIONS]

    def box(self, pixels: Pixels, region: str) -> Box | None:
        """Where a part is; None where the picture has none."""
        if region in CELLS:
            return CELLS[region]
        if region == FACE:
            return self._face(pixels)
        subject = self._subject(pixels)
        if subject is None or region == SUBJECT:
            return subject
        return self._head(pixels, subject)

    def layers(self, part: Pixels) -> list[Vectors]:
        """The network's layers of one part."""
        with self._lock:
            if self._network is None:
                self._network = EfficientNet(_BLOCKS)
            return self._network.layers(_input(part, SIDE))

    def _subject(self, pixels: Pixels) -> Box | None:
        mask = self._glances.of(pixels).parts.subject > 0.5
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows) < 2 or len(columns) < 2:
            return None
        h, w = mask.shape
        return columns[0] / w, rows[0] / h, (columns[-1] + 1) / w, (rows[-1] + 1) / h

    def _head(self, pixels: Pixels, subject: Box) -> Box:
        """A square at the top of the subject, as wide as 3 tenths of its height, around where its top is."""
        mask = self._glances.of(pixels).parts.subject > 0.5
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
    """Looks at one part of each picture. Views: four layers of the network; rows of NaN where there is no such part.

    Args:
        region: One of `REGIONS`.
        shared: The network and what finds the parts.
    """

    version = "1"
    specs: tuple[SlotSpec, ...] = ()

    def __init__(self, region: str, shared: Regions) -> None:
        self.region = region
        self.name = f"region {region}"
        self._shared = shared

    @property
    def views(self) -> tuple[str, ...]:
        """Names of its views."""
        return tuple(f"{self.region}: {tap.split('.')[1]}" for tap in _TAPS)

    def missing(self) -> str | None:
        """None: it can run, and finds no face where the detector's weights are not here."""
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        """Look at the part in b pictures of any sizes."""
        found: list[dict[str, Vectors] | None] = []
        for pixels in batch:
            box = self._shared.box(pixels, self.region)
            part = None if box is None else cut(pixels, box)
            found.append(None if part is None else views_of(self._shared.layers(part)))
        views = {}
        for name, tap in zip(self.views, _TAPS, strict=True):
            width = WIDTHS[tap]
            rows = [seen[tap] if seen else np.full(width, np.nan, np.float32) for seen in found]
            views[name] = np.stack(rows).astype(np.float32)
        return Findings(views, [[] for _ in batch])


WIDTHS = {"object.fine": 176, "object.part": 240, "object.piece": 416, "object.top": 1280}
"""Columns of the views."""


def cut(pixels: Pixels, box: Box) -> Pixels | None:
    """The part of a picture, beyond its edge repeated; None where hardly anything of it is inside."""
    height, width = pixels.shape[:2]
    left, right = round(box[0] * width), round(box[2] * width)
    top, bottom = round(box[1] * height), round(box[3] * height)
    if min(right, width) - max(left, 0) < 4 or min(bottom, height) - max(top, 0) < 4:
        return None
    rows = np.clip(np.arange(top, bottom), 0, height - 1)
    columns = np.clip(np.arange(left, right), 0, width - 1)
    return np.asarray(pixels[np.ix_(rows, columns)], np.uint8)


def _finder(store: Store) -> Callable[[Pixels], Box | None]:
    """Finds the largest face, with a little around it; never one where the detector is not here."""
    from PIL import Image

    from tools.models.bundled.face.detect import Detector

    try:
        detector = Detector(store.require("face-detector"))
    except RegroupError:
        return lambda pixels: None

    def find(pixels: Pixels) -> Box | None:
        faces = detector.find(Image.fromarray(pixels))
        if not faces:
            return None
        height, width = pixels.shape[:2]
        half = 0.7 * faces[0].size
        x, y = (float(v) for v in faces[0].middle)
        return (x - half) / width, (y - half) / height, (x + half) / width, (y + half) / height

    return find
