"""Pictures that came since: they join the clusters that there are; where that is not clear, the user is asked."""

from assistant.desk.explaining import Explaining
from tools.clustering import UNSORTED, Clustering
from tools.names import amount
from tools.progress import Progress, silent
from tools.settle.assign_new import assign_new


class Arriving(Explaining):
    """What happens to new pictures in the folder."""

    def new_images(self, clustering: str | None = None) -> tuple[str, ...]:
        """Images that came after a clustering was made or changed last; nobody has looked at them for it yet."""
        with self._lock:
            if clustering is None and self.current is None:
                return ()
            chosen = self.shelf.clustering(self.clustering(clustering).id)
            known = set(chosen.images)
            return tuple(image for image in self.collection.ids if image not in known)

    def place_new(self, progress: Progress = silent) -> list[str]:
        """Place new images in every clustering, without moving an old one. One line for each clustering that grew.

        Those of which it is not clear stay on the unsorted pile; `ask` asks about them first.
        """
        with self._lock:
            lines = []
            current = self.shelf.noted("current")
            for made in self.clusterings():
                if new := self.new_images(made.id):
                    lines.append(self._placed(made, new, progress))
            if lines:
                self.shelf.note("current", current)
            return lines

    def _placed(self, made: Clustering, new: tuple[str, ...], progress: Progress) -> str:
        descriptions = self.look_for(made.criterion, progress)
        made = made.over(descriptions.images)
        closed = [cluster.id for cluster in made.clusters if cluster.locked]
        after = assign_new(made, new, self._request(made.criterion, descriptions), closed)
        after = self._held(made, after, self._said(made.id))  # one that was away comes back where it was put
        rows = dict(zip(after.images, after.labels.tolist(), strict=True))
        unclear = [image for image in new if rows.get(image) == UNSORTED]
        text = f"{amount(len(new), 'new image')} by {made.criterion}: {len(new) - len(unclear)} placed, "
        text += f"{len(unclear)} unsorted"
        self._edited("place", text, after, {"images": list(new), "unclear": unclear})
        return text
