"""Groups synthetic vectors of many images: seconds, memory and what is lost by estimates.

Run: python -m tests.benchmarks.scale [--images 100000] [--full]

The vectors are two views of 64 and 128 columns, of twelve groups that overlap, with a tenth of the images in both
views far from any group. Nothing is decoded; `regroup bench --speed` measures that. `--full` also times an answer.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import normalized_mutual_info_score

from tools.clustering.constraints import Label
from tools.describe.describe import Descriptions
from tools.group import group
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import SlotSpec
from tools.request import Request
from tools.teach.teacher import Teacher

GROUPS = 12


def synthetic(n: int, seed: int = 0) -> tuple[Descriptions, np.ndarray]:
    """Descriptions of n images in two views, and the group of each."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(GROUPS, size=n, p=np.linspace(2, 1, GROUPS) / np.linspace(2, 1, GROUPS).sum())
    views = {}
    for name, width, apart in (("a", 64, 0.55), ("b", 128, 0.45)):
        middle = rng.normal(size=(GROUPS, width)) * apart
        rows = (middle[truth] + rng.normal(size=(n, width))).astype(np.float32)
        far = rng.random(n) < 0.1
        rows[far] = rng.normal(size=(int(far.sum()), width)) * 1.2
        views[name] = rows
    spec = SlotSpec("mood", ("mood",), ("a", "b"))
    ids = tuple(f"{i:07}" for i in range(n))
    made = Descriptions(
        ids, {"mood": spec}, views=tuple(views), _slots=[{} for _ in range(n)], _load=views.__getitem__,
        _widths={name: rows.shape[1] for name, rows in views.items()},
    )  # fmt: skip
    return made, truth


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    made = work()
    return round(time.perf_counter() - begun, 2), made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    texts = WordLlamaEncoder()
    texts.encode(["mood"])  # it is loaded before the clock runs
    seen, truth = synthetic(options.images)
    row: dict[str, Any] = {"images": options.images}

    def nmi(made: Any) -> float:
        return round(float(normalized_mutual_info_score(truth, made.labels)), 4)

    row["group_s"], given = timed(lambda: group(Request("mood", seen, texts, k=GROUPS)))
    row["nmi"] = nmi(given)
    seen, truth = synthetic(options.images)
    row["found_s"], found = timed(lambda: group(Request("mood", seen, texts)))
    row |= {"found_nmi": nmi(found), "k": len(found.clusters)}
    if options.full:
        rows = np.random.default_rng(1).choice(options.images, 24, replace=False)
        said = [Label(seen.images[i], f"group {truth[i]}") for i in rows.tolist()]
        row["taught_s"], taught = timed(
            lambda: group(Request("mood", seen, texts, k=GROUPS, constraints=said))
        )
        row["taught_nmi"] = nmi(taught)
        teacher = Teacher(Request("mood", seen, texts, k=GROUPS, constraints=said))
        row["ask_s"], _ = timed(teacher.question)
        row["next_s"], _ = timed(teacher.question)
    row["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    json.dump(row, sys.stdout)
    print()


if __name__ == "__main__":
    main()
