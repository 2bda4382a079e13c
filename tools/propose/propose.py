"""Proposes criteria for a collection: the user's own, those whose slots split it well, and a language model's."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tools.describe.describe import Descriptions, GeneralDescriptions
from tools.embed.criterion_views import NEIGHBOURS, agreement
from tools.embed.prepare import prepare, prepared
from tools.embed.route import LIKENESS, route_here, slots_here
from tools.errors import Cancelled, RegroupError
from tools.models.ports import SlotSpec, TextEncoder, Thinker, Vectors
from tools.names import amount
from tools.progress import Progress, silent
from tools.propose.applies import applies
from tools.propose.suggest import SAME, Suggestion, suggest

LEAST_QUALITY = 0.15
"""The least quality with which a criterion is proposed."""
_SAMPLE = 600
"""The most images on which a view's structure is judged."""
EXAMPLES = 4
"""The most images that are shown of each group."""
_LEAST_IMAGES = 6 * NEIGHBOURS
"""The fewest images for which agreement is measured; with fewer, a group may have fewer members than an image has
neighbours."""
_SUGGESTED_SHARE = 0.15
"""The share of its quality that a proposal gains where a language model proposed it for every batch, and loses where it
did for none. It is small, so that the measured quality decides."""
_UNSEEN_QUALITY = 0.4
"""The quality of a criterion that was proposed for every batch but that only a describer, not asked yet, could see."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Offers a criterion that could be grouped by.

    Attributes:
        criterion: The name of the criterion.
        why: One line for people on why it is proposed.
        quality: The expected quality in [0, 1]: coverage x confidence x evenness x agreement of the pictures with the
            words, or the silhouette of the structure; times how often people sort by such a thing.
        groups: Value and number of images of each group, the largest first; empty where there are no words for them.
        examples: The ids of a few images of each group, surest first.
        own: Whether the user named the criterion.
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
    general: GeneralDescriptions | None = None,
    progress: Progress = silent,
    tell: Callable[[str], None] = lambda line: None,
) -> list[Proposal]:
    """Return criteria for this collection: the user's own first (V* of MLLM_MC, Eq. 2), then the others, best first.

    The others leave out criteria that put all images in one group, and those that split the images as a better one
    does.

    Args:
        descriptions: What the experts and describers say.
        most: The most proposals besides the user's own, which are never left out.
        seed: The seed of every random choice.
        own: The criteria that the user wants, in the user's words.
        texts: Matches criteria to slots; without it, `own` is not matched and no language model is asked.
        thinker: A language model that is asked as well. Where it fails, `tell` gets the reason and the measured
            proposals are returned.
        describes: Whether a describer can be asked about what no expert sees.
        general: What a describer says of a sample of the images in general, from which the language model then infers
            criteria (MLLM_MC, Eq. 1).
        progress: Called during long work.
        tell: Takes one line for people.
    """
    proposals = {}
    structures: set[str] = set()  # two slots with one view are one proposal, named by the first
    slots = slots_here(descriptions)
    for done, spec in enumerate(slots):
        progress("measuring what divides", done, len(slots))  # for each: whoever stops it waits for one alone
        column, confidence = descriptions.column(spec.name)
        values = [value if value != spec.nothing else None for value in column]
        if any(values):
            proposal = _from_slot(spec, values, confidence, descriptions, seed)
        elif spec.labels:
            proposal = None  # its words are silent here, and its views say what its words would
        elif spec.views and spec.views[0] in descriptions.views and spec.views[0] not in structures:
            structures.add(spec.views[0])
            proposal = _from_structure(spec, descriptions.view(spec.views[0]), seed)
        else:
            proposal = None
        if proposal is not None:
            proposals[spec.name] = proposal
    named = _named(own, proposals, descriptions, texts, describes)
    suggestions = _suggestions(descriptions, thinker, texts, seed, general, progress, tell)
    for suggestion in suggestions:
        if suggestion.slot is None and describes and not _same(suggestion.criterion, own, texts):
            why = "a language model suggests it; the model that describes would be asked"
            quality = round(_UNSEEN_QUALITY * suggestion.support, 3)
            proposals[f"heard: {suggestion.criterion}"] = Proposal(suggestion.criterion, why, quality)
    if suggestions:
        support = {s.slot: s.support for s in suggestions}
        proposals = {slot: _weighed(p, slot, support) for slot, p in proposals.items()}
    # What the user names is measured all the same; it is only not offered unasked.
    unfit = {spec.name for spec in slots_here(descriptions) if not applies(spec, descriptions)}
    good = [p for slot, p in proposals.items() if slot not in {*named, *unfit} and p.quality >= LEAST_QUALITY]
    ranked = sorted(good, key=lambda proposal: (-proposal.quality, proposal.criterion))
    seen_groups = [proposal.groups for proposal in ranked]
    others = [p for i, p in enumerate(ranked) if not p.groups or p.groups not in seen_groups[:i]][:most]
    return [*named.values(), *others]


def _named(
    own: Sequence[str],
    proposals: dict[str, Proposal],
    descriptions: Descriptions,
    texts: TextEncoder | None,
    describes: bool,
) -> dict[str, Proposal]:
    """Return the user's own criteria by the slot that each is about, with what was measured of that slot."""
    named: dict[str, Proposal] = {}
    for criterion in dict.fromkeys(" ".join(text.split()) for text in own):
        if not criterion:
            continue
        slot = route_here(criterion, descriptions, texts).slot if texts is not None else None
        unseen = "the model that describes would be asked" if describes else "no model here sees it"
        measured = proposals.get(
            slot or "", Proposal(criterion, "nothing that divides these pictures" if slot else unseen, 0.0)
        )
        key = slot if slot is not None and slot not in named else f"own: {criterion}"
        named[key] = replace(measured, criterion=criterion, why=f"yours: {measured.why}", own=True)
    return named


