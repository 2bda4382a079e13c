"""Teaches one criterion: asks about it and groups by the answers so far."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import Clustering
from tools.clustering.constraints import Constraint, Label, consistent
from tools.fuse.constrained import ties_of
from tools.group import group, material
from tools.learn.material import Learned, Material, names_in_order
from tools.progress import Progress, silent
from tools.request import Request
from tools.teach.query_strategy import (
    FRESH,
    Choice,
    closest_groups,
    copies,
    covering_image,
    covering_member,
    distant_image,
    doubtful_image,
    probable_slip,
    typical_image,
    uniform_weights,
)
from tools.teach.question import Question

KNOWN = 0.4
"""The skill from which pictures that the learner doubts are asked about; below it, pictures far from each other are."""
COVER = 8
"""The number of answers before which pictures are asked about that cover the collection, and not those in doubt."""
ENOUGH = 0.9
"""The least share of correctly predicted answers among the latest at which more answers hardly help."""
LATEST = 10
"""The number of latest answers of which `ENOUGH` is a share."""
LITTLE = 0.02
"""The share of the collection below which an answer that puts it right hardly helps."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """Asks about one criterion of one collection; each answer makes a new teacher, but costly results are remembered.

    Attributes:
        request: The grouping that is taught. Its constraints are the user's answers so far, and more names than its k
            make more groups.
    """

    request: Request

    def question(
        self,
        skipped: Sequence[tuple[str, ...]] = (),
        names: Sequence[str] = (),
        confirmed: Collection[str] | None = None,
    ) -> Question | None:
        """Return the next question; None where nothing is left that is worth asking.

        A typical picture of each group comes first, as long as such groups turn out to be new ones; then pictures that
        cover the collection, and from `COVER` answers on those in doubt between two groups. Pictures that were answered
        or skipped, and their copies, are not asked about; only an answer that all others contradict is asked for once
        more, since it may be a slip.

        Args:
            skipped: The images of questions that the user did not want to answer, which are not asked again.
            names: The names of the groups so far, which an answer may choose besides those given before.
            confirmed: The images whose answer is not doubted; None for those that were answered more than once.
        """
        ids = self.request.descriptions.images
        row_of = {image: row for row, image in enumerate(ids)}
        constraints, _ = consistent(self.request.constraints)
        learned_from, learned = self.material(), self.learned()
        labels = {c.image: c.name for c in constraints if isinstance(c, Label) and c.image in row_of}
        done = [row_of[image] for image in labels]
        done += [row_of[images[0]] for images in skipped if len(images) == 1 and images[0] in row_of]
        asked = np.array(done, np.intp)
        open_rows = ~copies(learned_from.views[1:], done, len(row_of))
        settled = {
            *(self._twice() if confirmed is None else confirmed),
            *(image for images in skipped for image in images),
        }
        unsure = [row_of[image] for image in labels if image not in settled]
        choice = self._single(learned_from, learned, asked, open_rows, unsure)
        enough = learned is not None and _foreseen(learned) and (choice is None or choice.gain < LITTLE)
        if choice is None or enough:
            pair = self._pair(learned_from, learned, constraints, skipped, open_rows, row_of)
            if pair is not None and (choice is None or pair.gain > choice.gain):
                choice = pair
        if choice is None:
            return None
        images = tuple(ids[row] for row in choice.rows)
        listed = tuple(dict.fromkeys([*names_in_order(constraints), *names]))
        before = labels.get(images[0], "") if len(images) == 1 else ""
        return Question(images, listed, choice.why, round(min(1.0, choice.gain), 4), enough, before=before)

    def candidate(
        self, members: Collection[str], known: Collection[str], closed: Collection[str]
    ) -> str | None:
        """Return the image that stands for most of a group which was guessed, to be confirmed; None for none.

        Args:
            members: The images of the group for now.
            known: The images that the user said are of the group.
            closed: The images that are not to be asked about.
        """
        ids = self.request.descriptions.images
        inside = np.array([image in members for image in ids])
        asked = np.flatnonzero([image in known for image in ids])
        row = covering_member(
            self.material().routed, inside, asked, np.array([image not in closed for image in ids])
        )
        return None if row is None else ids[row]

    def material(self, progress: Progress = silent) -> Material:
        """Return the material that answers are learned from, which takes a while the first time."""
        return material(replace(self.request, progress=progress))

    def learned(self) -> Learned | None:
        """Return what was learned from the answers; None where nothing has a name yet."""
        constraints, _ = consistent(self.request.constraints)
        ties = ties_of(self.request.descriptions.images, constraints)
        return self.material().learn(ties, constraints, self.request.k)

    def clustering(self, progress: Progress = silent) -> Clustering:
        """Group by the answers, as `tools.group.group`: they are obeyed, and learned from."""
        return group(replace(self.request, progress=progress))

    def _single(
        self,
        learned_from: Material,
        learned: Learned | None,
        asked: NDArray[np.intp],
        open_rows: NDArray[np.bool_],
        unsure: Sequence[int],
    ) -> Choice | None:
        fresh = learned.posterior.fresh if learned else 1.0
        doubted = learned.posterior.doubted if learned else None
        choice = typical_image(learned_from.routed, learned_from.start, asked, open_rows, fresh, doubted)
        if choice is not None:
            return choice
        if learned is not None and (choice := probable_slip(learned, unsure)) is not None:
            return choice
        soft = learned.posterior.soft if learned else learned_from.start.astype(np.float64)
        weights = learned.ridge.weights if learned else uniform_weights(learned_from.views)
        if len(asked) < COVER:
            return covering_image(learned_from.views, weights, asked, open_rows)
        if learned is not None and learned.ridge.skill < KNOWN:
            return distant_image(learned_from.views, weights, asked, open_rows, self.request.seed)
        return doubtful_image(soft, learned_from.views, weights, asked, open_rows)

    def _twice(self) -> list[str]:
        """Return the images that were given a name more than once."""
        times = Counter(c.image for c in self.request.constraints if isinstance(c, Label))
        return [image for image, count in times.items() if count > 1]

    def _pair(
        self,
        learned_from: Material,
        learned: Learned | None,
        constraints: Sequence[Constraint],
        skipped: Sequence[tuple[str, ...]],
        open_rows: NDArray[np.bool_],
        row_of: dict[str, int],
    ) -> Choice | None:
        """Choose two groups to compare; groups with names are different, and links and skipped pairs are settled."""
        soft = learned.posterior.soft if learned else learned_from.start.astype(np.float64)
        named = learned.posterior.named if learned else 0
        best = soft.argmax(1)
        links = [(c.a, c.b) for c in constraints if not isinstance(c, Label)]
        links += [(images[0], images[1]) for images in skipped if len(images) == 2]
        apart = [
            (int(best[row_of[a]]), int(best[row_of[b]])) for a, b in links if a in row_of and b in row_of
        ]
        apart += [(a, b) for a in range(named) for b in range(a + 1, named)]
        return closest_groups(soft, learned_from.routed, open_rows, apart)


def _foreseen(learned: Learned) -> bool:
    """Return whether nearly all of the latest answers could be predicted, and no group is likely to be a new one."""
    latest = learned.ridge.right[-LATEST:]
    all_known = not len(learned.posterior.others) or learned.posterior.fresh <= FRESH
    return all_known and len(latest) == LATEST and float(latest.mean()) >= ENOUGH
