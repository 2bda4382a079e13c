"""Which slots, and so which views, a criterion in the user's words is about."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tools.describe import Descriptions
from tools.embed.prepare import prepare
from tools.embed.smooth import smooth
from tools.fuse.base import View, side_by_side
from tools.guided import IN_VECTORS
from tools.models.ports import SlotSpec, TextEncoder, Vectors

FLOOR = 0.3
"""Cosine below which no expert sees what was asked for. With wordllama, requests that an expert covers score
.35 to 1 and most others ("suit", "weather", "rank of the card") .1 to .3."""

BLIND = (
    "brand", "logo", "suit of a card", "rank of a card", "shirt pattern", "shirt colour", "clothes colour", "clothes",
    "eye colour", "age", "gender", "camera", "year", "place", "weather", "font", "beauty", "price",
    "facial hair", "beard",
)  # fmt: skip
"""What people ask for and no expert sees. Words alone would take an eye colour for a colour, so a request that is
nearer to one of these than to every phrase of an expert is not claimed."""

MOSTLY = 0.6
"""Share of a collection that must be of a special kind of picture before its slots count."""

PLAIN = ("encoder.image", "object.kind", "object.self")
"""Views that say something about any picture; the first only where a model of the hub is here."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a criterion is about.

    Attributes:
        criterion: In the user's words.
        matches: Slots with their cosine, best first; empty where no expert sees it.
        views: Names of views with weights >= 0, best first.
        lacking: Why the expert that would see it cannot run here; "" where there is none.
    """

    criterion: str
    matches: tuple[tuple[SlotSpec, float], ...]
    views: tuple[tuple[str, float], ...]
    lacking: str = ""

    @property
    def sure(self) -> bool:
        """Whether any expert sees it."""
        return bool(self.matches)

    @property
    def slot(self) -> str | None:
        """The slot that it is about first of all."""
        return self.matches[0][0].name if self.matches else None


def route(criterion: str, specs: Iterable[SlotSpec], texts: TextEncoder) -> Route:
    """Match a criterion to slots by meaning: the largest cosine between it and a slot's phrases.

    Args:
        criterion: What the user wants to group by, such as "how they feel".
        specs: The slots that can be filled here.
        texts: Turns phrases into vectors.
    """
    specs = list(specs)
    phrases = [(i, phrase) for i, spec in enumerate(specs) for phrase in (spec.name, *spec.phrases)]
    if not phrases:
        return Route(criterion, (), tuple((name, 1.0) for name in PLAIN))
    vectors = texts.encode(
        [_spelt(criterion, [phrase for _, phrase in phrases]), *BLIND, *(phrase for _, phrase in phrases)]
    )
    cosines = vectors[1:] @ vectors[0]
    scores = np.full(len(specs), -1.0)
    np.maximum.at(scores, [i for i, _ in phrases], cosines[len(BLIND) :])
    # Of two that are as near, the one that is about this kind of picture.
    order = sorted(range(len(specs)), key=lambda i: (-round(float(scores[i]), 4), not specs[i].special))
    seen = bool(scores.max() >= cosines[: len(BLIND)].max())
    matches = tuple((specs[i], float(scores[i])) for i in order if seen and scores[i] >= FLOOR)
    # A view that has nothing to do with the criterion ruins a good one, so only the best slot's views are used.
    names = matches[0][0].views if matches else PLAIN
    return Route(criterion, matches[:3], tuple((name, 1.0) for name in names))


def route_here(criterion: str, descriptions: Descriptions, texts: TextEncoder) -> Route:
    """Route a criterion for a collection. Where the expert that sees it cannot run here, the route says so."""
    words = " ".join(criterion.split()).casefold()
    for spec in descriptions.specs.values():
        if (
            spec.by and words in spec.phrases
        ):  # a model was asked about this very criterion: nothing is nearer
            return Route(criterion, ((spec, 1.0),), tuple((name, 1.0) for name in spec.views))
    lacking = {spec.name: line for spec, line in descriptions.absent}
    specs = [*slots_here(descriptions), *(spec for spec, _ in descriptions.absent)]
    chosen = route(criterion, specs, texts)
    if chosen.slot in lacking:
        return Route(criterion, (), tuple((name, 1.0) for name in PLAIN), lacking[chosen.slot])
    return Route(criterion, tuple(m for m in chosen.matches if m[0].name not in lacking), chosen.views)


def slots_here(descriptions: Descriptions) -> list[SlotSpec]:
    """The slots of this collection: those of a special kind of picture only where most pictures are of that kind."""
    return [
        spec
        for spec in descriptions.specs.values()
        if not spec.special or _share(spec, descriptions) >= MOSTLY
    ]


def _share(spec: SlotSpec, descriptions: Descriptions) -> float:
    """Of how many of the images the slot says something."""
    values, _ = descriptions.column(spec.name)
    return sum(value is not None and value != spec.nothing for value in values) / max(len(values), 1)


def _spelt(criterion: str, phrases: Sequence[str]) -> str:
    """The criterion, or the phrase that it is a misspelling of: "coulour" means nothing to a text encoder."""
    near = difflib.get_close_matches(criterion.lower(), phrases, 1, cutoff=0.85)
    return near[0] if near else criterion


def views(chosen: Route, descriptions: Descriptions, every: bool = True) -> list[View]:
    """The views of the collection, prepared, weighted for the criterion (0 where they have nothing to do with it).

    Args:
        chosen: What the criterion was routed to.
        descriptions: What the experts say.
        every: Whether views of weight 0 are wanted as well; preparing them takes a while.
    """
    weights = {name: weight for name, weight in chosen.views if name in descriptions.views}
    if not weights:  # no expert that has these views can run here
        weights = dict.fromkeys(descriptions.views, 1.0)
    names = [*weights, *(name for name in descriptions.views if every and name not in weights)]
    context = chosen.matches[0][0].context if chosen.matches else ()
    around = [View(name, prepared(name, descriptions)) for name in context if name in descriptions.views]
    described = (name for spec in descriptions.specs.values() if spec.by for name in spec.views)
    words = {name for name in described if not name.endswith(IN_VECTORS)}
    made = [
        View(name, prepared(name, descriptions), weights.get(name, 0.0), "text" if name in words else "image")
        for name in names
    ]
    return [
        _in_context(view, around) if view.weight > 0 and view.name not in context else view for view in made
    ]


def prepared(name: str, descriptions: Descriptions) -> Vectors:
    """A view as `prepare` makes it, worked out once for a collection. (n, d) float32; not to be written to."""
    if name not in descriptions.prepared:
        descriptions.prepared[name] = prepare(descriptions.view(name))
    return descriptions.prepared[name]


def _in_context(view: View, around: Sequence[View]) -> View:
    if not around or np.isnan(view.data).any():
        return view
    near = side_by_side(around)
    return view if np.isnan(near).any() else replace(view, data=smooth(view.data, near))
