"""Measure Multi-Sub beside zero-shot classification: `python -m tests.benchmarks.multi_sub [--seeds 3]` prints rows.

It is Table 3 of the paper on the 400 pictures of `tests.benchmarks.drawn` and the tests' own CLIP, with the true labels
as words and with the reference words of the lexicon. The truth is read by the scorer alone, but for the true labels.
"""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import platformdirs

from tests.benchmarks.drawn import CRITERIA, Bench
from tests.benchmarks.records import show
from tests.tools.models.hub.drawings import COLOURS, SHAPES
from tools.fuse.base import Method
from tools.fuse.kmeans import SingleView
from tools.fuse.multi_sub import MultiSub
from tools.fuse.zero_shot import ZeroShot
from tools.models.hub.encoder_expert import VIEW

LABELS = {"colour": "/".join(COLOURS), "shape": "/".join(SHAPES)}
KINDS = ("labels", "reference words")
OURS = MultiSub(thing="shape")
METHODS: dict[str, Method] = {
    "k-means, image features": SingleView(VIEW),
    "zero-shot": ZeroShot(thing="shape"),
    "Multi-Sub": OURS,
    "Multi-Sub, projection closed": replace(OURS, projection=False),
    "Multi-Sub without phase II": replace(OURS, second=0),
    "Multi-Sub, even start": replace(OURS, start=False, rate=0.1),
    "Multi-Sub, searched": replace(OURS, search=True),
    "Multi-Sub, pseudo-labels": replace(OURS, pseudo=True),
    "Multi-Sub as printed": replace(OURS, start=False, search=True, pseudo=True),
}
"""Title to method; each reads the words that it is given."""


def with_words(method: Method, words: str) -> Method:
    """Return a method with its words; as it is where it reads none."""
    return replace(method, words=words) if isinstance(method, (ZeroShot, MultiSub)) else method


def table(bench: Bench, seeds: int, only: str = "", kinds: Sequence[str] = KINDS) -> Iterator[dict[str, str]]:
    """One row per method and kind of words: NMI for each criterion, their mean, seconds a run."""
    for kind in kinds:
        for title, method in METHODS.items():
            if only and only != title:
                continue
            start = time.perf_counter()
            found = [
                fmean(
                    bench.score(with_words(method, LABELS[c] if kind == "labels" else ""), c, 0.0, s)
                    for s in range(seeds)
                )
                for c in CRITERIA
            ]
            seconds = (time.perf_counter() - start) / seeds / len(CRITERIA)
            yield {
                "method": title,
                "words": kind,
                **{f"nmi_{criterion}": f"{nmi:.3f}" for criterion, nmi in zip(CRITERIA, found, strict=True)},
                "nmi_mean": f"{fmean(found):.3f}",
                "seconds": f"{seconds:.1f}",
            }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="the method of this title")
    parser.add_argument("--words", nargs="+", choices=KINDS, default=KINDS)
    kept = os.environ.get("REGROUP_TEST_MODELS") or platformdirs.user_cache_dir("regroup-tests")
    arguments = parser.parse_args()
    show(table(Bench(Path(kept)), arguments.seeds, arguments.only, arguments.words))


if __name__ == "__main__":
    main()
