"""Reads a date from a file's name, as phones, cameras and messengers write it: "IMG_20240512_101112.jpg"."""

import re
from datetime import datetime

from tools.metadata.metadata import FILE_NAME, Metadata, plausible

_DAY = r"(?P<y>(?:19|20)\d\d)(?P<s>[-_.]?)(?P<m>0[1-9]|1[0-2])(?P=s)(?P<d>0[1-9]|[12]\d|3[01])"
_TIME = r"(?P<H>[01]\d|2[0-3])(?P<t>[-_.:h]?)(?P<M>[0-5]\d)(?P=t)(?P<S>[0-5]\d)"
_DATED = re.compile(rf"(?<!\d){_DAY}(?:(?:[-_ T]| at |_at_|, ){_TIME}(?:\d{{3}})?(?!\d)|(?!\d))")
"""Matches a day, alone or with a time behind it, which is no part of a longer number."""
_PIXEL = re.compile(r"PXL_\d{8}_\d{6}")
"""The names of Google's Pixel, whose clock shows UTC."""


def date_in_name(name: str) -> Metadata:
    """Return what a file's name says, which is a date at most."""
    for match in _DATED.finditer(name):
        parts = match.groupdict()
        timed = parts["H"] is not None
        try:
            day = int(parts["y"]), int(parts["m"]), int(parts["d"])
            clock = (int(parts["H"]), int(parts["M"]), int(parts["S"])) if timed else (12, 0, 0)
            taken = plausible(datetime(*day, *clock))
        except ValueError:  # 31 February
            continue
        if taken is not None:
            offset = 0 if _PIXEL.match(name) else None
            return Metadata(
                taken=taken, to_the="second" if timed else "day", offset=offset, taken_by=FILE_NAME
            )
    return Metadata()
