"""Holds all that the way from a criterion to a clustering needs, in one request to group a collection.

What follows from the criterion alone (its route, the words of its slot, the groups that a describer's words are) is
worked out here, once, for every stage.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.clustering.clustering import Clustering
from tools.clustering.constraints import Constraint
from tools.describe import guided
from tools.describe.describe import Descriptions, Words
from tools.describe.judging import Membership
from tools.embed.route import PLAIN, Route, route_here
from tools.models.ports import Encoder, Pixels, TextEncoder, Thinker
from tools.named_values import said_of_each, values_in
from tools.progress import Progress, silent
from tools.views import View


@dataclass(frozen=True, eq=False)
class Request:
    """Says what is to be grouped, by what, and what there is to do it with.

    Attributes:
        criterion: In the user's words; white space in it does not count.
        descriptions: What the experts say of the n images of the collection.
        texts: Matches the criterion to slots.
        method: Name of a method, or None for the default: the one that learns, where there are constraints.
        constraints: What the user said of the images under this criterion, in order.
        k: Number of groups, or None to estimate it.
        seed: Of every random choice.
        accepted: Clusterings under other criteria that the user keeps. Where no expert sees the criterion, they are
            taken out of the plain features: it is not these that the user means.
        tuned: Features that were tuned to this criterion (`tools.tune`): they take the place of those that it is
            routed to.
        encoder: Images and texts in one space, where the tier has that.
        judge: Says whether an image belongs to a group, where the tier has one.
        thinker: A language model that a method may ask for words, where there is one and the user agreed.
        pixels: Decodes images, by rows and a longest side, for a method that trains on them.
        minutes: How long a method may train.
        checkpoints: The folder where a method keeps the state of a run that was stopped, if any.
        notes: Lines for the user about what could not be used; they become notes of the clustering.
        by_examples: Whether its groups are what examples show and nothing else: then its name says nothing, and it is
            routed to no slot.
        progress: Called during long work; it may raise to stop.
    """

    criterion: str
    descriptions: Descriptions
    texts: TextEncoder
    method: str | None = None
    constraints: Sequence[Constraint] = ()
    k: int | None = None
    seed: int = 0
    accepted: Sequence[Clustering] = ()
    tuned: View | None = None
    encoder: Encoder | None = None
    judge: Membership | None = None
    thinker: Thinker | None = None
    pixels: Callable[[Sequence[int], int], Iterable[Pixels]] | None = None
    minutes: float = float("inf")
    checkpoints: Path | None = None
    notes: Sequence[str] = ()
    by_examples: bool = False
    progress: Progress = silent

    def __post_init__(self) -> None:
        object.__setattr__(self, "criterion", " ".join(self.criterion.split()))

    @cached_property
    def route(self) -> Route:
        """Return where the criterion leads: the slots and views that it is about."""
        if self.by_examples:
            return Route((), tuple((name, 1.0) for name in PLAIN))
        about = ("route", self.criterion, self.texts.name)
        return self.descriptions.once(
            about, lambda: route_here(self.criterion, self.descriptions, self.texts), _ROUTES
        )

    @cached_property
    def words(self) -> Words | None:
        """Return what is said of each image under the criterion; None where no expert sees it."""
        return self.route.words(self.descriptions)

    @cached_property
    def said_of_each(self) -> NDArray[np.float32] | None:
        """Return the chances of the values that the criterion lists, with the rest last, (n, m + 1), where one slot
        says of every picture which of them it has, or none; else None. Without a rest, what looks alike says more."""
        values, rest = values_in(self.criterion)
        if not values or not rest or not self.route.matches:
            return None
        return said_of_each(values, self.descriptions, self.route.matches[0][0])

    @property
    def described_groups(self) -> int | None:
        """Return how many groups the words of a describer for this very criterion make, where it was asked and its
        words can be taken as they are (`tools.describe.guided.k_from_words`); else None."""
        return guided.k_from_words(self.words.values) if self.words and self.route.described else None

    @cached_property
    def others(self) -> list[Clustering]:
        """Return the accepted clusterings that are of the same images."""
        return [made for made in self.accepted if made.images == self.descriptions.images]

    @cached_property
    def accepted_labels(self) -> tuple[NDArray[np.intp], ...]:
        """Return the labels of each of these, (n,) integers; -1 for unsorted."""
        return tuple(made.labels.astype(np.intp) for made in self.others)


_ROUTES = 2
"""The number of criteria whose routes are remembered for a collection."""
