"""Explains why an image is in its group, what a group has in common, and what the user's feedback changed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.desk.grouping import Grouping
from assistant.desk.references import called, listed
from tools.clustering.clustering import UNSORTED, Clustering
from tools.clustering.constraints import Constraint, Label, MustLink
from tools.errors import UsageError
from tools.explanation import (
    counted,
    described,
    described_in_general,
    explain_image,
    in_common,
    neighbours,
    sets_apart,
)
from tools.names import amount, name_key, quoted, visible
from tools.progress import Progress, silent
from tools.propose.suggest import SAMPLE, sample
from tools.settle.assign_new import most_alike


@dataclass(frozen=True, slots=True)
class Effect:
    """Tells what the user's feedback about one image changes.

    Attributes:
        statements: The feedback about it, a line each.
        moved: The images that would be in another group without it. None was moved.
        to: The name of the group of each of them in that case.
    """

    statements: tuple[str, ...]
    moved: tuple[str, ...]
    to: tuple[str, ...]


class Explaining:
    """Explains clusterings without changing them. Without a clustering, an explanation concerns the current one."""

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts, grouping: Grouping) -> None:
        self._core, self._clusterings, self._experts, self._grouping = core, clusterings, experts, grouping

    def image(self, image: str, clustering: str | None = None, progress: Progress = silent) -> str:
        """Explain in lines why an image is in its group: the findings, the feedback, and the images most like it.

        Args:
            image: A number, file name or hash.
            clustering: An id or criterion.
            progress: Called during the work.
        """
        core = self._core
        with core.lock:
            (sha,) = core.find_images([image])
            chosen = self._clusterings.get(clustering)
            descriptions = self._experts.look_for(chosen.criterion, progress)
            lines = [f"{self._called(sha)}: {explain_image(sha, chosen, descriptions)}"]
            if chosen.chosen:
                lines.append(f"grouped by the method {chosen.method}, as you chose")
            lines += self._statements(core.feedback.of(chosen.id).about(sha), sha, chosen)
            try:
                near = most_alike(core.request(chosen.criterion, descriptions), [sha])
            except UsageError:  # nothing was seen in it
                near = []
            same, second = neighbours(sha, chosen, near)
            if same:
                lines.append(f"most like it here: {', '.join(self._called(other) for other in same)}")
            if second is not None and chosen.label_of(sha) != UNSORTED:
                lines.append(f"the next nearest group is {quoted(second)}")
            return "\n".join(lines)

    def described(
        self,
        images: Sequence[str] | None = None,
        cluster: str | None = None,
        question: str | None = None,
        progress: Progress = silent,
    ) -> list[str]:
        """Describe images in lines: what is said of them, counted, in general or in answer to one question.

        In general, a describer says what it sees as well, where there is one and nobody has to be asked before; of many
        images it is shown a sample.

        Args:
            images: By number, file name or hash; None for all, or for those of the cluster.
            cluster: An id, name or number in the current clustering.
            question: A criterion in the user's words, under which a describer is asked where there is one.
            progress: Called during the work.

        Raises:
            tools.errors.UsageError: There is no such image or cluster; the hosted tier was set and is not allowed.
            tools.errors.RegroupError: The describer failed. Its earlier answers are kept.
        """
        core = self._core
        with core.lock:
            if question is None:
                descriptions = self._experts.look(progress)
            else:
                descriptions = self._experts.describe(question, (), False, progress)
            chosen = set(core.find_images(images) if images else descriptions.images)
            if cluster is not None:
                chosen &= set(self._clusterings.get().members(self._clusterings.find_cluster(cluster).id))
            lines = [f"{amount(len(chosen), 'image')}:"]
            if question is None:
                shown = [image for image in descriptions.images if image in chosen]
                return lines + described(chosen, descriptions) + self._in_general(shown, progress)
            words = core.request(question, descriptions).words
            if words is None:
                return [*lines, f"no model here sees {quoted(question)}"]
            pairs = zip(descriptions.images, words.values, strict=True)
            said = Counter(value for image, value in pairs if value and image in chosen)
            return [*lines, f"{visible(question)}: {counted(said, len(chosen), len(said))}"]

    def _in_general(self, images: Sequence[str], progress: Progress) -> list[str]:
        core = self._core
        shown = images if len(images) <= SAMPLE else sample(images, core.settings.seed)
        general = core.describing.describe_in_general(core.collection, shown, progress)
        if general is None or not general.slots:
            return []
        of = f" {len(general.slots)} of them" if len(general.slots) < len(images) else " them"
        return [f"{visible(general.by)} says of{of}:", *described_in_general(general)]

    def cluster(self, cluster: str, clustering: str | None = None, progress: Progress = silent) -> str:
        """Explain in a few short lines what a cluster has in common and what sets it apart from the others.

        Args:
            cluster: An id, name or number.
            clustering: An id or criterion.
            progress: Called during the work.
        """
        core = self._core
        with core.lock:
            chosen = self._clusterings.get(clustering)
            found_cluster = self._clusterings.find_cluster(cluster, chosen.id)
            descriptions = self._experts.look_for(chosen.criterion, progress)
            size = chosen.size(found_cluster.id)
            sure = chosen.confidence[chosen.labels == chosen.index(found_cluster.id)].mean() if size else 0.0
            lines = [
                f"{quoted(found_cluster.name)} under {chosen.criterion}: {amount(size, 'image')}, {sure:.0%} sure"
            ]
            common = in_common(found_cluster.id, chosen, descriptions)
            lines.append(f"in common: {'; '.join(common) or 'nothing that an expert has a word for'}")
            if apart := sets_apart(found_cluster.id, chosen, descriptions):
                lines.append(f"what sets it apart: {'; '.join(apart)}")
            labels = core.feedback.of(chosen.id).labels
            labelled = [image for image in chosen.members(found_cluster.id) if image in labels]
            if labelled:
                lines.append(f"labelled by you: {listed(labelled, core.collection)}")
            if found_cluster.locked:
                lines.append("locked: it stays as it is")
            return "\n".join(lines)

    def without(self, image: str, clustering: str | None = None, progress: Progress = silent) -> Effect:
        """Compute what would change without the feedback about an image; nothing is changed.

        Raises:
            UsageError: There is no feedback about it.
        """
        with self._core.lock:
            (sha,) = self._core.find_images([image])
            chosen = self._clusterings.get(clustering)
            feedback = self._core.feedback.of(chosen.id)
            gone = feedback.about(sha)
            if not gone:
                raise UsageError(
                    f"you have given no answer about {self._called(sha)} under {chosen.criterion}"
                )
            with_it = self._grouping.again(chosen, feedback, progress)
            without_it = self._grouping.again(chosen, feedback.without(gone), progress)
            places = zip(chosen.images, _ids(with_it), _ids(without_it), strict=True)
            moved = [other for other, old, new in places if old != new]
            labels = dict(zip(chosen.images, without_it.labels.tolist(), strict=True))
            to = ["unsorted" if labels[i] == UNSORTED else without_it.clusters[labels[i]].name for i in moved]
            return Effect(tuple(self._statements(gone, sha, chosen)), tuple(moved), tuple(to))

    def _statements(self, constraints: list[Constraint], image: str, clustering: Clustering) -> list[str]:
        """Return the feedback about an image in the user's words, a line each, and what became of the group that they
        named."""
        lines = []
        for c in constraints:
            if isinstance(c, Label):
                said = self._core.feedback.as_said(clustering.id, image) or c.name
                since = f", which is {quoted(c.name)} now" if name_key(said) != name_key(c.name) else ""
                lines.append(f"you said that it is {quoted(said)}{since}")
            else:
                how = "belongs with" if isinstance(c, MustLink) else "is apart from"
                lines.append(f"you said that it {how} {self._called(c.b if c.a == image else c.a)}")
        return lines

    def _called(self, image: str) -> str:
        return called(image, self._core.collection)


def _ids(clustering: Clustering) -> list[str]:
    """Return the id of the cluster of each image, "" for the unsorted pile."""
    return [
        "" if label == UNSORTED else clustering.clusters[label].id for label in clustering.labels.tolist()
    ]
