"""The teacher: asks about one criterion, and groups by the answers so far."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.clustering import Clustering
from tools.constraints import Constraint, Label, consistent
from tools.describe import Descriptions
from tools.fuse.base import View
from tools.fuse.obey import tied
from tools.group import group, material
from tools.models.ports import TextEncoder
from tools.progress import Progress, silent
from tools.teach.ask import FRESH, Choice, closest_groups, copies, doubtful, even, scattered, slipped, typical
from tools.teach.material import Learned, Material, spoken
from tools.teach.question import Question

KNOWN = 0.4
"""Skill from which what is doubtful to the head is worth asking; before, pictures are asked about far and wide."""
ENOUGH = 0.9
"""Share of the latest answers that were foreseen from the others at which more would hardly help,"""
LATEST = 10
"""of so many;"""
LITTLE = 0.02
"""and no single answer is expected to put a larger share of the collection right than this."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """Asks about one criterion of one collection. With more answers it is made anew; what is dear is remembered.

    Attributes:
        criterion: In the user's words.
        descriptions: What the experts say of the collection.
        texts: Matches the criterion to slots.
        constraints: What the user said so far under this criterion, in order.
        accepted: Clusterings under other criteria that the user keeps.
        k: Number of groups, or None to find it; new names make it more.
        seed: Of every random choice.
        tuned: As for `tools.group.group`.
    """

    criterion: str
    descriptions: Descriptions
    texts: TextEncoder
    constraints: tuple[Constraint, ...] = ()
    accepted: tuple[Clustering, ...] = ()
    k: int | None = None
    seed: int = 0
    tuned: View | None = None

    def question(
        self,
        skipped: Sequence[tuple[str, ...]] = (),
        names: Sequence[str] = (),
        sure: Collection[str] | None = None,
    ) -> Question | None:
        """What to ask next; None where nothing is left that is worth asking.

        First a typical picture of each group, as long as such groups turn out to be new ones; then pictures that hang
        between two groups. Never one that was answered or skipped, nor its copy; but where all else that was said
        speaks against an answer, that one is asked about once more: it may be a slip, and its like would follow it.

        Args:
            skipped: The images of questions that the user did not want to answer: they are not asked again.
            names: Of the groups that there are so far, for an answer to choose from besides those said before.
            sure: Images of which what was said is not doubted; None for those of which it was said twice.
        """
        place = {image: row for row, image in enumerate(self.descriptions.images)}
        said, _ = consistent(self.constraints)
        matter, learned = self.material(), self.learned()
        told = {c.image: c.name for c in said if isinstance(c, Label) and c.image in place}
        done = [place[image] for image in told]
        done += [place[images[0]] for images in skipped if len(images) == 1 and images[0] in place]
        asked = np.array(done, np.intp)
        open_rows = ~copies(matter.views[1:], done, len(place))
        firm = {
            *(self._twice() if sure is None else sure),
            *(image for images in skipped for image in images),
        }
        choice = self._single(matter, learned, asked, open_rows, [place[i] for i in told if i not in firm])
        enough = learned is not None and _foreseen(learned) and (choice is None or choice.gain < LITTLE)
        if choice is None or enough:
            pair = self._pair(matter, learned, said, skipped, open_rows, place)
            if pair is not None and (choice is None or pair.gain > choice.gain):
                choice = pair
        if choice is None:
            return None
        images = tuple(self.descriptions.images[row] for row in choice.rows)
        listed = tuple(dict.fromkeys([*spoken(said), *names]))
        before = told.get(images[0], "") if len(images) == 1 else ""
        return Question(images, listed, choice.why, round(min(1.0, choice.gain), 4), enough, before=before)

    def material(self, progress: Progress = silent) -> Material:
        """What answers are learned from; the first time, that takes a while."""
        return material(
            self.criterion,
            self.descriptions,
            self.texts,
            k=self.k,
            seed=self.seed,
            progress=progress,
            accepted=self.accepted,
            tuned=self.tuned,
        )

    def learned(self) -> Learned | None:
        """What the answers gave; None where nothing has a name yet."""
        said, _ = consistent(self.constraints)
        return self.material().learn(tied(self.descriptions.images, said), said, self.k)

    def clustering(self, progress: Progress = silent) -> Clustering:
        """The grouping that obeys what was said, and has learned from it. As `tools.group.group`."""
        return group(
            self.criterion,
            self.descriptions,
            self.texts,
            constraints=self.constraints,
            accepted=self.accepted,
            k=self.k,
            seed=self.seed,
            progress=progress,
            tuned=self.tuned,
        )

    def _single(
        self,
        matter: Material,
        learned: Learned | None,
        asked: NDArray[np.intp],
        open_rows: NDArray[np.bool_],
        unsure: Sequence[int],
    ) -> Choice | None:
        fresh = learned.spread.fresh if learned else 1.0
        doubted = learned.spread.doubted if learned else None
        choice = typical(matter.routed, matter.start, asked, open_rows, fresh, doubted)
        if choice is not None:
            return choice
        if learned is not None and (choice := slipped(learned, unsure)) is not None:
            return choice
        soft = learned.spread.soft if learned else matter.start.astype(np.float64)
        weights = learned.head.weights if learned else even(matter.views)
        if learned is not None and learned.head.skill < KNOWN:
            return scattered(matter.views, weights, asked, open_rows, self.seed)
        return doubtful(soft, matter.views, weights, asked, open_rows)

    def _twice(self) -> list[str]:
        """Images of which a name was said more than once."""
        times = Counter(c.image for c in self.constraints if isinstance(c, Label))
        return [image for image, count in times.items() if count > 1]

    def _pair(
        self,
        matter: Material,
        learned: Learned | None,
        said: Sequence[Constraint],
        skipped: Sequence[tuple[str, ...]],
        open_rows: NDArray[np.bool_],
        place: dict[str, int],
    ) -> Choice | None:
        """Groups that were named are different; so are those that were asked about in vain."""
        soft = learned.spread.soft if learned else matter.start.astype(np.float64)
        named = learned.spread.named if learned else 0
        best = soft.argmax(1)
        links = [(c.a, c.b) for c in said if not isinstance(c, Label)]
        links += [(images[0], images[1]) for images in skipped if len(images) == 2]
        apart = [(int(best[place[a]]), int(best[place[b]])) for a, b in links if a in place and b in place]
        apart += [(a, b) for a in range(named) for b in range(a + 1, named)]
        return closest_groups(soft, matter.routed, open_rows, apart)


def _foreseen(learned: Learned) -> bool:
    """Whether the latest answers were known before they were given, nearly all of them."""
    latest = learned.head.right[-LATEST:]
    all_known = not len(learned.spread.others) or learned.spread.fresh <= FRESH
    return all_known and len(latest) == LATEST and float(latest.mean()) >= ENOUGH
