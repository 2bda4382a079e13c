"""How fast the experts look at a folder, beside the loop that one would write at first."""

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.settings import Settings
from assistant.workspace import Workspace
from tools.collection import Collection, scan
from tools.decode import Undecodable, decode
from tools.describe import look
from tools.engine.local import decoded
from tools.errors import UsageError
from tools.models.bundled import tier
from tools.models.bundled.efficientnet import Packaged
from tools.models.bundled.object import ObjectExpert
from tools.models.ports import Expert
from tools.models.store import Store
from tools.names import amount
from tools.progress import Progress, silent

SAMPLE = 192
"""So many images are looked at, spread over the folder."""
_WARM = 4
"""So many before the clock starts, so that loading a network counts for neither."""
_ROUND = 48
"""Both take turns on so many images, so that neither has the quieter minutes."""


def speed(folder: Path, settings: Settings, progress: Progress = silent) -> dict[str, object]:
    """Images per second of `tools.describe.look` and of a naive loop, on the same images in the same run.

    The naive loop is what one writes at first: for each image and each expert the file is opened and that expert is
    shown that one picture. Its experts share nothing, its ImageNet network runs as the package gives it (on torch,
    nothing folded, its inner layers taken by hooks), and torch has as many threads as it takes by itself. Both
    decode, both run every expert that can run here and find the same; all networks are loaded before the clock
    starts, and neither finds anything in a cache.

    The ratio holds on an idle machine only. Where others compute, torch's threads wait for each other: the naive loop
    then slows down many times more than ours, and the ratio flatters.

    Raises:
        tools.errors.UsageError: No folder, or too few images in it.
    """
    collection = scan(folder, progress=progress)
    ids = collection.ids[:: max(1, len(collection) // SAMPLE)][:SAMPLE]
    if len(ids) < 2 * _WARM:
        raise UsageError(
            f"{folder} has {amount(len(ids), 'image')}; speed is measured on at least {2 * _WARM}"
        )
    import torch

    store = Store(offline=settings.offline)
    ours = tier.experts(store)
    alone = [expert for i in range(len(ours)) if (expert := _alone(store, i)).missing() is None]
    threads = torch.get_num_threads()  # before our experts lower it
    _look(collection, ids[:_WARM], ours)
    _naive(collection, ids[:_WARM], alone, threads)
    spent = {"look": 0.0, "naive": 0.0}
    for start in range(0, len(ids), _ROUND):
        part = ids[start : start + _ROUND]
        progress("measuring", start, len(ids))
        spent["look"] += _look(collection, part, ours)
        spent["naive"] += _naive(collection, part, alone, threads)
    progress("measuring", len(ids), len(ids))
    rates = {name: len(ids) / seconds for name, seconds in spent.items()}
    return {
        "folder": folder.resolve().name,
        "images": len(ids),
        "experts": [expert.name for expert in ours if expert.missing() is None],
        "images_per_second": round(rates["look"], 1),
        "naive_per_second": round(rates["naive"], 1),
        "ratio": round(rates["look"] / rates["naive"], 2),
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


def _alone(store: Store, i: int) -> Expert:
    """The i-th expert, of a tier of its own, with the network as its package runs it."""
    expert = tier.experts(store)[i]
    return ObjectExpert(Packaged) if isinstance(expert, ObjectExpert) else expert


def _naive(collection: Collection, ids: Sequence[str], experts: Sequence[Expert], threads: int) -> float:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    start = time.perf_counter()
    for image in ids:
        for expert in experts:
            try:
                expert.look([decode(collection.file(image), 640)])
            except Undecodable:
                break
    spent = time.perf_counter() - start
    torch.set_num_threads(before)
    return spent
