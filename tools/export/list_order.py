"""Writes the order of a whole list into the names of exported files: "0001-a.jpg"."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tools.export.free_names import LONGEST_FILE_NAME
from tools.scan.companions import companion_name

By = Literal["likeness", "time", "name", "certainty"]
"""Neighbours alike; in the order in which they were taken; by path; the surest first."""
ORDERS: tuple[str, ...] = get_args(By)
_DIGITS = 4
"""The fewest digits of a number."""


@dataclass(frozen=True, slots=True)
class ListOrder:
    """Holds the order of all images, and by what they are in order."""

    by: By
    images: tuple[str, ...]

    def numbers(self, exported: Sequence[str]) -> dict[str, str]:
        """Return the number of each exported image as text, from 0001 on; all have as many digits."""
        wanted = set(exported)
        known = set(self.images)
        there = [image for image in dict.fromkeys(self.images) if image in wanted]
        there += [image for image in dict.fromkeys(exported) if image not in known]
        digits = max(_DIGITS, len(str(len(there))))
        return {image: f"{place:0{digits}}" for place, image in enumerate(there, 1)}


def with_number(names: Sequence[str], number: str) -> list[str]:
    """Return the names of a picture and of its companions with the number before them, cut to what a name may have."""
    picture, *others = names
    stem, extension = Path(picture).stem, Path(picture).suffix
    while len(os.fsencode(f"{number}-{stem}{extension}")) > LONGEST_FILE_NAME and stem:
        stem = stem[:-1]
    new = f"{number}-{stem}{extension}"
    return [new, *(companion_name(other, picture, new) for other in others)]


def without_number(name: str) -> str:
    """Return a name without the number before it."""
    return re.sub(r"^\d{4,}-", "", name)
