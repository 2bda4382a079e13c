"""Looking for a face again ends as soon as the answer is certain, and the answer is that of looking to the end."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.demo import draw_demo
from tools.errors import RegroupError
from tools.models.bundled.face.detector import AGAIN, SURER, Detector, Face
from tools.models.ports import Pixels
from tools.models.weight_store import WeightStore


class Counting(Detector):
    """Counts how often it looks again, and remembers how sure it was."""

    sure: list[float]

    def _again(self, *about: object) -> float:
        self.sure.append(super()._again(*about))  # type: ignore[arg-type]
        return self.sure[-1]


@pytest.fixture(scope="module")
def detector() -> Counting:
    try:
        return Counting(WeightStore().ensure(["face-detector"])["face-detector"])
    except RegroupError as error:
        pytest.skip(f"{error} (the weights could not be fetched here)")


@pytest.fixture(scope="module")
def seen(detector: Counting, tmp_path_factory: pytest.TempPathFactory) -> tuple[Pixels, list[Face]]:
    """A drawn portrait: its face, and two places where there is none or half of one."""
    folder = tmp_path_factory.mktemp("faces") / "demo"
    file = next(row.file for row in draw_demo(folder, seed=5, count=3) if not row.note)
    pixels = np.asarray(Image.open(Path(folder) / file).convert("RGB"))
    face = detector.find(pixels)[0]
    beside = Face(face.box + np.float32(face.size * 0.3), face.points, 0.6)
    nowhere = Face(np.array([0, 0, 20, 20], np.float32), face.points, 0.6)
    return pixels, [face, beside, nowhere]


def test_a_face_is_agreed_on_as_by_the_mean_of_all_looks(
    detector: Counting, seen: tuple[Pixels, list[Face]]
) -> None:
    pixels, faces = seen
    for face in faces:
        detector.sure = []
        detector.agrees(pixels, face, 0.0)
        detector.sure = []
        scores = [detector._again(pixels, face, *look) for look in AGAIN]
        for least in np.linspace(-0.1, 1.1, 25):
            assert detector.agrees(pixels, face, least) == (np.mean(scores) >= least)


def test_it_looks_no_more_often_than_it_has_to(detector: Counting, seen: tuple[Pixels, list[Face]]) -> None:
    pixels, (face, _, nowhere) = seen
    looks = {}
    for name, where, least in (("sure", face, 0.2), ("none", nowhere, 0.8), ("close", face, 0.999)):
        detector.sure = []
        detector.agrees(pixels, where, least)
        looks[name] = len(detector.sure)
    assert looks["sure"] == 1 and looks["none"] == 1
    assert 1 <= looks["close"] <= len(AGAIN)


def test_it_does_not_hope_for_looks_that_are_far_surer(
    detector: Counting, seen: tuple[Pixels, list[Face]]
) -> None:
    pixels, (_, _, nowhere) = seen
    first = detector._again(pixels, nowhere, *AGAIN[0])
    assert first < 1 - SURER
    least = first + 0.8 * SURER  # the other three would have to be surer by more than SURER on average
    for needed, looks in ((least, 1), (least - 0.1 * SURER, 2)):
        detector.sure = []
        assert not detector.agrees(pixels, nowhere, needed)
        assert len(detector.sure) == looks


def test_a_mirrored_look_is_a_look_at_the_mirrored_picture(
    detector: Counting, seen: tuple[Pixels, list[Face]]
) -> None:
    pixels, (face, *_) = seen
    detector.sure = []
    shaded = pixels.copy()
    shaded[:, : int(face.middle[0])] //= 3  # no mirror image of itself
    turned = np.ascontiguousarray(shaded[:, ::-1])
    left, top, right, bottom = face.box
    there = Face(np.array([turned.shape[1] - right, top, turned.shape[1] - left, bottom]), face.points, 1.0)
    mirrored = detector._again(shaded, face, 2.4, True)
    assert mirrored == pytest.approx(detector._again(turned, there, 2.4, False), abs=0.005)
    assert mirrored != pytest.approx(detector._again(shaded, face, 2.4, False), abs=0.005)
