"""Aligns images and their texts in one space, by the trained layers of MLLM_MC (Eq. 6-9)."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tools.clustering.constraints import Constraint
from tools.fuse.constrained import constrained_assignment
from tools.fuse.method_context import MethodContext
from tools.fuse.pair import Pair, TwoSidedMethod, pair
from tools.fuse.tags import embedded, matched, shares_space, tags, terms
from tools.fuse.trust import trust, worse_than_words
from tools.progress import Progress, silent
from tools.training import Plan, batches, checkpoint_in, digest, threads, train
from tools.views import View

if TYPE_CHECKING:
    import torch

WIDTH = 128
"""The number of dimensions of the shared space."""
PATIENCE = 5
"""The number of epochs without a smaller loss on the held-out images after which training ends."""
SHARPNESS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.0)
"""The factors of queries that are tried."""
FEW = 20
"""The number of images below which none is held out."""
CERTAIN = 0.99
"""The most that a text is taken to be right before the image is looked at."""
FOLLOWS = "the groups agree with the words to {:.2f} (NMI); at 1.00 the pictures would not have counted"
"""The note on how far the groups follow the words, which says whether the fusion has collapsed to the matched tags."""
LEFT_OUT = (
    "the words were left out: pictures that look alike in what you asked for have the same word less often ({:.2f})"
    " than the same look ({:.2f})"
)
"""The note on words that did not deserve to be trusted."""
WORDS_ALONE = (
    "the words alone made the groups: with the pictures, what looks alike in what you asked for was parted"
)
"""The note on pictures that took the groups away from the criterion."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Sets how images and texts are aligned.

    Attributes:
        tau: The temperature of the contrast, > 0; by default that from which CLIP starts (Radford et al. 2021).
        contrast: Whether the layers are trained at all (Eq. 6-7).
        matching: Whether an image's text is its matched tag (Eq. 5) rather than its description.
        printed: Whether Eq. 6 is used as printed, with an image's own text in the denominator once for each image of
            that text; in our form images of one text are not each other's negatives.
        keys: What a query attends to (Eq. 8): all tags, the terms of the image's description, or the matched text
            alone, as printed, which makes attention the identity.
        prior: Whether a query attends to the image's own text more than to others, the more the surer the words are.
        held: The share of the images that training does not see, in [0, 1); it ends where the loss on them no longer
            falls. With 0 it goes on until the images are where their texts are, and no longer count.
        trust: Whether words that the criterion's own views contradict are left out, and whether the words alone count
            where these views contradict the fusion more than them (`tools.fuse.trust`).
        plan: How long and how fast to train.
        batch: The number of images in one step.
    """

    tau: float = 0.07
    contrast: bool = True
    matching: bool = True
    printed: bool = False
    keys: Literal["tags", "tokens", "matched"] = "tags"
    prior: bool = True
    held: float = 0.2
    trust: bool = True
    plan: Plan = field(default_factory=Plan)
    batch: int = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """Holds both sides of n images in one space of D dimensions; rows have squared norm D.

    Attributes:
        z: (n, D) float32, the pixels, or the words where there are no pixels.
        own_text: (n, D) float32, the image's own text, or z where it has none.
        attended: (n, D) float32, z*, the texts weighted by their likeness to the image, or z where it has none.
        seen: (n,) bool, whether the image has pixels or words.
        right: The share of the images whose own text is taken to be right, in [0, 1].
    """

    z: NDArray[np.float32]
    own_text: NDArray[np.float32]
    attended: NDArray[np.float32]
    seen: NDArray[np.bool_]
    right: float = 0.5


@dataclass(frozen=True)
class AlignedMethod(TwoSidedMethod):
    """First aligns both sides in one space (`tools.fuse.align`) and then fuses them there.

    Attributes:
        alignment: The settings of the alignment.
    """

    encodes_pictures = True
    trains = True

    alignment: Alignment = field(default_factory=Alignment)

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
        """See `tools.fuse.base.Method.fit`. A note says how far the groups follow the words. Raises UsageError."""
        from sklearn.metrics import normalized_mutual_info_score

        soft = super().fit(
            views,
            images=images,
            constraints=constraints,
            k=k,
            seed=seed,
            progress=progress,
            context=context,
        )
        if context is not None:
            tag = matched(context, tags(context.values, soft.shape[1]))
            both = soft.any(axis=1) & (tag >= 0)
            group = np.where(soft.any(axis=1), soft.argmax(1), -1)
            enough = len(np.unique(tag[both])) == soft.shape[1]
            if self.alignment.trust and enough and worse_than_words(pair(views), tag, group, seed):
                context.notes.append(WORDS_ALONE)
                soft = constrained_assignment(words_alone(tag, group, soft.shape[1]), images, constraints)
            agreed = normalized_mutual_info_score(tag[both], soft[both].argmax(1)) if both.any() else 0.0
            context.notes.append(FOLLOWS.format(agreed))
        return soft

    def rows(
        self, sides: Pair, context: MethodContext, k: int, seed: int, progress: Progress
    ) -> NDArray[np.float32]:
        """Align both sides and fuse them, (n, D) float32, with rows of NaN for images without pixels and words.

        Words that do not deserve it are not aligned with: the rows are then the pixels alone.
        """
        how = self.alignment
        texts = gather_texts(context, k, how)
        found = trust(sides, context, texts.own_text, k, seed)
        if how.trust and not found.deserved and sides.seen.any():
            context.notes.append(LEFT_OUT.format(found.words, found.pictures))
            return np.where(sides.seen[:, None], sides.image, np.nan).astype(np.float32)
        aligned = align(
            in_one_space(sides, context),
            texts,
            found.right,
            how,
            seed=seed,
            stage=self.name,
            progress=progress,
            checkpoints=context.checkpoints,
        )
        fused = self.fused(aligned)
        fused[~aligned.seen] = np.nan
        return fused

    @abstractmethod
    def fused(self, aligned: Aligned) -> NDArray[np.float32]:
        """Fuse the aligned sides into a new array, (n, D) float32; rows of images without pixels and words are
        ignored."""


def words_alone(tag: NDArray[np.intp], group: NDArray[np.intp], k: int) -> NDArray[np.float32]:
    """Return the groups of the tags, (n, k) float32; an image without one is where most of its own group are, and in
    none where none of these has one.

    Args:
        tag: (n,) the tag of each image, in 0..k-1, -1 for none.
        group: (n,) the group of each image, in 0..k-1, -1 for none.
        k: The number of tags and of groups.
    """
    among = np.zeros((k, k), np.intp)
    both = (tag >= 0) & (group >= 0)
    np.add.at(among, (group[both], tag[both]), 1)
    most = np.where(among.any(1), among.argmax(1), -1)
    chosen = np.where(tag >= 0, tag, most[group])
    chosen[(tag < 0) & (group < 0)] = -1
    return np.asarray(chosen[:, None] == np.arange(k), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Holds frozen texts of n images.

    Attributes:
        rows: (m, e) float32, the vectors of the different texts.
        own_text: (n,) the row of each image's text, -1 for none.
        keys: (n, m) bool, the texts that each image attends to.
        shared: Whether the vectors lie in the space of the images.
    """

    rows: NDArray[np.float32]
    own_text: NDArray[np.intp]
    keys: NDArray[np.bool_]
    shared: bool = False

    def prior(self, right: float) -> NDArray[np.float32]:
        """Return the logarithm of how likely each key is, (n, m) float32: an image's own text is right in a share
        `right` of the images, and each other key as often as the next."""
        number = np.maximum(self.keys.sum(1, keepdims=True), 1)
        own = np.clip(right, 1 / number, CERTAIN)
        log = np.broadcast_to(np.log((1 - own) / np.maximum(number - 1, 1)), self.keys.shape).copy()
        rows = np.flatnonzero(self.own_text >= 0)
        log[rows, self.own_text[rows]] = np.log(own[rows, 0])
        return log.astype(np.float32)


