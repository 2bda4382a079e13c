"""The method SAC: an image head and a text head teach each other, less where their neighbourhoods disagree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.constraints import Constraint
from tools.fuse.base import Method
from tools.fuse.constrained import constrained_assignment
from tools.fuse.method_context import MethodContext
from tools.fuse.pair import Pair, missing_side, pair, ready
from tools.number_of_groups import k_or_estimate
from tools.progress import Progress, silent
from tools.training import Plan, batches, digest, threads, train
from tools.views import View

if TYPE_CHECKING:
    import torch

LEAST = 1e-8
"""The least probability of which a logarithm is taken."""
STEPS = 2000
"""The most steps of training for any number of images, since one epoch of many images learns as much as many of few."""


@dataclass(frozen=True, slots=True)
class Sac(Method):
    """Semantic augmentation with adaptive collaboration (our fourth paper, Eq. 2-14), for one criterion.

    p and q, (n, c) each, are linear heads with softmax on frozen features of the images and of their words (Eq. 2). All
    similarities are cosines. The paper prints sums over images in Eq. 8-11 and means in Eq. 12; both are means here, or
    lambda_a and lambda_b would depend on the batch size.

    Attributes:
        neighbours: k of the neighbour sets, at most a third of the images and a group of the mean size.
        alpha: The share of the image side in the weights (Eq. 4, 6), in (0, 1).
        a: The scale inside the weights' sigmoid (Eq. 3, 5), > 0.
        tau: The temperature of the contrast (Eq. 8-11), > 0.
        align: lambda_a of L_CL (Eq. 14).
        balance: lambda_b of L_BL (Eq. 14).
        intra: Whether the weights w^IN (Eq. 3-4) are used; otherwise they are 1.
        inter: Whether the weights w^CN (Eq. 5-6) are used; otherwise they are 1.
        plan: Adam at 1e-3, as in the paper, until the loss no longer falls.
        batch: The number of images in one step.
        checkpoint: The file from which a stopped run is resumed.
    """

    name = "sac"
    about = "a network for features and one for words that correct each other"
    aliases = ("semantic augmentation",)
    multimodal = True

    neighbours: int = 20
    alpha: float = 0.9
    a: float = 1.0
    tau: float = 1.1
    align: float = 0.6
    balance: float = 4.0
    intra: bool = True
    inter: bool = True
    plan: Plan = field(default_factory=lambda: Plan(epochs=1000, patience=30))
    batch: int = 512
    checkpoint: Path | None = None

    def missing_requirements(self, views: Sequence[View], context: MethodContext | None = None) -> str | None:
        """Return None where there are pixels and words; otherwise one line about the side that is missing."""
        return missing_side(views, self.name, context)

    def fit(
        self,
        views: Sequence[View],
        *,
        images: Sequence[str],
        constraints: Sequence[Constraint] = (),
        k: int | None = None,
        seed: int = 0,
        progress: Progress = silent,
        context: MethodContext | None = None,
    ) -> NDArray[np.float32]:
        """See `tools.fuse.base.Method.fit`. Raises UsageError as that does."""
        context, sides = ready(self, views, context), pair(views)
        k = k_or_estimate(sides.rows, k, context.values, seed)
        soft = np.zeros((len(sides.image), k), np.float32)
        present = np.flatnonzero(sides.present)
        c = min(k, len(np.unique(sides.rows[present], axis=0)))
        if c == 1:
            soft[present, 0] = 1.0
        elif c:
            soft[present, :c] = self._trained(sides, c, seed, progress)[present]
        return constrained_assignment(soft, images, constraints, context)

    def _trained(self, sides: Pair, c: int, seed: int, progress: Progress) -> NDArray[np.float32]:
        """Train and return p, (n, c) float32, or q where an image has no pixels; rows without either are undefined."""
        import torch

        with threads():
            heads = _heads(sides, c, seed)
            paired = np.flatnonzero(sides.seen & sides.read)
            if len(paired) > 1:
                near = neighbours(sides, paired, self._reach(len(paired), c), seed)
                image, text = (_features(side[paired]) for side in (sides.image, sides.text))

                def losses(epoch: int) -> "Iterator[torch.Tensor]":
                    for rows in batches(len(paired), self.batch, seed, epoch):
                        p, q = _assigned(image, heads, "image"), _assigned(text, heads, "text")
                        yield self.loss(p, q, near, rows)

                key = digest(sides.image, sides.text, c, seed, self._key_values())
                steps = -(-len(paired) // self.batch)
                train(
                    heads,
                    losses,
                    replace(self.plan, epochs=max(1, min(self.plan.epochs, STEPS // steps))),
                    stage=self.name,
                    progress=progress,
                    checkpoint=self.checkpoint,
                    key=key,
                )
            with torch.no_grad():
                p = _assigned(_features(sides.image), heads, "image").numpy()
                q = _assigned(_features(sides.text), heads, "text").numpy()
        return np.where(sides.seen[:, None], p, q).astype(np.float32)

    def _reach(self, n: int, c: int) -> int:
        return max(1, min(self.neighbours, n // 3, n // c - 1))

    def _key_values(self) -> tuple[object, ...]:
        values = (
            self.neighbours,
            self.alpha,
            self.a,
            self.tau,
            self.align,
            self.balance,
            self.intra,
            self.inter,
        )
        return (*values, self.plan, self.batch)

    def loss(
        self, p: "torch.Tensor", q: "torch.Tensor", near: "Near", rows: "torch.Tensor"
    ) -> "torch.Tensor":
        """Return L_SAC of a batch, a scalar (Eq. 14).

        Args:
            p: (n, c) the assignments of the images; rows sum to 1.
            q: (n, c) the assignments of their texts; rows sum to 1.
            near: The neighbours of each image.
            rows: (b,) the rows of the batch; neighbours may lie outside of it.
        """
        import torch

        p_text, q_image = p[near.text[rows]].mean(1), q[near.image[rows]].mean(1)  # \bar p^K, \bar q^K
        q_text, p_image = q[near.text[rows]].mean(1), p[near.image[rows]].mean(1)  # \bar q^N, \bar p^N
        own_p, own_q = p[rows], q[rows]
        with torch.no_grad():
            ones = torch.ones(len(rows))
            w_in = self._weight(own_p, p_text, own_q, q_image) if self.intra else ones
            w_cn = self._weight(own_p, q_text, own_q, p_image) if self.inter else ones
        contrast = (
            w_in * _nce(own_p, p_text, self.tau)  # Eq. 8
            + w_cn * (_nce(own_p, q_text, self.tau) + _nce(own_q, p_image, self.tau))  # Eq. 9-11
        ).mean()
        return contrast + self.align * _agreement(own_p, own_q) - self.balance * _balance(own_p, own_q)

    def _weight(
        self, p: "torch.Tensor", p_near: "torch.Tensor", q: "torch.Tensor", q_near: "torch.Tensor"
    ) -> "torch.Tensor":
        """Return alpha sgm(sim(p, p_near) / a) + (1 - alpha) sgm(sim(q, q_near) / a), (b,) in (0, 1) (Eq. 3-6)."""
        from torch.nn.functional import cosine_similarity

        image = (cosine_similarity(p, p_near) / self.a).sigmoid()
        return self.alpha * image + (1 - self.alpha) * (cosine_similarity(q, q_near) / self.a).sigmoid()


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """The rows of each image's k nearest in the space of images and in that of texts, (n, k) each."""

    image: "torch.Tensor"
    text: "torch.Tensor"


