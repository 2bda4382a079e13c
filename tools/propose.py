"""Criteria that fit a collection: from how well the slots of its descriptions split it, from what a language model
makes of them, and the user's own."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tools.describe import Descriptions
from tools.embed.criterion_views import NEIGHBOURS, agreement
from tools.embed.prepare import prepare, prepared
from tools.embed.route import PLAIN, route_here, slots_here
from tools.errors import Cancelled, RegroupError
from tools.models.ports import SlotSpec, TextEncoder, Thinker, Vectors
from tools.names import amount
from tools.progress import Progress, silent
from tools.suggest import SAME, Suggestion, suggest

_LEAST_QUALITY = 0.15
"""The quality under which a criterion is not proposed."""
_SAMPLE = 600
"""The most images on which a view's structure is judged."""
_EXAMPLES = 4
"""The number of images that are shown for each group."""
_FEW = 6 * NEIGHBOURS
"""Of fewer images a group may have fewer members than an image has neighbours, and their agreement tells nothing."""
_HEARD = 0.15
"""The share of its quality by which a proposal rises where a language model proposed it for every batch, or falls where
for none: what is measured decides."""
_UNSEEN = 0.4
"""Quality of a criterion that only a describer could tell, proposed for every batch: nobody has looked yet."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A criterion that could be grouped by.

    Attributes:
        criterion: What to call it.
        why: One line for people.
        quality: Expected quality in [0, 1]: coverage x confidence x evenness x how far the pictures bear the words out,
            or the clearness of the structure; times how often people sort by such a thing.
        groups: Value and number of images, largest first; empty where only the structure is known.
        examples: For each of the groups the ids of a few of its images, surest first.
        own: Whether the user named it.
    """

    criterion: str
    why: str
    quality: float
    groups: tuple[tuple[str, int], ...] = ()
    examples: tuple[tuple[str, ...], ...] = ()
    own: bool = False


def propose(
    descriptions: Descriptions,
    most: int = 8,
    seed: int = 0,
    *,
    own: Sequence[str] = (),
    texts: TextEncoder | None = None,
    thinker: Thinker | None = None,
    describes: bool = False,
    progress: Progress = silent,
    tell: Callable[[str], None] = lambda line: None,
) -> list[Proposal]:
    """Return criteria for this collection: the user's own first (V* of MLLM_MC, Eq. 2), then the others, best first;
    none of those puts all in one group, or parts the images just as a better one does.

    Args:
        descriptions: What the experts and describers say.
        most: The most proposals besides the user's own, which are never left out.
        seed: Of every random choice.
        own: Criteria that the user wants, in their words.
        texts: Tells what a criterion is about; without it, `own` stands alone and no language model is asked.
        thinker: A language model to ask as well. Where it fails, what is measured is proposed, and `tell` hears why.
        describes: Whether there is a model that can be asked about what no expert sees.
        progress: Called during long work.
        tell: Takes one line for people.
    """
    made = {}
    for spec in slots_here(descriptions):
        column, confidence = descriptions.column(spec.name)
        values = [value if value != spec.nothing else None for value in column]
        if any(values):
            found = _from_slot(spec, values, confidence, descriptions, seed)
        elif spec.views and spec.views[0] in descriptions.views:
            found = _from_structure(spec, descriptions.view(spec.views[0]), seed)
        else:
            found = None
        if found is not None:
            made[spec.name] = found
    named = _named(own, made, descriptions, texts, describes)
    heard = _heard(descriptions, thinker, texts, seed, progress, tell)
    for suggestion in heard:
        if suggestion.slot is None and describes and not _same(suggestion.criterion, own, texts):
            why = "a language model suggests it; the model that describes would be asked"
            quality = round(_UNSEEN * suggestion.support, 3)
            made[f"heard: {suggestion.criterion}"] = Proposal(suggestion.criterion, why, quality)
    if heard:
        support = {s.slot: s.support for s in heard}
        made = {slot: _weighed(p, slot, support) for slot, p in made.items()}
    good = [p for slot, p in made.items() if slot not in named and p.quality >= _LEAST_QUALITY]
    ranked = sorted(good, key=lambda proposal: (-proposal.quality, proposal.criterion))
    parted = [proposal.groups for proposal in ranked]
    others = [p for i, p in enumerate(ranked) if not p.groups or p.groups not in parted[:i]][:most]
    return [*named.values(), *others]


def _named(
    own: Sequence[str],
    made: dict[str, Proposal],
    descriptions: Descriptions,
    texts: TextEncoder | None,
    describes: bool,
) -> dict[str, Proposal]:
    """Return the user's own criteria, by the slot that they are about; what is measured of that slot belongs to
    them."""
    named: dict[str, Proposal] = {}
    for criterion in dict.fromkeys(" ".join(text.split()) for text in own):
        if not criterion:
            continue
        slot = route_here(criterion, descriptions, texts).slot if texts is not None else None
        unseen = "the model that describes would be asked" if describes else "no model here sees it"
        known = made.get(
            slot or "", Proposal(criterion, "nothing that parts these pictures" if slot else unseen, 0.0)
        )
        key = slot if slot is not None and slot not in named else f"own: {criterion}"
        named[key] = replace(known, criterion=criterion, why=f"yours: {known.why}", own=True)
    return named


