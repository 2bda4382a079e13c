"""Measures the speed at which the experts look at a folder, compared with a naive loop."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from threadpoolctl import threadpool_limits

from assistant.settings import Settings
from assistant.workspace import Workspace
from tools.decode.decode import Undecodable, decode
from tools.describe.describe import STEP, look
from tools.errors import UsageError
from tools.models.bundled import tier
from tools.models.bundled.efficientnet import SIDE, EfficientNet, Packaged, network_input
from tools.models.bundled.object_expert import BLOCKS, ObjectExpert
from tools.models.ports import Expert, Pixels
from tools.models.weight_store import WeightStore
from tools.names import amount
from tools.progress import Progress, silent
from tools.scan.collection import Collection, scan
from tools.scan.prefetch import decoded

SAMPLE = 192
"""The number of images in the sample, spread over the folder."""
_WARM = 4
"""The number of images before the clock starts, so that loading a network counts for neither."""
_ROUND = 48
"""The number of images after which the two take turns, so that changes in the machine's load hit both."""


def measure_speed(folder: Path, settings: Settings, progress: Progress = silent) -> dict[str, object]:
    """Measure images per second of `look` (`tools.describe.describe`) and of a naive loop, on the same images and run.

    The naive loop opens the file for each image and each expert, and shows that expert this one picture. Its experts
    share nothing, its ImageNet network runs as the package has it (on torch, nothing folded, inner layers taken by
    hooks), on torch's default number of threads. Both decode, both run every expert that can run here, with the
    same findings; all networks are loaded before the clock starts, and neither uses a cache.

    Beside these stand the pictures per second of the image network alone, on every core, over pictures in memory; and
    the processor time that decoding and each expert take by themselves, in milliseconds a picture, one after another
    on one thread. What several experts share, such as the subject of a picture, is counted to the first of them.

    The ratio holds on an idle machine only. On a busy one torch's threads wait for each other: the naive loop slows
    down much more than ours, and the ratio flatters.

    Raises:
        tools.errors.UsageError: There is no such folder, or it has too few images.
    """
    collection = scan(folder, progress=progress)
    ids = collection.ids[:: max(1, len(collection) // SAMPLE)][:SAMPLE]
    if len(ids) < 2 * _WARM:
        raise UsageError(
            f"{folder} has {amount(len(ids), 'image')}; speed is measured on at least {2 * _WARM}"
        )
    store = WeightStore(offline=settings.offline)
    ours = tier.experts(store)
    alone = [expert for i in range(len(ours)) if (expert := _alone(store, i)).missing() is None]
    a_step_each = ids[: STEP * (os.cpu_count() or 1)]  # each thread loads its networks in its first step
    _look(collection, a_step_each, ours)
    _naive(collection, ids[:_WARM], alone)
    ready = [expert for expert in ours if expert.missing() is None]
    networks = [EfficientNet(BLOCKS) for _ in range(os.cpu_count() or 1)]
    for network in networks:
        network.layers(np.zeros((SIDE, SIDE, 3), np.float32))
    spent = {"look": 0.0, "naive": 0.0, "network": 0.0}
    own = dict.fromkeys(("decoding", *(expert.name for expert in ready)), 0.0)
    for start in range(0, len(ids), _ROUND):
        part = ids[start : start + _ROUND]
        progress("measuring", start, len(ids))
        spent["look"] += _look(collection, part, ours)
        spent["naive"] += _naive(collection, part, alone)
        pictures = _own_time(collection, part, ready, own)
        spent["network"] += _network_alone(pictures, networks)
    progress("measuring", len(ids), len(ids))
    rates = {name: len(ids) / max(seconds, 1e-9) for name, seconds in spent.items()}
    return {
        "folder": folder.resolve().name,
        "images": len(ids),
        "experts": [expert.name for expert in ready],
        "images_per_second": round(rates["look"], 1),
        "naive_per_second": round(rates["naive"], 1),
        "ratio": round(rates["look"] / rates["naive"], 2),
        "network_per_second": round(rates["network"], 1),
        "milliseconds": {name: round(1e3 * seconds / len(ids), 2) for name, seconds in own.items()},
    }


def _look(collection: Collection, ids: Sequence[str], experts: Sequence[Expert]) -> float:
    with TemporaryDirectory(prefix="regroup-speed-") as folder:
        workspace = Workspace(Path(folder))
        try:
            start = time.perf_counter()
            look(ids, lambda wanted: decoded(collection, wanted), experts, workspace.cache)
            return time.perf_counter() - start
        finally:
            workspace.close()


def _own_time(
    collection: Collection, ids: Sequence[str], experts: Sequence[Expert], own: dict[str, float]
) -> list[Pixels]:
    """Add the processor seconds that decoding and each expert take by themselves, and return what was decoded."""
    pictures = []
    for image in ids:
        start = time.thread_time()
        with suppress(Undecodable):
            pictures.append(decode(collection.file(image), 640))
        own["decoding"] += time.thread_time() - start
    with threadpool_limits(1, "blas"):
        for row in range(0, len(pictures), STEP):
            for expert in experts:
                start = time.thread_time()
                expert.look(pictures[row : row + STEP])
                own[expert.name] += time.thread_time() - start
    return pictures


def _network_alone(pictures: Sequence[Pixels], networks: Sequence[EfficientNet]) -> float:
    """Return the seconds in which networks side by side, one a core, run over pictures that are in memory."""

    def run(i: int) -> None:
        for pixels in pictures[i :: len(networks)]:
            networks[i].layers(network_input(pixels, SIDE))

    start = time.perf_counter()
    with ThreadPoolExecutor(len(networks)) as pool:
        list(pool.map(run, range(len(networks))))
    return time.perf_counter() - start


def _alone(store: WeightStore, i: int) -> Expert:
    """Return the i-th expert of a separate tier, with the network as its package runs it."""
    expert = tier.experts(store)[i]
    return ObjectExpert(Packaged) if isinstance(expert, ObjectExpert) else expert


def _naive(collection: Collection, ids: Sequence[str], experts: Sequence[Expert]) -> float:
    start = time.perf_counter()
    for image in ids:
        for expert in experts:
            try:
                expert.look([decode(collection.file(image), 640)])
            except Undecodable:
                break
    return time.perf_counter() - start
