"""Looking closer between two questions, where the answers so far are not told apart by anything seen in the whole."""

from assistant.desk.teaching import Teaching
from tools.cross_clusterings import CROSSED
from tools.describe import Descriptions
from tools.learn.material import Learned
from tools.progress import Progress, silent


class LookingCloser(Teaching):
    """What is small in the pictures."""

    def closer(self, clustering: str | None = None, progress: Progress = silent) -> int:
        """How many looks at parts of the pictures `look_closer` would take at most, where it is time to: the answers
        are not told apart, and there are twice as many as the last time. 0 where it is not."""
        with self._lock:
            chosen = self.clustering(clustering)
            teacher = self._teacher(chosen, self._said(chosen.id), progress)
            if not teacher.request.constraints or chosen.method == CROSSED:
                return 0
            return self._parts.cost(chosen.criterion, teacher.request.descriptions, teacher.learned())

    def closer_look(self, descriptions: Descriptions, learned: Learned) -> Descriptions | None:
        """The descriptions with the part that tells these answers apart, or None; nothing is kept but what was seen."""
        with self._lock:
            found = self._parts.find(descriptions, learned, self.collection, self.meter, silent)
            return found.descriptions if found else None

    def look_closer(self, clustering: str | None = None, progress: Progress = silent) -> str:
        """Look at parts of the pictures. The one that tells the answers apart counts under this criterion from now on.

        Returns:
            A line for the user: what came of it.

        Raises:
            tools.errors.Cancelled: `progress` asked to stop; what was looked at is kept.
        """
        with self._lock:
            chosen = self.clustering(clustering)
            teacher = self._teacher(chosen, self._said(chosen.id), progress)
            learned, seen = teacher.learned(), teacher.request.descriptions
            found = learned and self._parts.look(
                chosen.criterion, seen, learned, self.collection, self.meter, progress
            )
            return found.line if found else "no part of the pictures tells your answers apart any better"