def neighbours(sides: Pair, rows: NDArray[np.intp], reach: int, seed: int) -> Near:
    """Return the nearest images by cosine, without the image itself.

    Where descriptions are single words many are equally near. The seed chooses among them, or else the first in the
    folder would be everybody's neighbours.
    """
    import torch
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng(seed)
    nearest = []
    for side in (sides.image, sides.text):
        unit = _features(side[rows]).numpy() / np.sqrt(side.shape[1])
        unit = unit + rng.normal(0, 1e-4, unit.shape)
        near = NearestNeighbors(n_neighbors=reach + 1).fit(unit).kneighbors(unit, return_distance=False)
        nearest.append(torch.from_numpy(near[:, 1:].astype(np.int64)))
    return Near(*nearest)


def _features(rows: NDArray[np.float32]) -> "torch.Tensor":
    """Scale rows to squared norm d, (n, d), as of an encoder's top layer, so that the paper's rate suits the heads."""
    import torch
    from torch.nn.functional import normalize

    features: torch.Tensor = normalize(torch.from_numpy(rows), dim=1) * rows.shape[1] ** 0.5
    return features


def _heads(sides: Pair, c: int, seed: int) -> "dict[str, torch.Tensor]":
    import torch

    generator = torch.Generator().manual_seed(seed)
    heads: dict[str, torch.Tensor] = {}
    for side, width in (("image", sides.image.shape[1]), ("text", sides.text.shape[1])):
        weight = torch.empty(width, c).uniform_(-(width**-0.5), width**-0.5, generator=generator)
        heads |= {f"{side}.weight": weight, f"{side}.bias": torch.zeros(c)}
    return {name: value.requires_grad_() for name, value in heads.items()}


def _assigned(rows: "torch.Tensor", heads: "dict[str, torch.Tensor]", side: str) -> "torch.Tensor":
    """Return the assignment by one side's head, (n, c), whose rows sum to 1 (Eq. 2)."""
    return (rows @ heads[f"{side}.weight"] + heads[f"{side}.bias"]).softmax(1)


def _nce(assigned: "torch.Tensor", near: "torch.Tensor", tau: float) -> "torch.Tensor":
    """Return the InfoNCE of each image's assignment with its mean neighbour's, against the batch, (b,) (Eq. 8, 10,
    11)."""
    from torch.nn.functional import normalize

    scores = normalize(assigned, dim=1) @ normalize(near, dim=1).T / tau
    return scores.logsumexp(1) - scores.diagonal()


def _agreement(p: "torch.Tensor", q: "torch.Tensor") -> "torch.Tensor":
    """Return L_CL, a scalar (Eq. 12): the cross-entropy of p and q over columns, as distributions over images, and
    rows."""
    columns = p / p.sum(0).clamp(min=LEAST)
    others = q / q.sum(0).clamp(min=LEAST)
    by_column = -(columns * others.clamp(min=LEAST).log()).sum(0).mean()
    return by_column - (p * q.clamp(min=LEAST).log()).sum(1).mean()


def _balance(p: "torch.Tensor", q: "torch.Tensor") -> "torch.Tensor":
    """Return L_BL, a scalar (Eq. 13): the entropy of the mean assignments, which is maximised."""
    mean_p, mean_q = (side.mean(0).clamp(min=LEAST) for side in (p, q))
    return -(mean_p * mean_p.log() + mean_q * mean_q.log()).sum()
