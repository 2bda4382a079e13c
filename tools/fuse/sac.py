"""Groups by SAC: an image head and a text head teach each other, less where their neighbourhoods disagree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint
from tools.fuse.base import Method
from tools.fuse.constrained import constrained_assignment, constrained_kmeans
from tools.fuse.method_context import MethodContext
from tools.fuse.pair import Pair, missing_side, pair, ready
from tools.number_of_groups import k_or_estimate
from tools.progress import Progress, silent
from tools.relational_graph import lift
from tools.training import Plan, batches, checkpoint_in, digest, threads, train
from tools.views import View

if TYPE_CHECKING:
    import torch

LEAST = 1e-8
"""The least probability of which a logarithm is taken."""
STEPS = 2000
"""The most steps of training for any number of images, since one epoch of many images learns as much as many of few."""
START = Plan(epochs=500, rate=5e-2)
"""How the heads are fitted to the groups that they start at, until they hold all that a linear head can: with a hundred
epochs at .01 they lost one image in twenty of emotion on cmuface before training began."""


@dataclass(frozen=True, slots=True)
class Sac(Method):
    """Semantic augmentation with adaptive collaboration (our fourth paper, Eq. 2-14), for one criterion.

    p and q, (n, c) each, are linear heads with softmax on frozen features of the images and of their words (Eq. 2). All
    similarities are cosines. "sac:weights=printed,start=random,balance=4" is the method as printed, but for one thing:
    the paper prints sums over images in Eq. 8-11 and means in Eq. 12, and both are means here. With sums the contrast
    drowns the other losses, so that Table 4 could not be: colour of fruit360_crossed has NMI .503 with sums, to the
    digit as with L_RC alone, and .758 with means.

    Why its parts do not help on real folders, and what is done by default (docs/benchmarks/collaboration.csv):

    - The weights of Eq. 3-6 cannot leave an image out. Cosines of assignments are never negative, so a weight lies
      between .5 and .73; for species, where neighbours by words are of one kind no more often than any two images (.34
      against .33), most lie between .60 and .73. Here a weight is what lies above chance, from 0 to 1, and L_CL is
      weighted as well: species has .81 with weights, .72 with the printed ones and .10 without any.
    - From a random start every image is as certain as any other, and the heads learn the words before the weights can
      tell. The words of the bundled experts are guessed from the same pixels and are worse than these: species has NMI
      .05 by its words, .82 by k-means on the pixels and .08 as printed (.05 to .19 with any part left out). So the
      heads start at the pictures, unless a model was asked for the words.
    - A start at words that a model was asked for finds groups of which the pictures tell nothing, and keeps what is
      wrong in the words: with 60 % of the descriptions swapped NMI on drawings is .52, and .69 with
      "sac:start=random,weights=printed", which has .93 against .97 where all words are right.
    - L_BL with lambda_b = 4 makes groups of one size, whatever the pictures show. With the printed weights and a start
      at the pictures colour falls from .786 to .642; here lambda_b is 1, and hardly matters.

    Attributes:
        neighbours: k of the neighbour sets, at most a third of the images and a group of the mean size.
        alpha: The share of the image side in the weights (Eq. 4, 6), in (0, 1).
        a: The scale inside the weights' sigmoid (Eq. 3, 5), > 0.
        tau: The temperature of the contrast (Eq. 8-11), > 0.
        align: lambda_a of L_CL (Eq. 14).
        balance: lambda_b of L_BL (Eq. 14).
        intra: Whether there is L_RC^intra (Eq. 8), by neighbours of the same side.
        inter: Whether there is L_RC^inter (Eq. 9-11), by neighbours of the other side.
        intra_weights: Whether it is weighted by w^IN (Eq. 3-4); otherwise the weights are 1.
        inter_weights: Whether it is weighted by w^CN (Eq. 5-6); otherwise the weights are 1.
        weights: "chance" for weights above what chance would give, "printed" for those of Eq. 3-6.
        sums: Whether Eq. 8-11 are sums over a batch, as printed, or means.
        start: What both heads start at: the groups of k-means in the pixels ("image") or in the words ("text"), or
            "random", as printed. "auto" is "text" where a model was asked about each image under the criterion, and
            "image" where the words are those that the experts have for any criterion.
        plan: Adam at 1e-3, as in the paper, until the loss no longer falls.
        batch: The number of images in one step.
    """

    name = "sac"
    about = "a network for features and one for words that correct each other"
    aliases = ("semantic augmentation",)
    multimodal = True
    trains = True

    neighbours: int = 20
    alpha: float = 0.9
    a: float = 1.0
    tau: float = 1.1
    align: float = 0.6
    balance: float = 1.0
    intra: bool = True
    inter: bool = True
    intra_weights: bool = True
    inter_weights: bool = True
    weights: Literal["chance", "printed"] = "chance"
    sums: bool = False
    start: Literal["auto", "image", "text", "random"] = "auto"
    plan: Plan = field(default_factory=lambda: Plan(epochs=1000, patience=30))
    batch: int = 512

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
            soft[present, :c] = self._trained(sides, c, seed, progress, context)[present]
        return constrained_assignment(soft, images, constraints, context)

    def _trained(
        self, sides: Pair, c: int, seed: int, progress: Progress, context: MethodContext
    ) -> NDArray[np.float32]:
        """Train and return p, (n, c) float32, or q where an image has no pixels; rows without either are undefined."""
        import torch

        start = self.start
        if start == "auto":
            start = "text" if context.described else "image"
        with threads():
            features = _features(sides.image, sides.seen), _features(sides.text, sides.read)
            heads = _heads(features, c, seed)
            paired = np.flatnonzero(sides.seen & sides.read)
            if len(paired) > 1:
                image, text = (side[paired] for side in features)
                near = Near(*(neighbours(side, self._reach(len(paired), c), seed) for side in (image, text)))
                if start != "random":
                    groups = self._groups(sides, start, c, seed)
                    start_at(groups[paired], image, text, heads)

                def losses(epoch: int) -> "Iterator[torch.Tensor]":
                    for rows in batches(len(paired), self.batch, seed, epoch):
                        p, q = assigned(image, heads, "image"), assigned(text, heads, "text")
                        yield self.loss(p, q, near, rows)

                key = digest(sides.image, sides.text, c, seed, self._key_values())
                steps = -(-len(paired) // self.batch)
                train(
                    heads,
                    losses,
                    replace(self.plan, epochs=max(1, min(self.plan.epochs, STEPS // steps))),
                    stage=self.name,
                    progress=progress,
                    checkpoint=checkpoint_in(context.checkpoints, self.name, key),
                    key=key,
                )
            with torch.no_grad():
                p = assigned(features[0], heads, "image").numpy()
                q = assigned(features[1], heads, "text").numpy()
        return np.where(sides.seen[:, None], p, q).astype(np.float32)

    def _groups(self, sides: Pair, start: str, c: int, seed: int) -> NDArray[np.intp]:
        """Return the groups of k-means in one side, (n,)."""
        rows, present = (sides.image, sides.seen) if start == "image" else (sides.text, sides.read)
        names = [str(row) for row in range(len(rows))]
        soft = constrained_kmeans(np.where(present[:, None], rows, np.nan), names, (), c, seed)
        return np.asarray(soft.argmax(1), np.intp)

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
            self.intra_weights,
            self.inter_weights,
            self.weights,
            self.sums,
            self.start,
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
            w_in = self.weight(own_p, p_text, own_q, q_image) if self.intra_weights else ones
            w_cn = self.weight(own_p, q_text, own_q, p_image) if self.inter_weights else ones
        each = torch.zeros(len(rows))
        if self.intra:
            each = each + w_in * nce(own_p, p_text, self.tau)  # Eq. 8
        if self.inter:
            each = each + w_cn * (nce(own_p, q_text, self.tau) + nce(own_q, p_image, self.tau))  # Eq. 9-11
        contrast = each.sum() if self.sums else each.mean()  # Eq. 7
        agreed = agreement(own_p, own_q, w_cn if self.weights == "chance" else ones)
        return contrast + self.align * agreed - self.balance * entropy(own_p, own_q)

    def weight(
        self, p: "torch.Tensor", p_near: "torch.Tensor", q: "torch.Tensor", q_near: "torch.Tensor"
    ) -> "torch.Tensor":
        """Return alpha u(p, p_near) + (1 - alpha) u(q, q_near), (b,) in [0, 1] (Eq. 3-6).

        As printed, u is sgm(sim / a). By "chance" it is how far the cosine lies above that with the mean of all
        neighbours, as a share of what is possible; 0 where it lies below.
        """
        return self.alpha * self._certainty(p, p_near) + (1 - self.alpha) * self._certainty(q, q_near)

    def _certainty(self, own: "torch.Tensor", near: "torch.Tensor") -> "torch.Tensor":
        from torch.nn.functional import cosine_similarity

        cosine = cosine_similarity(own, near)
        if self.weights == "printed":
            return (cosine / self.a).sigmoid()
        chance = cosine_similarity(own, near.mean(0, keepdim=True))
        return ((cosine - chance) / (1 - chance).clamp(min=LEAST)).clamp(0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Return the rows of each image's k nearest in the space of images and in that of texts, (n, k) each."""

    image: "torch.Tensor"
    text: "torch.Tensor"