def _suggestions(
    descriptions: Descriptions,
    thinker: Thinker | None,
    texts: TextEncoder | None,
    seed: int,
    general: GeneralDescriptions | None,
    progress: Progress,
    tell: Callable[[str], None],
) -> list[Suggestion]:
    if thinker is None or texts is None:
        return []
    try:
        return suggest(descriptions, thinker, texts, seed, progress, general)
    except Cancelled:
        raise
    except RegroupError as error:
        tell(f"{thinker.name} gave no proposals ({error}); these are from what was measured")
        return []


def _same(criterion: str, own: Sequence[str], texts: TextEncoder | None) -> bool:
    """Return whether the user has named a criterion already, in these words or in near ones (cosine of `SAME`)."""
    if texts is None or not own:
        return False
    vectors = texts.encode([criterion, *own])
    return bool((vectors[1:] @ vectors[0]).max() >= SAME)


def _weighed(proposal: Proposal, slot: str, support: dict[str | None, float]) -> Proposal:
    if slot.startswith("heard: "):
        return proposal
    factor = 1 - _SUGGESTED_SHARE + 2 * _SUGGESTED_SHARE * support.get(slot, 0.0)
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
    counted = dict(groups)
    rows = [i for i, value in enumerate(values) if value in counted]
    coverage = len(rows) / n
    sure = float(confidence[rows].mean())
    shares = np.array([count for _, count in groups]) / len(rows)
    # How many equal groups the split is worth, against two: a lone odd image is no criterion.
    evenness = min(1.0, float(np.exp(-(shares * np.log(shares)).sum())) - 1.0)
    coverage_text = "all images" if coverage > 0.995 else f"{coverage:.0%} of the images"
    why = f"{amount(len(groups), 'different one')}, seen in {coverage_text}"
    column = [value if value in counted else None for value in values]
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
    """Return how far the same is said of pictures that look alike, in [0, 1]; 1 where that cannot be measured.

    A slot that people often sort by is compared with its own views. One that they seldom sort by is a measurement,
    which always agrees with its own view, and so it is compared with the views of the whole picture.
    """
    wanted = spec.views if spec.interest >= 1 else LIKENESS
    available = [name for name in wanted if name in descriptions.views]
    if not available or sum(value is not None for value in column) < _LEAST_IMAGES:
        return 1.0
    agreements = [agreement(prepared(name, descriptions), column, confidence, seed) for name in available]
    return min(1.0, max(0.0, *agreements))


def _surest(
    value: str, column: list[str | None], confidence: NDArray[np.float32], descriptions: Descriptions
) -> tuple[str, ...]:
    rows = sorted((i for i, other in enumerate(column) if other == value), key=lambda i: (-confidence[i], i))
    return tuple(descriptions.images[i] for i in rows[:EXAMPLES])


def _from_structure(spec: SlotSpec, view: Vectors, seed: int) -> Proposal | None:
    """Propose a slot without words by the best silhouette of k-means with 2 to 8 groups; None for too few images."""
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
