"""Has proposals keep what they promise: each criterion is grouped by, and told with the groups that come out.

The words that experts say of single pictures are not yet the groups: "dog 108, cat 81, furniture 14" becomes two groups
of 119 and 118. And only the groups show that two criteria say the same: over pets "kind of thing" and "who" divide the
pictures in one way.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from tools.clustering.clustering import UNSORTED, Clustering
from tools.describe.describe import Descriptions
from tools.errors import CannotRun, UsageError
from tools.group import group, numbers
from tools.names import amount
from tools.number_of_groups import best
from tools.progress import Progress, silent
from tools.propose.propose import EXAMPLES, Proposal
from tools.request import Request

SAME = 0.7
"""The AMI from which two groupings say the same, of which the better one is proposed. On eleven folders "kind of thing"
beside "type of thing", "who" and "animal" have .72 to .98, the suit of a card beside its colour .64."""
CANDIDATES = 12
"""How many proposals are grouped by at most, besides the user's own, until there are enough that differ."""
MOST_IMAGES = 4_000
"""Of how many images at most such groups are made. A larger collection is told by a sample, since twelve groupings of
all would take minutes."""


def promised(
    proposals: Sequence[Proposal],
    descriptions: Descriptions,
    request_of: Callable[[str, Descriptions], Request],
    most: int,
    progress: Progress = silent,
    seed: int = 0,
) -> list[Proposal]:
    """Return the proposals with the groups that grouping by them makes, without those that say the same as a better
    one and those by which the pictures fall into no clear groups.

    Those that no expert sees, so that a model would have to be asked, stay as they are.

    Args:
        proposals: The user's own first, then the others, best first.
        descriptions: What the experts say about the collection.
        request_of: Makes the request of a criterion about which nothing is known besides descriptions.
        most: The most proposals besides the user's own.
        progress: Called before each grouping; may stop it.
        seed: The seed of the sample of a large collection.

    Raises:
        tools.errors.Cancelled: `progress` asked to stop.
    """
    seen = descriptions.sample(MOST_IMAGES, seed)
    kept: list[Proposal] = []
    groupings: list[Clustering] = []
    for i, proposal in enumerate(proposals):
        if not proposal.own and sum(not other.own for other in kept) >= most:
            break
        progress("grouping", i, len(proposals))
        request = request_of(proposal.criterion, seen)
        made = _made(request)
        if made is None:
            kept.append(proposal)
            continue
        if not proposal.own and (not _holds(made, request) or any(_same(made, other) for other in groupings)):
            continue
        groupings.append(made)
        kept.append(_told(proposal, made, len(descriptions.images)) if proposal.groups else proposal)
    return kept


def _made(request: Request) -> Clustering | None:
    """Return the groups; None where no expert sees the criterion, or nothing can be made of it."""
    if not request.route.sure:
        return None
    try:
        return group(request)
    except (UsageError, CannotRun):
        return None


def _holds(made: Clustering, request: Request) -> bool:
    """Return whether the pictures fall into groups, and their number is no mere guess."""
    if len(made.clusters) < 2:
        return False
    return request.route.recorded is not None or best(numbers(request)).clear


def _same(one: Clustering, other: Clustering) -> bool:
    """Return whether two groupings divide the pictures in one way, those that both of them placed."""
    from sklearn.metrics import adjusted_mutual_info_score

    placed = (one.labels != UNSORTED) & (other.labels != UNSORTED)
    if 2 * placed.sum() <= min((one.labels != UNSORTED).sum(), (other.labels != UNSORTED).sum()):
        return False
    return float(adjusted_mutual_info_score(one.labels[placed], other.labels[placed])) >= SAME


def _told(proposal: Proposal, made: Clustering, images: int) -> Proposal:
    """Return the proposal with the groups of a clustering, which may be of a sample of the images."""
    sizes = [int((made.labels == number).sum()) for number in range(len(made.clusters))]
    times = images / len(made.images)
    groups = tuple(
        (cluster.name, round(size * times)) for cluster, size in zip(made.clusters, sizes, strict=True)
    )
    share = sum(sizes) / len(made.images)
    of = "all images" if share > 0.995 else f"{share:.0%} of the images"
    why = f"{'yours: ' if proposal.own else ''}sorts {of} into {amount(len(groups), 'group')}"
    if times > 1:
        why += f", going by {len(made.images):,} of them"
    examples = tuple(_surest(made, number) for number in range(len(groups)))
    return replace(proposal, why=why, groups=groups, examples=examples)


def _surest(made: Clustering, number: int) -> tuple[str, ...]:
    rows = np.flatnonzero(made.labels == number)
    order = rows[np.argsort(-made.confidence[rows], kind="stable")]
    return tuple(made.images[row] for row in order[:EXAMPLES].tolist())
