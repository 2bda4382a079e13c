"""Groups by a criterion: afresh, with fewer or more groups, or again with what the user has said since."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.desk.feedback import Feedback, anchors, apply_labels, no_surer_than_a_guess
from assistant.desk.feedback_log import with_examples
from assistant.desk.folder_examples import all_labels, with_folder_examples, without_outside
from assistant.desk.method_inputs import MethodInputs, method_inputs
from assistant.desk.tuned_features import with_tuned_features
from assistant.settings import MOST_SEED
from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.clustering.constraints import Constraint, consistent
from tools.clustering.cross_clusterings import CROSSED, PICKED, STACKED, refuse_crossed, refuse_stacked
from tools.embed.criterion_views import criterion_points
from tools.errors import UsageError
from tools.fuse.registry import METHODS, find_method
from tools.group import check, group, missing, numbers
from tools.learn.material import names_in_order
from tools.models.ports import Thinker
from tools.names import combined_name
from tools.number_of_groups import next_number
from tools.progress import Progress, silent
from tools.request import Request
from tools.settle.by_value import RECORDED, group_by_value, in_order_of_values
from tools.settle.naming import tell_apart
from tools.settle.resize import resize
from tools.teach.teacher import Teacher
from tools.views import View


class Grouping:
    """Makes clusterings by a method. What the user has said under the criterion holds in every one of them.

    Attributes:
        thinker: The language model of the conversation, which methods may ask for words; None outside of one.
    """

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts, changes: Changes) -> None:
        self._core, self._clusterings, self._experts, self._changes = core, clusterings, experts, changes
        self.thinker: Thinker | None = None

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
            criterion: In the user's words.
            k: The number of groups, or None to find it.
            method: The name of a method, which is then kept for this criterion; None for the one that was kept, else
                the default.
            seed: Of every random choice, or None for that of the settings.
            progress: Called during the work.
            values: What the describer chooses from; without any it answers in its own words.
            again: Whether it is asked again about images for which there was no usable answer.

        Raises:
            tools.errors.UsageError: No criterion, an unknown method, k not in 1..n, or the hosted tier was set and
                the user did not allow it.
            tools.errors.RegroupError: The describer failed; what it answered is kept.
        """
        core = self._core
        with core.lock:
            before = self._clusterings.find(criterion)
            core.check_present()
            check(criterion, len(core.collection), method, k)
            if seed is not None and not 0 <= seed <= MOST_SEED:
                raise UsageError(f"a seed is a whole number from 0 to {MOST_SEED:,}, not {seed:,}")
            if before is not None:
                refuse_crossed(before)
            feedback = core.feedback.of(before.id) if before else Feedback()
            request = self.request(
                criterion,
                method or _kept_method(before),
                len(before.clusters) if k is None and before and _shaped_by_likeness(before, feedback) else k,
                seed,
                progress,
                values,
                again,
            )
            request = replace(request, accepted=self._clusterings.accepted(before))
            made = self._made(request, before, feedback)
            made = made.with_changes(tier=core.describing.tier_of(made.criterion))
            using = f" with {made.method}" if made.chosen else ""
            text = f"grouped by {made.criterion} into {len(made.clusters)}{using}"
            return self._changes.record("group", text, made, {"k": k, "method": made.method})

    def group_named(
        self, criterion: str, examples: Mapping[str, str], guessed: Sequence[str], progress: Progress = silent
    ) -> Clustering:
        """Group into groups that the user names, learned from examples. A clustering of the same criterion is replaced.

        No describer is asked. What was said before under the criterion holds as far as it is about groups of these
        names.

        Args:
            criterion: What the grouping is called.
            examples: Image to the name of its group.
            guessed: The names of the groups whose examples are guesses, which the user is asked about first.
            progress: Called during the work.

        Raises:
            tools.errors.UsageError: There are no images, or more groups than images.
        """
        core, names = self._core, set(examples.values())
        with core.lock:
            before = self._clusterings.find(criterion)
            core.check_present()
            check(criterion, len(core.collection), k=len(names))
            feedback = with_examples(core.feedback.of(before.id) if before else Feedback(), examples, guessed)
            request = replace(
                core.request(criterion, self._experts.look_for(criterion, progress)),
                k=len(names),
                progress=progress,
                accepted=self._clusterings.accepted(before),
            )
            made = self._made(request, before, feedback)
            detail = {
                "k": len(names),
                "method": made.method,
                "examples": dict(examples),
                "guessed": list(guessed),
                "named": [cluster.id for cluster in made.clusters if cluster.name in names],
            }
            text = f"sorted into {made.criterion}"
            return self._changes.record("group", text, made, detail)

    def group_like(
        self,
        criterion: str,
        folder: Path,
        examples: Mapping[str, str],
        outside: Collection[str],
        progress: Progress = silent,
    ) -> Clustering:
        """Group into the groups of a folder of folders, learned from its pictures. What is not clear is unsorted.

        No describer is asked. What was said before under the criterion holds as far as it is about groups of these
        names.

        Args:
            criterion: What the grouping is called.
            folder: The folder of folders, absolute.
            examples: Image to the name of its group.
            outside: Those of these images that are not in the collection.
            progress: Called during the work.

        Raises:
            tools.errors.UsageError: There are no images.
        """
        core, names = self._core, set(examples.values())
        with core.lock:
            before = self._clusterings.find(criterion)
            core.check_present()
            check(criterion, len(core.collection))
            if before is not None:
                refuse_crossed(before)
            feedback = with_examples(core.feedback.of(before.id) if before else Feedback(), examples, ())
            feedback = replace(feedback, like=str(folder), outside=frozenset(outside))
            request = core.request(criterion, self._experts.look(progress))
            made = self._made(replace(request, k=len(names), progress=progress), before, feedback)
            detail = {
                "k": len(names),
                "method": made.method,
                "examples": dict(examples),
                "guessed": [],
                "named": [cluster.id for cluster in made.clusters if cluster.name in names],
                "like": feedback.like,
                "outside": sorted(feedback.outside),
                "unclear": list(reversed(made.unsorted())),
            }
            return self._changes.record("group", f"sorted {made.criterion}", made, detail)

    def request(
        self,
        criterion: str,
        method: str | None = None,
        k: int | None = None,
        seed: int | None = None,
        progress: Progress = silent,
        values: Sequence[str] = (),
        again: bool = False,
    ) -> Request:
        """Have the tier's model describe the images, and return the request of a grouping made from all that is seen.

        Every grouping afresh begins here, that of a benchmark as well; what the method wants beside views comes with
        `method_inputs`. Nothing is recorded. Where k is None and the describer's words can be taken as they are, they
        say how many groups there are. The arguments and the errors are those of `group`.
        """
        core = self._core
        with core.lock:
            descriptions = self._experts.describe(criterion, values, again, progress)
            request = replace(
                core.request(criterion, descriptions),
                method=method,
                k=k,
                seed=core.settings.seed if seed is None else seed,
                progress=progress,
            )
            return request if k is not None else replace(request, k=request.described_groups)

    def fewer(self, clustering: str | None = None, progress: Progress = silent) -> Clustering:
        """Group by the same criterion into fewer groups. Raises UsageError where what was said or locked needs all of
        them."""
        return self._resize(clustering, -1, progress)

    def more(self, clustering: str | None = None, progress: Progress = silent) -> Clustering:
        """Group by the same criterion into more groups. Raises UsageError where there are as many as images."""
        return self._resize(clustering, 1, progress)

    def again(
        self,
        before: Clustering,
        feedback: Feedback,
        progress: Progress = silent,
        k: int | None = None,
        tuned: View | None = None,
    ) -> Clustering:
        """Make a clustering again so that the feedback holds, with the names that it had. Nothing is recorded.

        Of two criteria crossed only what was said changes, as no view shows what pairs of groups are.

        Args:
            before: The clustering that it takes the place of.
            feedback: What holds in the new one.
            progress: Called during the work.
            k: The number of groups, or None for as many as the feedback asks for.
            tuned: Features tuned to the criterion, or None for those that are in force.

        A method that the user chose is used again, unless there are answers from which it does not learn.
        """
        if before.method in (CROSSED, STACKED, PICKED):
            return self._changes.hold(before, apply_labels(before, feedback.labels), feedback)
        kept = _kept_method(before)
        learns = kept is None or not feedback.labels or find_method(kept).learns_from_answers
        request = replace(
            self._request(before, progress),
            method=kept if learns else None,
            k=_wanted_groups(before, feedback) if k is None else k,
            tuned=tuned,
        )
        made = self._made(request, before, feedback, keep_names=True).with_changes(tier=before.tier)
        if not learns:
            note = f"made again by {made.method}, since {kept} does not learn from answers"
            made = made.with_changes(notes=(*made.notes, note))
        return made

    def teacher(
        self, before: Clustering, feedback: Feedback, progress: Progress, tuned: View | None = None
    ) -> Teacher:
        """Return the teacher that chooses questions and learns from answers, over the very views that the grouping is
        made from, so that neither has to work them out for the other."""
        constraints = all_labels(feedback) if feedback.like else tuple(consistent(feedback.constraints)[0])
        request = self._request(before, progress)
        if feedback.like:
            request, tuned = with_folder_examples(request, feedback, self._experts), None
        request = replace(
            request,
            constraints=constraints,
            k=_with_room(_wanted_groups(before, feedback), constraints, len(request.descriptions.images)),
            tuned=tuned,
        )
        return Teacher(request if feedback.like else with_tuned_features(request, self._core.shelf))

    def methods(self, clustering: str | None = None, progress: Progress = silent) -> dict[str, str]:
        """Return every method by name, with one line on what it misses here to make a clustering; "" if nothing."""
        with self._core.lock:
            before = self._clusterings.get(clustering)
            request = self._request(before, progress)
            images = request.descriptions.images
            return {
                name: missing(replace(request, method=name, **self.method_inputs(name, images)))
                for name in METHODS
            }

    def method_inputs(self, method: str | None, images: Sequence[str]) -> MethodInputs:
        """Return the inputs of a method besides views, as far as they are here; their rows stand for these images."""
        core = self._core
        return method_inputs(
            method,
            images,
            core.collection,
            core.describing,
            core.effort,
            core.settings.exemplars,
            self.thinker,
        )

    def _resize(self, clustering: str | None, step: int, progress: Progress) -> Clustering:
        """Return the clustering with the next coarser or finer number of groups that the views speak for.

        Only the groups that must change do: the two nearest become one, or the loosest one becomes two, until it is
        reached. For more, it is grouped again where the user has said nothing yet.
        """
        core = self._core
        with core.lock:
            before = self._clusterings.get(clustering)
            feedback, now = core.feedback.of(before.id), len(before.clusters)
            request = self._request(before, progress)
            if before.method == RECORDED and request.route.recorded is not None:
                return self._resize_recorded(before, request, now + step, progress)
            # No view shows what pairs of groups are, and those that the user named are as many as they are.
            refuse_stacked(before)
            by_one = before.method == CROSSED or feedback.values_named
            k = max(1, now + step) if by_one else next_number(numbers(request), now, step)
            made = before
            said_nothing = feedback == Feedback(k=feedback.k)
            if step > 0 and said_nothing and not any(c.locked for c in before.clusters):
                made = self.again(before, feedback, progress, min(k, len(before.images)))
            if (len(made.clusters) - now) * step <= 0:
                points = criterion_points(request.route, request.descriptions, request.seed)
                made = resize(before, points, k, feedback.constraints, core.settings.seed)
            made = tell_apart(made, request.descriptions, feedback.named_ids | feedback.merged_ids)
            if feedback.values_named:
                made = _with_all_names(before, made)
            text = f"{'fewer' if step < 0 else 'more'} groups by {made.criterion}: {len(made.clusters)}"
            detail = {"k": len(made.clusters), "method": made.method, "names": _gone_into(before, made)}
            return self._changes.record("group", text, made, detail)

    def _resize_recorded(
        self, before: Clustering, request: Request, k: int, progress: Progress
    ) -> Clustering:
        """Return a clustering of what files say with another number of groups, which only time can have.

        Raises:
            tools.errors.UsageError: The values do not follow each other in time, or there are as many groups as values.
        """
        feedback = self._core.feedback.of(before.id)
        wanted = replace(request, k=min(max(k, 1), len(before.images)), progress=progress)
        made = self._made(wanted, before, feedback)
        if len(made.clusters) == len(before.clusters):
            if feedback.labels:
                raise UsageError(
                    "what you moved and named needs all of these groups; merge two by their names"
                )
            raise UsageError(
                f"the groups by {before.criterion} are what the files say, one for each; "
                "merge or split one by its name, or group by something else"
            )
        text = f"{'fewer' if k < len(before.clusters) else 'more'} groups by {made.criterion}: {len(made.clusters)}"
        detail = {"k": len(made.clusters), "method": made.method, "names": _gone_into(before, made)}
        return self._changes.record("group", text, made, detail)

    def _request(self, before: Clustering, progress: Progress) -> Request:
        """Return a request to group by the criterion of a clustering again, beside all else that the user keeps."""
        core, criterion = self._core, before.criterion
        request = core.request(criterion, self._experts.look_for(criterion, progress))
        return replace(request, accepted=self._clusterings.accepted(before), progress=progress)

    def _made(
        self, request: Request, before: Clustering | None, feedback: Feedback, keep_names: bool = False
    ) -> Clustering:
        """Make a clustering in which the feedback holds, in place of the one before. Nothing is recorded.

        Args:
            request: What is to be grouped by what. What is tuned to its criterion is used if it has no such features.
            before: What there is under its criterion so far.
            feedback: What the user has said about that.
            keep_names: Whether clusters that are still there keep their names also where the user did not give them.
        """
        constraints, _ = consistent(feedback.constraints)
        recorded = None if feedback.like else request.route.recorded
        said: list[Constraint] = [*(() if recorded else feedback.examples), *constraints]
        room = before is not None and (request.k is None or request.k >= len(before.clusters))
        if (
            before is not None and said and room and not feedback.values_named and recorded is None
        ):  # these have examples of their own
            said = [*anchors(before, feedback), *said]
        if feedback.like:
            request = with_folder_examples(request, feedback, self._experts)
        else:
            request = with_tuned_features(request, self._core.shelf)
        images = request.descriptions.images
        request = replace(
            request,
            constraints=said,
            k=_with_room(request.k, constraints, len(images)),
            **self.method_inputs(request.method, images),
        )
        method = find_method(request.method, answered=bool(constraints))
        with self._core.effort.timed("training", method.name) if method.trains else nullcontext():
            made = group(request) if recorded is None else group_by_value(request, recorded, feedback.shape)
        made = made.with_changes(chosen=request.method is not None and made.method != RECORDED)
        made = _of_examples(made, feedback)
        if feedback.like:  # the names of all groups are those of the folders
            known = replace(feedback, constraints=all_labels(feedback))
            made = made if before is None else self._changes.hold(before, made, known)
            return without_outside(made, feedback, self._core.collection.ids)
        if before is None:
            return made
        return in_order_of_values(self._changes.hold(before, made, feedback, keep_names), request)


