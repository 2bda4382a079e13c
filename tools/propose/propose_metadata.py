"""Proposes criteria from what files say of their pictures: by when, where and with what they were taken."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from tools.metadata.columns import Column
from tools.metadata.metadata_criteria import MetadataCriterion
from tools.names import amount
from tools.propose.propose import EXAMPLES, LEAST_QUALITY, Proposal

MOST = 4
"""The most proposals of this kind: what pictures show is proposed beside it."""
_OF_A_KIND = 2
"""The most of them that follow from the date, and from anything else that is one fact."""
_PLACES = ("place", "city", "country")


def propose_metadata(columns: Mapping[MetadataCriterion, Column], images: Sequence[str]) -> list[Proposal]:
    """Return the criteria that divide a collection well, best first.

    Args:
        columns: The values of the n images under each criterion.
        images: The ids of the images.
    """
    found: list[tuple[float, str, MetadataCriterion, Proposal, list[str | None]]] = []
    for criterion, column in columns.items():
        if (
            proposal := proposal_of(criterion, column, images)
        ) is not None and proposal.quality >= LEAST_QUALITY:
            found.append((-proposal.quality, criterion.name, criterion, proposal, list(column.values)))
    chosen: list[Proposal] = []
    divided: list[list[int]] = []
    kinds: Counter[str] = Counter()
    for _, _, criterion, proposal, values in sorted(found, key=lambda item: item[:2]):
        kind = "date" if criterion.dated else "place" if criterion.name in _PLACES else criterion.name
        numbers = _partition(values)
        if len(chosen) == MOST or kinds[kind] == _OF_A_KIND or numbers in divided:
            continue
        kinds[kind] += 1
        divided.append(numbers)
        chosen.append(proposal)
    return chosen


def proposal_of(criterion: MetadataCriterion, column: Column, images: Sequence[str]) -> Proposal | None:
    """Return a criterion as a proposal, whatever its quality; None where it makes no two groups of any use."""
    n, count = len(images), Counter(value for value in column.values if value is not None)
    if len(count) < 2 or 2 * len(count) > n:
        return None
    said = count.total()
    shares = np.array(list(count.values())) / said
    # How many equal groups the split is worth, against two, as for what is seen.
    evenness = min(1.0, float(np.exp(-(shares * np.log(shares)).sum())) - 1.0)
    sure = float(column.confidence[[value is not None for value in column.values]].mean())
    coverage = said / n
    of = "all images" if coverage > 0.995 else f"{coverage:.0%} of the images"
    why = f"{amount(len(count), 'different one')}, said by the files of {of}"
    groups = tuple((value, count[value]) for value in column.order)
    members: dict[str, list[str]] = {}
    for image, value in zip(images, column.values, strict=True):
        if value is not None:
            members.setdefault(value, []).append(image)
    examples = tuple(tuple(members[value][:EXAMPLES]) for value, _ in groups)
    quality = round(coverage * sure * evenness * criterion.interest, 3)
    return Proposal(criterion.name, why, quality, groups, examples)


def _partition(values: Sequence[str | None]) -> list[int]:
    """Return the partition that values make, without their names."""
    number: dict[str | None, int] = {}
    return [number.setdefault(value, len(number)) for value in values]
