"""Images that came since: they join the clusters that there are, and where that is not clear, the user is asked."""

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from tools.clustering import UNSORTED, Clustering
from tools.names import amount
from tools.progress import Progress, silent
from tools.settle.assign_new import assign_new


class NewImages:
    """Finds and places the images that a clustering was made without."""

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts, changes: Changes) -> None:
        self._core, self._clusterings, self._experts, self._changes = core, clusterings, experts, changes

    def find(self, clustering: str | None = None) -> tuple[str, ...]:
        """The images that came after a clustering was made or changed last. Nobody has looked at them for it yet."""
        with self._core.lock:
            if clustering is None and self._clusterings.current is None:
                return ()
            recorded = self._clusterings.recorded(self._clusterings.get(clustering).id)
            known = set(recorded.images) if recorded else set()
            return tuple(image for image in self._core.collection.ids if image not in known)

    def place(self, progress: Progress = silent) -> list[str]:
        """Place new images in every clustering, without moving an old one. One line for each clustering that grew.

        Those of which it is not clear stay on the unsorted pile; `Questions.ask` asks about them first.
        """
        with self._core.lock:
            lines = []
            current = self._core.shelf.noted("current")
            for made in self._clusterings.all():
                if new := self.find(made.id):
                    lines.append(self._place(made, new, progress))
            if lines:
                self._core.shelf.note("current", current)
            return lines

    def _place(self, made: Clustering, new: tuple[str, ...], progress: Progress) -> str:
        core = self._core
        descriptions = self._experts.look_for(made.criterion, progress)
        made = made.over(descriptions.images)
        closed = [cluster.id for cluster in made.clusters if cluster.locked]
        after = assign_new(made, new, core.request(made.criterion, descriptions), closed)
        # One that was away comes back where it was put.
        after = self._changes.hold(made, after, core.feedback.of(made.id))
        rows = dict(zip(after.images, after.labels.tolist(), strict=True))
        unclear = [image for image in new if rows.get(image) == UNSORTED]
        text = f"{amount(len(new), 'new image')} by {made.criterion}: {len(new) - len(unclear)} placed, "
        text += f"{len(unclear)} unsorted"
        self._changes.record("place", text, after, {"images": list(new), "unclear": unclear})
        return text