def align(
    sides: Pair,
    texts: Texts,
    right: float,
    how: Alignment,
    *,
    seed: int,
    stage: str,
    progress: Progress,
    checkpoints: Path | None = None,
) -> Aligned:
    """Train the layers on images and their texts, and map both through them.

    Args:
        sides: The two sides, of which the pixels are used.
        texts: The words.
        right: The share of the images whose own text is taken to be right, in [0, 1].
        how: The settings.
        seed: The seed of the start, of the held-out images and of the batches.
        stage: The stage that `progress` is told.
        progress: Called after each epoch; may raise to stop.
        checkpoints: The folder that keeps a stopped run (`tools.training.checkpoint_in`); None keeps none.
    """
    import torch

    has = texts.own_text >= 0
    image, words = torch.from_numpy(sides.image), torch.from_numpy(texts.rows)
    text_of = torch.from_numpy(np.where(has, texts.own_text, 0))
    with threads():
        layers = _layers(image.shape[1], words.shape[1], seed, texts.shared)
        paired, held = held_out(np.flatnonzero(has & sides.seen), how.held, seed)
        if how.contrast and len(paired):
            count = torch.bincount(text_of[paired], minlength=len(words)).clamp(min=1).float()

            def loss(rows: "torch.Tensor") -> "torch.Tensor":
                z, h = _through(layers, "image", image[rows]), _through(layers, "text", words)
                return contrast(z, h, text_of[rows], count, how.tau, how.printed)

            def losses(epoch: int) -> "Iterator[torch.Tensor]":
                for rows in batches(len(paired), how.batch, seed, epoch):
                    yield loss(paired[rows])

            # Not trained; kept with the rest so that a resumed run stops where it would have stopped.
            best = torch.tensor([float("inf"), 0.0], requires_grad=True)

            def stop(epoch: int) -> bool:
                if not len(held):
                    return False
                with torch.no_grad():
                    now = float(loss(held))
                    best.copy_(torch.tensor([now, 0.0]) if now < best[0] else best + torch.tensor([0.0, 1.0]))
                return bool(best[1] >= PATIENCE)

            key = digest(sides.image, texts.rows, texts.own_text, how, seed)
            train(
                {**layers, "best": best},
                losses,
                how.plan,
                stage=stage,
                progress=progress,
                checkpoint=checkpoint_in(checkpoints, stage, key),
                key=key,
                stop=stop,
            )
        with torch.no_grad():
            z, h = _through(layers, "image", image), _through(layers, "text", words)
            described = torch.from_numpy(has)[:, None]
            z = torch.where(torch.from_numpy(sides.seen)[:, None], z, h[text_of])
            attending = torch.from_numpy(texts.keys)
            prior = torch.from_numpy(texts.prior(right)) if how.prior else None
            query = z * sharpness(z[held], h, text_of[held], attending[held])
            star = torch.where(attending.any(1)[:, None], attend(query, h, attending, prior), z)
            own_text = torch.where(described, h[text_of], z)
    return Aligned(z.numpy(), own_text.numpy(), star.numpy(), sides.seen | has, right)


