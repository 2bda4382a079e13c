"""Keeps the user's feedback on one clustering as a value: constraints, names, and images set aside.

`assistant.desk.feedback_log` reads it from the journal, which alone keeps it: undoing an answer also removes what was
learned from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from tools.clustering import refine
from tools.clustering.clustering import Cluster, Clustering
from tools.clustering.constraints import Constraint, Label, MustLink, consistent, tie
from tools.errors import UsageError
from tools.names import name_key, quoted
from tools.settle.by_value import RECORDED, Shape

EXEMPLARS = 5
"""The number of a cluster's surest images that represent it after it was merged, split or corrected."""
CONFIRMED = 3
"""The number of answers from which on a group that was guessed is known. Its examples count until the first."""
MOST_GUESSES = 8
"""The most pictures for each group that was guessed, about which the user is asked before other questions."""
GUESS = 0.6
"""The most that an image is sure in a group whose examples nobody has confirmed. On eight criteria of photographs whose
class names were given, .67 of the images were in the right group."""
EXPERT = 0.75
"""The most that an image is sure in a group for which an expert has a word while nobody has answered: the surest
examples say little of the others. On 15 criteria whose class names were given, .71 of them were right."""
ENOUGH_ANSWERS = 2
"""The number of answers per cluster from which on they alone define the meaning of its name."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """Holds the feedback on one clustering that is in force.

    Attributes:
        constraints: The constraints from answers, moves and links, in the order in which they were given.
        examples: Labels of the exemplars of merged or split clusters, which the user did not label one by one.
        set_aside: The images that were put on the unsorted pile.
        named_ids: The ids of the clusters that the user named.
        merged_ids: The ids of the clusters that the user merged from several.
        answered: The images about which a question was answered with a name.
        confirmed: The answered images whose answer was repeated, or which were moved by hand, so that it is no slip.
        new_names: The names that no cluster had before the user gave them to an image.
        k: The number of groups that was asked for; None where it was left to be estimated.
        reshaped: Whether the user has changed the number of groups since.
        values_named: Whether the user named the groups before they were made.
        guessed: The names of groups whose examples are guesses until the user has confirmed `CONFIRMED` of them.
        like: The folder of folders whose groups these are, absolute; "" where they are of another origin.
        outside: Those of the images in `examples` that lie in that folder and not in the collection.
        files_said: What the files said of images in `examples` when groups of what files say were merged or split.
        of_value: The group in which most images with what a file says were then.
    """

    constraints: tuple[Constraint, ...] = ()
    examples: tuple[Label, ...] = ()
    set_aside: frozenset[str] = frozenset()
    named_ids: frozenset[str] = frozenset()
    merged_ids: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    confirmed: frozenset[str] = frozenset()
    new_names: frozenset[str] = frozenset()
    k: int | None = None
    reshaped: bool = False
    values_named: bool = False
    guessed: frozenset[str] = frozenset()
    like: str = ""
    outside: frozenset[str] = frozenset()
    files_said: Mapping[str, str] = field(default_factory=dict)
    of_value: Mapping[str, str] = field(default_factory=dict)

    @property
    def unconfirmed(self) -> frozenset[str]:
        """Return the images with a single answer, which may have been a slip."""
        return self.answered - self.confirmed

    @property
    def labels(self) -> dict[str, str]:
        """Return the labelled images, each with the name of its group."""
        return {c.image: c.name for c in self.constraints if isinstance(c, Label)}

    @property
    def shape(self) -> Shape:
        """Return what became of groups of what files say that were merged or split."""
        of_image = {
            c.image: (self.files_said[c.image], c.name) for c in self.examples if c.image in self.files_said
        }
        return Shape(of_image, self.of_value)

    def confirmations(self, name: str) -> int:
        """Return how many images the user has put into the group of this name."""
        return sum(isinstance(c, Label) and c.name == name for c in self.constraints)

    def about(self, image: str) -> list[Constraint]:
        """Return the constraints in which an image occurs."""
        return [c for c in self.constraints if image in images_of(c)]

    def plus(self, constraints: Iterable[Constraint]) -> "Feedback":
        """Return the feedback with more constraints. A new name of an image replaces its old one.

        An image is no longer set aside after a constraint on it, or on an image that it is linked to.
        """
        new = dict.fromkeys(constraints)
        relabelled = {c.image for c in new if isinstance(c, Label)}
        links = {c for c in new if not isinstance(c, Label)}
        kept = [
            c
            for c in self.constraints
            if (c.image not in relabelled if isinstance(c, Label) else c not in links)
        ]
        grown = replace(
            self,
            constraints=(*kept, *new),
            examples=tuple(c for c in self.examples if c.image not in relabelled),
        )
        told = {name for name in self.guessed if grown.confirmations(name)}
        if told:  # one that is known is worth more than the guesses, but for groups that no likeness makes
            known = {name for name in told if grown.confirmations(name) >= CONFIRMED}
            grown = replace(
                grown,
                examples=tuple(c for c in grown.examples if c.name not in told or c.image in self.files_said),
                guessed=grown.guessed - known,
            )
        return replace(grown, set_aside=grown._still_aside({image for c in new for image in images_of(c)}))

    def without(self, dropped: Iterable[Constraint]) -> "Feedback":
        """Return the feedback without some of its constraints."""
        gone = set(dropped)
        if not gone:
            return self
        return replace(self, constraints=tuple(c for c in self.constraints if c not in gone))

    def renamed(self, names: Mapping[str, str]) -> "Feedback":
        """Return the feedback with clusters renamed, given as old name to new name."""

        def now(label: Label) -> Label:
            return Label(label.image, names.get(label.name, label.name))

        return replace(
            self,
            constraints=tuple(now(c) if isinstance(c, Label) else c for c in self.constraints),
            examples=tuple(now(c) for c in self.examples),
            of_value={value: names.get(name, name) for value, name in self.of_value.items()},
            new_names=frozenset(names.get(name, name) for name in self.new_names),
            guessed=frozenset(names.get(name, name) for name in self.guessed),
        )

    def _still_aside(self, images: set[str]) -> frozenset[str]:
        """Return the images set aside that are not tied to any of these, by what still holds: an older link that the
        newer words break ties none."""
        if not self.set_aside:
            return self.set_aside
        listed = [*images, *self.set_aside]
        holding = consistent(self.constraints)[0]
        blocks = tie(listed, [c for c in holding if isinstance(c, MustLink)]).block
        spoken = set(blocks[: len(images)])
        return frozenset(
            i
            for i, block in zip(listed[len(images) :], blocks[len(images) :], strict=True)
            if block not in spoken
        )


def no_surer_than_a_guess(clustering: Clustering, feedback: Feedback) -> Clustering:
    """Return the clustering with at most `GUESS` for the images of groups that were guessed, and at most `EXPERT` for
    all others of named groups while nobody has answered, but for those that the user named."""
    guesses = [i for i, cluster in enumerate(clustering.clusters) if cluster.name in feedback.guessed]
    unanswered = feedback.values_named and bool(feedback.examples) and not feedback.labels
    if not guesses and not unanswered:
        return clustering
    most = np.where(np.isin(clustering.labels, guesses), GUESS, EXPERT if unanswered else 1.0)
    most = np.where(np.isin(clustering.images, [*feedback.labels]), 1.0, most)
    confidence = np.minimum(clustering.confidence, most)
    return clustering.with_changes(confidence=confidence.astype(np.float32))


def images_of(constraint: Constraint) -> tuple[str, ...]:
    """Return the one or two images of a constraint."""
    return (constraint.image,) if isinstance(constraint, Label) else (constraint.a, constraint.b)


def exemplars(clustering: Clustering, clusters: Iterable[str]) -> dict[str, str]:
    """Return the surest images of each of these clusters, each with the name of its cluster.

    Of what files say it is all images, as no likeness tells where the others belong.
    """
    most = None if clustering.method == RECORDED else EXEMPLARS
    return {
        image: clustering.clusters[clustering.index(id)].name
        for id in clusters
        for image in clustering.members(id)[:most]
    }


def anchors(clustering: Clustering, feedback: Feedback) -> list[Label]:
    """Return the surest images of every cluster as labels, where the user corrected clusters under existing names.

    Without them, a single image that was moved to "red" would define the name, although it says nothing about its old
    neighbours. The anchors give each cluster `EXEMPLARS` labels, or as many as the most labelled cluster has. A name
    that the user invented gets none, as it means only what the user calls so; but a cluster that the user renamed keeps
    its name, whatever one image of it is called. After `ENOUGH_ANSWERS` for each cluster no anchors are needed, as
    questions are about typical images.
    """
    labels = feedback.labels
    spoken = {c.id: sum(image in labels for image in clustering.members(c.id)) for c in clustering.clusters}
    corrected = bool(feedback.examples) or bool(set(labels.values()) - feedback.new_names)
    if not (corrected or feedback.named_ids) or len(feedback.answered) >= ENOUGH_ANSWERS * len(spoken):
        return []
    most = max(EXEMPLARS, *spoken.values())
    anchor_labels: list[Label] = []
    for cluster in clustering.clusters:
        if cluster.name in feedback.new_names or not (corrected or cluster.id in feedback.named_ids):
            continue
        others = [
            i for i in clustering.members(cluster.id) if i not in labels and i not in feedback.set_aside
        ]
        anchor_labels += [Label(image, cluster.name) for image in others[: most - spoken[cluster.id]]]
    return anchor_labels


def take_in(
    feedback: Feedback, clustering: Clustering, constraints: Iterable[Constraint]
) -> tuple[Feedback, list[str]]:
    """Add constraints to the feedback, and drop those that they contradict.

    Returns:
        The new feedback, and the names in the constraints that no cluster has yet, sorted.

    Raises:
        UsageError: A constraint would change a locked cluster.
    """
    new_constraints = list(constraints)
    refuse_locked(clustering, new_constraints)
    new = {c.name for c in new_constraints if isinstance(c, Label)} - {
        cluster.name for cluster in clustering.clusters
    }
    grown = replace(feedback.plus(new_constraints), new_names=feedback.new_names | new)
    return grown.without(consistent(grown.constraints)[1]), sorted(new)


def refuse_locked(clustering: Clustering, constraints: Iterable[Constraint]) -> None:
    """Raise UsageError where one of the constraints would change a locked cluster."""
    for name in locked_out(clustering, constraints).values():
        raise UsageError(f"{quoted(name)} is locked, so it stays as it is; unlock it first")


def locked_out(clustering: Clustering, constraints: Iterable[Constraint]) -> dict[Constraint, str]:
    """Return the constraints that would change a locked cluster, in their order, each with the name of that cluster.

    A constraint about an image that is not in the clustering changes nothing.
    """
    locked = {i: cluster.name for i, cluster in enumerate(clustering.clusters) if cluster.locked}
    if not locked:
        return {}
    places = dict(zip(clustering.images, clustering.labels.tolist(), strict=True))
    wrong_clusters: dict[Constraint, str] = {}
    for constraint in constraints:
        images = images_of(constraint)
        if not all(image in places for image in images):
            continue
        at = {places[image] for image in images}
        inside = at & locked.keys()
        if isinstance(constraint, Label):
            wrong = inside ^ {i for i, name in locked.items() if name == constraint.name}
        elif isinstance(constraint, MustLink):
            wrong = inside if len(at) > 1 else set()
        else:
            wrong = inside if len(at) == 1 else set()
        if wrong:
            wrong_clusters[constraint] = locked[min(wrong)]
    return wrong_clusters


def apply_labels(clustering: Clustering, labels: Mapping[str, str]) -> Clustering:
    """Return the clustering with each labelled image in the cluster of that name, which is created if necessary.

    It is for a clustering that was made without the labels: if the labels were matched to its clusters instead, a
    single image would give its name to its whole cluster.

    Args:
        clustering: The clustering, which is not changed.
        labels: Image id to name. Labels that would change a locked cluster are left out.
    """
    out = locked_out(clustering, (Label(image, name) for image, name in labels.items()))
    row = {image: i for i, image in enumerate(clustering.images)}
    clusters, number = list(clustering.clusters), refine.free_number(clustering)
    there = {name_key(cluster.name): i for i, cluster in enumerate(clusters)}
    places, confidence = clustering.labels.copy(), clustering.confidence.copy()
    for image, name in labels.items():
        if image not in row or Label(image, name) in out:
            continue
        if name_key(name) not in there:
            there[name_key(name)] = len(clusters)
            clusters.append(Cluster(f"c{number}", refine.free_name(name, ())))
            number += 1
        places[row[image]], confidence[row[image]] = there[name_key(name)], 1.0
    return refine.tidy(clustering.with_changes(confidence=confidence), clusters, places, number)
