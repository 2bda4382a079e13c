"""Says whether a criterion applies to the pictures of a collection, so that it may be proposed.

An expert measures in any picture what it was made for: a face detector finds faces on fruit, and every picture has some
light. Nobody wants to sort fruit by the number of people, so what a slot requires (`SlotSpec.requires`) is looked up in
what other experts say of the same pictures.
"""

from collections.abc import Callable, Sequence

from tools.describe.describe import Descriptions
from tools.models.ports import NO_FACE, SlotSpec

MOST = 0.5
"""The share of the pictures, or of the faces, that has to be of the kind that a slot requires."""
_ABOUT_PEOPLE = (None, "person", "clothing", "sport", "instrument", "furniture", "place")
"""What a picture of people may be taken for by a classifier that has no class for people: what they wear, do and have
around them, or nothing that it is sure of. A face on an animal, on fruit or on a printed page is not a person's."""

STANDS_OUT = 0.85
"""The least mean confidence in the number of things where things stand out from what is behind them. On catalogue
pictures, fruit, toys and emoji it is .90 to .92; on snapshots, landscapes, faces and cards, where the number of patches
is counted, .74 to .81."""

Values = Sequence[str | None]


def applies(spec: SlotSpec, descriptions: Descriptions) -> bool:
    """Return whether the pictures are such that people could sort them by a slot."""
    return _REQUIREMENTS[spec.requires](descriptions) if spec.requires else True


def _said(slot: str, descriptions: Descriptions) -> Values:
    """Return what is said of each picture; None of each where no expert here has the slot."""
    return descriptions.column(slot)[0] if slot in descriptions.specs else [None] * len(descriptions.images)


def _faces(descriptions: Descriptions) -> tuple[list[bool], list[bool]]:
    """Return for each picture whether a face was found, and whether it may be a person's."""
    found = [value not in (None, NO_FACE) for value in _said("people", descriptions)]
    kinds, pictures = _said("type", descriptions), _said("kind of picture", descriptions)
    theirs = [
        face and kind in _ABOUT_PEOPLE and picture != "drawing"
        for face, kind, picture in zip(found, kinds, pictures, strict=True)
    ]
    return found, theirs


def _people(descriptions: Descriptions) -> bool:
    found, theirs = _faces(descriptions)
    return sum(theirs) > MOST * sum(found)


def _face_pictures(descriptions: Descriptions) -> bool:
    """Return whether faces are people's, or most pictures are of a face that can be read, as drawn portraits are."""
    return _people(descriptions) or _most([value is not None for value in _said("expression", descriptions)])


def _things(descriptions: Descriptions) -> bool:
    if "count" not in descriptions.specs or descriptions.scenic:
        return False
    values, sure = descriptions.column("count")
    seen = [float(confidence) for value, confidence in zip(values, sure, strict=True) if value is not None]
    return bool(seen) and sum(seen) >= STANDS_OUT * len(seen)


def _beings(descriptions: Descriptions) -> bool:
    _, theirs = _faces(descriptions)
    animals = (kind == "animal" for kind in _said("type", descriptions))
    return _most([person or animal for person, animal in zip(theirs, animals, strict=True)])


def _photographs(descriptions: Descriptions) -> bool:
    return not _most([value == "drawing" for value in _said("kind of picture", descriptions)])


def _outdoors(descriptions: Descriptions) -> bool:
    return descriptions.scenic or _most([value == "outdoor" for value in _said("setting", descriptions)])


def _most(shown: Sequence[bool]) -> bool:
    return sum(shown) > MOST * len(shown)


_REQUIREMENTS: dict[str, Callable[[Descriptions], bool]] = {
    "people": _people,
    "faces": _face_pictures,
    "things": _things,
    "beings": _beings,
    "photographs": _photographs,
    "outdoors": _outdoors,
}
