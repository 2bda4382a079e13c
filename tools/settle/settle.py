"""Make a clustering of a soft assignment."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.clustering import UNSORTED, Cluster, Clustering
from tools.describe import Descriptions
from tools.embed.route import Route
from tools.guided import IN_VECTORS
from tools.settle.naming import names

UNSURE = 0.5
"""Confidences are scaled down by this where no expert sees the criterion."""
LONGEST = 60
"""Characters of an id."""


def settle(
    soft: NDArray[np.float32],
    chosen: Route,
    descriptions: Descriptions,
    method: str,
    without: Sequence[Clustering] = (),
) -> Clustering:
    """Name the groups, order them by size and put what could not be placed on the unsorted pile.

    Args:
        soft: (n, k) float32; a row of zeros marks an image that could not be placed. Empty groups vanish.
        chosen: What the criterion was routed to.
        descriptions: Of the same n images.
        method: Name of the method that made the assignment.
        without: Clusterings that were taken out of the views.
    """
    labels = np.where(soft.sum(1) > 0, soft.argmax(1), UNSORTED).astype(np.int32)
    order = sorted(set(labels[labels >= 0].tolist()), key=lambda g: (-int((labels == g).sum()), g))
    renumbered = np.full(len(labels), UNSORTED, np.int32)
    for new, old in enumerate(order):
        renumbered[labels == old] = new
    confidence = soft.max(1) if soft.size else np.zeros(len(labels))
    named = names(renumbered, len(order), chosen, descriptions)
    return Clustering(
        id=slug(chosen.criterion),
        criterion=chosen.criterion,
        images=descriptions.images,
        clusters=tuple(Cluster(f"c{i + 1}", name) for i, name in enumerate(named)),
        labels=renumbered,
        confidence=(confidence * (1.0 if chosen.sure else UNSURE)).astype(np.float32),
        method=method,
        sources=(_source(chosen, without),),
        sure=chosen.sure,
        next_number=len(order) + 1,
    )


def _source(chosen: Route, without: Sequence[Clustering]) -> str:
    """What the groups were made from, for people."""
    if not chosen.matches:
        left = f", with {' and '.join(made.criterion for made in without)} taken out" if without else ""
        return f"plain image features{left}" + (f" ({chosen.lacking})" if chosen.lacking else "")
    spec = chosen.matches[0][0]
    if spec.by:
        also = ", in words and vectors" if any(v.endswith(IN_VECTORS) for v in spec.views) else ""
        return f"{spec.by}: {spec.title or spec.name}{also}"
    expert = spec.views[0].split(".")[0] if spec.views else "no"
    return f"{expert} expert: {spec.title or spec.name}"


def slug(criterion: str) -> str:
    """A short id of a criterion: lower-case words joined by hyphens, never empty.

    Where that is too long, or there is no word, it ends in a digest: no two criteria that differ have the same id.
    """
    words = "-".join(re.findall(r"\w+", criterion.lower()))
    if 0 < len(words) <= LONGEST:
        return words
    digest = hashlib.sha256(
        (words or " ".join(criterion.split())).encode("utf-8", "surrogatepass")
    ).hexdigest()[:8]
    return f"{words[: LONGEST - 9] or 'criterion'}-{digest}"
