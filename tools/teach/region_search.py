"""Looking closer: where no view of the whole picture tells the answers apart, a part of it may.

The parts of the answered pictures are looked at first, which are few. Of the part that tells the answers apart best,
if it does so better than the whole, all pictures are looked at: one look at one part per picture, kept in the cache.
Views of the part then count as any other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tools.describe import Descriptions, Meter, key, look
from tools.embed.prepare import prepare
from tools.learn.kernel_ridge import fit
from tools.learn.material import Learned
from tools.models.ports import Decoded, Expert, FindingsStore
from tools.progress import Progress, silent
from tools.views import View, fill_gaps

SEPARABLE = 0.6
"""The skill beyond luck (`KernelRidge.sure_skill`) from which the answers count as told apart: then nothing needs to be
looked at closer."""
LEAST = 12
"""The fewest answers that say which part it is."""
EACH = 2
"""The fewest answers that two groups must have each."""
MOST = 48
"""The most answers by which a part is chosen, the newest ones."""
GAIN = 0.1
"""How much more skill a part must have than the whole picture."""


class RegionExpert(Expert, Protocol):
    """An expert that looks at one part of each picture."""

    @property
    def region(self) -> str:
        """What people call the part."""
        ...

    @property
    def views(self) -> tuple[str, ...]:
        """Names of its views."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class RegionFound:
    """What a closer look brought.

    Attributes:
        descriptions: With the views of the part.
        region: Which part.
        skill: With which it foresees answers, alone and beyond luck.
        whole: With which all views of the whole do.
        looks: How many looks at a part it took: calls of a model.
    """

    descriptions: Descriptions
    region: str
    skill: float
    whole: float
    looks: int

    @property
    def line(self) -> str:
        """For people."""
        return f"looking at {self.region}: it tells your answers apart better than the whole picture"


def may_help(learned: Learned | None) -> bool:
    """Return whether a closer look may help: there are answers enough, and they are not told apart."""
    if learned is None or len(learned.rows) < LEAST or learned.ridge.sure_skill >= SEPARABLE:
        return False
    return bool((np.bincount(learned.of) >= EACH).sum() >= 2)


def is_due(learned: Learned | None, tried: int) -> bool:
    """Return whether it is time to look closer: it may help, and there are twice as many answers as the last time.

    Args:
        learned: What the answers gave so far.
        tried: How many there were the last time; 0 where there was none.
    """
    return learned is not None and may_help(learned) and len(learned.rows) >= 2 * tried


def cost(
    learned: Learned, descriptions: Descriptions, parts: Sequence[RegionExpert], cache: FindingsStore
) -> int:
    """Return how many looks at a part `look_closer` takes at most. Arguments as there."""
    there, images = regions(descriptions, parts), _answered(learned, descriptions)
    looks = [len(cache.missing(key(part), images)) for part in parts if part.region not in there]
    return sum(looks) + (len(descriptions.images) - len(images) if looks else 0)


def search_regions(
    learned: Learned,
    descriptions: Descriptions,
    parts: Sequence[RegionExpert],
    decode: Callable[[Sequence[str]], Decoded],
    cache: FindingsStore,
    *,
    meter: Meter | None = None,
    progress: Progress = silent,
) -> RegionFound | None:
    """Find the part that tells the answers apart, and look at it in all pictures; None where there is none.

    Args:
        learned: What the answers gave so far.
        descriptions: What is known of the collection.
        parts: Those to try.
        decode: As for `tools.describe.look`.
        cache: Where findings are kept.
        meter: Counts the calls.
        progress: Called during the work.

    Raises:
        tools.errors.Cancelled: `progress` asked to stop; what was looked at is kept.
    """
    meter = meter or Meter()
    before = meter.calls
    _, of = np.unique(learned.of[-MOST:], return_inverse=True)
    images = _answered(learned, descriptions)
    parts = [part for part in parts if part.region not in regions(descriptions, parts)]
    if not parts or len(np.unique(of)) < 2:
        return None
    look(images, decode, parts, cache, meter=meter, progress=_about(progress, "looking closer"))
    at = np.arange(len(images))
    skills = []
    for part in parts:
        views = [View(name, fill_gaps(prepare(cache.view(key(part), name, images)))) for name in part.views]
        skills.append(fit(views, at, of).sure_skill)
    best = int(np.argmax(skills))
    whole = learned.ridge.sure_skill
    if skills[best] < whole + GAIN:
        return None
    chosen = parts[best]
    look(
        descriptions.images,
        decode,
        [chosen],
        cache,
        meter=meter,
        progress=_about(progress, f"looking at {chosen.region}"),
    )
    looked = with_region_views(descriptions, [chosen], cache)
    return RegionFound(looked, chosen.region, skills[best], whole, meter.calls - before)


def with_region_views(
    descriptions: Descriptions, parts: Sequence[RegionExpert], cache: FindingsStore
) -> Descriptions:
    """Return the descriptions with the views of those parts that all pictures were looked at for, now or before."""
    whole = [part for part in parts if not cache.missing(key(part), descriptions.images)]
    if not whole or not descriptions.images:
        return descriptions
    views = {name: cache.view(key(part), name, descriptions.images) for part in whole for name in part.views}
    return descriptions.with_views(views)


def regions(descriptions: Descriptions, parts: Sequence[RegionExpert]) -> list[str]:
    """Return which parts are among the views already."""
    return [part.region for part in parts if set(part.views) <= set(descriptions.views)]


def _answered(learned: Learned, descriptions: Descriptions) -> list[str]:
    """Return the images that say which part it is."""
    return [descriptions.images[row] for row in learned.rows[-MOST:].tolist()]


def _about(progress: Progress, what: str) -> Progress:
    return lambda _, done, total: progress(what, done, total)
