"""Makes the context of a grouping, which a method is given beside the views; and the two sides, pixels and words, for
methods that fuse them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.describe.describe import Descriptions, Words
from tools.describe.guided import meanings
from tools.describe.judging import Membership
from tools.embed.prepare import prepare, prepared
from tools.embed.route import LIKENESS
from tools.learn.material import Material
from tools.models.ports import Encoder, Pixels, PromptTuner, TextEncoder, Thinker
from tools.views import View

ALIGNED = "encoder.image"
"""The view that holds the images as the hub's `Encoder` embeds them."""
THING = "thing"
"""The noun for what images show where nothing is known of most of them."""
_KIND = "kind"
"""The slot that says what kind of thing an image shows."""


@dataclass(frozen=True, slots=True, eq=False)
class MethodContext:
    """Gives a method what is known of n images under one criterion, besides their views.

    Attributes:
        criterion: The criterion in the user's words.
        values: The n values that are said of the images, such as "happy"; None where nothing is visible.
        confidence: (n,) float32 in [0, 1], how sure each value is.
        vocabulary: The different values, the most frequent first, as candidate tags or reference words.
        described: Whether the values are what a model said that was asked about each image under this criterion;
            otherwise they are what the experts say of any image.
        texts: Turns words into vectors.
        encoder: Embeds images and texts in one space, where the tier has such a model.
        thing: A noun for what most of the images show, such as "food"; "thing" where nothing is known of most.
        thinker: A language model, which is asked for words, where the tier has one and the user agreed.
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
    thing: str = THING
    thinker: Thinker | None = None
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
    """Make the context of a criterion.

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
        criterion,
        tuple(values),
        confidence,
        vocabulary,
        texts,
        encoder,
        thing=_thing(descriptions),
        aligned=aligned,
        tuner=tuner,
    )


def _thing(descriptions: Descriptions) -> str:
    """Return the kind of thing that more than half of the images show."""
    kinds = descriptions.column(_KIND)[0] if _KIND in descriptions.specs else []
    ((kind, count),) = Counter(kind for kind in kinds if kind).most_common(1) or [(THING, 0)]
    return kind if 2 * count > len(kinds) else THING


def both_sides(
    views: Sequence[View], context: MethodContext, descriptions: Descriptions, encoded: bool = False
) -> list[View]:
    """Return the routed views, those of the pixels first, completed so that both sides are there.

    Where only words were routed (a describer's answers), a plain view of the pixels is added; where only pixels were,
    the meanings of the experts' words. Without any words there is no text side.

    Args:
        views: The routed views.
        context: What is said of the images.
        descriptions: What there is besides.
        encoded: Whether a plain view, the encoder's where there is one, takes the place of the routed views of the
            pixels, which are then returned with weight 0: an expert's measures and its words are one and the same.
    """
    used = [view for view in views if view.weight > 0]
    image = [view for view in used if view.kind == "image"]
    text = [view for view in used if view.kind == "text"]
    names = [name for name in LIKENESS if name in descriptions.views][:1]
    if names and (encoded or not image):
        witnesses = [replace(view, weight=0.0) for view in image if view.name not in names]
        plain = [replace(view, weight=1.0) for view in image if view.name in names]
        plain = plain or [View(name, prepared(name, descriptions)) for name in names]
        image = [*plain, *witnesses]
    if not text and context.vocabulary:
        text = [View("words", prepare(meanings(context.values, context.texts)), kind="text")]
    return [*image, *(replace(view, kind="text") for view in text)]
