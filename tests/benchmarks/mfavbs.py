"""Measure MFAVBs-CC on drawn pictures: `python -m tests.benchmarks.mfavbs [--epochs 20] [--seeds 3] [--pictures 400]
[--only TITLE] [--criterion shape]`.

Pictures of 6 colours and 5 shapes, the number of groups given. Both are given the pictures at 64 pixels: k-means their
pixels, MFAVBs-CC in its small setting the files' pixels alone, or the image vectors of the suite's own tiny open_clip
model as its anchor as well. That model was taught on captions of pictures like these, colour and shape among them:
k-means on its vectors stands beside. The truth is read by the scorer alone.
"""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, pstdev

import numpy as np
import platformdirs

from tests.benchmarks.records import show
from tests.tools.models.hub import tiny_clip
from tests.tools.models.hub.drawings import draw_many
from tools.clustering.evaluate import evaluate
from tools.embed.prepare import prepare
from tools.fuse.base import Method
from tools.fuse.kmeans import RoutedKMeans
from tools.fuse.method_context import MethodContext
from tools.fuse.mfavbs.mfavbs import Mfavbs
from tools.fuse.mfavbs.network import SMALL
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.hub.clip_encoder import ClipEncoder
from tools.views import View

SEED = 5
PICTURES = 400
EPOCHS = 20
CRITERIA = {"colour": 6, "shape": 5}


def table(
    cache: Path,
    pictures: int = PICTURES,
    epochs: int = EPOCHS,
    only: str = "",
    seeds: int = 3,
    criteria: Sequence[str] = tuple(CRITERIA),
) -> Iterator[dict[str, str]]:
    """A row per method and criterion as soon as it is known: means over seeds, and the deviation of the NMI.

    Only of the method of a title, where one is given.
    """
    drawn = draw_many(pictures, seed=SEED)
    pixels = [picture.pixels for picture in drawn]
    vectors = ClipEncoder(str(tiny_clip.tiny_clip(cache)), device="cpu").encode_images(pixels)
    raw = View("pixels", np.stack(pixels).reshape(pictures, -1).astype(np.float32) / 255)
    seen = View("encoder.image", prepare(vectors))
    nothing = (None,) * pictures
    told = MethodContext("", nothing, np.zeros(pictures, np.float32), (), WordLlamaEncoder())
    told = replace(told, pixels=lambda rows, side: [pixels[row] for row in rows])
    losses: dict[int, list[float]] = {}
    trained = Mfavbs(
        replace(SMALL, epochs=epochs),
        minutes=float("inf"),
        watch=lambda epoch, loss: losses.setdefault(epoch, []).append(loss),
    )
    methods: dict[str, tuple[Method, View]] = {
        "k-means, pixels": (RoutedKMeans(), raw),
        "k-means, tiny open_clip": (RoutedKMeans(), seen),
        "MFAVBs-CC": (trained, seen),
        "MFAVBs-CC as printed": (replace(trained, start="random", noise=0.0), seen),
        "MFAVBs-CC, a near picture": (replace(trained, near=5), seen),
        "MFAVBs-CC without anchor": (replace(trained, anchor=False), seen),
    }
    for title, (method, view) in methods.items():
        if only and only != title:
            continue
        for criterion in criteria:
            losses.clear()
            truth = [getattr(picture, criterion) for picture in drawn]
            start = time.perf_counter()
            scores = []
            for seed in range(seeds):
                soft = method.fit(
                    [view],
                    images=[f"{i:04}" for i in range(pictures)],
                    k=CRITERIA[criterion],
                    seed=seed,
                    context=told,
                )
                scores.append(evaluate(truth, soft.argmax(1).tolist()))
            seconds = (time.perf_counter() - start) / seeds
            first, last = (
                f"{fmean(losses[epoch]):.3f}" if losses else "" for epoch in (0, max(losses, default=0))
            )
            yield {
                "method": title,
                "criterion": criterion,
                "seeds": str(seeds),
                "epochs": str(len(losses) or ""),
                "loss_first": first,
                "loss_last": last,
                "acc": f"{fmean(score.acc for score in scores):.3f}",
                "nmi": f"{fmean(score.nmi for score in scores):.3f}",
                "nmi_std": f"{pstdev(score.nmi for score in scores):.3f}",
                "seconds": f"{seconds:.0f}",
            }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--only", default="", help="the method of this title")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--criterion", nargs="+", choices=CRITERIA, default=tuple(CRITERIA))
    arguments = parser.parse_args()
    kept = os.environ.get("REGROUP_TEST_MODELS") or platformdirs.user_cache_dir("regroup-tests")
    show(
        table(
            Path(kept),
            arguments.pictures,
            arguments.epochs,
            arguments.only,
            arguments.seeds,
            arguments.criterion,
        )
    )


if __name__ == "__main__":
    main()