def _heard(
    descriptions: Descriptions,
    thinker: Thinker | None,
    texts: TextEncoder | None,
    seed: int,
    progress: Progress,
    tell: Callable[[str], None],
) -> list[Suggestion]:
    if thinker is None or texts is None:
        return []
    try:
        return suggest(descriptions, thinker, texts, seed, progress)
    except Cancelled:
        raise
    except RegroupError as error:
        tell(f"{thinker.name} gave no proposals ({error}); these are from what was measured")
        return []


def _same(criterion: str, own: Sequence[str], texts: TextEncoder | None) -> bool:
    """Return whether the user has named a criterion already, in these words or near ones."""
    if texts is None or not own:
        return False
    vectors = texts.encode([criterion, *own])
    return bool((vectors[1:] @ vectors[0]).max() >= SAME)


def _weighed(proposal: Proposal, slot: str, support: dict[str | None, float]) -> Proposal:
    if slot.startswith("heard: "):
        return proposal
    factor = 1 - _HEARD + 2 * _HEARD * support.get(slot, 0.0)
    return replace(proposal, quality=round(min(1.0, proposal.quality * factor), 3))


def _from_slot(
    spec: SlotSpec,
    values: list[str | None],
    confidence: NDArray[np.float32],
    descriptions: Descriptions,
    seed: int,
) -> Proposal | None:
    n = len(values)
    counts = Counter(value for value in values if value)
    least = max(2, n // 50)
    groups = tuple((value, count) for value, count in counts.most_common() if count >= least)
    if len(groups) < 2:
        return None
    kept = dict(groups)
    rows = [i for i, value in enumerate(values) if value in kept]
    coverage = len(rows) / n
    sure = float(confidence[rows].mean())
    shares = np.array([count for _, count in groups]) / len(rows)
    # How many equal groups the split is worth, against two: a lone odd image is no criterion.
    evenness = min(1.0, float(np.exp(-(shares * np.log(shares)).sum())) - 1.0)
    seen = "all images" if coverage > 0.995 else f"{coverage:.0%} of the images"
    why = f"{amount(len(groups), 'different one')}, seen in {seen}"
    column = [value if value in kept else None for value in values]
    borne = 0.5 + 0.5 * _borne_out(spec, column, confidence, descriptions, seed)
    quality = coverage * sure * evenness * spec.interest * borne
    examples = tuple(_surest(value, column, confidence, descriptions) for value, _ in groups)
    return Proposal(spec.title or spec.name, why, round(quality, 3), groups, examples)


def _borne_out(
    spec: SlotSpec,
    column: list[str | None],
    confidence: NDArray[np.float32],
    descriptions: Descriptions,
    seed: int,
) -> float:
    """Return how far pictures that look alike are said to be the same, in [0, 1]; 1 where that cannot be told.

    What people often sort by must agree with its own views. What they seldom sort by is a measurement, whose own view
    it always agrees with: that must show in the picture at large.
    """
    wanted = spec.views if spec.interest >= 1 else PLAIN
    there = [name for name in wanted if name in descriptions.views]
    if not there or sum(value is not None for value in column) < _FEW:
        return 1.0
    found = [agreement(prepared(name, descriptions), column, confidence, seed) for name in there]
    return min(1.0, max(0.0, *found))


def _surest(
    value: str, column: list[str | None], confidence: NDArray[np.float32], descriptions: Descriptions
) -> tuple[str, ...]:
    rows = sorted((i for i, other in enumerate(column) if other == value), key=lambda i: (-confidence[i], i))
    return tuple(descriptions.images[i] for i in rows[:_EXAMPLES])


def _from_structure(spec: SlotSpec, view: Vectors, seed: int) -> Proposal | None:
    """Return where no words are known: how clearly the view falls into groups, as k-means with 2 to 8 groups sees
    it."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    rows = prepare(view)
    rows = rows[~np.isnan(rows).any(axis=1)]
    if len(rows) < 12 or len(np.unique(rows, axis=0)) < 12:
        return None
    sample = rows[np.random.default_rng(seed).permutation(len(rows))[:_SAMPLE]]
    clear = max(
        float(silhouette_score(sample, KMeans(k, n_init=2, random_state=seed).fit_predict(sample)))
        for k in range(2, 9)
    )
    why = f"the pictures fall into groups by {spec.title or spec.name}, for which I have no words"
    return Proposal(spec.title or spec.name, why, round(max(0.0, clear) * spec.interest, 3))
