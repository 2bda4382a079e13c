"""Aligns images and their texts in one space, by the trained layers of MLLM_MC (Eq. 6-9)."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tools.fuse.method_context import MethodContext
from tools.fuse.pair import Pair, TwoSidedMethod
from tools.fuse.tags import embedded, matched, tags, terms
from tools.progress import Progress
from tools.training import Plan, batches, digest, threads, train

if TYPE_CHECKING:
    import torch

WIDTH = 128
"""The number of dimensions of the shared space."""


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
        plan: How long and how fast to train.
        batch: The number of images in one step.
    """

    tau: float = 0.07
    contrast: bool = True
    matching: bool = True
    printed: bool = False
    keys: Literal["tags", "tokens", "matched"] = "tags"
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
    """

    z: NDArray[np.float32]
    own_text: NDArray[np.float32]
    attended: NDArray[np.float32]
    seen: NDArray[np.bool_]


@dataclass(frozen=True)
class AlignedMethod(TwoSidedMethod):
    """First aligns both sides in one space (`tools.fuse.align`) and then fuses them there.

    Attributes:
        alignment: The settings of the alignment.
        checkpoint: The file from which a stopped run is resumed.
    """

    alignment: Alignment = field(default_factory=Alignment)
    checkpoint: Path | None = None

    def rows(
        self, sides: Pair, context: MethodContext, k: int, seed: int, progress: Progress
    ) -> NDArray[np.float32]:
        """Align both sides and fuse them, (n, D) float32, with rows of NaN for images without pixels and words."""
        aligned = align(
            sides,
            context,
            k,
            self.alignment,
            seed=seed,
            stage=self.name,
            progress=progress,
            checkpoint=self.checkpoint,
        )
        fused = self.fused(aligned)
        fused[~aligned.seen] = np.nan
        return fused

    @abstractmethod
    def fused(self, aligned: Aligned) -> NDArray[np.float32]:
        """Fuse the aligned sides into a new array, (n, D) float32; rows of images without pixels and words are
        ignored."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Holds frozen texts of n images.

    Attributes:
        rows: (m, e) float32, the vectors of the different texts.
        own_text: (n,) the row of each image's text, -1 for none.
        keys: (n, m) bool, the texts that each image attends to.
    """

    rows: NDArray[np.float32]
    own_text: NDArray[np.intp]
    keys: NDArray[np.bool_]


def align(
    sides: Pair,
    context: MethodContext,
    k: int,
    how: Alignment,
    *,
    seed: int,
    stage: str,
    progress: Progress,
    checkpoint: Path | None = None,
) -> Aligned:
    """Train the layers on images and their texts, and map both through them.

    Args:
        sides: The two sides, of which the pixels are used; the words come from the context.
        context: The values that are said of the images.
        k: M, the number of tags.
        how: The settings.
        seed: The seed of the start and of the batches.
        stage: The stage that `progress` is told.
        progress: Called after each epoch; may raise to stop.
        checkpoint: The file that keeps a stopped run (`tools.training.train`).
    """
    import torch

    texts = gather_texts(context, k, how)
    has = texts.own_text >= 0
    image, words = torch.from_numpy(sides.image), torch.from_numpy(texts.rows)
    text_of = torch.from_numpy(np.where(has, texts.own_text, 0))
    with threads():
        layers = _layers(image.shape[1], words.shape[1], seed)
        paired = torch.from_numpy(np.flatnonzero(has & sides.seen))
        if how.contrast and len(paired):
            count = torch.bincount(text_of[paired], minlength=len(words)).clamp(min=1).float()

            def losses(epoch: int) -> "Iterator[torch.Tensor]":
                for rows in batches(len(paired), how.batch, seed, epoch):
                    batch = paired[rows]
                    z, h = _through(layers, "image", image[batch]), _through(layers, "text", words)
                    yield contrast(z, h, text_of[batch], count, how.tau, how.printed)

            key = digest(sides.image, texts.rows, texts.own_text, how, k, seed)
            train(layers, losses, how.plan, stage=stage, progress=progress, checkpoint=checkpoint, key=key)
        with torch.no_grad():
            z, h = _through(layers, "image", image), _through(layers, "text", words)
            described = torch.from_numpy(has)[:, None]
            z = torch.where(torch.from_numpy(sides.seen)[:, None], z, h[text_of])
            attending = torch.from_numpy(texts.keys)
            star = torch.where(attending.any(1)[:, None], attend(z, h, attending), z)
            own_text = torch.where(described, h[text_of], z)
    return Aligned(z.numpy(), own_text.numpy(), star.numpy(), sides.seen | has)


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
    return Texts(embedded(context, texts), text_of, keys)


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


def attend(z: "torch.Tensor", h: "torch.Tensor", keys: "torch.Tensor") -> "torch.Tensor":
    """Return the cross-attention softmax(Q K^T / sqrt(D)) V with images as queries, (n, D) (MLLM_MC, Eq. 8-9).

    Args:
        z: (n, D) the queries.
        h: (m, D) the keys and values.
        keys: (n, m) bool, the texts that each image attends to; a row without any gives zeros.
    """
    import torch

    scores = (z @ h.T / h.shape[1] ** 0.5).masked_fill(~keys, float("-inf"))
    return torch.nan_to_num(scores.softmax(1), nan=0.0) @ h


def _layers(image: int, text: int, seed: int) -> "dict[str, torch.Tensor]":
    """Return one transformer layer for each side, after a projection to `WIDTH` (Eq. 6: f_T and g_T).

    An input is one token, and the attention of one token to itself is a linear map, which is kept as one matrix.
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
