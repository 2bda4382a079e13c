"""A simulated user for benchmarks: says the true group of what is asked, and of nothing else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tools.clustering import Clustering
from tools.constraints import CannotLink, Constraint, Label, MustLink
from tools.describe import Descriptions
from tools.fuse.taught import Taught
from tools.group import group
from tools.models.ports import TextEncoder
from tools.teach.closer import LEAST, due
from tools.teach.head import squares
from tools.teach.material import Learned
from tools.teach.teacher import Teacher

RANDOM = "random"
NEAREST = "nearest"
NEAREST_RANDOM = "nearest random"
LEARNERS = (Taught.name, RANDOM, NEAREST, NEAREST_RANDOM)
"""Ours; the same learner asking about pictures by lot; and the name of the nearest answered picture in the routed
views, with our questions and by lot."""
ACCEPTED = 64
"""So many answers a clustering is taught with before it is accepted."""


@dataclass(slots=True, eq=False)
class Simulated:
    """Someone who sorts one collection by one criterion.

    Attributes:
        criterion: In words.
        descriptions: What the experts say of the collection.
        texts: Matches the criterion to slots.
        truth: Image to its true group; images that are not in it cannot be answered.
        k: Number of groups if it is given.
        seed: Of what is asked by lot, what is answered wrongly, and of the methods.
        wrong: Share of the answers that name another group, by lot.
        accepted: Clusterings under other criteria.
        closer: Looks closer: gives the descriptions with what it found. As on the desk, between two questions.
    """

    criterion: str
    descriptions: Descriptions
    texts: TextEncoder
    truth: Mapping[str, str]
    k: int | None = None
    seed: int = 0
    wrong: float = 0.0
    accepted: tuple[Clustering, ...] = ()
    closer: Callable[[Descriptions, Learned], Descriptions | None] | None = None
    _seen: dict[bool, list[tuple[int, Descriptions]]] = field(default_factory=dict)
    _said: dict[bool, list[Constraint]] = field(default_factory=dict)
    _tried: dict[bool, int] = field(default_factory=dict)
    _talks: dict[bool, Iterator[Constraint]] = field(default_factory=dict)

    def answers(self, count: int, by_lot: bool = False) -> tuple[Constraint, ...]:
        """The first `count` answers, or as many as there are questions. More are the same ones and some."""
        said = self._said.setdefault(by_lot, [])
        talk = self._talks.setdefault(by_lot, self._by_lot() if by_lot else self._asked())
        while len(said) < count and (answer := next(talk, None)) is not None:
            said.append(answer)
            self._look_closer(by_lot)
        return tuple(said[:count])

    def teacher(self, said: Sequence[Constraint], by_lot: bool = False) -> Teacher:
        """Who asks, and learns from these answers and what was seen by then."""
        looked = [seen for count, seen in self._seen.get(by_lot, ()) if count <= len(said)]
        descriptions = looked[-1] if looked else self.descriptions
        return Teacher(
            self.criterion, descriptions, self.texts, tuple(said), self.accepted, self.k, self.seed
        )

    def _look_closer(self, by_lot: bool) -> None:
        """Where it is time to, as on the desk; what is found counts with so many answers."""
        said, seen = self._said[by_lot], self._seen.setdefault(by_lot, [])
        if self.closer is None or len(said) < max(LEAST, 2 * self._tried.get(by_lot, 0)):
            return
        teacher = self.teacher(said, by_lot)
        learned = teacher.learned()
        if learned is not None and due(learned, self._tried.get(by_lot, 0)):
            self._tried[by_lot] = len(learned.rows)
            if found := self.closer(teacher.descriptions, learned):
                seen.append((len(said), found))

    def labels(self, learner: str, count: int) -> NDArray[np.int32]:
        """(n,) the groups that one of `LEARNERS` makes of so many answers; -1 for unsorted."""
        said = self.answers(count, learner in (RANDOM, NEAREST_RANDOM))
        if learner in (NEAREST, NEAREST_RANDOM) and said:
            return self._nearest(said)
        teacher = self.teacher(said, learner == RANDOM)
        if said:
            return teacher.clustering().labels
        return group(
            self.criterion, self.descriptions, self.texts, k=self.k, seed=self.seed, accepted=self.accepted
        ).labels

    def _asked(self) -> Iterator[Constraint]:
        rng = np.random.default_rng(self.seed)
        said, skipped = self._said.setdefault(False, []), list[tuple[str, ...]]()
        while question := self.teacher(said).question(skipped):
            names = [self._name(image, rng) for image in question.images]
            if None in names:
                skipped.append(question.images)
            elif question.pair:
                yield (MustLink if names[0] == names[1] else CannotLink)(*question.images)
            else:
                yield Label(question.images[0], str(names[0]))

    def _by_lot(self) -> Iterator[Constraint]:
        rng = np.random.default_rng(self.seed)
        for row in rng.permutation(len(self.descriptions.images)).tolist():
            image = self.descriptions.images[row]
            if name := self._name(image, rng):
                yield Label(image, name)

    def _name(self, image: str, rng: np.random.Generator) -> str | None:
        name = self.truth.get(image)
        if name is None or not self.wrong or rng.random() >= self.wrong:
            return name
        others = sorted(set(self.truth.values()) - {name})
        return str(rng.choice(others)) if others else name

    def _nearest(self, said: Sequence[Constraint]) -> NDArray[np.int32]:
        place = {image: row for row, image in enumerate(self.descriptions.images)}
        told = {place[c.image]: c.name for c in said if isinstance(c, Label)}
        names = list(dict.fromkeys(told.values()))
        points = self.teacher(said).material().routed
        near = squares(points, points[list(told)]).argmin(1)
        numbers = np.array([names.index(name) for name in told.values()], np.int32)
        return np.asarray(numbers[near], np.int32)


def accepted_first(
    criteria: Sequence[str],
    truths: Mapping[str, Mapping[str, str]],
    descriptions: Descriptions,
    texts: TextEncoder,
    seed: int = 0,
) -> tuple[Clustering, ...]:
    """Clusterings by other criteria, each taught with `ACCEPTED` answers.

    Args:
        criteria: Which.
        truths: Criterion to image to its true group.
        descriptions: Of the collection.
        texts: Matches criteria to slots.
        seed: Of the questions.
    """
    users = [Simulated(name, descriptions, texts, truths[name], seed=seed) for name in criteria]
    return tuple(user.teacher(user.answers(ACCEPTED)).clustering() for user in users)
