"""Grouping by a criterion: afresh, or again with what the user said since."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assistant import tuning
from assistant.desk.choosing import Choosing
from assistant.newest import contradicted, unkept
from assistant.said import Said, company, happened, images_of, locked_out, placed, refuse_locked, written
from tools import guided
from tools.clustering import Clustering, slug
from tools.constraints import Constraint, Label, MustLink, consistent, dropped_note
from tools.cross_clusterings import CROSSED, refuse_crossed
from tools.describe import Descriptions
from tools.embed.criterion_views import criterion_points
from tools.group import check, group, numbers
from tools.learn.material import given_names
from tools.names import visible
from tools.progress import Progress, silent
from tools.request import Request
from tools.settle.match_clusters import match_clusters
from tools.settle.resize import resized
from tools.teach.teacher import Teacher
from tools.views import View

STEP = 0.15
"""By this part of the groups that there are, and by one at least, does one step make them fewer or more."""
_REPLACES = frozenset({"group", "answer", "link", "cut", "place", "cross", "tune"})
"""Events that put a new clustering in place of the old one, whose ids and locked clusters are kept."""
_FREES = frozenset({"unlock", "restore"})
"""Events after which a cluster that was locked may be otherwise."""


class Grouping(Choosing):
    """Clusterings are made here, by a method or by an edit; either way what was said holds in them."""

    def group(
        self,
        criterion: str,
        k: int | None = None,
        method: str | None = None,
        seed: int | None = None,
        progress: Progress = silent,
        values: Sequence[str] = (),
        again: bool = False,
    ) -> Clustering:
        """Group the collection by a criterion. A clustering of the same criterion is replaced; undo brings it back.

        Where the tier has a model that describes, that is asked about each image first, once for a criterion. What
        the user said under this criterion holds in the new grouping, too: answers, moves, links, names, merges; a
        locked cluster is as it was. Clusters that are still there keep their ids.

        Args:
            values: What the describer chooses from; without any it answers in its own words.
            again: Have it asked again about images for which there was no usable answer.

        Raises:
            tools.errors.UsageError: No criterion, an unknown method, k not in 1..n, or the hosted tier was set and
                the user did not allow it.
            tools.errors.RegroupError: The describer failed; what it answered is kept.
        """
        with self._lock:
            check(criterion, len(self.collection), method, k)
            before = self._there(criterion)
            if before is not None:
                refuse_crossed(before)
            known = self._said(before.id) if before else Said()
            descriptions = self._described(criterion, values, again, progress)
            asked = k
            if k is None:
                k = (
                    len(before.clusters)
                    if before and known.reshaped
                    else guided.groups(descriptions, criterion)
                )
            made = self._made(criterion, descriptions, before, known, k, method, seed, progress)
            made = made.with_changes(tier=self.describing.tier_of(criterion))
            text = f"grouped by {made.criterion} into {len(made.clusters)}"
            return self._edited("group", text, made, {"k": asked, "method": made.method})

    def fewer(self, clustering: str | None = None, progress: Progress = silent) -> Clustering:
        """The same criterion with fewer groups. Raises UsageError where what was said or locked needs all of them."""
        return self._number(clustering, -1, progress)

    def more(self, clustering: str | None = None, progress: Progress = silent) -> Clustering:
        """The same criterion with more groups. Raises UsageError where there are as many as images."""
        return self._number(clustering, 1, progress)

    def _number(self, clustering: str | None, step: int, progress: Progress) -> Clustering:
        """The next number of groups below or above that the views speak for, or as near to it as one step goes.

        Only the groups that must change do: the two nearest become one, or the loosest one becomes two. For more, it
        is grouped again where the user has said nothing yet.
        """
        with self._lock:
            before = self.clustering(clustering)
            known, now = self._said(before.id), len(before.clusters)
            descriptions = self.look_for(before.criterion, progress)
            request = self._request(before.criterion, descriptions, accepted=self._accepted(before.id))
            offered = numbers(request)
            wanted = [number.k for number in offered if (number.k - now) * step > 0]
            far = min((abs(k - now) for k in wanted), default=1)
            k = now + step * min(far, max(1, round(STEP * now)))
            made = before
            if step > 0 and known == Said(k=known.k) and not any(c.locked for c in before.clusters):
                made = self._again(before, known, progress, min(k, len(before.images)))
            if (len(made.clusters) - now) * step <= 0:
                points = criterion_points(request.route, descriptions, request.seed)
                made = resized(before, points, k, known.constraints, self.settings.seed)
            text = f"{'fewer' if step < 0 else 'more'} groups by {made.criterion}: {len(made.clusters)}"
            return self._edited("group", text, made, {"k": len(made.clusters), "method": made.method})

    def _made(
        self,
        criterion: str,
        descriptions: Descriptions,
        before: Clustering | None,
        known: Said,
        k: int | None,
        method: str | None = None,
        seed: int | None = None,
        progress: Progress = silent,
        named: bool = False,
        tuned: View | None = None,
    ) -> Clustering:
        """A clustering by a criterion with all that was said, in place of the one before; nothing is recorded.

        Args:
            named: Whether clusters that are still there keep their names also where the user did not give them.
            tuned: Features tuned to it; None for those that are in force.
        """
        constraints, _ = consistent(known.constraints)
        told: list[Constraint] = [*known.examples, *constraints]
        if before is not None and told and (k is None or k >= len(before.clusters)):
            told = [*company(before, known), *told]
        k = _room(k, constraints, len(descriptions.images))
        lost: list[str] = []
        if tuned is None:
            tuned, lost = tuning.tuned(self.shelf, criterion, descriptions, self._texts)
        request = self._request(
            criterion,
            descriptions,
            method=method,
            constraints=told,
            k=k,
            accepted=self._accepted(slug(criterion) if before is None else before.id),
            tuned=tuned,
            progress=progress,
            **self.helps(method, descriptions.images),
        )
        made = group(request if seed is None else replace(request, seed=seed))
        made = made.with_changes(notes=(*made.notes, *lost))
        return made if before is None else self._held(before, made, known, named)

    def _held(self, before: Clustering, made: Clustering, known: Said, named: bool = True) -> Clustering:
        """A new grouping in place of the one before, in which what was said holds and locked clusters are as they were.

        What was said of an image that was away while its group was locked counts no more: it would change the group.
        """
        here = before.over(made.images)
        constraints = consistent(known.constraints)[0]
        out = locked_out(here, constraints)
        constraints = [c for c in constraints if c not in out]
        keep = None if named else known.named
        return match_clusters(
            here, made, constraints, set_aside=known.aside, named=keep, merged_ids=known.whole
        )

    def _accepted(self, without: str) -> tuple[Clustering, ...]:
        """Clusterings under other criteria that the user keeps; `without` is an id, or the slug of a criterion."""
        there = self.clusterings()
        own = next((slug(made.criterion) for made in there if made.id == without), without)
        # A crossed one says nothing that the two it was made of do not.
        kept = (made for made in there if made.sure and made.method != CROSSED)
        return tuple(made for made in kept if slug(made.criterion) != own)

    def _told(
        self, kind: str, text: str, before: Clustering, said: Sequence[Constraint], progress: Progress
    ) -> Clustering:
        """Group again with what was said just now. What contradicts it and is older counts no more, which is told."""
        known, new = self._heard(before, said)
        made = self._again(before, known, progress)
        return self._edited(kind, text, made, {"said": written(said), "new": new})

    def _tied(self, kind: str, text: str, before: Clustering, said: Sequence[Constraint]) -> Clustering:
        """As `_told` for links: their images go where they must. That says nothing of others, so they stay."""
        known, _ = self._heard(before, said)
        made = self._held(before, before.over(self.collection.ids), known)
        return self._edited(kind, text, made, {"said": written(said)})

    def _heard(self, before: Clustering, said: Sequence[Constraint]) -> tuple[Said, list[str]]:
        """All that counts once this was said as well, and the names in it that no cluster has yet."""
        refuse_locked(before, said)
        known = self._said(before.id)
        names = {cluster.name for cluster in before.clusters}
        new = {c.name for c in said if isinstance(c, Label)} - names
        known = replace(known.plus(said), own=known.own | new)
        _, dropped = consistent(known.constraints)
        return known.without(dropped), sorted(new)

    def _again(
        self,
        before: Clustering,
        known: Said,
        progress: Progress = silent,
        k: int | None = None,
        tuned: View | None = None,
    ) -> Clustering:
        """A clustering made again with all that was said, and named as it was; nothing is recorded.

        Of crossed ones only what was said changes: no view shows what the pairs of groups are.
        """
        if before.method == CROSSED:
            return self._held(before, placed(before, known.labels), known)
        if k is None:
            k = _groups(before, known)
        descriptions = self.look_for(before.criterion, progress)
        made = self._made(
            before.criterion, descriptions, before, known, k, None, None, progress, named=True, tuned=tuned
        )
        return made.with_changes(tier=before.tier)

    def _teacher(
        self, before: Clustering, known: Said, progress: Progress, tuned: View | None = None
    ) -> Teacher:
        """Who asks: of what the grouping is made from, so that neither has to be worked out for the other."""
        descriptions = self.look_for(before.criterion, progress)
        constraints = tuple(consistent(known.constraints)[0])
        request = self._request(
            before.criterion,
            descriptions,
            constraints=constraints,
            k=_room(_groups(before, known), constraints, len(descriptions.images)),
            accepted=self._accepted(before.id),
            tuned=tuned or tuning.tuned(self.shelf, before.criterion, descriptions, self._texts)[0],
        )
        return Teacher(request)

    def _request(self, criterion: str, descriptions: Descriptions, **more: Any) -> Request:
        """A request to the stages, with what is the same in all of them; `more` are fields of `Request`."""
        return Request(criterion, descriptions, self._texts, seed=self.settings.seed, **more)

    def _before(self, id: str) -> Clustering | None:
        """The clustering of an id as it was recorded last, if there is one."""
        try:
            return self.shelf.clustering(id)
        except KeyError:
            return None

    def _edited(self, kind: str, text: str, after: Clustering, detail: dict[str, Any]) -> Clustering:
        """Record a change: the one gate through which a clustering is made, changed or replaced.

        Only what the event contradicts is dropped, which is told. All else that was said holds in what is recorded:
        where it did not, as an image came back since, or whoever made the clustering did not see to it, it does now.

        Raises:
            RuntimeError: Something does not hold whatever is done, which is a bug; nothing was recorded.
        """
        known = happened(self._said(after.id), kind, detail)
        before = None if kind in _FREES else self._before(after.id)
        stands = before if before and kind in _REPLACES else after
        gone = contradicted(known, kind, detail, after, stands)
        said_now, known = known.constraints, known.without(gone)
        if unkept(known, before, after):
            after = self._held(stands, after, known)
            if wrong := unkept(known, before, after):
                raise RuntimeError(
                    f"nothing was changed, as this {kind} breaks what was said: {'; '.join(wrong)}"
                )
        self._remarks = []
        if gone:
            detail = {**detail, "dropped": written(gone)}
            note = dropped_note(gone, said_now, self._worded)
            self._remarks = [note] if note else []
        return self._record(kind, text, after, detail)

    def _worded(self, said: Constraint) -> str:
        """What the user said, in words, by the numbers of the images."""
        here = set(self.collection.ids)
        names = [
            f"#{self.collection.number(i)}" if i in here else "an image that is gone" for i in images_of(said)
        ]
        if isinstance(said, Label):
            return f"{names[0]} is {visible(said.name)}"
        return f"{names[0]} and {names[1]} belong {'together' if isinstance(said, MustLink) else 'apart'}"


def _groups(before: Clustering, known: Said) -> int | None:
    """How many groups there are when it is grouped again; None where that is to be found."""
    k = len(before.clusters) if known.reshaped else known.k
    return None if k is None else k + len(set(known.labels.values()) - {c.name for c in before.clusters})


def _room(k: int | None, constraints: Sequence[Constraint], n: int) -> int | None:
    """The same number of groups, or as many as have a name; but not more than images."""
    return None if k is None else min(max(k, len(given_names(constraints))), n)
