"""Searches for regions of the pictures that separate the answers, where nothing in the whole pictures does."""

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.grouping import Grouping
from assistant.desk.region_views import RegionViews
from tools.clustering.cross_clusterings import CROSSED
from tools.describe.describe import Descriptions
from tools.learn.material import Learned
from tools.progress import Progress, silent


class Regions:
    """Searches regions of the pictures for small details."""

    def __init__(
        self, core: Core, clusterings: Clusterings, grouping: Grouping, region_views: RegionViews
    ) -> None:
        self._core, self._clusterings, self._grouping = core, clusterings, grouping
        self._region_views = region_views

    def cost(self, clustering: str | None = None, progress: Progress = silent) -> int:
        """Return the most looks at regions that `search` would take, if a search is due; else 0.

        It is due where the answers are not separated, and there are twice as many as at the last search.
        """
        with self._core.lock:
            chosen = self._clusterings.get(clustering)
            teacher = self._grouping.teacher(chosen, self._core.feedback.of(chosen.id), progress)
            if not teacher.request.constraints or chosen.method == CROSSED:
                return 0
            return self._region_views.cost(chosen.criterion, teacher.request.descriptions, teacher.learned())

    def search(self, clustering: str | None = None, progress: Progress = silent) -> str:
        """Search regions. One that separates the answers counts under this criterion from now on.

        Returns:
            A line for the user about the outcome.

        Raises:
            tools.errors.Cancelled: `progress` asked to stop; the findings so far are kept.
        """
        core = self._core
        with core.lock:
            chosen = self._clusterings.get(clustering)
            teacher = self._grouping.teacher(chosen, core.feedback.of(chosen.id), progress)
            learned, seen = teacher.learned(), teacher.request.descriptions
            closer = learned and self._region_views.search(
                chosen.criterion, seen, learned, core.collection, core.meter, progress
            )
            return closer.line if closer else "no part of the pictures separates your answers any better"

    def find(self, descriptions: Descriptions, learned: Learned) -> Descriptions | None:
        """Return the descriptions with the region that separates these answers, or None.

        This is for trials: the region does not count under any criterion. Its findings stay in the cache.
        """
        core = self._core
        with core.lock:
            closer = self._region_views.find(descriptions, learned, core.collection, core.meter, silent)
            return closer.descriptions if closer else None
