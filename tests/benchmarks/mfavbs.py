"""Measure MFAVBs-CC on drawn pictures: `python -m tests.benchmarks.mfavbs [--epochs 100] [--pictures 400]`.

Pictures of 6 colours and 5 shapes, the number of groups given. Both are given the pictures at 64 pixels: k-means their
pixels, MFAVBs-CC in its small setting the files' pixels alone, or the image vectors of the suite's own tiny open_clip
model as its anchor as well. That model was taught on captions of pictures like these, colour and shape among them:
k-means on its vectors stands beside. The truth is read by the scorer alone.
"""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np
import platformdirs

from tests.tools.models.hub import tiny_clip
from tests.tools.models.hub.drawings import draw_many
from tools.embed.prepare import prepare
from tools.evaluate import evaluate
from tools.fuse.base import Method, View
from tools.fuse.guide import Guide
from tools.fuse.kmeans import RoutedKMeans
from tools.fuse.mfavbs.method import Mfavbs
from tools.fuse.mfavbs.network import SMALL
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.hub.clip_encoder import ClipEncoder

SEED = 5
CRITERIA = {"colour": 6, "shape": 5}


def table(cache: Path, pictures: int, epochs: int, say: Callable[[str], None]) -> None:
    """Print a row per method and criterion as soon as it is known."""
    drawn = draw_many(pictures, seed=SEED)
    pixels = [picture.pixels for picture in drawn]
    vectors = ClipEncoder(str(tiny_clip.tiny_clip(cache)), device="cpu").encode_images(pixels)
    raw = View("pixels", np.stack(pixels).reshape(pictures, -1).astype(np.float32) / 255)
    seen = View("encoder.image", prepare(vectors))
    nothing = (None,) * pictures
    told = Guide("", nothing, np.zeros(pictures, np.float32), (), WordLlamaEncoder())
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
        "MFAVBs-CC without anchor": (replace(trained, anchor=False), seen),
    }
    say(f"{pictures} pictures, at most {epochs} epochs\n")
    say("| method | criterion | epochs | loss first | loss last | ACC | NMI | seconds |")
    say(f"|---|---|{'---:|' * 6}")
    for title, (method, view) in methods.items():
        for criterion, k in CRITERIA.items():
            losses.clear()
            start = time.perf_counter()
            soft = method.fit([view], images=[f"{i:04}" for i in range(pictures)], k=k, guide=told)
            seconds = time.perf_counter() - start
            truth = [getattr(picture, criterion) for picture in drawn]
            score = evaluate(truth, soft.argmax(1).tolist())
            ends = [f"{fmean(losses[epoch]):.3f}" for epoch in (0, max(losses))] if losses else ["", ""]
            cells = [title, criterion, str(len(losses) or ""), *ends, f"{score.acc:.3f}", f"{score.nmi:.3f}"]
            say(f"| {' | '.join(cells)} | {seconds:.0f} |")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=SMALL.epochs)
    parser.add_argument("--pictures", type=int, default=400)
    arguments = parser.parse_args()
    kept = os.environ.get("REGROUP_TEST_MODELS") or platformdirs.user_cache_dir("regroup-tests")
    table(Path(kept), arguments.pictures, arguments.epochs, lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
