"""What the user said under a criterion so far: the answers and edits in the journal, read as constraints.

The journal is the only place where it is kept. An undo takes an answer back, and with it what it taught.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.workspace import Event
from tools import refine
from tools.clustering import Cluster, Clustering
from tools.constraints import CannotLink, Constraint, Label, MustLink, tie
from tools.errors import UsageError
from tools.names import quoted, same_name

EXAMPLES = 5
"""So many of the surest images say what a cluster is that was merged, split or corrected."""
ANSWERS = 2
"""So many answers for each cluster say it better."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said about one clustering, and is in force.

    Attributes:
        constraints: From answers, moves and links, in the order in which they were said.
        examples: Labels of images that stand for a cluster that was merged or split: nobody said so of each.
        aside: Images that were put on the unsorted pile.
        named: Ids of the clusters that the user gave a name.
        whole: Ids of the clusters that the user made of several.
        answered: Images about which a question was answered with a name.
        firm: Those of which that was said twice, or which were put where they are: what is said of them is no slip.
        own: Names that no cluster had before the user said them of an image.
        k: How many groups were asked for; None where that was left to be found.
        reshaped: Whether the user has changed how many there are since.
    """

    constraints: tuple[Constraint, ...] = ()
    examples: tuple[Label, ...] = ()
    aside: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    firm: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    k: int | None = None
    reshaped: bool = False

    @property
    def doubtable(self) -> frozenset[str]:
        """Images whose answer was given once and may have been a slip."""
        return self.answered - self.firm

    @property
    def labels(self) -> dict[str, str]:
        """Image to the name of the group that it was said to be in."""
        return {c.image: c.name for c in self.constraints if isinstance(c, Label)}

    def plus(self, constraints: Iterable[Constraint]) -> "Said":
        """The same and more. A new name for an image takes the place of its old one.

        What was put aside is so no more where something is said of it, or of an image that it belongs with.
        """
        new = dict.fromkeys(constraints)
        about = {c.image for c in new if isinstance(c, Label)}
        links = {c for c in new if not isinstance(c, Label)}
        kept = [
            c for c in self.constraints if (c.image not in about if isinstance(c, Label) else c not in links)
        ]
        now = replace(
            self,
            constraints=(*kept, *new),
            examples=tuple(c for c in self.examples if c.image not in about),
        )
        return replace(now, aside=now._still_aside({image for c in new for image in images_of(c)}))

    def _still_aside(self, images: set[str]) -> frozenset[str]:
        """What was put aside and is not tied to any of these images."""
        if not self.aside:
            return self.aside
        listed = [*images, *self.aside]
        blocks = tie(listed, [c for c in self.constraints if isinstance(c, MustLink)]).block
        spoken = set(blocks[: len(images)])
        return frozenset(
            i
            for i, block in zip(listed[len(images) :], blocks[len(images) :], strict=True)
            if block not in spoken
        )

    def without(self, dropped: Iterable[Constraint]) -> "Said":
        """The same without what does not hold any more."""
        gone = set(dropped)
        if not gone:
            return self
        return replace(self, constraints=tuple(c for c in self.constraints if c not in gone))


def said(clustering: str, events: Iterable[Event]) -> Said:
    """What the events in force say about the clustering of an id."""
    known = Said()
    for event in events:
        if event.clustering == clustering:
            known = happened(known, event.kind, event.detail)
    return known


def happened(known: Said, kind: str, detail: dict[str, Any]) -> Said:
    """What is known after an event of a kind with these facts."""
    match kind:
        case "group":
            known = replace(known, k=detail.get("k"), reshaped=False)
        case "answer" | "link" | "cut":
            said = read(detail["said"])
            known = known.plus(said)
            if kind == "answer":
                about = {c.image for c in said if isinstance(c, Label)}
                firm = known.firm | (known.answered & about)
                known = replace(known, answered=known.answered | about, firm=firm)
            known = replace(known, own=known.own | set(detail.get("new", ())))
        case "move" if "to" in detail:
            known = _moved(known, detail["images"], detail.get("to"))
        case "merge" | "split":
            known = _reshaped(known, kind, detail)
        case "rename":
            known = renamed(known, {detail["from"]: detail["to"]} if "from" in detail else {})
            known = replace(known, named=known.named | {detail["cluster"]})
        case "branch" | "restore":
            known = unpacked(detail["state"])
    return known.without(read(detail.get("dropped", ())))


def _moved(known: Said, images: Sequence[str], to: str | None) -> Said:
    if to is not None:
        known = replace(known, firm=known.firm | frozenset(images))
        return known.plus(Label(image, to) for image in images)
    gone = set(images)
    kept = tuple(c for c in known.constraints if not (isinstance(c, Label) and c.image in gone))
    examples = tuple(c for c in known.examples if c.image not in gone)
    return replace(known, constraints=kept, examples=examples, aside=known.aside | gone)


def _reshaped(known: Said, kind: str, detail: dict[str, Any]) -> Said:
    """Clusters were merged or split: what was said of them by name is said of what became of them."""
    known = renamed(known, detail.get("names", {}))
    now = detail.get("labels", {})
    constraints = tuple(
        Label(c.image, now.get(c.image, c.name)) if isinstance(c, Label) else c for c in known.constraints
    )
    examples = [Label(image, name) for image, name in detail.get("examples", {}).items()]
    stated = known.labels
    examples = [c for c in examples if c.image not in stated]
    about = {c.image for c in examples}
    kept = [Label(c.image, now.get(c.image, c.name)) for c in known.examples if c.image not in about]
    whole = known.whole
    if kind == "merge":
        whole = whole - set(detail.get("clusters", ())) | {detail["kept"]} if "kept" in detail else whole
    else:
        whole = whole - {detail.get("cluster")}
    named = known.named | ({detail["kept"]} if detail.get("given") else set())
    return replace(
        known, constraints=constraints, examples=(*kept, *examples), whole=whole, named=named, reshaped=True
    )


def about(known: Said, image: str) -> list[Constraint]:
    """What was said about an image."""
    return [c for c in known.constraints if image in images_of(c)]


def renamed(known: Said, names: dict[str, str]) -> Said:
    """The same where clusters have other names: old name to new."""

    def now(c: Constraint) -> Constraint:
        return Label(c.image, names.get(c.name, c.name)) if isinstance(c, Label) else c

    return replace(
        known,
        constraints=tuple(now(c) for c in known.constraints),
        examples=tuple(Label(c.image, names.get(c.name, c.name)) for c in known.examples),
        own=frozenset(names.get(name, name) for name in known.own),
    )


def examples(clustering: Clustering, clusters: Iterable[str]) -> dict[str, str]:
    """Image to name, of the surest images of each of these clusters."""
    return {
        image: clustering.clusters[clustering.index(id)].name
        for id in clusters
        for image in clustering.members(id)[:EXAMPLES]
    }


def company(clustering: Clustering, known: Said) -> list[Label]:
    """The surest images of every group, where the user corrected some that have the names that they had.

    One image that was moved to "red" does not say that all those are red which it was found among: alone it would, as
    nothing else has a name. The surest others say what the names stand for, as many as it takes for each group to have
    `EXAMPLES`, or as many as the group of which most was said. Names of the user's own mean what the user says of
    images, and nothing else; but a group that the user gave a name keeps it whatever one image of it is called. After
    two answers for each group it needs no company: questions are about typical images.
    """
    labels = known.labels
    put = {c.id: sum(image in labels for image in clustering.members(c.id)) for c in clustering.clusters}
    corrected = bool(known.examples) or bool(set(labels.values()) - known.own)
    if not (corrected or known.named) or len(known.answered) >= ANSWERS * len(put):
        return []
    most = max(EXAMPLES, *put.values())
    found: list[Label] = []
    for cluster in clustering.clusters:
        if cluster.name in known.own or not (corrected or cluster.id in known.named):
            continue
        others = [i for i in clustering.members(cluster.id) if i not in labels and i not in known.aside]
        found += [Label(image, cluster.name) for image in others[: most - put[cluster.id]]]
    return found


def written(constraints: Iterable[Constraint]) -> list[list[str]]:
    """Constraints as JSON; see `read`."""
    rows = []
    for c in constraints:
        if isinstance(c, Label):
            rows.append(["group", c.image, c.name])
        else:
            rows.append(["same" if isinstance(c, MustLink) else "apart", c.a, c.b])
    return rows


def read(rows: Iterable[Sequence[str]]) -> list[Constraint]:
    """Constraints as they were written."""
    kinds: dict[str, Any] = {"group": Label, "same": MustLink, "apart": CannotLink}
    return [kinds[kind](first, second) for kind, first, second in rows]


def packed(known: Said) -> dict[str, Any]:
    """What was said, as JSON; see `unpacked`."""
    return {
        "constraints": written(known.constraints),
        "examples": written(known.examples),
        "aside": sorted(known.aside),
        "named": sorted(known.named),
        "whole": sorted(known.whole),
        "answered": sorted(known.answered),
        "firm": sorted(known.firm),
        "own": sorted(known.own),
        "k": known.k,
        "reshaped": known.reshaped,
    }


def unpacked(state: dict[str, Any]) -> Said:
    """What was said, as it was packed."""
    return Said(
        constraints=tuple(read(state["constraints"])),
        examples=tuple(c for c in read(state["examples"]) if isinstance(c, Label)),
        aside=frozenset(state["aside"]),
        named=frozenset(state["named"]),
        whole=frozenset(state["whole"]),
        answered=frozenset(state["answered"]),
        firm=frozenset(state.get("firm", ())),
        own=frozenset(state["own"]),
        k=state["k"],
        reshaped=state["reshaped"],
    )


def refuse_locked(clustering: Clustering, constraints: Iterable[Constraint]) -> None:
    """Raises UsageError where one of these would change a cluster that is locked."""
    for name in locked_out(clustering, constraints).values():
        raise UsageError(f"{quoted(name)} is locked, so it stays as it is; unlock it first")


def locked_out(clustering: Clustering, constraints: Iterable[Constraint]) -> dict[Constraint, str]:
    """Those of the constraints that would change a locked cluster, in their order, with its name.

    What is about an image that is not here (any more) changes nothing.
    """
    locked = {i: cluster.name for i, cluster in enumerate(clustering.clusters) if cluster.locked}
    if not locked:
        return {}
    places = dict(zip(clustering.images, clustering.labels.tolist(), strict=True))
    found: dict[Constraint, str] = {}
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
            found[constraint] = locked[min(wrong)]
    return found


def placed(clustering: Clustering, labels: Mapping[str, str]) -> Clustering:
    """The clustering with the images that were said to be in a group in that group; a new one where it is not there.

    For one that was made without them: else one image would give its name to all of the group that it is in.
    """
    out = locked_out(clustering, (Label(image, name) for image, name in labels.items()))
    row = {image: i for i, image in enumerate(clustering.images)}
    clusters, number = list(clustering.clusters), refine.free_number(clustering)
    there = {same_name(cluster.name): i for i, cluster in enumerate(clusters)}
    places, confidence = clustering.labels.copy(), clustering.confidence.copy()
    for image, name in labels.items():
        if image not in row or Label(image, name) in out:
            continue
        if same_name(name) not in there:
            there[same_name(name)] = len(clusters)
            clusters.append(Cluster(f"c{number}", refine.free_name(name, ())))
            number += 1
        places[row[image]], confidence[row[image]] = there[same_name(name)], 1.0
    return refine.tidy(clustering.with_changes(confidence=confidence), clusters, places, number)


def images_of(constraint: Constraint) -> tuple[str, ...]:
    """The one or two images that a constraint is about."""
    return (constraint.image,) if isinstance(constraint, Label) else (constraint.a, constraint.b)
