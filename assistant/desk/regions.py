"""Searching regions of the pictures, where the answers are not told apart by anything that is seen in the whole."""

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.grouping import Grouping
from assistant.desk.region_views import RegionViews
from tools.cross_clusterings import CROSSED
from tools.describe import Descriptions
from tools.learn.material import Learned
from tools.progress import Progress, silent


class Regions:
    """Looks at what is small in the pictures."""

    def __init__(
        self, core: Core, clusterings: Clusterings, grouping: Grouping, region_views: RegionViews
    ) -> None:
        self._core, self._clusterings, self._grouping = core, clusterings, grouping
        self._region_views = region_views

    def cost(self, clustering: str | None = None, progress: Progress = silent) -> int:
        """How many looks at a region `search` would take at most, where it is time for one.

        It is time where the answers are not told apart, and there are twice as many as at the last search. 0 where it
        is not.
        """
        with self._core.lock:
            chosen = self._clusterings.get(clustering)
            teacher = self._grouping.teacher(chosen, self._core.feedback.of(chosen.id), progress)
            if not teacher.request.constraints or chosen.method == CROSSED:
                return 0
            return self._region_views.cost(chosen.criterion, teacher.request.descriptions, teacher.learned())

    def search(self, clustering: str | None = None, progress: Progress = silent) -> str:
        """Look at regions. The one that tells the answers apart counts under this criterion from now on.

        Returns:
            A line for the user: what came of it.

        Raises:
            tools.errors.Cancelled: `progress` asked to stop; what was looked at is kept.
        """
        core = self._core
        with core.lock:
            chosen = self._clusterings.get(clustering)
            teacher = self._grouping.teacher(chosen, core.feedback.of(chosen.id), progress)
            learned, seen = teacher.learned(), teacher.request.descriptions
            found = learned and self._region_views.search(
                chosen.criterion, seen, learned, core.collection, core.meter, progress
            )
            return found.line if found else "no part of the pictures tells your answers apart any better"

    def find(self, descriptions: Descriptions, learned: Learned) -> Descriptions | None:
        """The descriptions with the region that tells these answers apart, or None.

        It does not count under any criterion from then on: this is for trials. What was seen stays in the cache.
        """
        core = self._core
        with core.lock:
            found = self._region_views.find(descriptions, learned, core.collection, core.meter, silent)
            return found.descriptions if found else None
