"""Defines what is known of one picture from its file, its sidecars and its name, and the form in which that is kept."""

import json
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Self

EXIF, XMP, IPTC, TAKEOUT, FILE_NAME, FILE_TIME = (
    "EXIF",
    "XMP",
    "IPTC",
    "Google Takeout",
    "the file name",
    "the file's own time",
)
"""Where a fact may be from, for people; what comes first counts before what comes later."""

FIRST_YEAR = 1826
"""The year of the oldest photograph that survives; an earlier date is a mistake."""
_RESET = frozenset([(1970, 1, 1), (1980, 1, 1), (2000, 1, 1)])
"""The days at which the clock of a camera begins again; midnight of one of them is no date."""
_LONGEST = 200
"""The most characters of a name; a longer one is cut."""
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""The categories of characters that are not seen, or turn the direction of writing."""
_MOST_KEYWORDS = 64
"""The most keywords of one picture that count."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Holds what is known of a picture without looking at it. Texts are as the file has them: untrusted data.

    Attributes:
        taken: When it was taken, as a clock beside the camera showed it; None where that is unknown.
        to_the: "day" where the time of that day is unknown, else "second".
        offset: The minutes by which that clock was ahead of UTC; None where that is unknown.
        taken_by: Where the date is from, such as `EXIF`; "" without one.
        latitude: In degrees, north is positive; None where the place is unknown.
        longitude: In degrees, east is positive; None where the place is unknown.
        place_by: Where the place is from; "" without one.
        camera: The maker and model of the camera; "" where they are unknown.
        lens: The name of the lens; "" where it is unknown.
        phone: Whether the camera is that of a phone; None where that is unknown.
        focal_length: In millimetres, as on 35 mm film where `focal_is_equivalent`.
        focal_is_equivalent: Whether the focal length is that of 35 mm film with the same angle of view.
        exposure: The time in seconds.
        flash: Whether the flash fired.
        rating: The stars, 0 to 5; -1 for a rejected picture.
        keywords: The keywords that somebody gave it.
    """

    taken: datetime | None = None
    to_the: str = "second"
    offset: int | None = None
    taken_by: str = ""
    latitude: float | None = None
    longitude: float | None = None
    place_by: str = ""
    camera: str = ""
    lens: str = ""
    phone: bool | None = None
    focal_length: float | None = None
    focal_is_equivalent: bool = False
    exposure: float | None = None
    flash: bool | None = None
    rating: int | None = None
    keywords: tuple[str, ...] = ()

    @property
    def has_place(self) -> bool:
        """Return whether it is known where the picture was taken."""
        return self.latitude is not None and self.longitude is not None

    def or_else(self, other: Self) -> Self:
        """Return this, with what is unknown in it from another, which counts less."""
        taken = self if self.taken is not None else other
        place = self if self.has_place else other
        focal = self if self.focal_length is not None else other
        return replace(
            self,
            taken=taken.taken,
            to_the=taken.to_the,
            offset=taken.offset,
            taken_by=taken.taken_by,
            latitude=place.latitude,
            longitude=place.longitude,
            place_by=place.place_by,
            camera=self.camera or other.camera,
            lens=self.lens or other.lens,
            phone=other.phone if self.phone is None else self.phone,
            focal_length=focal.focal_length,
            focal_is_equivalent=focal.focal_is_equivalent,
            exposure=other.exposure if self.exposure is None else self.exposure,
            flash=other.flash if self.flash is None else self.flash,
            rating=other.rating if self.rating is None else self.rating,
            keywords=tuple(dict.fromkeys((*self.keywords, *other.keywords)))[:_MOST_KEYWORDS],
        )

    def to_json(self) -> str:
        """Return it as JSON, without what is unknown."""
        plain = Metadata()
        known = {k: v for k, v in asdict(self).items() if v != getattr(plain, k)}
        if self.taken is not None:
            known["taken"] = self.taken.isoformat()
        return json.dumps(known)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` wrote. Raise ValueError for anything else."""
        try:
            known: dict[str, Any] = json.loads(text)
            if "taken" in known:
                known["taken"] = datetime.fromisoformat(known["taken"])
            if "keywords" in known:
                known["keywords"] = tuple(known["keywords"])
            return cls(**{k: v for k, v in known.items() if k in _FIELDS})
        except (TypeError, AttributeError) as error:
            raise ValueError("no metadata") from error


_FIELDS = frozenset(field.name for field in fields(Metadata))


def plausible(taken: datetime | None) -> datetime | None:
    """Return a date, or None where it is no date at which a picture can have been taken: before there were any, in the
    future, or the one at which a clock begins that was never set."""
    if taken is None or not taken.year >= FIRST_YEAR or taken.replace(tzinfo=None) > _tomorrow():
        return None
    at_midnight = (taken.hour, taken.minute, taken.second) == (0, 0, 0)
    return None if at_midnight and (taken.year, taken.month, taken.day) in _RESET else taken


def _tomorrow() -> datetime:
    return datetime.now() + timedelta(days=1)  # a clock on the other side of the world is ahead


def clean_text(text: object) -> str:
    """Return a text of a file on one line, without control and hidden characters, and not too long; "" where it is no
    text."""
    if not isinstance(text, str):
        return ""
    shown = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text[: 4 * _LONGEST])
    return " ".join("".join(c for c in shown if unicodedata.category(c) not in _HIDDEN).split())[:_LONGEST]


def clean_keywords(texts: list[str]) -> tuple[str, ...]:
    """Return keywords, each once."""
    return tuple(dict.fromkeys(word for text in texts if (word := clean_text(text))))[:_MOST_KEYWORDS]


def on_earth(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """Return a place, or None where there is none: 0, 0 is what devices write that do not know where they are."""
    if latitude is None or longitude is None or not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180 or (abs(latitude) < 1e-6 and abs(longitude) < 1e-6):
        return None
    return latitude, longitude


def camera_name(make: str, model: str) -> str:
    """Return one name from a maker and a model, which often repeats the maker: "Canon EOS R6"."""
    make, model = clean_text(make), clean_text(model)
    first = make.split(" ")[0]
    for wrong in ("CORPORATION", "CORP.", "CO.,LTD", "COMPANY", "IMAGING", "OPTICAL"):
        make = re.sub(rf"\s*{re.escape(wrong)}.*", "", make, flags=re.IGNORECASE)
    if not model or model.casefold().startswith(first.casefold()):
        return model or make
    named = make.title() if make.isupper() and len(make) > 4 else make
    return f"{named} {model}".strip()


def attempt(read: Callable[[], Metadata]) -> Metadata:
    """Return what a reader reads, or nothing where a damaged or hostile block makes it fail."""
    try:
        return read()
    except (Exception, RecursionError):  # Pillow and the parsers raise anything
        return Metadata()
