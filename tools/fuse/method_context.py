"""The context of a grouping, which a method is given beside the views; and the two sides, pixels and words, for methods
that fuse them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.describe import Descriptions, Words
from tools.embed.prepare import prepare, prepared
from tools.embed.route import PLAIN
from tools.guided import meanings
from tools.judging import Membership
from tools.learn.material import Material
from tools.models.ports import Encoder, Pixels, PromptTuner, TextEncoder
from tools.views import View

ALIGNED = "encoder.image"
"""The view that holds the images as the hub's `Encoder` embeds them."""


@dataclass(frozen=True, slots=True, eq=False)
class MethodContext:
    """The context of n images under one criterion, besides their views.

    Attributes:
        criterion: The criterion in the user's words.
        values: The n values that are said of the images, such as "happy"; None where nothing is visible.
        confidence: (n,) float32 in [0, 1], how sure each value is.
        vocabulary: The different values, the most frequent first, as candidate tags or reference words.
        described: Whether the values are what a model said that was asked about each image under this criterion;
            otherwise they are what the experts say of any image.
        texts: Turns words into vectors.
        encoder: Embeds images and texts in one space, where the tier has such a model.
        judge: Says whether an image belongs to a group, where the tier has such a model.
        accepted: (n,) integer labels of each clustering that the user accepted under another criterion; -1 for
            unsorted.
        aligned: (n, d) float32, the images as `encoder` embeds them, L2-normalised and not compressed, with rows of NaN
            for images without a vector. None where there is no such view.
        tuner: The text tower of `encoder` with gradients, where the tier has one.
        pixels: Decodes the images of the given rows, in that order and with the given longest side in pixels. None
            where the method does not get the pictures themselves.
        minutes: The most minutes that a method may train.
        checkpoints: The folder where a method keeps the state of a run that was stopped (`tools.training`), if any.
        material: The material for a method that learns from answers.
        notes: Lines for the user about what happened on the way, to which methods append.
        why: Row to a line for the user on why that image is where it is, where a method can say so.
    """

    criterion: str
    values: tuple[str | None, ...]
    confidence: NDArray[np.float32]
    vocabulary: tuple[str, ...]
    texts: TextEncoder
    encoder: Encoder | None = None
    judge: Membership | None = None
    accepted: tuple[NDArray[np.intp], ...] = ()
    aligned: NDArray[np.float32] | None = None
    tuner: PromptTuner | None = None
    pixels: Callable[[Sequence[int], int], Iterable[Pixels]] | None = None
    minutes: float = float("inf")
    checkpoints: Path | None = None
    described: bool = False
    material: Material | None = None
    notes: list[str] = field(default_factory=list)
    why: dict[int, str] = field(default_factory=dict)


def method_context(
    criterion: str,
    words: Words | None,
    descriptions: Descriptions,
    texts: TextEncoder,
    encoder: Encoder | None = None,
) -> MethodContext:
    """The context of a criterion.

    Args:
        criterion: In the user's words.
        words: What the slot that it was routed to says of the images, if there is one.
        descriptions: What the experts say of the same images.
        texts: Turns words into vectors.
        encoder: Where there is one, its own vectors of the images and, if it has one, its text tower come along.
    """
    n = len(descriptions.images)
    values, confidence = words or Words([None] * n, np.zeros(n, np.float32))
    counts = Counter(value for value in values if value)
    vocabulary = tuple(value for value, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    aligned = descriptions.view(ALIGNED) if encoder is not None and ALIGNED in descriptions.views else None
    tuner = encoder if isinstance(encoder, PromptTuner) else None
    return MethodContext(
        criterion, tuple(values), confidence, vocabulary, texts, encoder, aligned=aligned, tuner=tuner
    )


def both_sides(views: Sequence[View], context: MethodContext, descriptions: Descriptions) -> list[View]:
    """Return the routed views, those of the pixels first, completed so that both sides are there.

    Where only words were routed (a describer's answers), a plain view of the pixels is added; where only pixels were,
    the meanings of the experts' words. Without any words there is no text side.
    """
    used = [view for view in views if view.weight > 0]
    image = [view for view in used if view.kind == "image"]
    text = [view for view in used if view.kind == "text"]
    if not image:
        names = [name for name in PLAIN if name in descriptions.views][:1]
        image = [View(name, prepared(name, descriptions)) for name in names]
    if not text and context.vocabulary:
        text = [View("words", prepare(meanings(context.values, context.texts)), kind="text")]
    return [*image, *(replace(view, kind="text") for view in text)]
