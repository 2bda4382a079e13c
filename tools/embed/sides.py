"""Both sides of a collection under one criterion, for methods that fuse pixels and words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tools.describe import Descriptions
from tools.embed.prepare import prepare
from tools.embed.route import PLAIN, Route, prepared
from tools.fuse.base import View
from tools.fuse.guide import Guide, Membership
from tools.guided import meanings
from tools.models.ports import Encoder, PromptTuner, TextEncoder

ALIGNED = "encoder.image"
"""The view that holds the images as `Encoder` sees them."""


def guide(
    chosen: Route,
    descriptions: Descriptions,
    texts: TextEncoder,
    encoder: Encoder | None = None,
    judge: Membership | None = None,
) -> Guide:
    """What is said of the images under the criterion: the values of the slot that it was routed to, if any.

    Where there is an encoder, its own vectors of the images and, if it has one, its text tower come along.
    """
    if chosen.slot is None:
        said: tuple[str | None, ...] = (None,) * len(descriptions.images)
        sure = np.zeros(len(said), np.float32)
    else:
        values, sure = descriptions.column(chosen.slot)
        said = tuple(values)
    counts = Counter(value for value in said if value)
    order = tuple(value for value, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    aligned = descriptions.view(ALIGNED) if encoder is not None and ALIGNED in descriptions.views else None
    tuner = encoder if isinstance(encoder, PromptTuner) else None
    return Guide(chosen.criterion, said, sure, order, texts, encoder, judge, aligned=aligned, tuner=tuner)


def sides(views: Sequence[View], told: Guide, descriptions: Descriptions) -> list[View]:
    """The routed views, those of the pixels first, with what is missing of the two sides.

    Where only words were routed (a describer's answers), the plain views of the pixels are added; where only pixels,
    the meanings of the words that the experts say. Where nothing is said there is no text side.
    """
    used = [view for view in views if view.weight > 0]
    image = [view for view in used if view.kind == "image"]
    text = [view for view in used if view.kind == "text"]
    if not image:
        names = [name for name in PLAIN if name in descriptions.views][:1]
        image = [View(name, prepared(name, descriptions)) for name in names]
    if not text and told.values:
        text = [View("words", prepare(meanings(told.said, told.texts)), kind="text")]
    return [*image, *(replace(view, kind="text") for view in text)]
