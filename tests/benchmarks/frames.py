"""Measure what frames cost: `python -m tests.benchmarks.frames FOLDERS --workspace DIR --into frames.csv`.

Copies of the pictures get frames that are drawn around them, the same for each file name: `half` of the pictures a wide
white or black border, or `all` of them one of seven kinds. Each copy is looked at with its frame left on and taken off,
and grouped by each criterion, three seeds, the number of groups given.
"""

import argparse
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean

import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from tests.benchmarks.features import Dump, look
from tests.benchmarks.records import show
from tools.clustering.evaluate import evaluate
from tools.group import group
from tools.models.bundled.tier import text_encoder
from tools.request import Request

SEEDS = 3
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
Frame = Callable[[Image.Image, random.Random], Image.Image]


def border(colour: tuple[int, int, int], least: float, most: float) -> Frame:
    """A border of one colour, with a width in shares of the shorter side."""
    return lambda image, rng: ImageOps.expand(image, int(min(image.size) * rng.uniform(least, most)), colour)


def mount(image: Image.Image, rng: random.Random) -> Image.Image:
    """A line, a wide mount and a dark frame."""
    side = min(image.size)
    image = ImageOps.expand(image, max(1, side // 150), (120, 110, 100))
    image = ImageOps.expand(image, int(side * rng.uniform(0.1, 0.2)), (240, 235, 220))
    return ImageOps.expand(image, int(side * 0.04), (30, 25, 20))


def instant(image: Image.Image, rng: random.Random) -> Image.Image:
    """An instant photograph with a word below."""
    edge, below = int(min(image.size) * 0.06), int(min(image.size) * 0.25)
    white = Image.new("RGB", (image.width + 2 * edge, image.height + edge + below), (250, 250, 247))
    white.paste(image, (edge, edge))
    word = rng.choice(["summer 98", "holiday", "with love", "Lake, 2004"])
    font, place = ImageFont.load_default(int(below * 0.45)), (2 * edge, image.height + edge + below // 4)
    ImageDraw.Draw(white).text(place, word, fill=(40, 40, 90), font=font)
    return white


def bars(image: Image.Image, rng: random.Random) -> Image.Image:
    """Black bars above and below."""
    return ImageOps.expand(image, (0, int(image.height * rng.uniform(0.08, 0.18))), BLACK)


def pillars(image: Image.Image, rng: random.Random) -> Image.Image:
    """Black bars at both sides."""
    return ImageOps.expand(image, (int(image.width * rng.uniform(0.1, 0.3)), 0), BLACK)


def rounded(image: Image.Image, rng: random.Random) -> Image.Image:
    """A white border with round inner corners."""
    corner, mask = int(min(image.size) * rng.uniform(0.06, 0.14)), Image.new("L", image.size, 0)
    right, bottom = image.width - 1, image.height - 1
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, right, bottom), corner, fill=255)
    on_white = Image.new("RGB", image.size, WHITE)
    on_white.paste(image, (0, 0), mask)
    return border(WHITE, 0.04, 0.12)(on_white, rng)


KINDS: dict[str, tuple[Frame | None, ...]] = {
    "half": (border(WHITE, 0.15, 0.35), border(BLACK, 0.15, 0.35), None, None),
    "all": (
        border(WHITE, 0.04, 0.12),
        border(BLACK, 0.04, 0.12),
        mount,
        instant,
        bars,
        pillars,
        rounded,
    ),
}


def framed(folder: Path, kind: str, into: Path) -> Path:
    """Copy a folder with frames around its pictures."""
    copy = into / f"{folder.resolve().name} {kind}"
    (copy / "images").mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "labels.csv", copy)
    for path in sorted((folder / "images").iterdir()):
        rng = random.Random(f"{path.name}x")
        frame = rng.choice(KINDS[kind])
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        (frame(upright, rng) if frame else upright).save(copy / "images" / path.name, quality=90)
    return copy


def nmi(dump: Dump, criterion: str) -> float:
    """The mean NMI over the seeds."""
    truth = dump.truths[criterion]
    names, k = truth[truth != ""].tolist(), len(set(truth.tolist()) - {""})
    runs = []
    for seed in range(SEEDS):
        labels = group(Request(criterion, dump.descriptions, text_encoder(), k=k, seed=seed)).labels
        runs.append(evaluate(names, labels[truth != ""].tolist()).nmi)
    return fmean(runs)


def rows(folders: list[Path], workspace: Path) -> Iterator[dict[str, str]]:
    """A row for each criterion and kind of frames."""
    from assistant.settings import Settings

    for folder in folders:
        plain = look(folder, Settings(workspace=workspace / "plain", offline=True, tier="bundled"))
        for kind in KINDS:
            copy = framed(folder, kind, workspace / "pictures")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("tools.describe.describe.inside_frame", lambda pixels: pixels)
                on = look(copy, Settings(workspace=workspace / "on", offline=True, tier="bundled"))
            off = look(copy, Settings(workspace=workspace / "off", offline=True, tier="bundled"))
            for criterion in plain.truths:
                figures = {"without": plain, "left on": on, "taken off": off}
                about = {"folder": plain.folder, "criterion": criterion, "frames": kind}
                yield about | {name: f"{nmi(dump, criterion):.3f}" for name, dump in figures.items()}


def main() -> None:
    """Read the command line, measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    given = parser.parse_args()
    show(rows(given.folders, given.workspace), given.into)


if __name__ == "__main__":
    main()
