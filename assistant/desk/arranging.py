"""Puts the pictures of a group in an order that helps, and picks the best of each group. No file is touched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.desk.near_duplicates import NearDuplicates
from tools.arrange import by_likeness, typical_first
from tools.clustering.clustering import UNSORTED, Clustering, slug
from tools.clustering.cross_clusterings import PICKED
from tools.embed.criterion_views import criterion_points
from tools.embed.prepare import prepared
from tools.embed.route import LIKENESS
from tools.errors import UsageError
from tools.export.list_order import By, ListOrder
from tools.names import amount
from tools.progress import Progress, silent
from tools.views import View, side_by_side

Order = Literal["typical", "alike", "time", "name"]
"""Typical first; neighbours alike; in the order in which they were taken; by path."""
Pick = Literal["typical", "sharpest"]
"""What makes a picture the best of its group."""
_STEP = 10
"""The number of steps of certainty within which the more typical picture comes first."""


class Arranging:
    """Orders pictures and picks from groups."""

    def __init__(
        self,
        core: Core,
        clusterings: Clusterings,
        experts: Experts,
        changes: Changes,
        near_duplicates: NearDuplicates,
    ) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts
        self._changes, self._near_duplicates = changes, near_duplicates

    def order(
        self,
        images: Sequence[str],
        by: Order = "typical",
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> tuple[str, ...]:
        """Return images of one group in an order that helps to look through them.

        No picture is looked at for that: where nobody has, "typical" keeps the order, and "alike" is that of time.

        Args:
            images: Their ids, the surest first.
            by: The order. "typical" puts doubtful ones last; "time" those of which no file says when they were taken.
            clustering: The id or criterion under which they are alike; None for the current one.
            progress: Called during the work.
        """
        with self._core.lock:
            if by == "name":
                return tuple(sorted(images, key=self._places().__getitem__))
            if by == "typical" and not self._experts.looked:
                return tuple(images)
            if by == "time" or self._experts.unlooked():
                return self._by_time(images, progress)
            chosen = self._clusterings.get(clustering)
            points, _ = self.points(chosen, images, progress)
            if by == "alike":
                return tuple(images[row] for row in by_likeness(points, self._core.settings.seed))
            return tuple(images[row] for row in _typical(chosen, images, points))

    def whole(self, by: By, clustering: str | None = None, progress: Progress = silent) -> ListOrder:
        """Return the order of all pictures of a clustering, across its groups.

        Args:
            by: What they are in order by; "certainty" puts the surest first.
            clustering: An id or criterion; None for the current one.
            progress: Called during the work.
        """
        with self._core.lock:
            chosen = self._clusterings.get(clustering)
            here = set(self._core.collection.ids)
            there = [image for image in chosen.images if image in here]
            if by == "certainty":
                sure = dict(zip(chosen.images, chosen.confidence.tolist(), strict=True))
                place = self._places()
                return ListOrder(by, tuple(sorted(there, key=lambda image: (-sure[image], place[image]))))
            how: dict[str, Order] = {"likeness": "alike", "time": "time", "name": "name"}
            return ListOrder(by, self.order(there, how[by], chosen.id, progress))

    def best(
        self,
        count: int = 1,
        by: Pick = "typical",
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> dict[str, tuple[str, ...]]:
        """Return the best images of each group by the id of its cluster, the best first.

        Args:
            count: The most of each group.
            by: What makes the best: the surest ones nearest to the middle of their group, or the sharpest ones.
            clustering: An id or criterion; None for the current one.
            progress: Called during the work.
        """
        with self._core.lock:
            chosen = self._clusterings.get(clustering)
            if by == "sharpest":
                sharp = self._near_duplicates.sharpness_of(chosen.images, progress)
                return {
                    cluster.id: tuple(
                        sorted(chosen.members(cluster.id), key=lambda image: -sharp.get(image, 0.0))[:count]
                    )
                    for cluster in chosen.clusters
                }
            return {
                cluster.id: self.order(chosen.members(cluster.id), "typical", chosen.id, progress)[:count]
                for cluster in chosen.clusters
            }

    def group_best(
        self,
        count: int = 1,
        by: Pick = "typical",
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> Clustering:
        """Group the best of each group under its name, and leave all others unsorted. An earlier one is replaced.

        Raises:
            tools.errors.UsageError: The clustering is such a pick itself.
        """
        with self._core.lock:
            chosen = self._clusterings.get(clustering)
            if chosen.method == PICKED:
                raise UsageError("these are the best already; say which grouping to pick from")
            best = self.best(count, by, chosen.id, progress)
            kept = {image for images in best.values() for image in images}
            mask = np.isin(chosen.images, list(kept))
            criterion = f"best of each {chosen.criterion}"
            made = chosen.with_changes(
                id=slug(criterion),
                criterion=criterion,
                labels=np.where(mask, chosen.labels, UNSORTED).astype(np.int32),
                method=PICKED,
                chosen=False,
                notes=(f"the {picked_by(by)} of each group; all other pictures are unsorted here",),
                why=tuple(f"it was picked as one of the {picked_by(by)}" if one else "" for one in mask),
            )
            text = f"picked {amount(len(kept), 'picture')}, the {picked_by(by)} of each group"
            return self._changes.record("group", text, made, {"k": None, "method": PICKED})

    def points(
        self, chosen: Clustering, images: Sequence[str], progress: Progress = silent
    ) -> tuple[NDArray[np.float32], bool]:
        """Return points of the images in which near ones are alike, (m, d) float32, and whether they are alike under
        the criterion; where that is what files say or was not made from views, they are alike in general.

        Args:
            chosen: The clustering of the criterion.
            images: Their ids.
            progress: Called while pictures are looked at that nobody has looked at yet.
        """
        with self._core.lock:
            request = self._core.request(chosen.criterion, self._experts.look_for(chosen.criterion, progress))
            descriptions = request.descriptions
            under_criterion = request.route.recorded is None and request.route.sure
            if under_criterion:
                points = criterion_points(request.route, descriptions, request.seed)
            else:
                descriptions = self._experts.look(progress)
                there = [name for name in LIKENESS if name in descriptions.views]
                views = there or list(
                    descriptions.views
                )  # where no network sees, colours are better than nothing
                points = side_by_side([View(name, prepared(name, descriptions)) for name in views])
            row = {image: i for i, image in enumerate(descriptions.images)}
            return points[[row[image] for image in images]], under_criterion

    def _places(self) -> dict[str, int]:
        """Return the place of each image in the order of paths."""
        return {image: place for place, image in enumerate(self._core.collection.ids)}

    def _by_time(self, images: Sequence[str], progress: Progress) -> tuple[str, ...]:
        known, place = self._core.metadata.all(progress), self._places()
        last = datetime.max
        return tuple(sorted(images, key=lambda image: (known[image].taken or last, place[image])))


def picked_by(by: Pick) -> str:
    """Return in words what makes a picture the best."""
    return "sharpest" if by == "sharpest" else "most typical"


def _typical(chosen: Clustering, images: Sequence[str], points: NDArray[np.float32]) -> list[int]:
    """Return the rows of the images, the surest and most typical first."""
    sure = dict(zip(chosen.images, chosen.confidence.tolist(), strict=True))
    order = typical_first(points).tolist()
    return sorted(order, key=lambda row: -round(sure[images[row]] * _STEP))
