"""Which slow expert is to look because of what was asked for."""

from collections.abc import Iterable, Sequence

from tools.embed.route import route
from tools.models.ports import Expert, SlotSpec, TextEncoder


def sleeper(
    criterion: str, awake: Iterable[SlotSpec], slow: Sequence[Expert], texts: TextEncoder
) -> Expert | None:
    """The slow expert that sees what a criterion is about; None where one that looks anyway sees it, or none does.

    Args:
        criterion: In the user's words.
        awake: Slots of the experts that look at every collection.
        slow: Experts that have not looked yet. One that cannot run here is named, too: then a look says what it lacks.
        texts: Matches the criterion to slots.
    """
    found = route(criterion, [*awake, *(spec for expert in slow for spec in expert.specs)], texts).slot
    return next((expert for expert in slow if any(spec.name == found for spec in expert.specs)), None)