def neighbours(rows: "torch.Tensor", reach: int, seed: int) -> "torch.Tensor":
    """Return the nearest of n rows of one length by cosine, (n, reach), without the row itself.

    Where descriptions are single words many are equally near. The seed chooses among them, or else the first in the
    folder would be everybody's neighbours.
    """
    import torch
    from sklearn.neighbors import NearestNeighbors

    unit = rows.numpy() / np.sqrt(rows.shape[1])
    unit = unit + np.random.default_rng(seed).normal(0, 1e-4, unit.shape)
    near = NearestNeighbors(n_neighbors=reach + 1).fit(unit).kneighbors(unit, return_distance=False)
    return torch.from_numpy(near[:, 1:].astype(np.int64))


def _features(rows: NDArray[np.float32], present: NDArray[np.bool_]) -> "torch.Tensor":
    """Return (n, d + 1) of squared norm d + 1, as of an encoder's top layer, so that the paper's rate suits the heads.

    The rows are lifted to the sphere (`tools.relational_graph.lift`): of a view that measures one thing, such as an
    angle, the distance from the middle tells as much as the direction. Rows that are not present are zeros.
    """
    import torch

    lifted = np.nan_to_num(lift(np.where(present[:, None], rows, np.nan)))
    return torch.from_numpy(lifted * np.float32(lifted.shape[1] ** 0.5))


