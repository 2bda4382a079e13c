"""Works out the value of each picture under something that files say: "May 2024", "Lisbon", "Canon EOS R6"."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from tools.metadata.find_events import find_events
from tools.metadata.metadata import EXIF, FILE_NAME, FILE_TIME, TAKEOUT, XMP, Metadata, clean_text
from tools.metadata.metadata_criteria import MetadataCriterion
from tools.metadata.places import Place, PlaceName, place_names
from tools.metadata.spans_of_time import MONTHS

_CERTAINTY = {EXIF: 1.0, XMP: 1.0, TAKEOUT: 0.95, FILE_NAME: 0.8, FILE_TIME: 0.4}
"""How sure a date or a place is by where it is from. What a file says is sure; its name says it less surely, and the
time at which it was last changed hardly says anything."""
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PARTS_OF_WEEK = ("weekday", "weekend")
_SEASONS = ("winter", "spring", "summer", "autumn")
_TIMES = ((5, "night"), (11, "morning"), (14, "midday"), (18, "afternoon"), (22, "evening"), (24, "night"))
"""The parts of the day by the hour at which each ends."""
_TIME_ORDER = ("morning", "midday", "afternoon", "evening", "night")
_FOCAL = (
    (24, "very wide (under 24 mm)"), (35, "wide (24 to 35 mm)"), (70, "normal (35 to 70 mm)"),
    (200, "tele (70 to 200 mm)"), (float("inf"), "long tele (200 mm and more)"),
)  # fmt: skip
"""The angles of view by the focal length, as on 35 mm film, below which each is."""
_EXPOSURES = (
    (1 / 500, "very short (under 1/500 s)"), (1 / 60, "short (1/500 to 1/60 s)"), (1.0, "slow (1/60 to 1 s)"),
    (float("inf"), "long (1 s and more)"),
)  # fmt: skip
_FILE_SIZES = (
    (10**5, "tiny (under 100 KB)"), (10**6, "small (100 KB to 1 MB)"), (4 * 10**6, "medium (1 to 4 MB)"),
    (10**7, "large (4 to 10 MB)"), (float("inf"), "huge (10 MB and more)"),
)  # fmt: skip
"""The sizes of files by the number of bytes below which each is."""
_PICTURE_SIZES = (
    (10**5, "tiny (under 0.1 megapixels)"), (10**6, "small (0.1 to 1 megapixels)"),
    (4 * 10**6, "medium (1 to 4 megapixels)"), (12 * 10**6, "large (4 to 12 megapixels)"),
    (float("inf"), "huge (12 megapixels and more)"),
)  # fmt: skip
"""The sizes of pictures by the number of pixels below which each is."""
_FORMATS = {"JPG": "JPEG", "JPE": "JPEG", "JFIF": "JPEG", "TIF": "TIFF", "HEIF": "HEIC"}
TOP_FOLDER = "(top folder)"
"""The name of the collection's own folder among its folders."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """Holds what is known of one picture's file.

    Attributes:
        path: Relative to the collection's folder.
        metadata: What the file says, and what lies beside it.
        bytes: The size of the file.
        pixels: The number of pixels of the picture.
    """

    path: PurePath
    metadata: Metadata
    bytes: int = 0
    pixels: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """Holds the values of n pictures under one criterion.

    Attributes:
        values: The value of each picture; None where its file says nothing of it.
        confidence: (n,) float32 in [0, 1], how sure each value is.
        order: Every value that occurs, in the order in which they are shown.
        why: For each picture where its value is from, or why it has none.
        time: (n,) float64, days since 1970, for criteria whose values follow each other in time; else None.
        note: A line for the user about all of it; "" for none.
    """

    values: tuple[str | None, ...]
    confidence: NDArray[np.float32]
    order: tuple[str, ...]
    why: tuple[str, ...]
    time: NDArray[np.float64] | None = None
    note: str = ""


def column(criterion: MetadataCriterion, files: Sequence[PictureFile], note: str = "") -> Column:
    """Return the value of each picture under a criterion."""
    known = [file.metadata for file in files]
    if criterion.name == "event":
        values = _events(known)
    elif criterion.name in _PLACES:
        values = _placed(known, _PLACES[criterion.name])
    elif criterion.name == "keyword":
        values = _keywords(known)
    elif criterion.name == "folder":
        values = [
            clean_text(str(file.path.parent)) if file.path.parent.parts else TOP_FOLDER for file in files
        ]
    elif criterion.name == "file format":
        values = [_format(file.path) for file in files]
    elif criterion.name == "file size":
        values = _sizes([file.bytes for file in files], _FILE_SIZES, _spoken_bytes)
    elif criterion.name == "picture size":
        values = _sizes([file.pixels for file in files], _PICTURE_SIZES, _spoken_pixels)
    else:
        values = [_VALUES[criterion.name](metadata) for metadata in known]
    dated = criterion.dated
    sources = [m.taken_by if dated else m.place_by if criterion.name in _PLACES else EXIF for m in known]
    confidence = [
        0.0 if value is None else _CERTAINTY.get(source, 1.0)
        for value, source in zip(values, sources, strict=True)
    ]
    why = tuple(
        criterion.missing if value is None else _why(criterion, value, metadata)
        for value, metadata in zip(values, known, strict=True)
    )
    return Column(
        tuple(values),
        np.array(confidence, np.float32),
        _in_order(criterion, values, known),
        why,
        _days(known) if criterion.name in _SUCCESSIVE else None,
        note,
    )


def of_rows(column: Column, rows: Sequence[int]) -> Column:
    """Return the column of some pictures."""
    return replace(
        column,
        values=tuple(column.values[row] for row in rows),
        confidence=column.confidence[list(rows)],
        why=tuple(column.why[row] for row in rows),
        time=None if column.time is None else column.time[list(rows)],
    )


_SUCCESSIVE = ("event", "day", "month", "year")
"""The criteria whose values follow each other in time."""


def spoken_date(taken: datetime) -> str:
    """Return the day of a date in words, which are the same everywhere: "12 May 2024"."""
    return f"{taken.day} {MONTHS[taken.month - 1]} {taken.year}"


def spoken_time(metadata: Metadata) -> str:
    """Return a picture's date in words, with the time where it is known: "12 May 2024, 10:11"; "" without one."""
    if metadata.taken is None:
        return ""
    clock = "" if metadata.to_the == "day" else f", {metadata.taken:%H:%M}"
    return spoken_date(metadata.taken) + clock


