"""What was seen in one picture: yes or no with how sure, or what nothing here tells."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.desk import Desk
from assistant.settings import Settings
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.photo_expert import PhotoExpert
from tools.models.ports import Expert, Findings, Pixels, Slot, SlotSpec

GLASSES = {255: ("glasses", 0.9), 128: ("no glasses", 0.8), 64: ("glasses", 0.4)}
"""What the first pixel of a picture says of glasses; of any other nothing is said."""


class Corner:
    """Reads from the first pixel of a picture whether it has glasses."""

    name = "corner"
    version = "1"
    specs = (SlotSpec("glasses", ("glasses", "spectacles"), ("corner",)),)

    def missing(self) -> str | None:
        return None

    def look(self, batch: Sequence[Pixels]) -> Findings:
        corners = [int(pixels[0, 0, 0]) for pixels in batch]
        said = [[Slot("glasses", *GLASSES[c])] if c in GLASSES else [] for c in corners]
        return Findings({"corner": np.array([[c] for c in corners], np.float32)}, said)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Eight pictures, wide and tall in turn; the first three say something of glasses, the fourth nothing."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(8):
        picture = Image.new("RGB", (90, 60) if i % 2 else (60, 90), ((220, 30, 30), (30, 60, 210))[i // 4])
        picture.putpixel((0, 0), ([*GLASSES, 0][i % 4], i, 0))
        picture.save(folder / f"p{i}.png")
    looking: list[Expert] = [ColourExpert(), PhotoExpert(), Corner()]
    monkeypatch.setattr(tier, "experts", lambda store: looking)
    with Desk.open(folder, Settings(workspace=tmp_path / "ws", offline=True)) as desk:
        yield desk


@pytest.mark.parametrize(
    ("image", "asked", "said"),
    [
        ("#1", "glasses", 'Yes, as far as I see. #1 "p0.png": glasses "glasses", 90% sure.'),
        ("#1", "spectacles", 'Yes, as far as I see. #1 "p0.png": glasses "glasses", 90% sure.'),
        ("#2", "glasses", 'No, as far as I see. #2 "p1.png": glasses "no glasses", 80% sure.'),
        ("#3", "glasses", 'Perhaps. #3 "p2.png": glasses "glasses", 40% sure.'),
        ("#4", "glasses", 'I cannot tell "glasses" of #4 "p3.png": nothing was seen in it under "glasses".'),
    ],
)
def test_an_expert_that_has_the_word_answers_with_how_sure_it_is(
    desk: Desk, image: str, asked: str, said: str
) -> None:
    assert desk.seeing.whether(image, asked) == said


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        ("portrait format", "Yes, as far as I see. "),
        ("wide", "No, as far as I see. "),
        ("red", "Yes, as far as I see. "),
        ("blue", "No, as far as I see. "),
        ("red or blue", '#1 "p0.png": background colour "red"'),
        ("night", 'I cannot see that: nothing here tells "night".'),
        ("rain", 'I cannot see that: nothing here tells "rain". Of #1 "p0.png" I see '),
        ("outdoors", 'I cannot see that: nothing here tells "outdoors".'),
    ],
)
def test_what_nothing_tells_is_said_with_what_is_seen(desk: Desk, asked: str, begins: str) -> None:
    said = desk.seeing.whether("#1", asked)
    assert said.startswith(begins) and "\n" not in said


def test_a_group_counts_before_what_an_expert_sees(desk: Desk) -> None:
    desk.grouping.group("colour", k=2)
    desk.editing.move(["#1"], "blue")
    desk.grouping.group("portrait or landscape format", k=2)
    assert desk.seeing.whether("#1", "red").startswith('No: #1 "p0.png" is in "blue" by "colour", ')
    assert desk.seeing.whether("#1", "blue").startswith("Yes: ")
    assert desk.seeing.told("#1", "colour").startswith('#1 "p0.png" is in "blue" by "colour", ')


def test_one_thing_of_a_picture_is_told_or_that_nothing_sees_it(desk: Desk) -> None:
    assert desk.seeing.told("#1", "colour").startswith('#1 "p0.png": colour "red", ')
    assert desk.seeing.told("#1", "weather").startswith('I cannot see that: nothing here tells "weather".')
    assert desk.seeing.told("#1", "who").startswith("I know no names. ")
    assert not desk.clusterings.all()
