"""Measure what exemplars are to the suite's own judge: `python -m tests.benchmarks.exemplars --data DIR --into FILE`.

The judge is the tests' tiny multimodal model, which was trained to judge one picture by the name of a group. Measured
are its own answers, and the walk with it, where it is shown 0, 1, 2 or 5 pictures of the group as well: on the drawn
pictures that it knows, and on the photographs of fruit360_crossed, which it was never shown any of.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import numpy as np
import platformdirs
from numpy.typing import NDArray

from tests.benchmarks.drawn import CRITERIA
from tests.benchmarks.labelled import Case, cases
from tests.benchmarks.records import show
from tests.benchmarks.walk import NOTHING, PICTURES, WalkBench
from tests.tools.models.hub import tiny_vlm
from tools.decode.decode_pool import decode_in_worker
from tools.describe.judging import PictureJudge
from tools.fuse.walk.walk import Walk
from tools.models.hub.vision_language_model import VisionLanguageModel
from tools.models.hub.vlm_judge import VlmJudge

SHOWN = (0, 1, 2, 5)
QUESTIONS = 100
"""How many questions of each sort, yes and no, its own answers are measured by."""
FOLDER = "fruit360_crossed"


def answers(judge: PictureJudge, labels: list[str], criterion: str, named: bool) -> float:
    """The share of right answers about pictures and five of a group, half of which are of the same."""
    rng, right = np.random.default_rng(0), []
    of: dict[str, NDArray[np.intp]] = {
        name: np.flatnonzero(np.array(labels) == name) for name in sorted(set(labels) - {""})
    }
    for i in range(2 * QUESTIONS):
        row = int(rng.choice(np.concatenate(list(of.values()))))
        others = [name for name in of if name != labels[row]]
        group = labels[row] if i % 2 else str(rng.choice(others))
        rest = of[group][of[group] != row]
        shown = rng.choice(rest, min(5, len(rest)), replace=False).tolist()
        said = judge.belongs(row, shown, [group] if named else [], criterion)
        right.append((said >= 0.5) == (group == labels[row]))
    return fmean(right)


def drawn(bench: WalkBench, model: VisionLanguageModel, seeds: int) -> Iterator[dict[str, str]]:
    """On the drawn pictures: with the words of the model, and without any words."""
    pixels = {image: bench.bench.pictures[row].pixels for row, image in enumerate(bench.ids)}
    for shown in SHOWN:
        bench.judge = PictureJudge(
            VlmJudge(model, exemplars=shown), bench.ids, pixels.__getitem__, {}, shown, further=False
        )
        for criterion, k in CRITERIA.items():
            labels = [str(getattr(bench.bench.pictures[row], criterion)) for row in range(PICTURES)]
            for words, swapped in (("yes", 0.0), ("no", NOTHING)):
                ran = [bench.run(Walk(), criterion, "vlm", k, seed, swapped) for seed in range(seeds)]
                yield {
                    "pictures": "drawn", "criterion": criterion, "words": words, "exemplars": str(shown),
                    "right": f"{answers(bench.judge, labels, criterion, words == 'yes'):.3f}",
                    "nmi": f"{fmean(r.nmi for r in ran):.3f}", "calls": f"{fmean(r.calls for r in ran):.2f}",
                }  # fmt: skip


def photographs(case: Case, model: VisionLanguageModel, seeds: int) -> Iterator[dict[str, str]]:
    """On photographs: the walk without a judge, and with the judge and so many exemplars."""
    images, collection = case.descriptions.images, case.desk.collection

    def row(shown: str, right: str, judge: PictureJudge | None) -> dict[str, str]:
        before = judge.asked if judge else 0
        ran = [case.run("walk", case.k, seed, judge) for seed in range(seeds)]
        calls = (judge.asked - before) / seeds / len(images) if judge else 0.0
        return {
            "pictures": case.folder, "criterion": case.criterion, "words": "yes", "exemplars": shown, "right": right,
            "nmi": f"{fmean(r.nmi for r in ran):.3f}", "calls": f"{calls:.2f}",
        }  # fmt: skip

    yield row("no judge", "", None)
    for shown in SHOWN:
        judge = PictureJudge(
            VlmJudge(model, exemplars=shown),
            images,
            lambda image: decode_in_worker(collection.file(image), 64),
            {},
            shown,
        )
        yield row(str(shown), f"{answers(judge, list(case.labels), case.criterion, True):.3f}", judge)


def table(data: Path | None, seeds: int) -> Iterator[dict[str, str]]:
    """All rows."""
    kept = Path(os.environ.get("REGROUP_TEST_MODELS") or platformdirs.user_cache_dir("regroup-tests"))
    model = VisionLanguageModel(str(tiny_vlm.tiny_vlm(kept)), device="cpu")
    yield from drawn(WalkBench(kept), model, seeds)
    for case in cases([data / FOLDER] if data else []):
        yield from photographs(case, model, seeds)


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder with the benchmarks")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--into", type=Path, required=True)
    given = parser.parse_args()
    show(table(given.data, given.seeds), given.into)


if __name__ == "__main__":
    main()
