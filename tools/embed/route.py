"""Finds which slots, and so which views, a criterion in the user's words is about.

Here the words of the user end: the stages below know the `Route`.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tools.describe.describe import Descriptions, Words
from tools.models.ports import Expert, SlotSpec, TextEncoder
from tools.named_values import share_known, values_in

FLOOR = 0.3
"""The cosine below which no expert sees what was asked for. With wordllama, requests that an expert covers score
.35 to 1 and most others ("suit", "weather", "rank of the card") .1 to .3."""

CLOSE = 0.75
"""The cosine with a slot's phrase from which a criterion is that slot's. With wordllama, "kind of product" and "dog
breed" are above it; "photographer" comes to photographs with .73 and "total amount" to numbers with .51."""

BLIND = (
    "brand", "logo", "suit of a card", "rank of a card", "shirt pattern", "shirt colour", "clothes colour", "clothes",
    "eye colour", "age", "gender", "camera", "year", "weather", "font", "beauty", "price",
    "facial hair", "beard", "photographer", "who took it", "day", "date", "month", "name", "name of the shop", "title",
    "landscape type", "language spoken", "file name",
)  # fmt: skip
"""Criteria that people ask for and no expert sees. By words alone an eye colour would pass for a colour, so a criterion
that is nearer to one of these than to every phrase of an expert is routed to no slot."""

KNOWN = 0.5
"""The least share of the values in a criterion for which a slot has to have words for the criterion to be about it."""

MOSTLY = 0.6
"""The least share of a collection that must be of a special kind of picture for the slots of that kind to count."""

PLAIN = ("encoder.image", "object.part.all", "object.kind.all", "object.top")
"""The views that say something about any picture: layers of the object network side by side. The first exists only
where a model of the hub is in use."""

LIKENESS = ("encoder.image", "object.kind", "object.self")
"""The views by which any two pictures are compared, whatever the criterion."""


@dataclass(frozen=True, slots=True)
class Route:
    """Names the slots and views that a criterion is about.

    Attributes:
        matches: Slots with their cosine, best first; empty where no expert sees it.
        views: Names of views with weights >= 0, best first.
        lacking: Why the expert that would see it cannot run here; "" where there is none.
        described: Whether a describer was asked about this very criterion.
        familiar: Whether the classifier behind the slot knows such pictures. Where it does not, its words are not used,
            and views are taken that need none.
    """

    matches: tuple[tuple[SlotSpec, float], ...]
    views: tuple[tuple[str, float], ...]
    lacking: str = ""
    described: bool = False
    familiar: bool = True

    @property
    def sure(self) -> bool:
        """Return whether any expert sees the criterion."""
        return bool(self.matches)

    @property
    def usual(self) -> tuple[float, float] | None:
        """Return how many groups people usually make by the criterion (`SlotSpec.usual`); None where the criterion is
        merely like what the slot is about, or the slot's words mean nothing here: that there are land, water and air
        says nothing about "land use" on aerial pictures."""
        if not self.matches or not self.familiar:
            return None
        spec, cosine = self.matches[0]
        return spec.usual if cosine >= CLOSE else None

    @property
    def recorded(self) -> SlotSpec | None:
        """Return the slot where files say its words, so that each is a group; else None."""
        return self.matches[0][0] if self.matches and self.matches[0][0].recorded else None

    @property
    def slot(self) -> str | None:
        """Return the name of the best slot, None where there is none."""
        return self.matches[0][0].name if self.matches else None

    def words(self, descriptions: Descriptions) -> Words | None:
        """Return what that slot says of the images; None where no expert sees the criterion."""
        return None if self.slot is None else descriptions.column(self.slot)


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
        return Route((), tuple((name, 1.0) for name in PLAIN))
    vectors = texts.encode(
        [
            _spelt(criterion.replace("_", " "), [phrase for _, phrase in phrases]),
            *BLIND,
            *(phrase for _, phrase in phrases),
        ]
    )
    cosines = vectors[1:] @ vectors[0]
    scores = np.full(len(specs), -1.0)
    np.maximum.at(scores, [i for i, _ in phrases], cosines[len(BLIND) :])
    # Of two slots that are equally near, the one for a special kind of picture comes first.
    order = sorted(range(len(specs)), key=lambda i: (-round(float(scores[i]), 4), not specs[i].special))
    seen = bool(scores.max() >= cosines[: len(BLIND)].max())
    matches = tuple((specs[i], float(scores[i])) for i in order if seen and scores[i] >= FLOOR)
    # A view that has nothing to do with the criterion ruins a good one, so only the best slot's views are used.
    names = (*matches[0][0].views, *matches[0][0].beside) if matches else PLAIN
    return Route(matches[:3], tuple((name, 1.0) for name in names))


