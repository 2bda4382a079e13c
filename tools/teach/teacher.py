"""The teacher: asks about one criterion, and groups by the answers so far."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tools.clustering import Clustering
from tools.constraints import Constraint, Label, consistent
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
    distant_image,
    doubtful_image,
    probable_slip,
    typical_image,
    uniform_weights,
)
from tools.teach.question import Question

KNOWN = 0.4
"""The skill from which what is doubtful to the learner is worth asking; before, pictures are asked about far and
wide."""
ENOUGH = 0.9
"""The share of the latest answers that must have been foreseen from the others for more to hardly help."""
LATEST = 10
"""The number of latest answers that are looked at for that."""
LITTLE = 0.02
"""The share of the collection that a single answer is expected to put right, under which it hardly helps."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """Asks about one criterion of one collection. With more answers it is made anew; what is dear is remembered.

    Attributes:
        request: The grouping that is taught. Its constraints are what the user said so far; new names make its k more.
    """

    request: Request

    def question(
        self,
        skipped: Sequence[tuple[str, ...]] = (),
        names: Sequence[str] = (),
        confirmed: Collection[str] | None = None,
    ) -> Question | None:
        """Return what to ask next; None where nothing is left that is worth asking.

        First a typical picture of each group, as long as such groups turn out to be new ones; then pictures that hang
        between two groups. Never one that was answered or skipped, nor its copy; but where all else that was said
        speaks against an answer, that one is asked about once more: it may be a slip, and its like would follow it.

        Args:
            skipped: The images of questions that the user did not want to answer: they are not asked again.
            names: Of the groups that there are so far, for an answer to choose from besides those said before.
            confirmed: Images whose answer is not doubted; None for those that were answered more than once.
        """
        ids = self.request.descriptions.images
        place = {image: row for row, image in enumerate(ids)}
        constraints, _ = consistent(self.request.constraints)
        learned_from, learned = self.material(), self.learned()
        labels = {c.image: c.name for c in constraints if isinstance(c, Label) and c.image in place}
        done = [place[image] for image in labels]
        done += [place[images[0]] for images in skipped if len(images) == 1 and images[0] in place]
        asked = np.array(done, np.intp)
        open_rows = ~copies(learned_from.views[1:], done, len(place))
        settled = {
            *(self._twice() if confirmed is None else confirmed),
            *(image for images in skipped for image in images),
        }
        unsure = [place[image] for image in labels if image not in settled]
        choice = self._single(learned_from, learned, asked, open_rows, unsure)
        enough = learned is not None and _foreseen(learned) and (choice is None or choice.gain < LITTLE)
        if choice is None or enough:
            pair = self._pair(learned_from, learned, constraints, skipped, open_rows, place)
            if pair is not None and (choice is None or pair.gain > choice.gain):
                choice = pair
        if choice is None:
            return None
        images = tuple(ids[row] for row in choice.rows)
        listed = tuple(dict.fromkeys([*names_in_order(constraints), *names]))
        before = labels.get(images[0], "") if len(images) == 1 else ""
        return Question(images, listed, choice.why, round(min(1.0, choice.gain), 4), enough, before=before)

    def material(self, progress: Progress = silent) -> Material:
        """Return what answers are learned from; the first time, that takes a while."""
        return material(replace(self.request, progress=progress))

    def learned(self) -> Learned | None:
        """Return what the answers gave; None where nothing has a name yet."""
        constraints, _ = consistent(self.request.constraints)
        ties = ties_of(self.request.descriptions.images, constraints)
        return self.material().learn(ties, constraints, self.request.k)

    def clustering(self, progress: Progress = silent) -> Clustering:
        """Return the grouping that obeys the answers, and has learned from them. As `tools.group.group`."""
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
        if learned is not None and learned.ridge.skill < KNOWN:
            return distant_image(learned_from.views, weights, asked, open_rows, self.request.seed)
        return doubtful_image(soft, learned_from.views, weights, asked, open_rows)

    def _twice(self) -> list[str]:
        """Return the images of which a name was said more than once."""
        times = Counter(c.image for c in self.request.constraints if isinstance(c, Label))
        return [image for image, count in times.items() if count > 1]

    def _pair(
        self,
        learned_from: Material,
        learned: Learned | None,
        constraints: Sequence[Constraint],
        skipped: Sequence[tuple[str, ...]],
        open_rows: NDArray[np.bool_],
        place: dict[str, int],
    ) -> Choice | None:
        """Return groups that were named are different; so are those that were asked about in vain."""
        soft = learned.posterior.soft if learned else learned_from.start.astype(np.float64)
        named = learned.posterior.named if learned else 0
        best = soft.argmax(1)
        links = [(c.a, c.b) for c in constraints if not isinstance(c, Label)]
        links += [(images[0], images[1]) for images in skipped if len(images) == 2]
        apart = [(int(best[place[a]]), int(best[place[b]])) for a, b in links if a in place and b in place]
        apart += [(a, b) for a in range(named) for b in range(a + 1, named)]
        return closest_groups(soft, learned_from.routed, open_rows, apart)


def _foreseen(learned: Learned) -> bool:
    """Return whether the latest answers were known before they were given, nearly all of them."""
    latest = learned.ridge.right[-LATEST:]
    all_known = not len(learned.posterior.others) or learned.posterior.fresh <= FRESH
    return all_known and len(latest) == LATEST and float(latest.mean()) >= ENOUGH
