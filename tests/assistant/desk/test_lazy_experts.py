"""Slow experts sleep until a criterion is about what they alone see: with a real one written here, and with OCR."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.messages import ToolCall
from PIL import Image, ImageDraw, ImageFont

from assistant.agent import confirmations
from assistant.agent.approvals import PlanApproval
from assistant.agent.group_with_consent import grouped
from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk, experts
from assistant.desk.experts import SlowLook
from assistant.desk.planning import Planning
from assistant.settings import Settings
from tools.errors import Cancelled
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.writing_expert import WritingExpert
from tools.models.ports import Expert, Findings, Pixels, Slot, SlotSpec

Run = Callable[..., Any]


class Stripes:
    """Sees whether a picture has stripes: how much the rows of pixels differ from each other."""

    name = "stripes"
    version = "1"
    specs = (
        SlotSpec(
            "writing", ("text on it", "text in the picture", "words"), ("stripes",), "text in the picture"
        ),
    )

    def __init__(self, lacking: str | None = None) -> None:
        self.lacking = lacking
        self.seen = 0

    def missing(self) -> str | None:
        return self.lacking

    def look(self, batch: Sequence[Pixels]) -> Findings:
        self.seen += len(batch)
        rows = np.array([[pixels.mean((1, 2)).std()] for pixels in batch], np.float32)
        said = [[Slot("writing", "text" if row[0] > 40 else "no text", 0.9)] for row in rows]
        return Findings({"stripes": rows}, said)


@pytest.fixture
def sheets(tmp_path: Path) -> Path:
    """Twelve sheets, red or green, every third one with dark lines across it."""
    folder = tmp_path / "sheets"
    folder.mkdir()
    for i in range(12):
        image = Image.new("RGB", (64, 64), ("red", "green")[i % 2])
        if i % 3 == 0:
            for y in range(i // 3, 64, 8):
                ImageDraw.Draw(image).rectangle((0, y, 64, y + 3), fill="white")
        image.putpixel((i, 0), (9, 9, 9))
        image.save(folder / f"{i:02}.png")
    return folder


@pytest.fixture
def stripes(monkeypatch: pytest.MonkeyPatch) -> list[Stripes]:
    """The slow experts of every desk that is opened, in the order of the desks; one that reads nothing is beside."""
    made: list[Stripes] = []

    def slow() -> list[Expert]:
        made.append(Stripes())
        return [made[-1]]

    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    monkeypatch.setattr(tier, "slow_experts", slow)
    return made


def opened(folder: Path, tmp_path: Path) -> Desk:
    return Desk.open(folder, Settings(workspace=tmp_path / "workspace", offline=True, tier="bundled"))


def sizes(desk: Desk) -> dict[str, int]:
    made = desk.clusterings.get()
    return {cluster.name: made.size(cluster.id) for cluster in made.clusters}


def test_it_sleeps_while_others_are_asked_for(sheets: Path, tmp_path: Path, stripes: list[Stripes]) -> None:
    with opened(sheets, tmp_path) as desk:
        desk.experts.look()
        assert sizes(desk) == {"red": 6, "green": 6} if desk.grouping.group("colour") else False
        assert stripes[0].seen == 0 and "text in the picture" not in [
            p.criterion for p in desk.criteria.propose()
        ]


def test_it_wakes_for_its_criterion_and_then_stays(
    sheets: Path, tmp_path: Path, stripes: list[Stripes]
) -> None:
    with opened(sheets, tmp_path) as desk:
        made = desk.grouping.group("text in the picture")
        assert made.sure and sizes(desk) == {"text": 4, "no text": 8}
        assert stripes[0].seen == 12 and desk.status().calls == 24
        desk.grouping.group("words")
        assert stripes[0].seen == 12
        assert "no text" in desk.explaining.image(
            "00.png", "text in the picture"
        ) or "text" in desk.explaining.image("00.png")
    with opened(sheets, tmp_path) as desk:  # awake from the start, and everything it says is kept
        assert "text in the picture" in [proposal.criterion for proposal in desk.criteria.propose()]
        assert stripes[1].seen == 0 and desk.status().calls == 0


def test_in_another_collection_it_sleeps_on(
    sheets: Path, tmp_path: Path, stripes: list[Stripes], draw: Callable[..., Path]
) -> None:
    with opened(sheets, tmp_path) as desk:
        desk.grouping.group("words")
    other = tmp_path / "other"
    for i in range(3):
        draw(other / f"{i}.png", variant=i)
    (other / "copy.png").write_bytes((sheets / "00.png").read_bytes())
    with opened(other, tmp_path) as desk:
        assert "writing" not in desk.experts.look().specs and stripes[1].seen == 0


def test_a_split_wakes_it(sheets: Path, tmp_path: Path, stripes: list[Stripes]) -> None:
    with opened(sheets, tmp_path) as desk:
        desk.grouping.group("colour")
        made = desk.editing.split("red", by="text on it")
        assert stripes[0].seen == 12
        assert sorted(made.size(cluster.id) for cluster in made.clusters) == [2, 4, 6]


def test_where_it_was_stopped_quick_questions_stay_quick(
    sheets: Path, tmp_path: Path, stripes: list[Stripes]
) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if stripes[0].seen:
            raise Cancelled("stopped")

    with opened(sheets, tmp_path) as desk:
        with pytest.raises(Cancelled):
            desk.grouping.group("words", progress=stop)
        before = stripes[0].seen
        assert len(desk.grouping.group("colour").clusters) == 2 and stripes[0].seen == before
        assert desk.grouping.group("words").sure and stripes[0].seen == before + 12


def test_one_that_cannot_run_says_what_it_lacks(
    sheets: Path, tmp_path: Path, stripes: list[Stripes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tier, "slow_experts", lambda: [Stripes("reading text needs an extra")])
    with opened(sheets, tmp_path) as desk:
        desk.experts.look()
        assert desk.status().missing == ()
        assert not desk.grouping.group("words").sure
        assert desk.status().missing == ("reading text needs an extra",)


def test_bench_wakes_it(sheets: Path, stripes: list[Stripes], regroup: Run) -> None:
    rows = ["file,colour,text on it"]
    rows += [f"{i:02}.png,{('red', 'green')[i % 2]},{'yes' if i % 3 == 0 else 'no'}" for i in range(12)]
    (sheets / "labels.csv").write_text("\n".join(rows))
    said = regroup("bench", sheets, "--groups", "truth", "--method", "kmeans", "--seeds", 1, "--json")
    assert said.code == 0, said.err
    colour, text = said.document["rows"]
    assert (colour["acc"], text["acc"]) == (1.0, 1.0)
    assert (colour["model_calls"], text["model_calls"]) == (12, 24)


def test_words_in_pictures_are_read_when_asked_for(tmp_path: Path, regroup: Run) -> None:
    if line := WritingExpert().missing():
        pytest.skip(line)
    folder = tmp_path / "signs"
    folder.mkdir()
    for i in range(9):
        image = Image.new("RGB", (240, 120), ("pink", "khaki", "lightblue")[i // 3])
        if i % 3:
            pen, font = ImageDraw.Draw(image), ImageFont.load_default(44)
            pen.text((20 + i, 30), ("", "HOTEL", "PARKING")[i % 3], "black", font=font)
        image.save(folder / f"{i}.png")
    said = regroup("cluster", folder, "--by", "text in the picture", "--groups", 2, "--json")
    assert said.code == 0, said.err
    assert set(map(frozenset, said.groups.values())) == {
        frozenset({"0.png", "3.png", "6.png"}),
        frozenset(f"{i}.png" for i in range(9) if i % 3),
    }
    words = regroup("cluster", folder, "--by", "the words on them", "--json")
    assert words.groups["hotel"] == {"1.png", "4.png", "7.png"}
    assert words.groups["parking"] == {"2.png", "5.png", "8.png"} and words.document["model_calls"] == 0


def test_its_time_is_told_by_its_pace_on_a_few_of_these_pictures(
    sheets: Path, tmp_path: Path, stripes: list[Stripes], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    def slowly(self: Stripes, batch: Sequence[Pixels]) -> Findings:
        now[0] += 100 if self.seen == 0 else 30 * len(batch)  # the first look loads a model
        return seeing(self, batch)

    seeing = Stripes.look
    monkeypatch.setattr(Stripes, "look", slowly)
    monkeypatch.setattr(experts.time, "monotonic", lambda: now[0])
    with opened(sheets, tmp_path) as desk:
        assert desk.experts.slow_look("colour") is None
        assert desk.experts.slow_look("words") == SlowLook("stripes", 8, 240.0)
        toolbox = Toolbox(desk)
        for turn, said in enumerate(("group by words", "yes"), 1):
            toolbox.context.confirmations.heard(said, turn)
            told = toolbox.run(ToolCall(name="group_by", args={"criterion": "words"}, id="c1"))
            if turn == 1:
                assert (
                    "the stripes expert has to look at 4 more images, which takes about 2 min here. Go on?"
                    in told.text
                )
                assert told.artifact == {"yes": {"tool": "group_by", "arguments": {"criterion": "words"}}}
                assert not desk.clusterings.all()
        assert sizes(desk) == {"text": 4, "no text": 8} and stripes[0].seen == 12


def test_a_script_in_which_nobody_speaks_is_not_asked(
    sheets: Path, tmp_path: Path, stripes: list[Stripes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmations, "LONG", 0.0)
    with opened(sheets, tmp_path) as desk:
        Toolbox(desk).run(ToolCall(name="group_by", args={"criterion": "words"}, id="c1"))
        assert sizes(desk) == {"text": 4, "no text": 8}


def test_it_is_not_timed_before_the_plan_is_approved(
    sheets: Path, tmp_path: Path, stripes: list[Stripes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Planning, "large", lambda self, criterion: True)
    with opened(sheets, tmp_path) as desk:
        context = Toolbox(desk).context
        context.confirmations.heard("group by words", 1)
        assert isinstance(grouped(context, "words")[1], PlanApproval)
        assert stripes[0].seen == 0


def test_faces_and_other_signs_are_one_evidence_of_people_on_the_desk(
    sheets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faces(Stripes):
        name = "face"
        specs = (SlotSpec("people", ("number of people",), ("face.count",), "number of people"),)

        def look(self, batch: Sequence[Pixels]) -> Findings:
            rows = np.zeros((len(batch), 3), np.float32)
            return Findings({"face.count": rows}, [[Slot("people", "no face seen", 0.6)] for _ in batch])

    monkeypatch.setattr(tier, "experts", lambda store: [Faces()])
    signs = np.array([0.9, 0.0] * 6, np.float32)
    monkeypatch.setattr(tier, "person_signs", lambda views: lambda view: signs)
    with Desk.open(sheets, Settings(workspace=tmp_path / "workspace", offline=True)) as desk:
        said = desk.experts.look().column("people").values
    assert said == ["person, no face seen", "no face seen"] * 6
