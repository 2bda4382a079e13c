"""Looking closer: a mark in a corner that no view of the whole picture shows (here, its colours are all there is)."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from assistant.workspace import Workspace
from tools.clustering.constraints import Label, tie
from tools.describe.describe import Descriptions, Meter, key, look
from tools.learn.material import Learned
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.region_expert import RegionExpert, Regions
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.weight_store import WeightStore
from tools.request import Request
from tools.scan.collection import Collection, scan
from tools.scan.prefetch import decoded
from tools.teach.region_search import may_help, search_regions, with_region_views
from tools.teach.teacher import Teacher

REGION = "the top left corner"
TRIED = (REGION, "the bottom right corner", "the middle")


def draw(path: Path, marked: bool, rng: np.random.Generator) -> None:
    """Bright shapes all over, and in the corner a small ring or a small cross."""
    picture = Image.new("RGB", (480, 480), tuple(int(v) for v in rng.integers(120, 255, 3)))
    pen = ImageDraw.Draw(picture)
    for _ in range(14):
        x, y = rng.integers(0, 400, 2)
        shape = pen.ellipse if rng.random() < 0.5 else pen.rectangle
        shape((x, y, x + 110, y + 90), fill=tuple(int(v) for v in rng.integers(0, 255, 3)))
    pen.rectangle((8, 8, 56, 56), fill="white")
    x, y = (int(v) for v in rng.integers(14, 26, 2))
    if marked:
        pen.ellipse((x, y, x + 22, y + 22), outline="black", width=4)
    else:
        pen.line((x, y, x + 22, y + 22), fill="black", width=4)
        pen.line((x, y + 22, x + 22, y), fill="black", width=4)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Collection, Workspace, Descriptions, list[str]]:
    folder, rng = tmp_path_factory.mktemp("marked"), np.random.default_rng(3)
    truth = {}
    for i in range(48):
        path = folder / "pictures" / f"{i:02}.png"
        draw(path, i % 2 == 0, rng)
        truth[path.name] = "ring" if i % 2 == 0 else "cross"
    collection, workspace = scan(folder / "pictures"), Workspace(folder / "space")
    seen = look(collection.ids, lambda ids: decoded(collection, ids), [ColourExpert()], workspace.cache)
    return collection, workspace, seen, [truth[collection.by_id(i).path.name] for i in seen.images]


def learned(descriptions: Descriptions, truth: list[str], texts: WordLlamaEncoder, count: int) -> Learned:
    said = tuple(
        Label(image, name) for image, name in list(zip(descriptions.images, truth, strict=True))[:count]
    )
    material = Teacher(Request("corner mark", descriptions, texts, constraints=said)).material()
    found = material.learn(tie(descriptions.images, said), said)
    assert found is not None
    return found


def test_the_part_that_tells_the_answers_apart_is_found_and_kept(
    marked: tuple[Collection, Workspace, Descriptions, list[str]], texts: WordLlamaEncoder
) -> None:
    collection, workspace, seen, truth = marked
    first = learned(seen, truth, texts, 24)
    assert may_help(first)
    shared = Regions(WeightStore(offline=True))
    parts = [RegionExpert(region, shared) for region in TRIED]
    meter = Meter()

    def decode(ids: object) -> object:
        return decoded(collection, ids)  # type: ignore[arg-type]

    closer = search_regions(first, seen, parts, decode, workspace.cache, meter=meter)  # type: ignore[arg-type]
    assert closer is not None and closer.region == REGION and closer.skill > closer.whole + 0.1
    assert closer.looks == meter.calls == 24 * 3 + 24  # of the answered each part, of the others one
    assert REGION in closer.line
    second = learned(closer.descriptions, truth, texts, 24)
    chances = second.ridge.chances[24:]
    right = np.mean([second.names[i] == name for i, name in zip(chances.argmax(1), truth[24:], strict=True)])
    before = np.mean(
        [
            first.names[i] == name
            for i, name in zip(first.ridge.chances[24:].argmax(1), truth[24:], strict=True)
        ]
    )
    assert right >= 0.9 > before
    again = with_region_views(seen, parts, workspace.cache)
    assert set(parts[0].views) <= set(again.views) and not set(parts[1].views) & set(again.views)
    assert not workspace.cache.missing(key(parts[0]), seen.images)
    assert search_regions(second, closer.descriptions, parts[:1], decode, workspace.cache) is None  # type: ignore[arg-type]


def test_few_answers_say_nothing_about_parts(
    marked: tuple[Collection, Workspace, Descriptions, list[str]], texts: WordLlamaEncoder
) -> None:
    _, _, seen, truth = marked
    assert not may_help(None)
    assert not may_help(learned(seen, truth, texts, 6))
