"""What a method is given beside views: an encoder, a judge, and the pictures themselves."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypedDict

from assistant.models.collection_describer import CollectionDescriber
from tools.collection import Collection
from tools.decode import decode
from tools.fuse.registry import find_method
from tools.judging import Membership, PictureJudge
from tools.models.ports import Encoder, Pixels

_SMALLEST = 32
"""The longest side in pixels below which no picture is decoded, whatever a model asks for."""


class MethodInputs(TypedDict):
    """The fields of `tools.request.Request` that a method may want beside views."""

    encoder: Encoder | None
    judge: Membership | None
    pixels: Callable[[Sequence[int], int], Iterable[Pixels]]


def method_inputs(
    method: str | None, images: Sequence[str], collection: Collection, describing: CollectionDescriber
) -> MethodInputs:
    """What a method wants, as far as it is here. No model is loaded that it has no use for, and nothing is sent.

    Args:
        method: Its name, or None for the default.
        images: The ids that its rows stand for.
        collection: Where they are.
        describing: Has the models.

    Raises:
        tools.errors.RegroupError: A model that is here cannot be loaded.
    """
    wanted = find_method(method)

    def one(image: str, side: int) -> Pixels:
        return decode(collection.file(image), max(side, _SMALLEST))

    def pixels(rows: Sequence[int], side: int) -> Iterator[Pixels]:
        return (one(images[row], side) for row in rows)

    judge = None
    if wanted.asks_judge and (model := describing.judge()) is not None:
        judge = PictureJudge(
            model.judge, images, lambda image: one(image, model.side), describing.judged, exemplars=0
        )
    return {"encoder": describing.encoder() if wanted.multimodal else None, "judge": judge, "pixels": pixels}