def route_here(criterion: str, descriptions: Descriptions, texts: TextEncoder) -> Route:
    """Route a criterion for a collection. Where the expert that sees it cannot run here, the route says so."""
    words = " ".join(criterion.split()).casefold()
    for spec in descriptions.specs.values():
        if (
            (spec.by or spec.recorded) and words in spec.phrases
        ):  # a model was asked about this very criterion, or the files say it: nothing is nearer
            described = bool(spec.by)
            return Route(((spec, 1.0),), tuple((name, 1.0) for name in spec.views), described=described)
    lacking = {spec.name: line for spec, line in descriptions.absent}
    specs = [*slots_here(descriptions), *(spec for spec, _ in descriptions.absent)]
    best = route(criterion, [_seen_here(spec, descriptions) for spec in specs], texts)
    best = _by_values(criterion, best, descriptions) or best
    if best.slot in lacking:
        return Route((), tuple((name, 1.0) for name in PLAIN), lacking[best.slot])
    matches = tuple(m for m in best.matches if m[0].name not in lacking)
    blind = descriptions.unfamiliar and bool(matches) and bool(matches[0][0].unfamiliar)
    return Route(matches, best.views, familiar=not blind)


def _by_values(criterion: str, by_text: Route, descriptions: Descriptions) -> Route | None:
    """Return the route of a criterion that lists values, as in "red, blue or other": the slot that has words for most
    of them, and at least for half. What no slot has words for are kinds of things. None where the text is nearer.
    """
    values, _ = values_in(criterion)
    specs = {spec.name: spec for spec in slots_here(descriptions)}
    phrases = {phrase for spec in specs.values() for phrase in (spec.name, spec.title, *spec.phrases)}
    if not values or criterion in phrases or any(value in phrases for value in values):
        return None
    near = {spec.name: cosine for spec, cosine in by_text.matches}
    known = {name: share_known(values, descriptions, spec) for name, spec in specs.items()}
    best = max(known, key=lambda name: (known[name], near.get(name, 0.0)), default="")
    if known.get(best, 0.0) < KNOWN:
        kind = specs.get("kind")
        if by_text.matches or kind is None or descriptions.unfamiliar:
            return None
        return Route((), tuple((name, 1.0) for name in kind.views))
    spec = _seen_here(specs[best], descriptions)
    matches = ((spec, known[best]), *(match for match in by_text.matches if match[0].name != best))
    return Route(matches[:3], tuple((name, 1.0) for name in (*spec.views, *spec.beside)))


def _seen_here(spec: SlotSpec, descriptions: Descriptions) -> SlotSpec:
    """Return the slot with the views that show it in such pictures.

    Where the classifier does not know them, no view is of use that is made of its words. Where most pictures are of a
    place, the place is their subject, and not what is left at their border.
    """
    views = spec.views
    if descriptions.scenic and spec.scenic:
        views = spec.scenic
    if descriptions.unfamiliar and spec.unfamiliar:
        views = spec.unfamiliar
    return replace(spec, views=views)


def slots_here(descriptions: Descriptions) -> list[SlotSpec]:
    """Return the slots of this collection: those of a special kind of picture only where most pictures are of that
    kind."""
    return [
        spec
        for spec in descriptions.specs.values()
        if not spec.special or _share(spec, descriptions) >= MOSTLY
    ]


def _share(spec: SlotSpec, descriptions: Descriptions) -> float:
    """Return the share in [0, 1] of the images about which a slot says something."""
    values, _ = descriptions.column(spec.name)
    return sum(value is not None and value != spec.nothing for value in values) / max(len(values), 1)


def _spelt(criterion: str, phrases: Sequence[str]) -> str:
    """Return the criterion, or the phrase that it is a misspelling of: "coulour" means nothing to a text encoder."""
    near = difflib.get_close_matches(criterion.lower(), phrases, 1, cutoff=0.85)
    return near[0] if near else criterion


def lazy_expert(
    criterion: str, awake: Iterable[SlotSpec], lazy: Sequence[Expert], texts: TextEncoder
) -> Expert | None:
    """Return the lazy expert that sees what a criterion is about; None where one that looks anyway sees it, or none
    does.

    Args:
        criterion: The criterion in the user's words.
        awake: The slots of the experts that look at every collection.
        lazy: The experts that have not looked yet. One that cannot run here may be returned; a look says what it lacks.
        texts: Matches the criterion to slots.
    """
    slot = route(criterion, [*awake, *(spec for expert in lazy for spec in expert.specs)], texts).slot
    return next((expert for expert in lazy if any(spec.name == slot for spec in expert.specs)), None)
