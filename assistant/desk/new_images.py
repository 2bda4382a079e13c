"""Lets new images join the existing clusters, and asks the user where that is not clear."""

from dataclasses import replace

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.desk.folder_examples import all_labels, with_folder_examples
from tools.clustering.clustering import UNSORTED, Clustering
from tools.group import group
from tools.learn.material import names_in_order
from tools.names import amount
from tools.progress import Progress, silent
from tools.settle.assign_new import assign_as_learned, assign_new
from tools.settle.by_value import place_by_value


class NewImages:
    """Finds and places the images that came after a clustering was made."""

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts, changes: Changes) -> None:
        self._core, self._clusterings, self._experts, self._changes = core, clusterings, experts, changes

    def find(self, clustering: str | None = None) -> tuple[str, ...]:
        """Return the images that came after the last change of a clustering, without looking at them."""
        with self._core.lock:
            if clustering is None and self._clusterings.current is None:
                return ()
            recorded = self._clusterings.recorded(self._clusterings.get(clustering).id)
            earlier = set(recorded.images) if recorded else set()
            return tuple(image for image in self._core.collection.ids if image not in earlier)

    def place(self, progress: Progress = silent) -> list[str]:
        """Place new images in every clustering without moving others. Returns one line per clustering that grew.

        Images without a clear place stay on the unsorted pile; `Questions.ask` asks about them first.
        """
        with self._core.lock:
            lines = []
            current = self._core.shelf.noted("current")
            for clustering in self._clusterings.all():
                new = self.find(clustering.id)
                if new and (line := self._place(clustering, new, progress)):
                    lines.append(line)
            if lines:
                self._core.shelf.note("current", current)
            return lines

    def _place(self, clustering: Clustering, new: tuple[str, ...], progress: Progress) -> str:
        """Place images and return a line about it; "" where a look shows that none of them is a picture."""
        core = self._core
        descriptions = self._experts.look_for(clustering.criterion, progress)
        seen = set(descriptions.images)
        new = tuple(image for image in new if image in seen)
        if not new:
            return ""
        clustering = clustering.over(descriptions.images)
        closed = [cluster.id for cluster in clustering.clusters if cluster.locked]
        request = core.request(clustering.criterion, descriptions)
        if request.route.recorded is not None:
            after = place_by_value(clustering, new, request, closed)
        elif (feedback := core.feedback.of(clustering.id)).like:
            labels = all_labels(feedback)
            learned = replace(request, constraints=labels, k=len(names_in_order(labels)), progress=progress)
            made = group(with_folder_examples(learned, feedback, self._experts))
            after = assign_as_learned(clustering, new, made, closed)
        else:
            after = assign_new(clustering, new, request, closed)
        # An image that was away returns to where it was put.
        after = self._changes.hold(clustering, after, core.feedback.of(clustering.id))
        rows = dict(zip(after.images, after.labels.tolist(), strict=True))
        unclear = [image for image in new if rows.get(image) == UNSORTED]
        text = (
            f"{amount(len(new), 'new image')} by {clustering.criterion}: {len(new) - len(unclear)} placed, "
        )
        text += f"{len(unclear)} unsorted"
        self._changes.record("place", text, after, {"images": list(new), "unclear": unclear})
        return text
