"""Keeps the views of regions of the pictures, and which regions count under each criterion."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from assistant.workspace import Shelf
from tools.describe.describe import Descriptions, Meter, look
from tools.describe.guided import criterion_key
from tools.learn.material import Learned
from tools.models.bundled import tier
from tools.models.weight_store import WeightStore
from tools.progress import LastReport, Progress
from tools.scan.collection import Collection
from tools.scan.prefetch import decoded
from tools.teach.region_search import (
    RegionExpert,
    RegionFound,
    cost,
    is_due,
    search_regions,
    with_region_views,
)

if TYPE_CHECKING:
    from assistant.workspace.cache import FindingsCache

_HELD = 2
"""The most criteria whose descriptions with regions are held in memory."""


class RegionViews:
    """Keeps the regions that count under each criterion on the collection's shelf.

    Args:
        store: The store of weights.
        shelf: The shelf of the collection.
        cache: Returns the cache of findings.
    """

    def __init__(self, store: WeightStore, shelf: Shelf, cache: "Callable[[], FindingsCache]") -> None:
        self._store, self._shelf, self._cache = store, shelf, cache
        self._parts: list[RegionExpert] = []
        self._joined: dict[str, tuple[Descriptions, Descriptions]] = {}  # criterion to without and with

    def joined(
        self,
        criterion: str,
        descriptions: Descriptions,
        collection: Collection,
        meter: Meter,
        progress: Progress,
    ) -> Descriptions:
        """Return the descriptions with the regions that count under a criterion, computed for new pictures as well.

        The same descriptions give the same object as long as it is held in memory.
        """
        about = criterion_key(criterion)
        regions = self._noted(about)["regions"]
        if not regions:
            return descriptions
        without, with_regions = self._joined.pop(about, (None, descriptions))
        if without is not descriptions:
            reports = LastReport(progress)
            chosen, cache = [part for part in self._all() if part.region in regions], self._cache()
            look(
                descriptions.images,
                lambda ids: decoded(collection, ids, waiting=reports.again),
                chosen,
                cache,
                meter=meter,
                progress=reports,
            )
            with_regions = with_region_views(descriptions, chosen, cache)
        self._joined[about] = descriptions, with_regions
        while len(self._joined) > _HELD:
            del self._joined[next(iter(self._joined))]
        return with_regions

    def cost(self, criterion: str, descriptions: Descriptions, learned: Learned | None) -> int:
        """Return how many looks at a region `search` takes at most; 0 where no search is due."""
        if learned is None or not is_due(learned, self._noted(criterion_key(criterion))["tried"]):
            return 0
        return cost(learned, descriptions, self._all(), self._cache())

    def search(
        self,
        criterion: str,
        descriptions: Descriptions,
        learned: Learned,
        collection: Collection,
        meter: Meter,
        progress: Progress,
    ) -> RegionFound | None:
        """Find a region as `find` does, and let it count under the criterion from then on.

        The next search is due when there are twice as many answers, also if this one was stopped.

        Raises:
            tools.errors.Cancelled: `progress` asked to stop; the findings so far are kept.
        """
        about = criterion_key(criterion)
        noted = self._noted(about)
        self._note(about, noted | {"tried": len(learned.rows)})
        closer = self.find(descriptions, learned, collection, meter, progress)
        if closer is not None:
            self._note(about, {"tried": len(learned.rows), "regions": [*noted["regions"], closer.region]})
            self._joined.pop(about, None)
        return closer

    def find(
        self,
        descriptions: Descriptions,
        learned: Learned,
        collection: Collection,
        meter: Meter,
        progress: Progress,
    ) -> RegionFound | None:
        """Return the region that tells the answers apart better than the whole picture does; None where no
        region does."""
        reports = LastReport(progress)
        return search_regions(
            learned,
            descriptions,
            self._all(),
            lambda ids: decoded(collection, ids, waiting=reports.again),
            self._cache(),
            meter=meter,
            progress=reports,
        )

    def _all(self) -> list[RegionExpert]:
        if not self._parts:
            self._parts = [*tier.parts(self._store)]
        return self._parts

    def _noted(self, about: str) -> dict[str, Any]:
        none: dict[str, Any] = {"tried": 0, "regions": []}
        return {**none, **self._shelf.noted(f"parts {about}", {})}

    def _note(self, about: str, noted: dict[str, Any]) -> None:
        self._shelf.note(f"parts {about}", noted)
