"""Measure the walk on drawn pictures: `python -m tests.benchmarks.walk` prints rows.

300 of the pictures of `tests.benchmarks.drawn`, which the suite's own tiny models look at: image features of a CLIP,
descriptions and answers of a vision-language model. The criterion is colour, then shape; the features are the same.
The truth is read by the scorer alone.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path
from statistics import fmean

import numpy as np
import platformdirs

from tests.benchmarks.drawn import CRITERIA, Bench
from tests.benchmarks.records import show
from tests.tools.models.hub import tiny_vlm
from tests.words_judge import WordsJudge
from tools.clustering.evaluate import evaluate
from tools.describe.judging import Membership, PictureJudge
from tools.embed.prepare import prepare
from tools.fuse.base import Method
from tools.fuse.kmeans import RoutedKMeans
from tools.fuse.method_context import MethodContext
from tools.fuse.walk.traversal import Plan
from tools.fuse.walk.walk import Walk
from tools.models.hub.vision_language_model import VisionLanguageModel
from tools.models.hub.vlm_judge import VlmJudge
from tools.views import View

PICTURES = 300
TAUS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Result:
    """One run: scores, number of groups, calls of the judge for each image, the threshold, seconds."""

    nmi: float
    groups: int
    calls: float
    tau: float
    seconds: float


class WalkBench:
    """The first pictures of the other benchmark, with a judge."""

    def __init__(self, cache: Path) -> None:
        self.bench = Bench(cache)
        self.rows = range(PICTURES)
        self.ids = self.bench.ids[:PICTURES]
        self.view = View("CLIP", prepare(self.bench.vectors[:PICTURES]))
        self.file = cache / f"walk-names-{tiny_vlm.recipe()}.json"
        self.kept: dict[str, float] = json.loads(self.file.read_text()) if self.file.exists() else {}
        pixels = {image: self.bench.pictures[row].pixels for row, image in enumerate(self.ids)}
        model = VisionLanguageModel(str(tiny_vlm.tiny_vlm(cache)), device="cpu")
        self.judge = PictureJudge(
            VlmJudge(model, exemplars=0), self.ids, pixels.__getitem__, self.kept, 0, further=False
        )

    def context(self, criterion: str, judge: str, swapped: float = 0.0) -> MethodContext:
        """What is said under a criterion, a share of it of another picture, and who judges: "vlm", "words", nobody."""
        said = self._said(criterion, swapped)
        texts = tuple(answer[0] if answer else None for answer in said)
        sure = np.array([answer[1] if answer else 0 for answer in said], np.float32)
        who: dict[str, Membership | None] = {"vlm": self.judge, "words": WordsJudge(texts, sure), "": None}
        values = tuple(sorted({text for text in texts if text}))
        return MethodContext(criterion, texts, sure, values, self.bench.texts, judge=who[judge])

    def _said(self, criterion: str, swapped: float) -> list[tuple[str, float] | None]:
        """What is said of the pictures; with `swapped` 1 nothing is."""
        said = list(self.bench.said[criterion][:PICTURES])
        if swapped == 1:
            return [None] * PICTURES
        rng = np.random.default_rng(0)
        rows = rng.choice(PICTURES, round(swapped * PICTURES), replace=False)
        for row, other in zip(rows, rng.permutation(rows), strict=True):
            said[row] = self.bench.said[criterion][other]
        return said

    def run(
        self, method: Method, criterion: str, judge: str, k: int | None, seed: int, swapped: float = 0.0
    ) -> Result:
        """One run of a method."""
        told = self.context(criterion, judge, swapped)
        start = time.perf_counter()
        soft = method.fit([self.view], images=self.ids, k=k, seed=seed, context=told)
        seconds = time.perf_counter() - start
        best = soft.argmax(1).tolist()
        truth = [getattr(self.bench.pictures[row], criterion) for row in self.rows]
        found = method.last if isinstance(method, Walk) else None
        return Result(
            evaluate(truth, best).nmi,
            len(set(best)),
            found.calls / PICTURES if found else 0.0,
            found.scale.tau if found else float("nan"),
            seconds,
        )

    def keep(self) -> None:
        """Write the judge's answers, so that the next run is quick."""
        self.file.write_text(json.dumps(self.kept))


