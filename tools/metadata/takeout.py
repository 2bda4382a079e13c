"""Reads the JSON that Google Takeout puts beside each picture."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.metadata.metadata import TAKEOUT, Metadata, on_earth, plausible

LARGEST = 2**20
"""The most bytes of a file that is read."""


def read_takeout(data: bytes) -> Metadata:
    """Return what a JSON of Takeout says; it knows the moment, but not what a clock beside the camera showed.

    Where the place is known, that is guessed by the sun: an hour for every 15 degrees of longitude.

    Raises:
        ValueError: It is too large, or no JSON of Takeout.
    """
    if len(data) > LARGEST:
        raise ValueError("too large")
    found = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError("no object")
    place = next(filter(None, (_place(found.get(key)) for key in ("geoDataExif", "geoData"))), None)
    moment = _moment(found.get("photoTakenTime"))
    offset = 60 * round(place[1] / 15) if place else 0
    taken = plausible(moment + timedelta(minutes=offset)) if moment else None
    return Metadata(
        taken=taken,
        offset=offset if taken else None,
        taken_by=TAKEOUT if taken else "",
        latitude=place[0] if place else None,
        longitude=place[1] if place else None,
        place_by=TAKEOUT if place else "",
    )


def _moment(told: Any) -> datetime | None:
    try:
        seconds = int(told["timestamp"])
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None) if seconds else None
    except (TypeError, KeyError, ValueError, OverflowError, OSError):
        return None


def _place(told: Any) -> tuple[float, float] | None:
    try:
        return on_earth(float(told["latitude"]), float(told["longitude"]))
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
