"""Judges that know the collection."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.words_judge import WordsJudge
from tools.describe.judging import PictureJudge
from tools.errors import RegroupError
from tools.models.ports import Evidence, Pixels

IDS = ("a", "b", "c")
PIXELS = {image: np.full((2, 2, 3), 40 * i, np.uint8) for i, image in enumerate(IDS)}


class Bright:
    """It says how bright an image is, and notes what it was shown and whether two asked at once."""

    def __init__(self, name: str = "bright") -> None:
        self.name = name
        self.shown: list[tuple[Pixels, Evidence, str]] = []
        self.inside = 0
        self.most = 0
        self._waiting = threading.Event()

    def belongs(self, image: Pixels, evidence: Evidence, criterion: str) -> float:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self._waiting.wait(0.02)
        self.shown.append((image, evidence, criterion))
        self.inside -= 1
        return float(image.mean()) / 255


def test_it_is_shown_the_pictures_and_the_first_tag_is_the_name() -> None:
    model = Bright()
    judge = PictureJudge(model, IDS, PIXELS.__getitem__, exemplars=1)
    assert judge.name == "bright"
    assert judge.belongs(2, [0, 1], ("red", "dark"), "colour") == pytest.approx(80 / 255)
    image, evidence, criterion = model.shown[0]
    assert image is PIXELS["c"] and criterion == "colour"
    assert (evidence.name, evidence.tags) == ("red", ("dark",))
    assert len(evidence.exemplars) == 1 and evidence.exemplars[0] is PIXELS["a"]
    plain = PictureJudge(model, IDS, PIXELS.__getitem__, exemplars=0, further=False)
    plain.belongs(2, [0, 1], ("red", "dark"), "colour")
    assert (model.shown[1][1].name, model.shown[1][1].tags, model.shown[1][1].exemplars) == ("red", (), ())
    plain.belongs(2, [0], (), "colour")
    assert model.shown[2][1].name == ""


def test_a_question_is_asked_once_and_another_question_is_another() -> None:
    model, kept = Bright(), {}
    judge = PictureJudge(model, IDS, PIXELS.__getitem__, kept)
    questions: list[tuple[int, Sequence[int], Sequence[str], str]] = [
        (0, [1], ("x",), "colour"), (2, [1], ("x",), "colour"), (0, [2], ("x",), "colour"),
        (0, [1], ("y",), "colour"), (0, [1], ("x",), "shape"), (0, [1, 2], ("x",), "colour"),
    ]  # fmt: skip
    for _ in range(2):
        for question in questions:
            judge.belongs(*question)
    assert judge.asked == len(model.shown) == len(kept) == 6
    # What was kept holds for another run, and not for another model.
    again = Bright()
    PictureJudge(again, IDS, PIXELS.__getitem__, kept).belongs(*questions[0])
    assert not again.shown
    PictureJudge(Bright("other"), IDS, PIXELS.__getitem__, kept).belongs(*questions[0])
    assert len(kept) == 7


def test_a_local_model_is_asked_by_one_thread_at_a_time() -> None:
    for local, most in ((True, 1), (False, 3)):
        model = Bright()
        judge = PictureJudge(model, IDS, PIXELS.__getitem__, local=local)
        with ThreadPoolExecutor(3) as pool:
            for job in [pool.submit(judge.belongs, row, [0], (), "x") for row in range(3)]:
                job.result()
        assert model.most <= most
        assert len(model.shown) == 3


def test_what_fails_is_not_kept() -> None:
    kept: dict[str, float] = {}

    def gone(image: str) -> Pixels:
        raise RegroupError("it is gone")

    with pytest.raises(RegroupError, match="it is gone"):
        PictureJudge(Bright(), IDS, gone, kept).belongs(0, [1], (), "x")
    assert not kept


def test_words_as_a_judge() -> None:
    judge = WordsJudge(("a", "a", "b", "b", None), np.array([0.9, 0.9, 0.9, 0.2, 0], np.float32))
    assert judge.belongs(0, [1], (), "") > 0.8 > 0.5 > judge.belongs(0, [2], (), "")
    assert judge.belongs(0, [2], (), "") < judge.belongs(0, [3], (), "")
    assert judge.belongs(4, [0], (), "") == judge.belongs(0, [4], (), "") == 0.5
    assert WordsJudge(("a", "a"), np.ones(2, np.float32)).belongs(0, [1], (), "") == 0.5
