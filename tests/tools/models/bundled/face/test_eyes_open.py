"""How far eyes are open, by hand and on drawn portraits."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.demo import draw_demo
from tools.models.bundled.face.detector import Face
from tools.models.bundled.face.eyes_open import FaceReader, openness
from tools.models.bundled.face.mesh import EYES, Mesh
from tools.models.weight_store import WeightStore


def face(left_gap: float, right_gap: float, width: float = 30.0) -> Mesh:
    """A mesh of which only the corners and the lids of the eyes have a place."""
    points = np.zeros((468, 3), np.float32)
    for x, gap, (inner, outer), upper, lower in (
        (0.0, left_gap, EYES[0], (160, 158), (144, 153)),
        (90.0, right_gap, EYES[1], (385, 387), (380, 373)),
    ):
        points[inner], points[outer] = (x, 0, 0), (x + width, 0, 0)
        for a, b in zip(upper, lower, strict=True):
            points[a], points[b] = (x + 10, -gap / 2, 0), (x + 10, gap / 2, 0)
    return Mesh(points, Face(np.zeros(4, np.float32), np.zeros((6, 2), np.float32), 1.0), 10.0)


def test_the_opening_is_that_of_the_wider_eye_by_its_width() -> None:
    assert openness(face(9.0, 3.0)) == pytest.approx(0.3)
    assert openness(face(3.0, 6.0, 20.0)) == pytest.approx(0.3)
    assert openness(face(0.0, 0.0)) == 0.0


def test_a_drawn_face_has_open_eyes_and_a_blank_sheet_no_face(tmp_path: Path) -> None:
    reader = FaceReader(WeightStore())
    blank = np.full((200, 200, 3), 255, np.uint8)
    none = reader.read(blank)
    if none is None:
        pytest.skip("the weights of the face expert could not be fetched here")
    assert (none.count, none.openness) == (0, None)
    row = next(row for row in draw_demo(tmp_path, seed=11, count=4) if not row.note)
    seen = reader.read(np.asarray(Image.open(tmp_path / row.file).convert("RGB")))
    assert seen is not None and seen.count == 1
    assert seen.openness is not None and 0.1 < seen.openness < 0.6


def test_without_weights_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.models.weight_store._installed", lambda source: None)
    store = WeightStore(tmp_path, offline=True)
    assert FaceReader(store).read(np.zeros((20, 20, 3), np.uint8)) is None
