"""Finds the inputs of a method besides views: an encoder, a judge, and the pictures themselves."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypedDict

from assistant.desk.effort import Effort
from assistant.models.collection_describer import CollectionDescriber
from tools.decode.decode_pool import decode_in_worker
from tools.describe.judging import Membership, PictureJudge
from tools.fuse.registry import find_method
from tools.models.ports import Encoder, Pixels, Thinker
from tools.scan.collection import Collection

_SMALLEST = 32
"""The longest side in pixels below which no picture is decoded, whatever a model asks for."""


class MethodInputs(TypedDict):
    """Holds the fields of `tools.request.Request` that a method may need besides views."""

    encoder: Encoder | None
    judge: Membership | None
    thinker: Thinker | None
    pixels: Callable[[Sequence[int], int], Iterable[Pixels]]


def method_inputs(
    method: str | None,
    images: Sequence[str],
    collection: Collection,
    describing: CollectionDescriber,
    effort: Effort,
    exemplars: int,
    thinker: Thinker | None = None,
) -> MethodInputs:
    """Return the inputs that a method needs, as far as they are here. Only models that it needs are loaded.

    Args:
        method: The name of the method; None for the default one.
        images: The ids of the images, one for each row.
        collection: The collection with the images.
        describing: The describers, which have the models.
        effort: Counts the judge's calls, and says whether it may be asked once more.
        exemplars: The most pictures of a group that the judge is shown.
        thinker: The language model of the conversation, where there is one.

    Raises:
        tools.errors.RegroupError: A model that is here cannot be loaded.
    """
    wanted = find_method(method)

    def decode_image(image: str, side: int) -> Pixels:
        return decode_in_worker(collection.file(image), max(side, _SMALLEST))

    def pixels(rows: Sequence[int], side: int) -> Iterator[Pixels]:
        return (decode_image(images[row], side) for row in rows)

    judge = None
    if wanted.asks_judge and (model := describing.judge(len(collection))) is not None:
        judge = PictureJudge(
            model.judge,
            images,
            lambda image: decode_image(image, model.side),
            describing.judged,
            exemplars=exemplars,
            local=model.local,
            may=lambda: effort.check("judge", 1),
            tell=lambda seconds: effort.add("judge", model.judge_by, 1, seconds),
        )
    return {
        "encoder": describing.encoder() if wanted.multimodal else None,
        "judge": judge,
        "thinker": thinker if wanted.asks_thinker else None,
        "pixels": pixels,
    }
