"""What is written in drawn pictures; those that need RapidOCR are skipped without it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.calibration.scenes import thing
from tools.extras import how_to_add
from tools.models.bundled import writing_expert
from tools.models.bundled.writing_expert import WIDTHS, Line, WritingExpert, described
from tools.models.ports import Pixels


@pytest.fixture(scope="module")
def expert() -> WritingExpert:
    found = WritingExpert()
    if line := found.missing():
        pytest.skip(line)
    return found


def sheet(text: str, size: int = 44) -> Pixels:
    made = Image.new("RGB", (420, 240), "#f2efe4")
    ImageDraw.Draw(made).text((40, 70), text, "#1c2c5c", font=ImageFont.load_default(size))
    return np.asarray(made)


def values(lines: list[Line]) -> dict[str, str]:
    return {slot.name: slot.value for slot in described(lines)[1]}


def test_words_digits_and_script_of_lines() -> None:
    lines = [Line("Happy Birthday", 0.9, 0.1), Line("No. 42", 0.8, 0.05)]
    assert values(lines) == {
        "writing": "a few words", "words": "happy birthday no", "digits": "42", "script": "latin",
    }  # fmt: skip
    assert values([Line("7", 1.0, 0.1)]) == {"writing": "a word", "digits": "7"}
    assert values([]) == {"writing": "no text"}


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Привет", "cyrillic"),
        ("你好", "chinese"),
        ("안녕", "korean"),
        ("ひらがな", "japanese"),
        ("Καλη", "greek"),
    ],
)
def test_the_script_is_that_of_most_letters(text: str, script: str) -> None:
    assert values([Line(f"{text} a", 0.9, 0.1)])["script"] == script


def test_what_was_read_is_text_and_nothing_else() -> None:
    said = values([Line("rm\x1b[31m -rf\u202e ../../etc" + "x" * 500, 0.9, 0.1)])
    assert len(said["words"]) <= 60
    assert said["words"].replace(" ", "").isalpha()


def test_views_of_lines() -> None:
    for lines in ([], [Line("7", 1.0, 0.1)], [Line("Ab 12 ?!", 0.9, 0.2)]):
        views, _ = described(lines)
        assert {name: len(row) for name, row in views.items()}.items() <= WIDTHS.items()
        assert all(np.isfinite(row).all() and row.dtype == np.float32 for row in views.values())
    views, _ = described([Line("Ab 12 ?!", 0.9, 0.2)])
    assert (views["writing.characters"] ** 2).sum() == pytest.approx(1)
    assert views["writing.script"].tolist() == [1, 0, 0, 0, 0, 0, 0]


def test_what_it_lacks_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing_expert, "find_spec", lambda name: None)
    assert WritingExpert().missing() == f"reading text needs RapidOCR: {how_to_add('ocr')}"


def test_it_reads(expert: WritingExpert) -> None:
    found = expert.look([sheet("Garden Party"), sheet("2048"), sheet("")])
    said = [{slot.name: slot.value for slot in slots} for slots in found.slots]
    assert said[0] == {"writing": "a few words", "words": "garden party", "script": "latin"}
    assert said[1] == {"writing": "a word", "digits": "2048"}
    assert said[2] == {"writing": "no text"}
    assert np.isnan(found.views["writing.characters"][2]).all()
    assert {name: view.shape for name, view in found.views.items()} == {n: (3, w) for n, w in WIDTHS.items()}


def test_drawn_things_are_no_writing(expert: WritingExpert) -> None:
    pictures = [thing(np.random.default_rng([9, i]))[0] for i in range(12)]
    said = [slots[0].value for slots in expert.look(pictures).slots]
    assert said.count("no text") >= 11, said


def test_without_hints_nothing_is_read(expert: WritingExpert, monkeypatch: pytest.MonkeyPatch) -> None:
    expert.look([sheet("A")])
    calls: list[bool] = []
    engine = expert._engine

    def counted(*arguments: object, use_rec: bool, **options: object) -> object:
        calls.append(use_rec)
        return engine(*arguments, use_rec=use_rec, **options)

    monkeypatch.setattr(expert, "_engine", counted)
    expert.look([sheet("")])
    assert calls == [False]
    expert.look([sheet("House")])
    assert calls == [False, False, True]


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 2), (9, 9), (640, 480)])
def test_any_picture_is_looked_at(
    size: tuple[int, int], expert: WritingExpert, rng: np.random.Generator
) -> None:
    found = expert.look([rng.integers(0, 256, (*size, 3)).astype(np.uint8)])
    assert found.views["writing.amount"].shape == (1, 3)
