"""Which experts look at a collection, and what they say. The slow ones sleep until they are asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.collection import Collection
from tools.describe import Descriptions, Meter, key, look
from tools.embed.route import slots_here
from tools.embed.wake import sleeper
from tools.errors import RegroupError
from tools.models.ports import Expert, TextEncoder
from tools.prefetch import decoded
from tools.progress import Progress

if TYPE_CHECKING:
    from assistant.workspace.cache import FindingsCache


def look_with(
    experts: Sequence[Expert],
    collection: Collection,
    cache: "FindingsCache",
    meter: Meter,
    progress: Progress,
) -> Descriptions:
    """What these experts say. One whose weights turn out to be damaged is left out, and named in `missing`.

    Raises:
        RegroupError: An expert failed for another reason.
    """
    lacking = {expert.name for expert in experts if expert.missing()}
    try:
        return look(
            collection.ids,
            lambda ids: decoded(collection, ids),
            experts,
            cache,
            meter=meter,
            progress=progress,
        )
    except RegroupError:
        if {expert.name for expert in experts if expert.missing()} == lacking:
            raise
        return look_with(experts, collection, cache, meter, progress)


def wanted(
    criterion: str, descriptions: Descriptions, slow: Sequence[Expert], texts: TextEncoder
) -> Expert | None:
    """The slow expert that alone sees what a criterion is about, if there is one."""
    awake = [*slots_here(descriptions), *(spec for spec, _ in descriptions.absent)]
    return sleeper(criterion, awake, slow, texts)


def known(slow: Sequence[Expert], cache: "FindingsCache", images: Sequence[str]) -> list[Expert]:
    """The slow experts that looked at most of these images before: what they say costs hardly anything now."""
    return [
        expert
        for expert in slow
        if expert.missing() is None and 2 * len(cache.missing(key(expert), images)) < len(images)
    ]
