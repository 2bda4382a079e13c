"""Lists what pictures can be grouped by from their files alone, and recognises it in the user's words."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetadataCriterion:
    """Describes something that files say of their pictures.

    Attributes:
        name: Its name, unique among these.
        phrases: What people say when they mean it, in lower case.
        missing: Why a picture has no value, for people.
        seen: Whether the pictures themselves may show it as well, so that it counts only where most files say it.
        dated: Whether it follows from the date.
        interest: How often people sort by it, in [0, 1]; 0 for what is never proposed.
    """

    name: str
    phrases: tuple[str, ...]
    missing: str
    seen: bool = False
    dated: bool = False
    interest: float = 1.0


_NO_DATE, _NO_TIME, _NO_PLACE = "no date in the file", "no time of day in the file", "no place in the file"

CRITERIA = (
    MetadataCriterion(
        "event",
        (
            "event", "occasion", "trip", "outing", "vacation", "journey", "photo session", "shooting",
            "date and place", "time and place", "when and where", "day and place",
        ),
        _NO_DATE,
        seen=True,
        dated=True,
    ),
    MetadataCriterion(
        "month",
        ("month", "calendar month", "month and year", "year and month", "when", "month taken", "time"),
        _NO_DATE,
        dated=True,
        interest=0.9,
    ),
    MetadataCriterion("year", ("year", "calendar year"), _NO_DATE, dated=True, interest=0.8),
    MetadataCriterion(
        "day",
        ("day", "date", "calendar day", "capture date", "shooting date", "exif date", "day of the year"),
        _NO_DATE,
        dated=True,
        interest=0.7,
    ),
    MetadataCriterion(
        "season", ("season", "season of the year", "time of year", "time of the year"), _NO_DATE, seen=True, dated=True,
        interest=0.5,
    ),
    MetadataCriterion(
        "time of day",
        ("time of day", "time of the day", "part of the day", "hour", "hour of the day"),
        _NO_TIME,
        seen=True,
        dated=True,
        interest=0.4,
    ),
    MetadataCriterion(
        "weekday", ("weekday", "day of the week", "day of week", "week day"), _NO_DATE, dated=True, interest=0.3
    ),
    MetadataCriterion(
        "part of the week",
        (
            "weekend or weekday", "weekday or weekend", "weekend or not", "weekend or working day",
            "working day or weekend", "part of week",
        ),
        _NO_DATE,
        dated=True,
        interest=0.2,
    ),
    MetadataCriterion(
        "place", ("place", "location", "gps", "gps location", "gps position", "geolocation", "where", "spot"),
        _NO_PLACE, seen=True,
    ),
    MetadataCriterion(
        "city", ("city", "town", "village", "city or town", "town or city", "municipality"), _NO_PLACE, interest=0.9
    ),
    MetadataCriterion("country", ("country", "nation"), _NO_PLACE, interest=0.8),
    MetadataCriterion(
        "camera",
        ("camera", "camera model", "device", "camera make", "camera used", "camera type", "camera body"),
        "no camera in the file",
        interest=0.8,
    ),
    MetadataCriterion("lens", ("lens", "lens model", "lens used", "objective"), "no lens in the file", interest=0.5),
    MetadataCriterion(
        "phone or camera", ("phone or camera", "camera or phone", "kind of camera", "type of camera", "kind of device"),
        "no camera in the file", interest=0.5,
    ),
    MetadataCriterion(
        "focal length", ("focal length", "focal distance", "zoom", "zoom range", "wide angle or telephoto"),
        "no focal length in the file", interest=0.3,
    ),
    MetadataCriterion(
        "exposure time",
        ("exposure time", "shutter speed", "shutter", "shutter time", "exposure"),
        "no exposure time in the file",
        seen=True,
        interest=0.2,
    ),
    MetadataCriterion(
        "flash", ("flash", "flash or no flash", "with or without flash", "use of flash"),
        "no word on a flash in the file",
        interest=0.3,
    ),
    MetadataCriterion(
        "file format", ("file format", "file type", "file extension", "extension", "type of file", "image format"),
        "no extension", interest=0.3,
    ),
    MetadataCriterion(
        "file size",
        (
            "file size", "size of the file", "byte", "megabyte", "size in megabyte", "disk space", "storage space",
            "how big the file is", "how large the file is", "how big the files are", "how large the files are",
            "big and small file", "small and big file", "large and small file", "small and large file",
        ),
        "no size of the file is known",
        interest=0.0,
    ),
    MetadataCriterion(
        "picture size",
        (
            "picture size", "image size", "photo size", "size of the picture", "size in pixel", "resolution", "pixel",
            "megapixel", "number of pixel", "number of megapixel", "width and height",
            "big and small picture", "small and big picture", "large and small picture", "small and large picture",
            "big and small image", "large and small image", "high and low resolution", "low and high resolution",
        ),
        "no size of the picture is known",
        interest=0.0,
    ),
    MetadataCriterion(
        "rating", ("rating", "star rating", "stars", "number of stars", "my rating"), "no rating in the file",
        interest=0.8,
    ),
    MetadataCriterion(
        "keyword", ("keyword", "existing keyword", "existing tag", "tag", "my keyword", "my tag", "xmp keyword"),
        "no keyword in the file", interest=0.8,
    ),
    MetadataCriterion(
        "folder",
        ("folder", "subfolder", "directory", "existing folder", "current folder", "original folder"),
        "",
        interest=0.0,
    ),
)  # fmt: skip
"""Everything that pictures can be grouped by without a look at them."""

_BY_PHRASE = {phrase: criterion for criterion in CRITERIA for phrase in (criterion.name, *criterion.phrases)}
_BEFORE = re.compile(
    r"^(?:(?:the|their|its|my|our|an?|each|every|which|what|in|on|by|from|at|calendar)\s+)+", re.IGNORECASE
)
_BEHIND = re.compile(
    r"\s+(?:(?:that|which|in which|on which|where|when|at which|with which)?\s*"
    r"(?:they|it|these|those|each|(?:the|my|our|all|these)?\s*(?:photos?|pictures?|pics?|images?|shots?))?\s*"
    r"(?:was|were|is|are|had been|i|we)?\s*(?:taken|shot|made|captured|photographed|took|used|recorded)"
    r"(?:\s+(?:in|at|on|with|from))?|of (?:capture|(?:the )?(?:photo|picture|image|shot)s?|taking)|metadata)$",
    re.IGNORECASE,
)


def named_criterion(criterion: str) -> MetadataCriterion | None:
    """Return what files say that a criterion in the user's words names directly; None for anything else.

    Nothing is guessed by meaning here: "style" is not nearly "season".
    """
    words = " ".join(criterion.casefold().replace("-", " ").split()).strip(" .?!\"'")
    for text in (
        words,
        _BEHIND.sub("", words),
        _BEFORE.sub("", words),
        _BEFORE.sub("", _BEHIND.sub("", words)),
    ):
        for form in (
            text,
            text.removesuffix("s"),
            re.sub(r"ies$", "y", text),
            re.sub(r"(?<=[sx])es$", "", text),
        ):
            if form in _BY_PHRASE:
                return _BY_PHRASE[form]
    return None
