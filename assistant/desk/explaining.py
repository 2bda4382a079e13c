"""Why things are as they are, and what would be otherwise without an answer."""

from dataclasses import dataclass

from assistant.desk.comparing import Comparing
from assistant.said import about
from tools.clustering import UNSORTED, Clustering
from tools.constraints import Constraint, Label, MustLink
from tools.errors import UsageError
from tools.explanation import explain_image, in_common, neighbours, sets_apart
from tools.names import amount, quoted
from tools.progress import Progress, silent
from tools.settle.assign_new import most_alike


@dataclass(frozen=True, slots=True)
class Effect:
    """What would be otherwise if something had not been said.

    Attributes:
        said: What was said, a line each.
        moved: Images that would be elsewhere; nothing was moved.
        to: For each of them the name of the group it would be in.
    """

    said: tuple[str, ...]
    moved: tuple[str, ...]
    to: tuple[str, ...]


class Explaining(Comparing):
    """What a user may ask about a clustering."""

    def explain(self, image: str, clustering: str | None = None, progress: Progress = silent) -> str:
        """Why an image is where it is: what was seen in it, what was said of it, which images are most like it."""
        with self._lock:
            (sha,) = self.find_images([image])
            chosen = self.clustering(clustering)
            descriptions = self.look_for(chosen.criterion, progress)
            lines = [f"{self._called(sha)}: {explain_image(sha, chosen, descriptions)}"]
            lines += self._told_of(about(self._said(chosen.id), sha), sha)
            try:
                near = most_alike(self._request(chosen.criterion, descriptions), [sha])
            except UsageError:  # nothing was seen in it
                near = []
            same, second = neighbours(sha, chosen, near)
            if same:
                lines.append(f"most like it here: {', '.join(self._called(other) for other in same)}")
            if second is not None and chosen.place(sha) != UNSORTED:
                lines.append(f"the next nearest group is {quoted(second)}")
            return "\n".join(lines)

    def explain_cluster(
        self, cluster: str, clustering: str | None = None, progress: Progress = silent
    ) -> str:
        """What a cluster has in common, and what sets it apart from the others; a few short lines."""
        with self._lock:
            chosen = self.clustering(clustering)
            found = self.find_cluster(cluster, chosen.id)
            descriptions = self.look_for(chosen.criterion, progress)
            size = chosen.size(found.id)
            lines = [f"{quoted(found.name)} under {chosen.criterion}: {amount(size, 'image')}"]
            common = in_common(found.id, chosen, descriptions)
            lines.append(f"in common: {'; '.join(common) or 'nothing that an expert has a word for'}")
            if apart := sets_apart(found.id, chosen, descriptions):
                lines.append(f"what sets it apart: {'; '.join(apart)}")
            labels = self._said(chosen.id).labels
            told = [image for image in chosen.members(found.id) if image in labels]
            if told:
                lines.append(f"you said so of {self._listed(told)}")
            if found.locked:
                lines.append("locked: it stays as it is")
            return "\n".join(lines)

    def without(self, image: str, clustering: str | None = None, progress: Progress = silent) -> Effect:
        """What would change if nothing had been said about an image; it is worked out, and nothing is changed.

        Raises:
            UsageError: Nothing was said about it.
        """
        with self._lock:
            (sha,) = self.find_images([image])
            chosen = self.clustering(clustering)
            known = self._said(chosen.id)
            gone = about(known, sha)
            if not gone:
                raise UsageError(f"you have said nothing about {self._called(sha)} under {chosen.criterion}")
            with_it, without_it = (
                self._again(chosen, said, progress) for said in (known, known.without(gone))
            )
            moved = [
                other
                for other, old, new in zip(
                    chosen.images, _ids(with_it), _ids(without_it), strict=True
                )
                if old != new
            ]  # fmt: skip
            names = dict(zip(chosen.images, without_it.labels.tolist(), strict=True))
            to = ["unsorted" if names[i] == UNSORTED else without_it.clusters[names[i]].name for i in moved]
            return Effect(tuple(self._told_of(gone, sha)), tuple(moved), tuple(to))

    def _told_of(self, constraints: list[Constraint], image: str) -> list[str]:
        """What was said about an image, in words."""
        lines = []
        for c in constraints:
            if isinstance(c, Label):
                lines.append(f"you said that it is {quoted(c.name)}")
            else:
                how = "belongs with" if isinstance(c, MustLink) else "is apart from"
                lines.append(f"you said that it {how} {self._called(c.b if c.a == image else c.a)}")
        return lines

    def _called(self, image: str) -> str:
        """An image by number and file name, as it is shown."""
        if image not in self.collection.ids:
            return f"{image[:8]} (no longer here)"
        return f"#{self.collection.number(image)} {quoted(self.collection.by_id(image).path.name)}"


def _ids(clustering: Clustering) -> list[str]:
    """The id of the cluster of each image, "" for the pile."""
    return [
        "" if label == UNSORTED else clustering.clusters[label].id for label in clustering.labels.tolist()
    ]
