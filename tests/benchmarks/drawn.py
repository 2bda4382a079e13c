"""Measure the methods that read on drawn pictures: `python -m tests.benchmarks.drawn [--seeds 3]` prints rows.

400 pictures of 6 colours and 5 shapes, the suite's own tiny models: image features of an open_clip model that was
trained on pictures like these, descriptions by a vision-language model that is asked for one criterion at a time.
The truth is read by the scorer alone; each setting is the same for both criteria.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np
import platformdirs

from tests.benchmarks.records import show
from tests.tools.models.hub import tiny_clip, tiny_vlm
from tests.tools.models.hub.drawings import COLOURS, Drawing, draw_many
from tools.clustering.evaluate import evaluate
from tools.describe.describe import Descriptions
from tools.describe.guided import question_about, with_answers
from tools.embed.criterion_views import routed_views
from tools.embed.route import route_here
from tools.fuse.align import Alignment
from tools.fuse.base import Method
from tools.fuse.gated import Gated
from tools.fuse.kmeans import ConcatenatedKMeans, RoutedKMeans, SingleView
from tools.fuse.method_context import MethodContext, both_sides, method_context
from tools.fuse.mllm_mc import MllmMc
from tools.fuse.multi_sub import MultiSub
from tools.fuse.sac import Sac
from tools.fuse.tac import Tac
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.hub.clip_encoder import ClipEncoder
from tools.models.hub.encoder_expert import VIEW, EncoderExpert
from tools.models.hub.vision_language_model import VisionLanguageModel
from tools.models.hub.vlm_describer import VlmDescriber
from tools.models.ports import Slot
from tools.views import View

PICTURES, SEED = 400, 5
QUESTIONS = {"colour": question_about("colour", tuple(COLOURS)), "shape": question_about("shape")}
"""As the tiny model was taught to be asked: colour with choices, shape freely."""
CRITERIA = {"colour": 6, "shape": 5}
MLLM, GATED = MllmMc(), Gated()
UNWEIGHTED = Sac(intra_weights=False, inter_weights=False)
PRINTED = Sac(weights="printed", start="random", balance=4.0)

METHODS: dict[str, tuple[Method, float]] = {
    "k-means, image features": (SingleView(VIEW), 0.0),
    "k-means, descriptions": (RoutedKMeans(), 0.0),
    "concatenation": (ConcatenatedKMeans(), 0.0),
    "TAC": (Tac(), 0.0),
    "MLLM_MC": (MLLM, 0.0),
    "MLLM_MC without contrast": (MllmMc(Alignment(contrast=False)), 0.0),
    "MLLM_MC without attention": (MllmMc(attention=False), 0.0),
    "MLLM_MC without residual": (MllmMc(residual=False), 0.0),
    "MLLM_MC without matching": (MllmMc(Alignment(matching=False)), 0.0),
    "MLLM_MC, InfoNCE as printed": (MllmMc(Alignment(printed=True)), 0.0),
    "MLLM_MC, keys: matched": (MllmMc(Alignment(keys="matched")), 0.0),
    "MLLM_MC, keys: tokens": (MllmMc(Alignment(keys="tokens")), 0.0),
    "Multi-Sub": (MultiSub(), 0.0),
    "Multi-Sub, projection closed": (MultiSub(projection=False), 0.0),
    "gated": (GATED, 0.0),
    "gated without the gate": (replace(GATED, gate=False), 0.0),
    "SAC": (Sac(), 0.0),
    "SAC without weights": (UNWEIGHTED, 0.0),
    "SAC as printed": (PRINTED, 0.0),
    "SAC, 30 % swapped": (Sac(), 0.3),
    "SAC, 60 % swapped": (Sac(), 0.6),
    "SAC without weights, 30 % swapped": (UNWEIGHTED, 0.3),
    "SAC without weights, 60 % swapped": (UNWEIGHTED, 0.6),
    "SAC as printed, 30 % swapped": (PRINTED, 0.3),
    "SAC as printed, 60 % swapped": (PRINTED, 0.6),
}
"""Title to method and share of the descriptions that are swapped."""


class Bench:
    """The pictures, looked at and described once; answers are kept beside the models."""

    def __init__(self, cache: Path) -> None:
        self.pictures: list[Drawing] = draw_many(PICTURES, seed=SEED)
        self.encoder = ClipEncoder(str(tiny_clip.tiny_clip(cache)), device="cpu")
        self.texts = WordLlamaEncoder()
        pixels = [picture.pixels for picture in self.pictures]
        self.vectors = self.encoder.encode_images(pixels)
        self.ids = tuple(f"{i:04}" for i in range(len(pixels)))
        asked = "-".join(question.digest for question in QUESTIONS.values())
        kept = cache / f"drawn-{tiny_vlm.recipe()}-{PICTURES}-{SEED}-{asked}.json"
        if not kept.exists():
            describer = VlmDescriber(
                VisionLanguageModel(str(tiny_vlm.tiny_vlm(cache)), device="cpu"), batch=40
            )
            said = {
                criterion: [
                    (slots[0].value, slots[0].confidence) if slots else None
                    for slots in describer.describe(pixels, QUESTIONS[criterion])
                ]
                for criterion in CRITERIA
            }
            kept.write_text(json.dumps(said))
        self.said: dict[str, list[tuple[str, float] | None]] = json.loads(kept.read_text())

    def right(self, criterion: str) -> float:
        """Share of the descriptions that are true."""
        return fmean(
            bool(said) and said[0] == getattr(picture, criterion)
            for said, picture in zip(self.said[criterion], self.pictures, strict=True)
        )

    def given(
        self, criterion: str, swapped: float, seed: int, encoded: bool = False
    ) -> tuple[list[View], MethodContext]:
        """Both sides under a criterion, as `tools.group` makes them; a share of the descriptions changes places."""
        said = list(self.said[criterion])
        rng = np.random.default_rng(seed)
        rows = rng.choice(len(said), round(swapped * len(said)), replace=False)
        for row, other in zip(rows, rng.permutation(rows), strict=True):
            said[row] = self.said[criterion][other]
        answers = {
            image: [Slot(criterion, value[0], value[1])] if value else []
            for image, value in zip(self.ids, said, strict=True)
        }
        specs = {spec.name: spec for spec in EncoderExpert.specs}
        seen = Descriptions(
            self.ids,
            specs,
            views=(VIEW,),
            _slots=[{} for _ in self.ids],
            _load=lambda name: self.vectors,
        )
        described = with_answers(seen, criterion, "tiny", answers, self.texts)
        chosen = route_here(criterion, described, self.texts)
        told = method_context(criterion, chosen.words(described), described, self.texts, self.encoder)
        told = replace(told, described=chosen.described)
        return both_sides(routed_views(chosen, described, all_views=False), told, described, encoded), told

    def score(self, method: Method, criterion: str, swapped: float, seed: int) -> float:
        """NMI of one run."""
        given, told = self.given(criterion, swapped, seed, method.encodes_pictures)
        soft = method.fit(given, images=self.ids, k=CRITERIA[criterion], seed=seed, context=told)
        truth = [getattr(picture, criterion) for picture in self.pictures]
        return evaluate(truth, soft.argmax(1).tolist()).nmi


def table(bench: Bench, seeds: int, only: str = "") -> Iterator[dict[str, str]]:
    """One row per method: NMI for each criterion, their mean, seconds a run."""
    for title, (method, swapped) in METHODS.items():
        if only.lower() not in title.lower():
            continue
        start = time.perf_counter()
        found = [fmean(bench.score(method, c, swapped, s) for s in range(seeds)) for c in CRITERIA]
        seconds = (time.perf_counter() - start) / seeds / len(CRITERIA)
        yield {
            "method": title,
            **{f"nmi_{criterion}": f"{nmi:.3f}" for criterion, nmi in zip(CRITERIA, found, strict=True)},
            "nmi_mean": f"{fmean(found):.3f}",
            "seconds": f"{seconds:.1f}",
        }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="methods whose titles contain this")
    arguments = parser.parse_args()
    kept = os.environ.get("REGROUP_TEST_MODELS") or platformdirs.user_cache_dir("regroup-tests")
    bench = Bench(Path(kept))
    right = ", ".join(f"{criterion} {bench.right(criterion):.2f}" for criterion in CRITERIA)
    print(f"{PICTURES} pictures, {arguments.seeds} seeds; share of true descriptions: {right}")
    show(table(bench, arguments.seeds, arguments.only))


if __name__ == "__main__":
    main()