def _gone_into(before: Clustering, made: Clustering) -> dict[str, str]:
    """Return for each cluster whose name is gone that of the cluster with most of its images."""
    there = {cluster.name for cluster in made.clusters}
    now = dict(zip(made.images, made.labels.tolist(), strict=True))
    names = {}
    for cluster in before.clusters:
        places = [place for image in before.members(cluster.id) if (place := now.get(image, -1)) >= 0]
        if cluster.name not in there and places:
            names[cluster.name] = made.clusters[max(set(places), key=places.count)].name
    return names


def _with_all_names(before: Clustering, made: Clustering) -> Clustering:
    """Return a clustering of groups that the user named, in which one that several became bears all their names: an
    answer about some of its pictures must not call the others so."""
    became: dict[int, list[Cluster]] = {}
    for cluster in before.clusters:
        if members := before.members(cluster.id):
            became.setdefault(made.label_of(members[0]), []).append(cluster)
    clusters = list(made.clusters)
    for label, parts in became.items():
        if label != UNSORTED and len(parts) > 1:
            names = [part.name for part in sorted(parts, key=lambda part: -before.size(part.id))]
            clusters[label] = replace(clusters[label], name=combined_name(names))
    return made.with_changes(clusters=tuple(clusters))


def _of_examples(made: Clustering, feedback: Feedback) -> Clustering:
    """Return a clustering of which groups were named by the user and learned from examples: no expert need see what
    they have in common, and what is a guess is not surer than that."""
    made = no_surer_than_a_guess(made, feedback)
    if not feedback.values_named:
        return made
    return made.with_changes(sure=True, sources=made.sources if made.sure else ("examples of each group",))


def _kept_method(before: Clustering | None) -> str | None:
    """Return the name of the method that the user chose for a criterion; None where they chose none."""
    return before.method if before is not None and before.chosen else None


def _shaped_by_likeness(before: Clustering, feedback: Feedback) -> bool:
    """Return whether the user has made groups of pictures that are alike more or fewer: those of what files say are as
    many as that and the merges make them."""
    return feedback.reshaped and before.method != RECORDED


def _wanted_groups(before: Clustering, feedback: Feedback) -> int | None:
    """Return how many groups to make when grouping again, those named since included; None to find it."""
    shaped = (feedback.k is not None and feedback.reshaped) or _shaped_by_likeness(before, feedback)
    k = len(before.clusters) if shaped else feedback.k
    return None if k is None else k + len(set(feedback.labels.values()) - {c.name for c in before.clusters})


def _with_room(k: int | None, constraints: Sequence[Constraint], n: int) -> int | None:
    """Return that number of groups, or as many as the constraints have names, but not more than n images."""
    return None if k is None else min(max(k, len(names_in_order(constraints))), n)