def spoken_position(metadata: Metadata) -> str:
    """Return where a picture was taken in degrees: "38.7223° N, 9.1393° W"; "" where that is unknown."""
    if metadata.latitude is None or metadata.longitude is None:
        return ""
    north, east = "N" if metadata.latitude >= 0 else "S", "E" if metadata.longitude >= 0 else "W"
    return f"{abs(metadata.latitude):.4f}° {north}, {abs(metadata.longitude):.4f}° {east}"


def _why(criterion: MetadataCriterion, value: str, metadata: Metadata) -> str:
    if criterion.dated:
        return f"{metadata.taken_by} said {spoken_time(metadata)}"
    if criterion.name in _PLACES:
        return f"{metadata.place_by} said {spoken_position(metadata)}"
    if criterion.name == "keyword" and len(metadata.keywords) > 1:
        return f"the file had the keywords {', '.join(metadata.keywords)}"
    return f"it lay in {value}" if criterion.name == "folder" else f"the file said {value}"


def _in_order(
    criterion: MetadataCriterion, values: Sequence[str | None], known: Sequence[Metadata]
) -> tuple[str, ...]:
    """Return the values that occur: by time, in their usual order, or the most frequent first."""
    count = Counter(value for value in values if value is not None)
    if criterion.name in _SUCCESSIVE:
        first: dict[str, datetime] = {}
        for value, metadata in zip(values, known, strict=True):
            if value is not None and metadata.taken is not None:
                first[value] = min(first.get(value, metadata.taken), metadata.taken)
        return tuple(sorted(first, key=lambda value: (first[value], value)))
    if criterion.name in _USUAL_ORDER and count.keys() <= set(_USUAL_ORDER[criterion.name]):
        return tuple(value for value in _USUAL_ORDER[criterion.name] if value in count)
    return tuple(sorted(count, key=lambda value: (-count[value], value)))