NOTHING = 1.0
FREE = Plan(budget=None)
SETTINGS: dict[str, tuple[Callable[[], Method], str, float]] = {
    "k-means, image features": (RoutedKMeans, "", 0.0),
    "k-means, descriptions alone": (RoutedKMeans, "", 0.0),
    "walk, words, no judge": (Walk, "", 0.0),
    "walk, words, VLM judge, 0.3 calls": (Walk, "vlm", 0.0),
    "walk, words, VLM judge, 0.1 calls": (lambda: Walk(Plan(budget=0.1)), "vlm", 0.0),
    "walk, words, VLM judge, no limit": (lambda: Walk(FREE), "vlm", 0.0),
    "walk, the words as judge, no limit": (lambda: Walk(FREE), "words", 0.0),
    "walk, words, VLM judge, no merge": (lambda: Walk(Plan(merge=0.0)), "vlm", 0.0),
    "walk, words, no judge, no merge": (lambda: Walk(Plan(merge=0.0)), "", 0.0),
    "30 % swapped: k-means, descriptions alone": (RoutedKMeans, "", 0.3),
    "30 % swapped: walk, no judge": (Walk, "", 0.3),
    "30 % swapped: walk, VLM judge, 0.3 calls": (Walk, "vlm", 0.3),
    "30 % swapped: walk, VLM judge, no limit": (lambda: Walk(FREE), "vlm", 0.3),
    "walk, graph alone": (Walk, "", NOTHING),
    "walk, graph alone, no merge": (lambda: Walk(Plan(merge=0.0)), "", NOTHING),
}
"""Title to method, judge, and share of the descriptions that are swapped."""


def row(title: str, k: str, results: Sequence[Sequence[Result]]) -> dict[str, str]:
    """The means over seeds: results holds those of each criterion."""
    by_criterion = dict(zip(CRITERIA, results, strict=True))
    nmi = {criterion: fmean(r.nmi for r in own) for criterion, own in by_criterion.items()}
    tau = {criterion: fmean(r.tau for r in own) for criterion, own in by_criterion.items()}
    every = [r for own in results for r in own]
    return {
        "setting": title,
        "k": k,
        **{f"nmi_{criterion}": f"{value:.3f}" for criterion, value in nmi.items()},
        "nmi_mean": f"{fmean(nmi.values()):.3f}",
        **{f"groups_{c}": f"{fmean(r.groups for r in own):.1f}" for c, own in by_criterion.items()},
        "calls": f"{fmean(r.calls for r in every):.3f}",
        **{f"tau_{criterion}": "" if isnan(value) else f"{value:.2f}" for criterion, value in tau.items()},
        "seconds": f"{fmean(r.seconds for r in every):.1f}",
    }


def table(bench: WalkBench, seeds: int, only: str = "") -> Iterator[dict[str, str]]:
    """The settings with k given and found, then the curve over tau."""
    for k in ("given", "found"):
        for title, (made, judge, swapped) in SETTINGS.items():
            if only.lower() not in title.lower():
                continue
            if title.endswith("descriptions alone"):
                yield row(title, k, [described(bench, c, k == "given", seeds, swapped) for c in CRITERIA])
                continue
            results = [
                [
                    bench.run(made(), c, judge, groups if k == "given" else None, s, swapped)
                    for s in range(seeds)
                ]
                for c, groups in CRITERIA.items()
            ]
            yield row(title, k, results)
            bench.keep()
    if "tau" in only or not only:
        for tau in (None, *TAUS):
            plan = Plan(tau=tau)
            results = [[bench.run(Walk(plan), c, "vlm", None, s) for s in range(seeds)] for c in CRITERIA]
            yield row(f"tau {'calibrated' if tau is None else tau}", "found", results)
        bench.keep()


def described(bench: WalkBench, criterion: str, given: bool, seeds: int, swapped: float) -> list[Result]:
    """k-means on the words themselves, as the routed baseline does it."""
    other = replace_view(bench, criterion, swapped)
    k = CRITERIA[criterion] if given else None
    return [other.run(RoutedKMeans(), criterion, "", k, seed) for seed in range(seeds)]


def replace_view(bench: WalkBench, criterion: str, swapped: float) -> WalkBench:
    """The same bench with one column for each word as its features."""
    from copy import copy

    from tools.describe.guided import one_hot

    other = copy(bench)
    other.view = replace(bench.view, data=one_hot(bench.context(criterion, "", swapped).values), kind="text")
    return other


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="settings whose titles contain this")
    arguments = parser.parse_args()
    kept = os.environ.get("REGROUP_TEST_MODELS") or platformdirs.user_cache_dir("regroup-tests")
    show(table(WalkBench(Path(kept)), arguments.seeds, arguments.only))


if __name__ == "__main__":
    main()
