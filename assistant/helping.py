"""What a method is given beside views: an encoder, a judge, the pictures themselves."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypedDict

from assistant.models.collection_describer import Describing
from tools.collection import Collection
from tools.decode import decode
from tools.fuse.guide import Membership
from tools.fuse.registry import method as find_method
from tools.fuse.walked import Walk
from tools.judging import PictureJudge
from tools.models.ports import Encoder, Pixels


class Helps(TypedDict):
    """As `tools.group.group` takes them."""

    encoder: Encoder | None
    judge: Membership | None
    pixels: Callable[[Sequence[int], int], Iterable[Pixels]]


def helps(method: str | None, images: Sequence[str], collection: Collection, describing: Describing) -> Helps:
    """What a method wants, as far as it is here. Nothing is loaded that it has no use for; nothing is sent anywhere.

    Args:
        images: The ids that its rows stand for.

    Raises:
        tools.errors.RegroupError: A model that is here cannot be loaded.
    """
    wanted = find_method(method)

    def one(image: str, side: int) -> Pixels:
        return decode(collection.file(image), max(side, 32))

    def pixels(rows: Sequence[int], side: int) -> Iterator[Pixels]:
        return (one(images[row], side) for row in rows)

    judge = None
    if wanted.name == Walk.name and (model := describing.judge()) is not None:
        judge = PictureJudge(
            model.judge, images, lambda image: one(image, model.side), describing.judged, exemplars=0
        )
    return {"encoder": describing.encoder() if wanted.fuses else None, "judge": judge, "pixels": pixels}