def _heads(features: "tuple[torch.Tensor, torch.Tensor]", c: int, seed: int) -> "dict[str, torch.Tensor]":
    import torch

    generator = torch.Generator().manual_seed(seed)
    heads: dict[str, torch.Tensor] = {}
    for side, rows in zip(("image", "text"), features, strict=True):
        width = rows.shape[1]
        weight = torch.empty(width, c).uniform_(-(width**-0.5), width**-0.5, generator=generator)
        heads |= {f"{side}.weight": weight, f"{side}.bias": torch.zeros(c)}
    return {name: value.requires_grad_() for name, value in heads.items()}


def start_at(
    labels: NDArray[np.intp], image: "torch.Tensor", text: "torch.Tensor", heads: "dict[str, torch.Tensor]"
) -> None:
    """Fit both heads in place to the labels of n images, (n,), by cross-entropy.

    Where the words of images of one group differ as much as those of any images, the text head starts at the shares of
    the groups, so that it holds no image back.
    """
    import torch
    from torch.nn.functional import cross_entropy

    target = torch.from_numpy(labels.astype(np.int64))

    def losses(epoch: int) -> "Iterator[torch.Tensor]":
        yield sum(  # type: ignore[misc]
            cross_entropy(_logits(rows, heads, side), target)
            for side, rows in (("image", image), ("text", text))
        )

    with torch.no_grad():
        for value in heads.values():
            value.zero_()
    train(heads, losses, START, stage="", progress=silent)


def assigned(rows: "torch.Tensor", heads: "dict[str, torch.Tensor]", side: str) -> "torch.Tensor":
    """Return the assignment by one side's head, (n, c), whose rows sum to 1 (Eq. 2)."""
    return _logits(rows, heads, side).softmax(1)


def _logits(rows: "torch.Tensor", heads: "dict[str, torch.Tensor]", side: str) -> "torch.Tensor":
    return rows @ heads[f"{side}.weight"] + heads[f"{side}.bias"]


def nce(assigned: "torch.Tensor", near: "torch.Tensor", tau: float) -> "torch.Tensor":
    """Return the InfoNCE of each image's assignment with its mean neighbour's, against the batch, (b,) (Eq. 8, 10,
    11)."""
    from torch.nn.functional import normalize

    scores = normalize(assigned, dim=1) @ normalize(near, dim=1).T / tau
    return scores.logsumexp(1) - scores.diagonal()


def agreement(p: "torch.Tensor", q: "torch.Tensor", weight: "torch.Tensor") -> "torch.Tensor":
    """Return L_CL, a scalar (Eq. 12): the cross-entropy of p and q over columns, as distributions over images, and
    rows.

    Args:
        p: (b, c) the assignments of the images.
        q: (b, c) those of their texts.
        weight: (b,) how much each image counts, in [0, 1]; 1 as printed.
    """
    weighed = p * weight[:, None]
    columns = weighed / weighed.sum(0).clamp(min=LEAST)
    others = q / q.sum(0).clamp(min=LEAST)
    by_column = -(columns * others.clamp(min=LEAST).log()).sum(0).mean()
    by_row = -(weighed * q.clamp(min=LEAST).log()).sum(1).mean()
    return weight.mean() * by_column + by_row


def entropy(p: "torch.Tensor", q: "torch.Tensor") -> "torch.Tensor":
    """Return L_BL, a scalar (Eq. 13): the entropy of the mean assignments, which is maximised."""
    mean_p, mean_q = (side.mean(0).clamp(min=LEAST) for side in (p, q))
    return -(mean_p * mean_p.log() + mean_q * mean_q.log()).sum()
