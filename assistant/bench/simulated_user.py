"""Simulates a user for benchmarks, who answers questions with the true groups and says nothing else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import Clustering
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink
from tools.describe.describe import Descriptions
from tools.fuse.registry import DEFAULT_WITH_ANSWERS
from tools.group import group
from tools.learn.kernel_ridge import squared_distances
from tools.learn.material import Learned
from tools.models.ports import TextEncoder
from tools.request import Request
from tools.teach.region_search import LEAST, is_due
from tools.teach.teacher import Teacher

RANDOM = "random"
NEAREST = "nearest"
NEAREST_RANDOM = "nearest random"
LEARNERS = (DEFAULT_WITH_ANSWERS, RANDOM, NEAREST, NEAREST_RANDOM)
"""The learners: Regroup's own; the same with questions about random pictures; and the name of the nearest answered
picture in the routed views, with Regroup's questions and with random ones."""
ACCEPTED = 64
"""The number of answers that a clustering is taught with before it is accepted."""


@dataclass(slots=True, eq=False)
class SimulatedUser:
    """Plays a user who sorts one collection by one criterion.

    Attributes:
        criterion: The criterion, in words.
        descriptions: The experts' descriptions of the collection.
        texts: The encoder that matches the criterion to slots.
        truth: The true group of each image; questions about other images have no answer.
        k: The number of groups; None where it is estimated.
        seed: The seed of random questions, of wrong answers, and of the methods.
        wrong: The share of answers that name another group, chosen at random.
        accepted: The accepted clusterings under other criteria.
        closer: Searches regions of the pictures, between two questions as on the desk, and returns the descriptions
            with its findings.
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
    _answers: dict[bool, list[Constraint]] = field(default_factory=dict)
    _tried: dict[bool, int] = field(default_factory=dict)
    _talks: dict[bool, Iterator[Constraint]] = field(default_factory=dict)

    def answers(self, count: int, by_lot: bool = False) -> tuple[Constraint, ...]:
        """Return the first `count` answers, or as many as there are questions. A larger count only adds to them."""
        answers = self._answers.setdefault(by_lot, [])
        talk = self._talks.setdefault(by_lot, self._by_lot() if by_lot else self._by_questions())
        while len(answers) < count and (answer := next(talk, None)) is not None:
            answers.append(answer)
            self._look_closer(by_lot)
        return tuple(answers[:count])

    def teacher(self, answers: Sequence[Constraint], by_lot: bool = False) -> Teacher:
        """Return the teacher that has learned from these answers and from the descriptions of that time."""
        looked = [seen for count, seen in self._seen.get(by_lot, ()) if count <= len(answers)]
        descriptions = looked[-1] if looked else self.descriptions
        return Teacher(self._request(descriptions, answers))

    def _request(self, descriptions: Descriptions, answers: Sequence[Constraint] = ()) -> Request:
        return Request(
            self.criterion,
            descriptions,
            self.texts,
            constraints=tuple(answers),
            k=self.k,
            seed=self.seed,
            accepted=self.accepted,
        )

    def _look_closer(self, by_lot: bool) -> None:
        """Search regions where that is due, as on the desk; its findings count from this number of answers on."""
        answers, seen = self._answers[by_lot], self._seen.setdefault(by_lot, [])
        if self.closer is None or len(answers) < max(LEAST, 2 * self._tried.get(by_lot, 0)):
            return
        teacher = self.teacher(answers, by_lot)
        learned = teacher.learned()
        if learned is not None and is_due(learned, self._tried.get(by_lot, 0)):
            self._tried[by_lot] = len(learned.rows)
            if closer_descriptions := self.closer(teacher.request.descriptions, learned):
                seen.append((len(answers), closer_descriptions))

    def labels(self, learner: str, count: int) -> NDArray[np.int32]:
        """Return the groups that one of `LEARNERS` makes of `count` answers: (n,), -1 for unsorted."""
        answers = self.answers(count, learner in (RANDOM, NEAREST_RANDOM))
        if learner in (NEAREST, NEAREST_RANDOM) and answers:
            return self._nearest(answers)
        teacher = self.teacher(answers, learner == RANDOM)
        if answers:
            return teacher.clustering().labels
        return group(self._request(self.descriptions)).labels

    def _by_questions(self) -> Iterator[Constraint]:
        rng = np.random.default_rng(self.seed)
        answers, skipped = self._answers.setdefault(False, []), list[tuple[str, ...]]()
        while question := self.teacher(answers).question(skipped):
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

    def _nearest(self, answers: Sequence[Constraint]) -> NDArray[np.int32]:
        place = {image: row for row, image in enumerate(self.descriptions.images)}
        names_at = {place[c.image]: c.name for c in answers if isinstance(c, Label)}
        names = list(dict.fromkeys(names_at.values()))
        points = self.teacher(answers).material().routed
        near = squared_distances(points, points[list(names_at)]).argmin(1)
        numbers = np.array([names.index(name) for name in names_at.values()], np.int32)
        return np.asarray(numbers[near], np.int32)


def accepted_first(
    criteria: Sequence[str],
    truths: Mapping[str, Mapping[str, str]],
    descriptions: Descriptions,
    texts: TextEncoder,
    seed: int = 0,
) -> tuple[Clustering, ...]:
    """Return clusterings by other criteria, each taught with `ACCEPTED` answers.

    Args:
        criteria: The criteria.
        truths: The true groups: criterion to image to group.
        descriptions: The descriptions of the collection.
        texts: The encoder that matches criteria to slots.
        seed: The seed of the questions.
    """
    users = [SimulatedUser(name, descriptions, texts, truths[name], seed=seed) for name in criteria]
    return tuple(user.teacher(user.answers(ACCEPTED)).clustering() for user in users)
