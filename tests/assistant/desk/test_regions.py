"""Looking closer on a real desk: a small mark in the corner of busy pictures is all that tells them apart."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from assistant.bench.simulated_user import SimulatedUser
from assistant.desk import Desk
from assistant.plain.lesson import lesson
from assistant.settings import Settings
from tools.clustering.constraints import Label
from tools.errors import Cancelled
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.region_expert import RegionExpert, Regions
from tools.models.weight_store import WeightStore

REGION = "the top left corner"
Open = Callable[[], Desk]


def draw(path: Path, ring: bool, rng: np.random.Generator) -> None:
    """Bright shapes all over, and in the corner a small ring or a small cross."""
    picture = Image.new("RGB", (320, 320), tuple(int(v) for v in rng.integers(120, 255, 3)))
    pen = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y = rng.integers(0, 280, 2)
        pen.ellipse((x, y, x + 70, y + 60), fill=tuple(int(v) for v in rng.integers(0, 255, 3)))
    pen.rectangle((4, 4, 40, 40), fill="white")
    x, y = (int(v) for v in rng.integers(9, 17, 2))
    if ring:
        pen.ellipse((x, y, x + 16, y + 16), outline="black", width=3)
    else:
        pen.line((x, y, x + 16, y + 16), fill="black", width=3)
        pen.line((x, y + 16, x + 16, y), fill="black", width=3)
    picture.save(path)


def mark(desk: Desk, image: str) -> str:
    return desk.collection.by_id(image).path.stem.split("-")[1]


@pytest.fixture
def open_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a desk over forty pictures that are looked at for their colours, and for two parts when it looks closer."""
    folder, rng = tmp_path / "pictures", np.random.default_rng(3)
    folder.mkdir()
    for i in range(40):
        draw(folder / f"{i:02}-{'cross' if i % 2 else 'ring'}.png", i % 2 == 0, rng)

    def two(store: WeightStore) -> list[RegionExpert]:
        shared = Regions(store)
        return [RegionExpert(region, shared) for region in (REGION, "the middle")]

    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    monkeypatch.setattr(tier, "parts", two)
    desks: list[Desk] = []

    def make() -> Desk:
        for desk in desks:
            desk.close()
        desks.append(Desk.open(folder, Settings(workspace=tmp_path / "workspace", offline=True)))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


def test_the_part_that_tells_the_answers_apart_counts_from_then_on(open_marked: Open) -> None:
    desk = open_marked()
    made = desk.grouping.group("corner mark", k=2)
    assert desk.regions.cost() == 0
    images = made.images[:16]
    desk.questions.take_answers([Label(image, mark(desk, image)) for image in images])
    before = desk.clusterings.get()
    looks = desk.regions.cost()
    assert looks == 16 * 2 + 24

    def stop(stage: str, done: int, total: int) -> None:
        if done:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        desk.regions.search(progress=stop)
    assert desk.regions.cost() == 0  # not again and again
    calls = desk.meter.calls
    stages: list[str] = []
    assert REGION in desk.regions.search(progress=lambda stage, done, total: stages.append(stage))
    assert "looking closer" in stages and f"looking at {REGION}" in stages
    assert desk.meter.calls - calls <= looks
    assert not [
        name for name in desk.experts.look().views if name.startswith(REGION)
    ]  # of this criterion only
    question = desk.questions.ask()
    assert question is not None
    calls = desk.meter.calls
    desk = open_marked()
    after = desk.questions.answer(
        question.images, mark(desk, question.images[0]) if len(question.images) == 1 else False
    )
    assert desk.meter.calls == 0, "the cache has it"
    assert [name for name in desk.experts.look_for("corner mark").views if name.startswith(REGION)]

    def right(clustering: object) -> float:
        rest = [image for image in made.images if image not in images]
        names = [clustering.clusters[clustering.label_of(image)].name for image in rest]  # type: ignore[attr-defined]
        return float(np.mean([name == mark(desk, i) for name, i in zip(names, rest, strict=True)]))

    assert right(after) >= 0.9 > right(before)


def test_a_lesson_says_what_it_costs_and_where_it_looks(open_marked: Open) -> None:
    desk = open_marked()
    desk.grouping.group("corner mark", k=2)
    written: list[str] = []

    def reply() -> str:
        about = next(line for line in reversed(written) if "corner mark of #" in line)
        return "ring\n" if "-ring.png" in about else "cross\n"

    lesson(desk, desk.clusterings.get().id, 14, reply, written.append)
    cost = next(i for i, line in enumerate(written) if "a closer look at parts of the pictures" in line)
    assert REGION in written[cost + 1]


def test_the_simulated_user_is_looked_closer_for_as_well(open_marked: Open) -> None:
    desk = open_marked()
    seen = desk.experts.look()
    truth = {image: mark(desk, image) for image in seen.images}
    user = SimulatedUser("corner mark", seen, tier.text_encoder(), truth, closer=desk.regions.find)
    said = user.answers(14)
    assert not [name for name in user.teacher(said[:8]).request.descriptions.views if name.startswith(REGION)]
    assert [name for name in user.teacher(said).request.descriptions.views if name.startswith(REGION)]