def held_out(rows: NDArray[np.intp], share: float, seed: int) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return the images to learn from and those that are held out, of which there are none where all are few.

    Args:
        rows: (b,) the images, b >= 0.
        share: The share that is held out, in [0, 1).
        seed: The seed of the choice.
    """
    import torch

    held = round(share * len(rows)) if len(rows) >= FEW else 0
    order = np.random.default_rng(seed).permutation(rows)
    return torch.from_numpy(np.sort(order[held:])), torch.from_numpy(np.sort(order[:held]))


def in_one_space(sides: Pair, context: MethodContext) -> Pair:
    """Return the sides with the images as the encoder embeds them beside its texts, where the tier has one."""
    if not shares_space(context) or context.aligned is None:
        return sides
    seen = np.asarray(np.isfinite(context.aligned).all(axis=1))
    return replace(sides, image=np.where(seen[:, None], context.aligned, 0).astype(np.float32), seen=seen)


def gather_texts(context: MethodContext, k: int, how: Alignment) -> Texts:
    """Return the texts of n images, which are their matched tags or their descriptions, and the keys of each image."""
    names = tags(context.values, k)
    descriptions = [" ".join(terms(text)) for text in context.values]
    more: Sequence[str] = sorted(set(filter(None, descriptions))) if not how.matching else ()
    if how.keys == "tokens":
        more = [*more, *sorted({term for text in context.values for term in terms(text)})]
    texts = list(dict.fromkeys([*names, *more]))
    text_index = {text: i for i, text in enumerate(texts)}
    n = len(descriptions)
    if not texts:
        return Texts(np.zeros((1, 1), np.float32), np.full(n, -1), np.zeros((n, 1), bool))
    described = np.array([text_index.get(text, -1) for text in descriptions], np.intp)
    text_of = (
        matched(context, names) if how.matching else described
    )  # tags come first: places are their columns
    keys = np.zeros((n, len(texts)), bool)
    if how.keys == "tags":
        keys[:, : len(names)] = True
    elif how.keys == "matched":
        keys[np.flatnonzero(text_of >= 0), text_of[text_of >= 0]] = True
    else:
        for row, text in enumerate(context.values):
            keys[row, [text_index[term] for term in terms(text)]] = True
    return Texts(embedded(context, texts), text_of, keys, shares_space(context))


def contrast(
    z: "torch.Tensor",
    h: "torch.Tensor",
    text_of: "torch.Tensor",
    count: "torch.Tensor",
    tau: float,
    printed: bool = False,
) -> "torch.Tensor":
    """Return InfoNCE between b images and their texts, a scalar (MLLM_MC, Eq. 6-7).

    As printed it is -log(exp(z_i.h_i / tau) / sum_j exp(z_i.h_j / tau)) with j over all images, so that each text
    counts as often as images have it. Our form takes the other images of the image's own text out of the denominator,
    since they are no negatives.

    Args:
        z: (b, D) the images.
        h: (m, D) the different texts.
        text_of: (b,) the row in h of each image's text.
        count: (m,) the number of images that have each text, >= 1.
        tau: The temperature, > 0.
        printed: Whether the form is that of the paper.
    """
    from torch.nn.functional import normalize

    cosine = normalize(z, dim=1) @ normalize(h, dim=1).T / tau
    times = count.log().expand_as(cosine)
    if not printed:
        times = times.scatter(1, text_of[:, None], 0.0)
    loss = (cosine + times).logsumexp(1) - cosine.gather(1, text_of[:, None])[:, 0]
    return loss.mean()


def attend(
    z: "torch.Tensor", h: "torch.Tensor", keys: "torch.Tensor", prior: "torch.Tensor | None" = None
) -> "torch.Tensor":
    """Return the cross-attention softmax(Q K^T / sqrt(D)) V with images as queries, (n, D) (MLLM_MC, Eq. 8-9).

    Args:
        z: (n, D) the queries.
        h: (m, D) the keys and values.
        keys: (n, m) bool, the texts that each image attends to; a row without any gives zeros.
        prior: (n, m) float32, the logarithm of how likely each text is before the image is looked at; even for None.
    """
    import torch

    scores = z @ h.T / h.shape[1] ** 0.5
    scores = (scores if prior is None else scores + prior).masked_fill(~keys, float("-inf"))
    return torch.nan_to_num(scores.softmax(1), nan=0.0) @ h


def sharpness(z: "torch.Tensor", h: "torch.Tensor", text_of: "torch.Tensor", keys: "torch.Tensor") -> float:
    """Return the factor in `SHARPNESS` by which queries are scaled so that attention is as sure as it is right.

    Under it held-out images say most about their own texts (temperature scaling; Guo et al., ICML 2017): it is 0 where
    they say nothing, and 1 where no image is held out.

    Args:
        z: (b, D) the held-out images.
        h: (m, D) the texts.
        text_of: (b,) the row in h of each image's text.
        keys: (b, m) bool, the texts that each image attends to; images whose own text is not among them do not count.
    """
    own = keys.gather(1, text_of[:, None])[:, 0]
    if not own.any():
        return 1.0
    scores, keys, row = (z @ h.T / h.shape[1] ** 0.5)[own], keys[own], text_of[own][:, None]

    def loss(factor: float) -> float:
        return -float(
            (scores * factor).masked_fill(~keys, float("-inf")).log_softmax(1).gather(1, row).mean()
        )

    return min(SHARPNESS, key=loss)


def _layers(image: int, text: int, seed: int, shared: bool) -> "dict[str, torch.Tensor]":
    """Return one transformer layer for each side, after a projection to `WIDTH` (Eq. 6: f_T and g_T).

    An input is one token, and the attention of one token to itself is a linear map, which is kept as one matrix. Where
    both sides come from one space, both layers begin alike, so that they begin aligned.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    layers: dict[str, torch.Tensor] = {}
    for side, width in (("image", image), ("text", text)):
        into = torch.empty(width, WIDTH)
        torch.nn.init.orthogonal_(into, generator=generator)  # what is near stays near
        layers[f"{side}.into"] = into
        for name, shape in (
            ("self", (WIDTH, WIDTH)),
            ("up", (WIDTH, 2 * WIDTH)),
            ("down", (2 * WIDTH, WIDTH)),
        ):
            layers[f"{side}.{name}"] = torch.empty(shape).normal_(0.0, 0.02, generator=generator)
        layers[f"{side}.bend"] = torch.zeros(2 * WIDTH)
    if shared:
        for name in ("into", "self", "up", "down"):
            layers[f"text.{name}"] = layers[f"image.{name}"].clone()
    return {name: value.requires_grad_() for name, value in layers.items()}


def _through(layers: "dict[str, torch.Tensor]", side: str, rows: "torch.Tensor") -> "torch.Tensor":
    """Map rows through one side's layers, (b, D) of squared norm D (Vaswani et al. 2017).

    Attention and a wider layer are each added to their input and then normalised.
    """
    from torch.nn.functional import gelu, layer_norm

    x = layer_norm(rows @ layers[f"{side}.into"], (WIDTH,))
    x = layer_norm(x + x @ layers[f"{side}.self"], (WIDTH,))
    wide = gelu(x @ layers[f"{side}.up"] + layers[f"{side}.bend"])
    return layer_norm(x + wide @ layers[f"{side}.down"], (WIDTH,))