def _days(known: Sequence[Metadata]) -> NDArray[np.float64]:
    start = datetime(1970, 1, 1)
    return np.array(
        [(m.taken - start).total_seconds() / 86400 if m.taken else np.nan for m in known], np.float64
    )


def _month(metadata: Metadata) -> str | None:
    return f"{MONTHS[metadata.taken.month - 1]} {metadata.taken.year}" if metadata.taken else None


def _season(metadata: Metadata) -> str | None:
    """Return the season, by whole months; south of the equator it is the other one, where the place is known."""
    if metadata.taken is None:
        return None
    southern = metadata.latitude is not None and metadata.latitude < 0
    return _SEASONS[(metadata.taken.month % 12 // 3 + (2 if southern else 0)) % 4]


def _time_of_day(metadata: Metadata) -> str | None:
    if metadata.taken is None or metadata.to_the == "day":
        return None
    hour = metadata.taken.hour
    return next(name for end, name in _TIMES if hour < end)


def _focal(metadata: Metadata) -> str | None:
    if metadata.focal_length is None:
        return None
    if not metadata.focal_is_equivalent:  # the angle of view depends on the sensor, which is unknown
        return f"{metadata.focal_length:g} mm"
    return _below(metadata.focal_length, _FOCAL)


def _exposure(metadata: Metadata) -> str | None:
    return None if metadata.exposure is None else _below(metadata.exposure, _EXPOSURES)


def _below(number: float, names: Sequence[tuple[float, str]]) -> str:
    return next(name for end, name in names if number < end)


def _sizes(
    sizes: Sequence[int], names: Sequence[tuple[float, str]], spoken: Callable[[int], str]
) -> list[str | None]:
    """Return the name of each size; where all have one name, the smaller and the larger half are told apart."""
    named = [_below(size, names) for size in sizes]
    if len(set(named)) > 1 or len(set(sizes)) < 2:
        return [*named]
    ranked = sorted(sizes)
    border = ranked[(len(ranked) - 1) // 2]
    if border == ranked[-1]:
        border = max(size for size in ranked if size < border)
    return [
        f"larger (over {spoken(border)})" if size > border else f"smaller (up to {spoken(border)})"
        for size in sizes
    ]


def _spoken_bytes(size: int) -> str:
    return f"{size / 10**6:.1f} MB" if size >= 10**6 else f"{size / 1000:.1f} KB"


def _spoken_pixels(size: int) -> str:
    return f"{size / 10**6:.1f} megapixels" if size >= 10**5 else f"{size:,} pixels"


def _rating(metadata: Metadata) -> str | None:
    return {None: None, -1: "rejected", 1: "1 star"}.get(metadata.rating, f"{metadata.rating} stars")


_VALUES: dict[str, Callable[[Metadata], str | None]] = {
    "day": lambda m: spoken_date(m.taken) if m.taken else None,
    "month": _month,
    "year": lambda m: str(m.taken.year) if m.taken else None,
    "season": _season,
    "time of day": _time_of_day,
    "part of the week": lambda m: _PARTS_OF_WEEK[m.taken.weekday() > 4] if m.taken else None,
    "weekday": lambda m: _WEEKDAYS[m.taken.weekday()] if m.taken else None,
    "camera": lambda m: m.camera or None,
    "lens": lambda m: m.lens or None,
    "phone or camera": lambda m: None if m.phone is None else "phone" if m.phone else "camera",
    "focal length": _focal,
    "exposure time": _exposure,
    "flash": lambda m: None if m.flash is None else "flash" if m.flash else "no flash",
    "rating": _rating,
}
_PLACES: dict[str, Callable[[PlaceName], str | None]] = {
    "place": lambda p: p.name,
    "city": lambda p: p.city or p.name,
    "country": lambda p: p.country or None,
}
_USUAL_ORDER: dict[str, tuple[str, ...]] = {
    "season": (*_SEASONS[1:], _SEASONS[0]),
    "time of day": _TIME_ORDER,
    "weekday": _WEEKDAYS,
    "part of the week": _PARTS_OF_WEEK,
    "file size": tuple(name for _, name in reversed(_FILE_SIZES)),
    "picture size": tuple(name for _, name in reversed(_PICTURE_SIZES)),
    "exposure time": tuple(name for _, name in _EXPOSURES),
    "rating": ("5 stars", "4 stars", "3 stars", "2 stars", "1 star", "rejected"),
}


def usual_values(criterion: str) -> frozenset[str]:
    """Return what the values of a criterion can be, in lower case, where that is known beforehand; else none."""
    known = {"month": MONTHS, "phone or camera": ("phone", "camera"), **_USUAL_ORDER}
    return frozenset(value.casefold() for value in known.get(criterion, ()))


def _format(path: PurePath) -> str | None:
    kind = path.suffix.removeprefix(".").upper()
    return _FORMATS.get(kind, kind) or None


def _place(metadata: Metadata) -> Place | None:
    if metadata.latitude is None or metadata.longitude is None:
        return None
    return metadata.latitude, metadata.longitude


def _placed(known: Sequence[Metadata], part: Callable[[PlaceName], str | None]) -> list[str | None]:
    places = [_place(metadata) for metadata in known]
    names = iter(place_names([place for place in places if place is not None]))
    return [None if place is None else part(next(names)) for place in places]


def _keywords(known: Sequence[Metadata]) -> list[str | None]:
    """Return one keyword of each picture: that which most others have as well, but not what all of them have."""
    count = Counter(word for metadata in known for word in metadata.keywords)
    tells = {word for word in count if count[word] < len(known)} or set(count)
    return [
        max(words, key=lambda word: (count[word], word)) if (words := tells & set(m.keywords)) else None
        for m in known
    ]


def _events(known: Sequence[Metadata]) -> list[str | None]:
    """Return the name of each picture's event: its days and its place, or the time of day where two have both."""
    rows = [row for row, metadata in enumerate(known) if metadata.taken is not None]
    taken = [metadata.taken for metadata in known if metadata.taken is not None]
    events = find_events(taken, [_place(known[row]) for row in rows])
    towns = _placed([known[row] for row in rows], lambda place: place.name)
    members: dict[int, list[int]] = {}
    for i, event in enumerate(events.tolist()):
        members.setdefault(event, []).append(i)
    names = {
        event: _event_name([taken[i] for i in inside], [town for i in inside if (town := towns[i])])
        for event, inside in members.items()
    }
    clash = Counter(names.values())
    for event, inside in members.items():
        if clash[names[event]] > 1 and all(known[rows[i]].to_the != "day" for i in inside):
            first = known[rows[min(inside, key=lambda i: taken[i])]]
            names[event] = f"{names[event]}, {_time_of_day(first)}"
    times: Counter[str] = Counter()
    for event in sorted(members):
        name = names[event]
        times[name] += 1
        if times[name] > 1:
            names[event] = f"{name} {times[name]}"
    values: list[str | None] = [None] * len(known)
    for i, row in enumerate(rows):
        values[row] = names[int(events[i])]
    return values


def _event_name(taken: Sequence[datetime], towns: Sequence[str]) -> str:
    first, last = min(taken), max(taken)
    if first.date() == last.date():
        days = spoken_date(first)
    elif (first.year, first.month) == (last.year, last.month):
        days = f"{first.day} to {spoken_date(last)}"
    elif first.year == last.year:
        days = f"{first.day} {MONTHS[first.month - 1]} to {spoken_date(last)}"
    else:
        days = f"{spoken_date(first)} to {spoken_date(last)}"
    town = Counter(towns).most_common(1)
    return f"{days}, {town[0][0]}" if town else days
