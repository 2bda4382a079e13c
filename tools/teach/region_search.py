"""Searches for the part of the pictures that tells the answers apart, where no view of the whole picture does.

First the parts of the answered pictures are looked at, which are few. If one of them tells the answers apart better
than the whole picture, the best of them is looked at in all pictures. The looks are cached, and the views of the part
then count like any other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tools.describe.describe import Descriptions, Meter, key, look
from tools.embed.prepare import prepare
from tools.learn.kernel_ridge import fit
from tools.learn.material import Learned
from tools.models.ports import Decoded, Expert, FindingsStore
from tools.progress import Progress, silent
from tools.views import View, fill_gaps

SEPARABLE = 0.6
"""The skill (`KernelRidge.sure_skill`) from which the answers count as told apart, so that no part is searched for."""
LEAST = 12
"""The fewest answers with which a part is searched for."""
EACH = 2
"""The fewest answers that each of at least two groups must have."""
MOST = 48
"""The most answers by which a part is chosen, which are the newest ones."""
GAIN = 0.1
"""The least gain in skill of a part over the whole picture."""


class RegionExpert(Expert, Protocol):
    """Looks at one part of each picture."""

    @property
    def region(self) -> str:
        """Return the part's name for people, such as "the upper left corner"."""
        ...

    @property
    def views(self) -> tuple[str, ...]:
        """Return the names of the part's views."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class RegionFound:
    """Names a part of the pictures that tells the answers apart.

    Attributes:
        descriptions: The descriptions with the views of the part.
        region: The part's name for people.
        skill: The `sure_skill` of the part's views alone.
        whole: The `sure_skill` of all views of the whole picture.
        looks: The number of looks at a part that the search took, which are calls of a model.
    """

    descriptions: Descriptions
    region: str
    skill: float
    whole: float
    looks: int

    @property
    def line(self) -> str:
        """Return the outcome in one line for people."""
        return f"looking at {self.region}: it tells your answers apart better than the whole picture"


def may_help(learned: Learned | None) -> bool:
    """Return whether a search may help: there are enough answers, and they are not told apart."""
    if learned is None or len(learned.rows) < LEAST or learned.ridge.sure_skill >= SEPARABLE:
        return False
    return bool((np.bincount(learned.of) >= EACH).sum() >= 2)


def is_due(learned: Learned | None, tried: int) -> bool:
    """Return whether a search is due: it may help, and there are twice as many answers as at the last search.

    Args:
        learned: What was learned from the answers so far.
        tried: The number of answers at the last search; 0 where there was none.
    """
    return learned is not None and may_help(learned) and len(learned.rows) >= 2 * tried


def cost(
    learned: Learned, descriptions: Descriptions, parts: Sequence[RegionExpert], cache: FindingsStore
) -> int:
    """Return the most looks that `search_regions` takes with the same arguments."""
    known_regions, images = regions(descriptions, parts), _answered(learned, descriptions)
    looks = [len(cache.missing(key(part), images)) for part in parts if part.region not in known_regions]
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
        learned: What was learned from the answers so far.
        descriptions: The descriptions of the collection.
        parts: The parts to try.
        decode: Decodes images by id, as for `tools.describe.describe.look`.
        cache: Keeps the findings.
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
    picture_skill = learned.ridge.sure_skill
    if skills[best] < picture_skill + GAIN:
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
    return RegionFound(looked, chosen.region, skills[best], picture_skill, meter.calls - before)


def with_region_views(
    descriptions: Descriptions, parts: Sequence[RegionExpert], cache: FindingsStore
) -> Descriptions:
    """Return the descriptions with the views of every part that has been looked at in all pictures."""
    complete = [part for part in parts if not cache.missing(key(part), descriptions.images)]
    if not complete or not descriptions.images:
        return descriptions
    views = {
        name: cache.view(key(part), name, descriptions.images) for part in complete for name in part.views
    }
    return descriptions.with_views(views)


def regions(descriptions: Descriptions, parts: Sequence[RegionExpert]) -> list[str]:
    """Return the names of the parts whose views are among the descriptions already."""
    return [part.region for part in parts if set(part.views) <= set(descriptions.views)]


def _answered(learned: Learned, descriptions: Descriptions) -> list[str]:
    """Return the images by whose answers a part is chosen."""
    return [descriptions.images[row] for row in learned.rows[-MOST:].tolist()]


def _about(progress: Progress, what: str) -> Progress:
    return lambda _, done, total: progress(what, done, total)
